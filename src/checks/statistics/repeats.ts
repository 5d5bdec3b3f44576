/** What a run of repetitions is, as it stands. */
export interface Run {
  /** Repetitions: events equal to the one before them. A run of five equal events has four. */
  length: number;
  startAt: number;
  lastAt: number;
}

/**
 * Counts how often events repeat, and tells a run that chance explains from one it does not: where an agent's events
 * repeat with probability q, a run of r repetitions is to be expected n x q^r times among n events.
 */
export class Repeats {
  /** Events outside of the present run, and repetitions among them. */
  #count = 0;
  #repeated = 0;
  #run: Run | undefined;

  /**
   * Takes in the next event; the run that it goes on or begins.
   *
   * @param startAt when the event that is repeated happened
   */
  add(isRepetition: boolean, startAt: number, at: number): Run | undefined {
    if (isRepetition) {
      if (this.#run) {
        this.#run.length += 1;
        this.#run.lastAt = at;
      } else this.#run = { length: 1, startAt, lastAt: at };
      return this.#run;
    }
    this.#count += 1 + (this.#run?.length ?? 0);
    this.#repeated += this.#run?.length ?? 0;
    this.#run = undefined;
    return undefined;
  }

  /** Events that are known of beside the present run. */
  get past(): number {
    return this.#count;
  }

  /** How many runs as long as the present one the past explains. */
  expectedRuns(run: Run): number {
    const chance = (this.#repeated + 0.5) / (this.#count + 5);
    return Math.max(1, this.#count) * chance ** run.length;
  }
}
