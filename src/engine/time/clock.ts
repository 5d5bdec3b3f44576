import type { Clock, Random } from '../../ports/clock.js';
import { withLongTimers } from './long-timers.js';

/** The engine's clock: a host's, or the real one. */
export interface EngineClock extends Clock {
  /** Milliseconds since some moment, on a clock that nobody sets: for durations and deadlines. A host's clock has one time for both. */
  elapsed(): number;
}

/** Real timers may fire early by less than this, in milliseconds. */
const TIMER_INACCURACY_MS = 2;

/**
 * The real clock: the only place that reads real time or starts real timers. Globals are looked up at each use, so that
 * fake timers move it whenever they are installed. Those of `node:test` leave `performance` alone: there a timer that
 * fires says that its time has passed.
 */
export function createSystemClock(): EngineClock {
  /** What is added to `performance`: that it was found to be behind, or was put back when fake timers were installed. */
  let addedMs = 0;
  let latest = Number.NEGATIVE_INFINITY;
  // Where both clocks would do this is the cheaper one, and it stays right when the wall clock is set.
  const elapsed = () => {
    const reading = performance.now() + addedMs;
    if (reading >= latest) return (latest = reading);
    addedMs += latest - reading;
    return latest;
  };
  const timers = withLongTimers({
    setTimeout(callback, delayMs, options) {
      const boundedMs = Math.max(0, delayMs);
      const dueAt = elapsed() + boundedMs;
      const fire = () => {
        const missingMs = dueAt - elapsed();
        if (missingMs > TIMER_INACCURACY_MS) addedMs += missingMs;
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
  return { now: () => Date.now(), elapsed, ...timers };
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
  if (!set || !clear) return { ...systemClock, now, elapsed };
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
  return { now, elapsed, ...timers };
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
