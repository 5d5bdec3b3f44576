import type { Clock } from '../../ports/clock.js';
import type { NotifierErrorEvent } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelName, Notifier, SessionChangeEvent } from '../../ports/notifier.js';
import { closeLines, openLines } from '../attach-notifiers.js';
import { notifiersFromEnv } from '../channels/from-env.js';
import { debugTo, parseNumber } from '../notifier-options.js';
import { createRecencyMap } from '../../core/recency-map.js';
import { createSteadyClock } from '../time/steady-clock.js';
import { MAX_TIMER_MS, systemClock } from '../time/system-clock.js';
import { isTerminalFinish } from './terminal-finish.js';

/** What `createSessionWatcher` takes. */
export interface SessionWatcherOptions {
  /** Default: `notifiersFromEnv()`. */
  notifiers?: readonly Notifier[] | undefined;
  /** A session that keeps changing is told at most once in this time, each way, in milliseconds. Default 300,000. */
  throttleMs?: number | undefined;
  /** A session not seen for this long is forgotten, in milliseconds. Default 21,600,000 (six hours). */
  idleMs?: number | undefined;
  /** Sessions remembered; the one not seen for longest makes room. Default 10,000. */
  maxSessions?: number | undefined;
  /** Whether a finish reason ends the session. Default: every reason of the known providers but tool calls and pauses. */
  isTerminal?: ((finishReason: string) => boolean) | undefined;
  /** Default: the real time. */
  clock?: Clock | undefined;
  /** Told when a notifier begins to fail and when it works again, once per change. */
  onError?: ((event: NotifierErrorEvent) => void) | undefined;
  /** Gets debug lines. Silent without one. */
  logger?: Pick<Logger, 'debug'> | undefined;
}

/** One answer of a model, as the host saw it. */
export interface Observation {
  /** One conversation. Without an id the observation is skipped: two conversations must never be taken for one. */
  session?: string | null | undefined;
  provider: string;
  model: string;
  /** Why the model stopped, in its provider's words. A terminal one ends the session. */
  finishReason?: string | null | undefined;
  /** The agent, worker or tenant the session belongs to. Equal session ids of two instances are two sessions. */
  instance?: string | undefined;
}

/** Tells when a session is answered by another model than before. */
export interface SessionWatcher {
  /** Takes in one answer. Returns at once and never throws. */
  observe(observation: Observation): void;
  /** Sessions remembered at present. */
  readonly size: number;
  /** Tells what was held back and closes its lines to the notifiers. Never rejects. */
  close(): Promise<void>;
}

interface Session {
  readonly id: string;
  readonly instance: string | undefined;
  readonly primary: ModelName;
  current: ModelName;
  /** The model people were last told of; at first the primary. */
  told: ModelName;
  toldAt: { down?: number; up?: number };
  seenAt: number;
  /** Waits for the throttle to tell the last word. */
  timer: unknown;
}

const SIX_HOURS_MS = 6 * 3_600_000;

/**
 * Tells when a session is answered by another model than the one it began with, and when it is back. For hosts that do
 * not run their calls through a failover. Throws `ConfigError` when an option is wrong.
 */
export function createSessionWatcher(options: SessionWatcherOptions = {}): SessionWatcher {
  const { clock = systemClock, isTerminal = isTerminalFinish, onError } = options;
  const debug = debugTo(options.logger);
  const throttleMs = parseNumber('throttleMs', options.throttleMs ?? 300_000, 0, MAX_TIMER_MS);
  const idleMs = parseNumber('idleMs', options.idleMs ?? SIX_HOURS_MS, 1, Number.MAX_SAFE_INTEGER);
  const maxSessions = parseNumber('maxSessions', options.maxSessions ?? 10_000, 1, 1_000_000);
  const lines = openLines(options.notifiers ?? notifiersFromEnv(), clock, onError);
  const sessions = createRecencyMap<Session>();
  const steady = createSteadyClock(clock);

  const tell = (session: Session): void => {
    clock.clearTimeout(session.timer);
    session.timer = undefined;
    const { id, instance, told: from, current: to, primary } = session;
    if (isSame(from, to)) return;
    const direction = isSame(to, primary) ? 'up' : 'down';
    session.told = to;
    session.toldAt[direction] = steady.now();
    const payload: SessionChangeEvent = { session: id, from, to, primary, direction, at: clock.now() };
    if (instance !== undefined) payload.instance = instance;
    for (const line of lines) line.notify({ event: 'session-change', payload });
  };

  const tellSoon = (session: Session): void => {
    const direction = isSame(session.current, session.primary) ? 'up' : 'down';
    const lastAt = session.toldAt[direction];
    const waitMs = lastAt === undefined ? 0 : lastAt + throttleMs - steady.now();
    if (waitMs <= 0) tell(session);
    else session.timer ??= clock.setTimeout(() => tell(session), waitMs);
  };

  /** Forgets a session; its last word is told first. */
  const drop = (key: string, session: Session): void => {
    sessions.delete(key);
    tell(session);
  };

  const makeRoom = (now: number): void => {
    for (let oldest = sessions.oldest(); oldest !== undefined; oldest = sessions.oldest()) {
      if (sessions.size <= maxSessions && now - oldest.value.seenAt < idleMs) break;
      drop(oldest.key, oldest.value);
    }
  };

  const take = ({ session: id, provider, model, finishReason, instance }: Observation): void => {
    if (typeof id !== 'string' || id === '') return debug('session watcher: skipped, no session id');
    if (typeof provider !== 'string' || typeof model !== 'string') {
      return debug('session watcher: skipped, no provider or model');
    }
    const now = steady.now();
    makeRoom(now);
    const key = JSON.stringify([instance, id]);
    const seen: ModelName = { provider, model };
    const session = sessions.get(key) ?? startSession(id, instance, seen);
    session.seenAt = now;
    sessions.set(key, session);
    makeRoom(now);
    if (!isSame(session.current, seen)) {
      session.current = seen;
      tellSoon(session);
    }
    if (typeof finishReason === 'string' && isTerminal(finishReason)) drop(key, session);
  };

  return {
    observe(observation) {
      try {
        take(observation);
      } catch (error) {
        debug(`session watcher: a ${error instanceof Error ? error.name : 'value'} was thrown and contained`);
      }
    },
    get size() {
      return sessions.size;
    },
    async close() {
      for (let next = sessions.oldest(); next !== undefined; next = sessions.oldest()) drop(next.key, next.value);
      await closeLines(lines);
    },
  };
}

function startSession(id: string, instance: string | undefined, model: ModelName): Session {
  return { id, instance, primary: model, current: model, told: model, toldAt: {}, seenAt: 0, timer: undefined };
}

function isSame(one: ModelName, other: ModelName): boolean {
  return one.provider === other.provider && one.model === other.model;
}
