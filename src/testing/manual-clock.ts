import { configError } from '../core/errors.js';
import type { Clock } from '../ports/clock.js';
import { TimerQueue, type QueuedTimer } from './timer-queue.js';

/** What `createManualClock` takes. */
export interface ManualClockOptions {
  /** Where time begins, epoch milliseconds. Default 2026-01-01T00:00:00Z. */
  now?: number;
}

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /**
   * Moves time on by `ms` milliseconds (0 or more): runs the timers that fall due, each at its own time and in its
   * order, and lets the promises that follow from one settle before the next. Timers that are set on the way run too.
   * One `advance` at a time: a second one waits for the first.
   */
  advance(ms: number): Promise<void>;
  /** Lets every promise settle that needs no time to pass. */
  settle(): Promise<void>;
  /** How many timers are set: 0 after a call that left nothing behind. */
  readonly pending: number;
  /** Milliseconds from now until each timer that is set, soonest first. */
  readonly delays: readonly number[];
}

const DEFAULT_NOW = Date.UTC(2026, 0, 1);
/** Turns of the event loop that `settle` gives to code which, besides promises, uses streams or immediates. */
const SETTLE_TURNS = 4;

/** Makes a clock for tests and simulations. An hour with hundreds of thousands of timers passes in seconds. */
export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  const timers = new TimerQueue();
  let now = finite(options.now ?? DEFAULT_NOW, 'now');
  let order = 0;
  let moving: Promise<void> = Promise.resolve();

  const move = async (ms: number): Promise<void> => {
    const until = now + ms;
    // What was begun before the call may still have timers to set.
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
      const duration = finite(ms, 'ms');
      if (duration < 0) throw configError('ms', 'time does not go back: expected 0 or more');
      const moved = moving.then(() => move(duration));
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

// Taken when the module loads, so that a test runner's fake timers do not stop the clock.
const { setImmediate: immediate, setTimeout: timeout, MessageChannel: Channel } = globalThis;

/** One turn of the event loop: every promise chain that can go on runs to its end before it is over. */
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
}

function isTimer(handle: unknown): handle is QueuedTimer {
  return typeof handle === 'object' && handle !== null && 'callback' in handle && 'isSet' in handle;
}

function finite(value: number, path: string): number {
  if (Number.isFinite(value)) return value;
  throw configError(path, 'expected a finite number of milliseconds');
}
