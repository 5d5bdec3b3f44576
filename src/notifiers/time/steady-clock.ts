import type { Clock } from '../../ports/clock.js';

/**
 * The same clock with a time that never goes back. Without it, a wait of five minutes would last a day when the wall
 * clock is set back by a day.
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
