import type { Clock, Random } from '../../ports/clock.js';

/** The longest delay a timer takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The engine's clock: a host's, or the real one. */
export interface EngineClock extends Clock {
  /** Milliseconds since some moment, on a clock that nobody sets: for durations. A host's clock has one time for both. */
  elapsed(): number;
}

/** Taken once: to look the global up costs as much as to read the time. */
const stopwatch = globalThis.performance;

/** The real clock. The only place that reads real time or starts real timers; they keep a process alive only where asked to. */
export const systemClock: EngineClock = {
  now: Date.now,
  // Where both would do this is the cheaper one, and right also when somebody sets the wall clock.
  elapsed: () => stopwatch.now(),
  setTimeout(callback, delayMs, options) {
    const handle: unknown = setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_DELAY_MS));
    if (options?.keepAlive) return handle;
    if (typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function') {
      handle.unref();
    }
    return handle;
  },
  clearTimeout(handle) {
    clearTimeout(handle as Parameters<typeof clearTimeout>[0]);
  },
};

const systemRandom: Random = () => Math.random();

/** A clock of the host's: what it leaves out, or throws from, is the real clock's. */
export type ClockInput = Pick<Clock, 'now'> & Partial<Clock>;

/** Makes a host's clock safe to call from inside somebody's call: it never throws and always gives a number. */
export function guardClock(input: ClockInput | undefined): EngineClock {
  if (!input) return systemClock;
  const now = () => {
    try {
      const value = input.now();
      return Number.isFinite(value) ? value : systemClock.now();
    } catch {
      return systemClock.now();
    }
  };
  const { setTimeout: set, clearTimeout: clear } = input;
  if (!set || !clear) return { ...systemClock, now, elapsed: now };
  return {
    now,
    elapsed: now,
    setTimeout(callback, delayMs, options): HostTimer {
      try {
        return { ours: false, handle: set.call(input, callback, delayMs, options) };
      } catch {
        return { ours: true, handle: systemClock.setTimeout(callback, delayMs, options) };
      }
    },
    clearTimeout(timer) {
      const { ours, handle } = timer as HostTimer;
      try {
        if (ours) systemClock.clearTimeout(handle);
        else clear.call(input, handle);
      } catch {
        // What is left of that timer finds nobody waiting.
      }
    },
  };
}

/** A timer, and whose clock it runs on. */
interface HostTimer {
  ours: boolean;
  handle: unknown;
}

/** Makes a host's source of chance safe: what throws or is out of range counts as one half. */
export function guardRandom(input: Random | undefined): Random {
  if (!input) return systemRandom;
  return () => {
    try {
      const value = input();
      return value >= 0 && value < 1 ? value : 0.5;
    } catch {
      return 0.5;
    }
  };
}
