import type { Clock } from '../../ports/clock.js';

/** Resolves after `delayMs` of the clock; rejects with the signal's reason as soon as that aborts. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clock.clearTimeout(handle);
      reject(signal.reason);
    };
    const handle = clock.setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    signal.addEventListener('abort', stop, { once: true });
  });
}

export interface Limit {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Not aborted yet: p-retry begins no attempt after that. */
  readonly signal: AbortSignal;
  /** Whether the timer keeps the process alive. */
  readonly keepAlive?: boolean;
}

/** Runs `task` with a signal that aborts after `limitMs` or with `signal`; a task that ignores it is abandoned. */
export async function within<T>(
  { clock, limitMs, signal, keepAlive = false }: Limit,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  const onTimer = (): void => controller.abort(new DOMException(`took longer than ${limitMs} ms`, 'TimeoutError'));
  const handle = clock.setTimeout(onTimer, limitMs, { keepAlive });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<T>((resolve, reject) => {
      const fail = (): void => reject(controller.signal.reason);
      controller.signal.addEventListener('abort', fail, { once: true });
      (async () => task(controller.signal))().then(resolve, reject);
    });
  } finally {
    clock.clearTimeout(handle);
    signal.removeEventListener('abort', stop);
  }
}
