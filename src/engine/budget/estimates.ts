/** How many of the last calls of a tier an estimate is made of. */
const REMEMBERED = 50;
const SHARE = 0.95;

/** What a call at each tier is likely to use: what 95 % of its last 50 calls stayed below. */
export class Estimates {
  readonly #last: number[][];
  readonly #counts: number[];

  constructor(tierCount: number) {
    this.#last = Array.from({ length: tierCount }, () => []);
    this.#counts = Array.from({ length: tierCount }, () => 0);
  }

  add(index: number, amount: number): void {
    this.#last[index]![this.#counts[index]! % REMEMBERED] = amount;
    this.#counts[index]!++;
  }

  /** 0 before the first call has ended. */
  of(index: number): number {
    const sorted = this.#last[index]!.toSorted((one, other) => one - other);
    return sorted[Math.ceil(sorted.length * SHARE) - 1] ?? 0;
  }
}
