import type { Clock } from '../../ports/clock.js';

/** The longest delay a timer takes, in milliseconds; every JavaScript runtime fires a longer one at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The real time. The default of session watchers and of `attachNotifiers`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, delayMs, options) {
    const handle: unknown = setTimeout(callback, delayMs);
    if (options?.keepAlive === true) return handle;
    // Node keeps a process alive for a timer; browsers and workers return a number.
    if (typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function') {
      handle.unref();
    }
    return handle;
  },
  clearTimeout(handle) {
    clearTimeout(handle as Parameters<typeof clearTimeout>[0]);
  },
};

/** Whether a host's clock has the methods that notifiers use. */
export function isClock(value: unknown): value is Clock {
  if (typeof value !== 'object' || value === null) return false;
  const methods: readonly (keyof Clock)[] = ['now', 'setTimeout', 'clearTimeout'];
  const clock: Partial<Record<keyof Clock, unknown>> = value;
  return methods.every((method) => typeof clock[method] === 'function');
}
