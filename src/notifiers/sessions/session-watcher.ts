import { configError } from '../../core/errors.js';
import { createRecencyMap } from '../../core/recency-map.js';
import type { Clock } from '../../ports/clock.js';
import type { NotifierErrorEvent } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelName, Notifier, SessionChangeEvent } from '../../ports/notifier.js';
import { systemClock } from '../../system-clock.js';
import { closeConnections, connectNotifiers } from '../attach-notifiers.js';
import { notifiersFromEnv } from '../channels/from-env.js';
import { contain } from '../contain.js';
import { checkLogger, checkOptions, debugTo, DEFAULT_THROTTLE_MS, parseNumber } from '../notifier-options.js';
import { createSteadyClock } from '../time/steady-clock.js';
import { MAX_TIMER_MS } from '../time/is-clock.js';
import { isTerminalFinish } from './terminal-finish.js';

/** What `createSessionWatcher` takes. */
export interface SessionWatcherOptions {
  /** Default: `notifiersFromEnv()`. */
  notifiers?: readonly Notifier[] | undefined;
  /** A session that keeps changing causes one notification in this time, each way, in milliseconds. Default 300,000. */
  throttleMs?: number | undefined;
  /** A session without an observation for this long is forgotten, in milliseconds. Default 21,600,000 (six hours). */
  idleMs?: number | undefined;
  /** Sessions to remember; beyond that the one observed longest ago is forgotten. Default 10,000. */
  maxSessions?: number | undefined;
  /** Whether a finish reason ends the session. Default: those of the known providers but tool calls and pauses. */
  isTerminal?: ((finishReason: string) => boolean) | undefined;
  /** Default: the real time. */
  clock?: Clock | undefined;
  /** Called when a notifier begins to fail, works again, or drops messages as it is closed. */
  onError?: ((event: NotifierErrorEvent) => void) | undefined;
  /** Receives debug lines. Without one the watcher logs nothing. */
  logger?: Pick<Logger, 'debug'> | undefined;
}

/** One answer of a model, as the host saw it. */
export interface Observation {
  /** One conversation. An observation without an id is skipped, as two conversations must never count as one. */
  session?: string | null | undefined;
  provider: string;
  model: string;
  /** Why the model stopped, in its provider's words. A terminal one ends the session. */
  finishReason?: string | null | undefined;
  /** The agent, worker or tenant the session belongs to. Equal session ids of two instances are two sessions. */
  instance?: string | undefined;
}

/** Notifies when a session is answered by another model than before. */
export interface SessionWatcher {
  /** Records one answer. Returns at once and never throws. */
  observe(observation: Observation): void;
  /** Sessions remembered at present. */
  readonly size: number;
  /** Sends what was held back and closes its connections to the notifiers. Never rejects. */
  close(): Promise<void>;
}

interface Session {
  readonly id: string;
  readonly instance: string | undefined;
  readonly primary: ModelName;
  current: ModelName;
  /** The model of the last notification; at first the primary. */
  notified: ModelName;
  notifiedAt: { down?: number; up?: number };
  seenAt: number;
  /** Waits until the throttle allows the next notification. */
  timer: unknown;
}

const SIX_HOURS_MS = 6 * 3_600_000;

const optionNames: Readonly<Record<keyof SessionWatcherOptions, true>> = {
  notifiers: true,
  throttleMs: true,
  idleMs: true,
  maxSessions: true,
  isTerminal: true,
  clock: true,
  onError: true,
  logger: true,
};

/**
 * Notifies when a session is answered by another model than the one it began with, and when it is back. For hosts
 * whose calls do not go through a failover.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function createSessionWatcher(options: SessionWatcherOptions = {}): SessionWatcher {
  checkOptions(options, Object.keys(optionNames));
  const { clock = systemClock, isTerminal = isTerminalFinish, onError, logger } = options;
  if (typeof isTerminal !== 'function') throw configError('isTerminal', 'must be a function');
  checkLogger(logger);
  const debug = debugTo(logger);
  const throttleMs = parseNumber('throttleMs', options.throttleMs ?? DEFAULT_THROTTLE_MS, 0, MAX_TIMER_MS);
  const idleMs = parseNumber('idleMs', options.idleMs ?? SIX_HOURS_MS, 1, Number.MAX_SAFE_INTEGER);
  const maxSessions = parseNumber('maxSessions', options.maxSessions ?? 10_000, 1, 1_000_000);
  const connections = connectNotifiers(options.notifiers ?? notifiersFromEnv(), clock, onError);
  const sessions = createRecencyMap<Session>();
  const steady = createSteadyClock(clock);
  let isClosed = false;

  const notify = (session: Session): void => {
    clock.clearTimeout(session.timer);
    session.timer = undefined;
    const { id, instance, notified: from, current: to, primary } = session;
    if (isSame(from, to)) return;
    const direction = isSame(to, primary) ? 'up' : 'down';
    session.notified = to;
    session.notifiedAt[direction] = steady.now();
    const payload: SessionChangeEvent = { session: id, from, to, primary, direction, at: clock.now() };
    if (instance !== undefined) payload.instance = instance;
    for (const connection of connections) connection.notify({ event: 'session-change', payload });
  };

  const notifyWhenAllowed = (session: Session): void => {
    const direction = isSame(session.current, session.primary) ? 'up' : 'down';
    const lastAt = session.notifiedAt[direction];
    const waitMs = lastAt === undefined ? 0 : lastAt + throttleMs - steady.now();
    if (waitMs <= 0) notify(session);
    else session.timer ??= clock.setTimeout(() => onTimer(session), waitMs);
  };

  /** The session may have changed again since the timer was set, in the direction that has to wait for longer. */
  const onTimer = (session: Session): void => {
    session.timer = undefined;
    if (!isSame(session.current, session.notified)) notifyWhenAllowed(session);
  };

  /** Forgets a session after a last notification, if one is due. */
  const drop = (key: string, session: Session): void => {
    sessions.delete(key);
    notify(session);
  };

  const makeRoom = (now: number): void => {
    for (let oldest = sessions.oldest(); oldest !== undefined; oldest = sessions.oldest()) {
      if (sessions.size <= maxSessions && now - oldest.value.seenAt < idleMs) break;
      drop(oldest.key, oldest.value);
    }
  };

  const record = ({ session: id, provider, model, finishReason, instance }: Observation): void => {
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
      notifyWhenAllowed(session);
    }
    // An async function answers with a promise, which is no yes.
    if (typeof finishReason === 'string' && contain(() => isTerminal(finishReason)) === true) drop(key, session);
  };

  return {
    observe(observation) {
      // Nobody could be told, and a timer would be left behind.
      if (isClosed) return;
      contain(
        () => record(observation),
        (error) => debug(`session watcher: caught a thrown ${error instanceof Error ? error.name : 'value'}`),
      );
    },
    get size() {
      return sessions.size;
    },
    async close() {
      isClosed = true;
      for (const [key, session] of sessions) drop(key, session);
      await closeConnections(connections);
    },
  };
}

function startSession(id: string, instance: string | undefined, model: ModelName): Session {
  return {
    id,
    instance,
    primary: model,
    current: model,
    notified: model,
    notifiedAt: {},
    seenAt: 0,
    timer: undefined,
  };
}

function isSame(one: ModelName, other: ModelName): boolean {
  return one.provider === other.provider && one.model === other.model;
}
