import type { Clock } from '../../ports/clock.js';

/** Least time between two readings, in a wait, of a store that does not say what changes, in milliseconds. */
export const MIN_READING_MS = 1000;

/** What may end a wait before the work itself does. */
export interface Bounds {
  clock: Clock;
  /** The caller's own signal. Its reason is what the wait rejects with. */
  signal?: AbortSignal | undefined;
  /** Longest wait in milliseconds. Default: none. */
  limitMs?: number | undefined;
  /** Makes the error for a limit that has passed. */
  late?: () => unknown;
  /** Called before the rejection, with its reason: nobody waits for the work any more. */
  stop?: (reason: unknown) => void;
  /** Receives a function that ends the wait at once, as an abort would. */
  begun?: (end: (reason: unknown) => void) => void;
}

/**
 * Settles like `work()`, or rejects as soon as the caller aborts (with its reason) or the limit passes. Leaves no
 * timer and no listener behind; what the work does after that is dropped.
 */
export function bounded<V>(work: () => V | PromiseLike<V>, bounds: Bounds): Promise<V> {
  const { clock, signal, limitMs, late, stop, begun } = bounds;
  return new Promise((resolve, reject) => {
    let timer: unknown;
    const settle = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const end = (reason: unknown) => {
      settle();
      stop?.(reason);
      reject(reason);
    };
    const onAbort = () => end(signal?.reason);
    if (signal?.aborted) {
      end(signal.reason);
      return;
    }
    begun?.(end);
    signal?.addEventListener('abort', onAbort);
    if (limitMs !== undefined) timer = clock.setTimeout(() => end(late?.()), limitMs, { keepAlive: true });
    start(work).then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** Settles like `promise`, or rejects with `late()` after `limitMs`. What comes after that is dropped. */
export function within<V>(clock: Clock, promise: PromiseLike<V>, limitMs: number, late: () => unknown): Promise<V> {
  return bounded(() => promise, { clock, limitMs, late });
}

/**
 * Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts. Leaves nothing behind.
 * `onWake` receives a function that ends the sleep early, and returns one that unsubscribes it.
 */
export async function sleep(
  clock: Clock,
  delayMs: number,
  signal?: AbortSignal,
  onWake?: (wake: () => void) => () => void,
): Promise<void> {
  let unsubscribe: (() => void) | undefined;
  let timer: unknown;
  const pause = () =>
    new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, delayMs, { keepAlive: true });
      unsubscribe = onWake?.(resolve);
    });
  try {
    await bounded(pause, { clock, signal });
  } finally {
    // Where the signal had aborted before the sleep, there is none.
    if (timer !== undefined) clock.clearTimeout(timer);
    unsubscribe?.();
  }
}

/** Turns a synchronous throw into a rejection. */
async function start<V>(work: () => V | PromiseLike<V>): Promise<V> {
  return await work();
}
