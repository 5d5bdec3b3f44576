import type { Clock } from '../../ports/clock.js';

/** What may end an attempt before it ends itself. */
export interface Bounds {
  clock: Clock;
  /** The caller's own signal. */
  signal?: AbortSignal | undefined;
  limitMs?: number | undefined;
  /** The error for a limit that has passed. */
  late: () => unknown;
  /** Told, before the rejection, why nobody waits any more. */
  stop: (reason: unknown) => void;
  /** Handed what ends the wait at once, as an abort would. */
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
      stop(reason);
      reject(reason);
    };
    const onAbort = () => end(signal?.reason);
    if (signal?.aborted) {
      end(signal.reason);
      return;
    }
    begun?.(end);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (limitMs !== undefined) timer = clock.setTimeout(() => end(late()), limitMs, { keepAlive: true });
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

/** Turns a synchronous throw into a rejection. */
async function start<V>(work: () => V | PromiseLike<V>): Promise<V> {
  return await work();
}
