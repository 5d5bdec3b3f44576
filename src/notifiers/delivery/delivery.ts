import { NotifierError } from '../../core/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { NotifierStateChange } from '../../ports/notifier.js';
import { MAX_TIMER_MS } from '../time/is-clock.js';
import { within } from '../time/wait.js';
import { asChannelError, type ChannelError } from './channel-error.js';
import { retrySend } from './retry-send.js';

export interface DeliverySettings<Item> {
  readonly name: string;
  readonly clock: Clock;
  /** `lost`: messages before this one that were never delivered. */
  readonly send: (item: Item, context: { signal: AbortSignal; lost: number }) => Promise<void>;
  /** Messages that may wait; beyond that the oldest is dropped. */
  readonly queueLimit: number;
  /** Limit for one attempt, in milliseconds. */
  readonly sendTimeoutMs: number;
  /** Limit for `close`, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** Attempts to send one message, the first included. */
  readonly maxAttempts: number;
  readonly onStateChange: (change: NotifierStateChange) => void;
  readonly debug: (message: string) => void;
}

export interface Delivery<Item> {
  push(item: Item): void;
  /**
   * Delivers the queue within `closeTimeoutMs`, then drops the rest and reports how many messages were lost. Never
   * rejects.
   */
  close(): Promise<void>;
}

const INITIAL_DELAY_MS = 1_000;
/** Telegram asks a group's bot to wait up to a minute; for longer waits the circuit opens. */
const MAX_DELAY_MS = 60_000;
/** How long the circuit stays open after a failure of the channel: doubles with each further failure. */
const INITIAL_COOLDOWN_MS = 30_000;
const MAX_COOLDOWN_MS = 10 * 60_000;
/** Consecutive messages that the channel refused before the circuit opens. */
const REFUSALS = 3;

/**
 * One queue, one worker, one circuit breaker. A message that fails because of the channel stays in the queue, and the
 * circuit opens: nothing is sent for a while, then one single attempt shows whether the channel works again.
 */
export function createDelivery<Item>(settings: DeliverySettings<Item>): Delivery<Item> {
  const { name, clock, send, queueLimit, onStateChange, debug } = settings;
  const stopped = new AbortController();
  const queue: Item[] = [];
  let working: Promise<void> | undefined;
  let isSending = false;
  let closing = false;
  /** Lost messages that no delivered message has mentioned. */
  let lost = 0;
  let refusals = 0;
  /** Consecutive failures of the channel; 0: it works. */
  let failures = 0;
  let failing = false;
  /** Why the last attempt failed, where none has worked since. */
  let lastError: ChannelError | undefined;
  let cooldown: unknown;

  const lose = (count: number, why: string): void => {
    lost += count;
    debug(`${name}: ${count} message${count === 1 ? '' : 's'} lost, ${why}`);
  };

  const deliver = async (item: Item): Promise<void> => {
    const mentioned = lost;
    const attempt = (): Promise<void> =>
      within({ clock, limitMs: settings.sendTimeoutMs, signal: stopped.signal }, (signal) =>
        send(item, { signal, lost: mentioned }),
      ).catch((error: unknown) => {
        lastError = asChannelError(name, error);
        throw lastError;
      });
    await retrySend(attempt, {
      clock,
      signal: stopped.signal,
      maxAttempts: failures === 0 ? settings.maxAttempts : 1,
      initialDelayMs: INITIAL_DELAY_MS,
      maxDelayMs: MAX_DELAY_MS,
    });
    lost -= mentioned;
  };

  const succeed = (): void => {
    refusals = 0;
    failures = 0;
    lastError = undefined;
    if (!failing) return;
    failing = false;
    onStateChange({ state: 'recovered' });
  };

  /** Returns whether the worker may continue with the next message. */
  const fail = (item: Item, error: ChannelError): boolean => {
    refusals = error.remedy === 'never' ? refusals + 1 : 0;
    const onlyThisMessage = error.remedy === 'never' && refusals < REFUSALS;
    if (error.remedy === 'never') lose(1, error.message);
    else if (queue.length >= queueLimit) lose(1, 'the queue is full');
    else queue.unshift(item);
    if (!onlyThisMessage) openCircuit(error);
    if (!failing) {
      failing = true;
      onStateChange({ state: 'failing', error });
    }
    return onlyThisMessage;
  };

  const openCircuit = (error: ChannelError): void => {
    const ladder = error.remedy === 'later' ? MAX_COOLDOWN_MS : INITIAL_COOLDOWN_MS * 2 ** failures;
    // A timer cannot hold the months that some channels ask for; it would fire at once.
    const delayMs = Math.min(MAX_TIMER_MS, Math.max(error.retryAfterMs ?? 0, Math.min(ladder, MAX_COOLDOWN_MS)));
    failures += 1;
    if (closing) return;
    debug(`${name}: no message for ${delayMs} ms, ${error.message}`);
    cooldown = clock.setTimeout(() => {
      cooldown = undefined;
      start();
    }, delayMs);
  };

  const work = async (): Promise<void> => {
    // The caller of `notify` continues first: even rendering must not delay it.
    await Promise.resolve();
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      isSending = true;
      try {
        await deliver(item);
        isSending = false;
        succeed();
      } catch (error) {
        // `close` has counted this message.
        if (stopped.signal.aborted) return;
        isSending = false;
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

  /** Counts the messages that no one will receive. */
  const reportDropped = (): void => {
    const undelivered = queue.splice(0).length + (isSending ? 1 : 0);
    if (undelivered > 0) lose(undelivered, 'the notifier was closed');
    if (lost === 0) return;
    // Closed between two attempts, it has not said yet why it fails.
    if (lastError !== undefined && !failing) onStateChange({ state: 'failing', error: lastError });
    const message = `${name}: closed with ${lost} undelivered message${lost === 1 ? '' : 's'}`;
    onStateChange({ state: 'failing', error: new NotifierError({ notifier: name, message }), dropped: lost });
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
        // With an open circuit, one last attempt: the channel may work again.
        start();
        return working;
      });
      // A caller awaits this: a process with nothing else to do must not end before it.
      const limit = { clock, limitMs: settings.closeTimeoutMs, signal: stopped.signal, keepAlive: true };
      await within(limit, () => drained).catch(() => undefined);
      reportDropped();
      stopped.abort();
    },
  };
}
