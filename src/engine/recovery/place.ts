/**
 * A place that one call holds at a tier: of a trial, or at a tier that is coming back. Ended once, whatever is called
 * after that. Times are on the clock's `elapsed`: where the wall clock is set, nobody waits longer for a place.
 */
export interface Place {
  readonly index: number;
  /**
   * The tier answered; of a stream: its first content is out. Does not end the place of a trial, whose stream may
   * still fail.
   */
  opened(now: number): void;
  /** The answer is complete. */
  answered(now: number): void;
  /** Gives the place back without an answer. */
  end(now: number): void;
}
