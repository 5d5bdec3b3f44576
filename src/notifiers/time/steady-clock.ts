import type { Clock } from '../../ports/clock.js';

/**
 * The same clock with a time that never goes back. Where somebody sets the wall clock back by a day, what waits for
 * five minutes would otherwise wait for a day.
 */
export function createSteadyClock(clock: Clock): Clock {
  let aheadMs = 0;
  let lastAt = -Infinity;
  return {
    now() {
      const at = clock.now();
      if (at + aheadMs < lastAt) aheadMs = lastAt - at;
      lastAt = at + aheadMs;
      return lastAt;
    },
    setTimeout: (callback, delayMs, options) => clock.setTimeout(callback, delayMs, options),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  };
}
