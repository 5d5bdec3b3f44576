/** Time, handed in so that tests and simulations can move it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `callback` once after `delayMs`; the handle goes to `clearTimeout`. Must not keep a process alive. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;
