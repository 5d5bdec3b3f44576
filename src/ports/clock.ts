/** Time, handed in so that tests and simulations can move it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Runs `callback` once after `delayMs`; the handle goes to `clearTimeout`. A timer keeps the process alive only
   * with `keepAlive`: somebody's call waits for it.
   */
  setTimeout(callback: () => void, delayMs: number, options?: { keepAlive?: boolean }): unknown;
  /** Takes back a timer that has not run; a handle that is unknown or has run is ignored. */
  clearTimeout(handle: unknown): void;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;
