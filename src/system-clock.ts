import type { Clock } from './ports/clock.js';

/**
 * The real time, for what stands beside the engine and was handed no other: activity logs, books of alerts, notifiers,
 * session watchers.
 */
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
