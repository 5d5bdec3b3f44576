import { configError } from '../core/errors.js';
import type { Clock } from '../ports/clock.js';
import { checkOptions, finiteMs } from './check-options.js';
import { TimerQueue, type QueuedTimer } from './timer-queue.js';

/** What `createManualClock` takes. */
export interface ManualClockOptions {
  /** The time at the start, epoch milliseconds. Default 2026-01-01T00:00:00Z. */
  now?: number;
}

/** A clock that moves only when `advance` is called. */
export interface ManualClock extends Clock {
  /**
   * Moves time forward by `ms` milliseconds (0 or more): runs the timers that are due, in order and each at its own
   * time, and lets the promises that depend on one settle before the next. Timers set meanwhile run as well. A second
   * `advance` waits for the first.
   *
   * @throws {ConfigError} `ms` is negative or not finite
   */
  advance(ms: number): Promise<void>;
  /** Lets every promise settle that does not wait for time to pass. */
  settle(): Promise<void>;
  /** Number of timers that are set: 0 after a call that leaves none behind. */
  readonly pending: number;
  /** Milliseconds from now until each timer that is set, soonest first. */
  readonly delays: readonly number[];
}

const DEFAULT_NOW = Date.UTC(2026, 0, 1);
/** Turns of the event loop in one `settle`: enough for code that uses streams or immediates besides promises. */
const SETTLE_TURNS = 4;

/**
 * Makes a clock for tests and simulations. An hour with hundreds of thousands of timers passes in seconds.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  const timers = new TimerQueue();
  checkOptions(options, { now: finiteMs });
  let now = options.now ?? DEFAULT_NOW;
  let order = 0;
  let moving: Promise<void> = Promise.resolve();

  const move = async (ms: number): Promise<void> => {
    const until = now + ms;
    // Code that began before this call may still set timers.
    await turn();
    for (let timer = timers.peek(until); timer !== undefined; timer = timers.peek(until)) {
      timers.take(timer);
      now = Math.max(now, timer.at);
      timer.callback();
      await turn();
    }
    now = until;
    await settle();
  };

  return {
    now: () => now,
    setTimeout(callback, delayMs) {
      const timer: QueuedTimer = { at: now + Math.max(0, delayMs || 0), order: order++, callback, isSet: true };
      timers.add(timer);
      return timer;
    },
    clearTimeout(handle) {
      if (isTimer(handle)) timers.clear(handle);
    },
    advance(ms) {
      if (!Number.isFinite(ms)) throw configError('ms', 'expected a finite number of milliseconds');
      if (ms < 0) throw configError('ms', 'time does not go back: expected 0 or more');
      const moved = moving.then(() => move(ms));
      moving = moved.catch(() => undefined);
      return moved;
    },
    settle,
    get pending() {
      return timers.size;
    },
    get delays() {
      return timers.times().map((at) => at - now);
    },
  };
}

// Read once, when the module loads, so that a test runner's fake timers do not stop this clock.
const { setImmediate: immediate, setTimeout: timeout, MessageChannel: Channel } = globalThis;

/** One turn of the event loop: every promise chain that can continue does so until it waits for something else. */
function turn(): Promise<void> {
  if (typeof immediate === 'function') return new Promise((resolve) => void immediate(resolve));
  if (typeof Channel !== 'function') return new Promise((resolve) => void timeout(resolve, 0));
  return new Promise((resolve) => {
    const { port1, port2 } = new Channel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}

async function settle(): Promise<void> {
  for (let count = 0; count < SETTLE_TURNS; count++) await turn();
  // In a Worker a message may come before promises that are still on their way: there only a timer is a turn.
  if (typeof immediate !== 'function') await new Promise((resolve) => void timeout(resolve, 0));
}

function isTimer(handle: unknown): handle is QueuedTimer {
  return typeof handle === 'object' && handle !== null && 'callback' in handle && 'isSet' in handle;
}
