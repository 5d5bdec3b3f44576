import { NotifierError } from '../../core/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { NotifierStateChange } from '../../ports/notifier.js';
import { ChannelError } from './channel-error.js';
import { retrySend } from './retry-send.js';
import { MAX_TIMER_MS } from '../time/system-clock.js';
import { within } from '../time/wait.js';

export interface DeliverySettings<Item> {
  readonly name: string;
  readonly clock: Clock;
  /** `lost`: messages before this one that the channel never got. */
  readonly send: (item: Item, context: { signal: AbortSignal; lost: number }) => Promise<void>;
  /** Messages that may wait; the oldest makes room. */
  readonly queueLimit: number;
  /** Limit for one try, in milliseconds. */
  readonly sendTimeoutMs: number;
  /** Limit for `close`, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** Tries at one message, the first included. */
  readonly maxAttempts: number;
  readonly onStateChange: (change: NotifierStateChange) => void;
  readonly debug: (message: string) => void;
}

export interface Delivery<Item> {
  push(item: Item): void;
  /** Delivers what is queued as long as `closeTimeoutMs` allows, then lets go. Never rejects. */
  close(): Promise<void>;
}

const INITIAL_DELAY_MS = 1_000;
/** Telegram asks a group's bot to wait up to a minute; more than that is the circuit's business. */
const MAX_DELAY_MS = 60_000;
/** How long a channel that failed is left alone: doubles with every further failure. */
const INITIAL_COOLDOWN_MS = 30_000;
const MAX_COOLDOWN_MS = 10 * 60_000;
/** Messages in a row that the channel refused one by one before it counts as refusing us. */
const REFUSALS = 3;

/**
 * One queue, one worker, one circuit. A message that fails for the channel's reasons stays in the queue and the
 * channel is left alone for a while; then one single try tells whether it is back. While it is away, nothing is sent.
 */
export function createDelivery<Item>(settings: DeliverySettings<Item>): Delivery<Item> {
  const { name, clock, send, queueLimit, onStateChange, debug } = settings;
  const stopped = new AbortController();
  const queue: Item[] = [];
  let working: Promise<void> | undefined;
  let closing = false;
  let lost = 0;
  let refusals = 0;
  /** Consecutive failures of the channel; 0: it works. */
  let failures = 0;
  let failing = false;
  let cooldown: unknown;

  const lose = (count: number, why: string): void => {
    lost += count;
    debug(`${name}: ${count} message${count === 1 ? '' : 's'} lost, ${why}`);
  };

  const deliver = async (item: Item): Promise<void> => {
    const told = lost;
    const attempt = (): Promise<void> =>
      within({ clock, limitMs: settings.sendTimeoutMs, signal: stopped.signal }, (signal) =>
        send(item, { signal, lost: told }),
      ).catch((error: unknown) => {
        throw asChannelError(name, error);
      });
    await retrySend(attempt, {
      clock,
      signal: stopped.signal,
      maxAttempts: failures === 0 ? settings.maxAttempts : 1,
      initialDelayMs: INITIAL_DELAY_MS,
      maxDelayMs: MAX_DELAY_MS,
    });
    lost -= told;
  };

  const succeed = (): void => {
    refusals = 0;
    failures = 0;
    if (!failing) return;
    failing = false;
    onStateChange({ state: 'recovered' });
  };

  /** Returns whether the worker may go on with the next message. */
  const fail = (item: Item, error: ChannelError): boolean => {
    refusals = error.remedy === 'never' ? refusals + 1 : 0;
    const messageAlone = error.remedy === 'never' && refusals < REFUSALS;
    if (error.remedy === 'never') lose(1, error.message);
    else if (queue.length >= queueLimit) lose(1, 'the queue is full');
    else queue.unshift(item);
    if (!messageAlone) rest(error);
    if (!failing) {
      failing = true;
      onStateChange({ state: 'failing', error });
    }
    return messageAlone;
  };

  const rest = (error: ChannelError): void => {
    const ladder = error.remedy === 'later' ? MAX_COOLDOWN_MS : INITIAL_COOLDOWN_MS * 2 ** failures;
    // A channel that names months would otherwise be asked without a pause.
    const delayMs = Math.min(MAX_TIMER_MS, Math.max(error.retryAfterMs ?? 0, Math.min(ladder, MAX_COOLDOWN_MS)));
    failures += 1;
    if (closing) return;
    debug(`${name}: left alone for ${delayMs} ms, ${error.message}`);
    cooldown = clock.setTimeout(() => {
      cooldown = undefined;
      start();
    }, delayMs);
  };

  const work = async (): Promise<void> => {
    // Whoever notified goes on first: even rendering is none of its business.
    await Promise.resolve();
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await deliver(item);
        succeed();
      } catch (error) {
        if (stopped.signal.aborted) return;
        if (!fail(item, asChannelError(name, error))) return;
      }
    }
  };

  const start = (): void => {
    if (working !== undefined || cooldown !== undefined || queue.length === 0) return;
    working = work().finally(() => {
      working = undefined;
      if (!closing) start();
    });
  };

  return {
    push(item) {
      if (queue.length >= queueLimit) {
        queue.shift();
        lose(1, 'the queue is full');
      }
      queue.push(item);
      start();
    },
    async close() {
      closing = true;
      clock.clearTimeout(cooldown);
      cooldown = undefined;
      const drained = (working ?? Promise.resolve()).then(() => {
        // A channel at rest is asked once more: the last word may still get through.
        start();
        return working;
      });
      // Somebody awaits this: a process with nothing else to do must not end under it.
      const limit = { clock, limitMs: settings.closeTimeoutMs, signal: stopped.signal, keepAlive: true };
      await within(limit, () => drained).catch(() => undefined);
      stopped.abort();
      if (queue.length > 0) lose(queue.splice(0).length, 'the notifier was closed');
    },
  };
}

function asChannelError(notifier: string, error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  if (error instanceof NotifierError) {
    return new ChannelError({ notifier, message: error.message, status: error.status, remedy: 'soon' });
  }
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const message = timedOut ? `${notifier}: no answer in time` : `${notifier}: the request failed${codeOf(error)}`;
  return new ChannelError({ notifier, message, remedy: 'soon' });
}

/** A network error's code (`ECONNREFUSED`). Its message and cause may quote an address that holds a token. */
function codeOf(error: unknown): string {
  try {
    let current = error;
    for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
      const code = 'code' in current ? current.code : undefined;
      if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,39}$/.test(code)) return ` (${code})`;
      current = 'cause' in current ? current.cause : undefined;
    }
  } catch {
    // An error whose getters throw has no code for us.
  }
  return '';
}
