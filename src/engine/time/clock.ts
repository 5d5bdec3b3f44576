import type { Clock, Random } from '../../ports/clock.js';
import { withLongTimers } from './long-timers.js';

/** The engine's clock: a host's, or the real one. */
export interface EngineClock extends Clock {
  /**
   * Milliseconds since some moment, on a clock that nobody sets: for durations and deadlines. A host's clock has one
   * time for both.
   */
  elapsed(): number;
  /** Fake timers were found: the two clocks may move apart. */
  readonly isFaked: boolean;
}

/** Real timers may fire early by less than this, in milliseconds. */
const TIMER_INACCURACY_MS = 2;

/**
 * The real clock: the only place in the engine that reads real time or starts real timers. Fake timers move it,
 * whenever they are installed: they replace `Date`, so that a look at it says whether `performance` is the real one.
 * Those of `node:test` leave `performance` alone: there a timer that fires says that its time has passed.
 */
export function createSystemClock(): EngineClock {
  const stopwatch = performance;
  /** The `Date` that goes with `stopwatch`; `undefined` once fake timers were found. */
  let RealDate = isNative(Date) ? Date : undefined;
  /** What is added to `performance`: that it was found to be behind, or was put back by fake timers. */
  let addedMs = 0;
  let latest = Number.NEGATIVE_INFINITY;

  /** Never goes back, whatever is put in the place of `performance`. */
  const fakedElapsed = (): number => {
    if (RealDate) latest = stopwatch.now();
    RealDate = undefined;
    const reading = performance.now() + addedMs;
    if (reading < latest) addedMs += latest - reading;
    latest = Math.max(latest, reading);
    return latest;
  };
  // Where both clocks would do this is the cheaper one, and it stays right when the wall clock is set.
  const elapsed = () => (Date === RealDate ? stopwatch.now() : fakedElapsed());

  const timers = withLongTimers({
    setTimeout(callback, delayMs, options) {
      const boundedMs = Math.max(0, delayMs);
      const dueAt = elapsed() + boundedMs;
      const fire = () => {
        const missingMs = dueAt - elapsed();
        if (missingMs > TIMER_INACCURACY_MS) {
          fakedElapsed();
          addedMs += missingMs;
        }
        callback();
      };
      const handle: unknown = setTimeout(fire, boundedMs);
      // Timers keep a process alive only where a caller waits.
      if (options?.keepAlive) return handle;
      if (typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function') {
        handle.unref();
      }
      return handle;
    },
    clearTimeout(handle) {
      clearTimeout(handle as Parameters<typeof clearTimeout>[0]);
    },
  });
  return {
    now: () => Date.now(),
    elapsed,
    get isFaked() {
      return Date !== RealDate;
    },
    ...timers,
  };
}

/** Fake timers put a function of their own in the place of `Date`. */
function isNative(date: DateConstructor): boolean {
  return Function.prototype.toString.call(date).includes('[native code]');
}

const systemRandom: Random = () => Math.random();

/** A clock of the host's: what it leaves out, or throws from, is the real clock's. */
export type ClockInput = Pick<Clock, 'now'> & Partial<Clock>;

/** Makes a host's clock safe to call: it never throws and always gives a number. */
export function guardClock(input: ClockInput | undefined): EngineClock {
  const systemClock = createSystemClock();
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
  const elapsed = withoutSteps(now);
  if (!set || !clear) return { ...systemClock, now, elapsed, isFaked: false };
  const timers = withLongTimers({
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
        // If that timer fires all the same, nothing waits for it any more.
      }
    },
  });
  return { now, elapsed, isFaked: false, ...timers };
}

/** A host's clock has one time for both. What it is set back is left out here: elapsed time never goes back. */
function withoutSteps(now: () => number): () => number {
  let latest = now();
  let setBackMs = 0;
  return () => {
    const reading = now();
    if (reading < latest) setBackMs += latest - reading;
    latest = reading;
    return reading + setBackMs;
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
