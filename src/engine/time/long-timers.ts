import type { Clock } from '../../ports/clock.js';

/** The longest delay a timer takes, in milliseconds: with a longer one it would fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

type Timers = Omit<Clock, 'now'>;

/** A timer that is longer than one can be, made of several that follow each other. */
class LongTimer {
  part: unknown;
}

/** Timers of any length, made of those of a clock. */
export function withLongTimers({ setTimeout: set, clearTimeout: clear }: Timers): Timers {
  return {
    setTimeout(callback, delayMs, options) {
      if (!(delayMs > MAX_DELAY_MS)) return set(callback, delayMs, options);
      const timer = new LongTimer();
      let leftMs = delayMs;
      const next = () => {
        const partMs = Math.min(leftMs, MAX_DELAY_MS);
        leftMs -= partMs;
        timer.part = set(leftMs > 0 ? next : callback, partMs, options);
      };
      next();
      return timer;
    },
    clearTimeout(handle) {
      clear(handle instanceof LongTimer ? handle.part : handle);
    },
  };
}
