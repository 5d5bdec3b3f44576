/**
 * Stretches of time, as pairs of beginning and end. Kept as whole milliseconds after the start of the calendar: its 29
 * days fit 32 bits, and a thousand agents have a million of them.
 */
export class Stretches {
  readonly #startAt: number;
  #offsets = new Uint32Array(16);
  #used = 0;

  /** @param startAt epoch milliseconds; no stretch begins before it, or ends 49 days after it */
  constructor(startAt: number) {
    this.#startAt = startAt;
  }

  /** Both in epoch milliseconds. */
  push(from: number, to: number): void {
    if (this.#used === this.#offsets.length) {
      const longer = new Uint32Array(this.#used + Math.max(16, 2 * Math.ceil(this.#used / 8)));
      longer.set(this.#offsets);
      this.#offsets = longer;
    }
    this.#offsets[this.#used++] = from - this.#startAt;
    this.#offsets[this.#used++] = to - this.#startAt;
  }

  /** The longest that ended before a moment, by a measure that is given both in epoch milliseconds. */
  longest(measure: (from: number, to: number) => number, before: number): number {
    let longest = 0;
    for (let index = 0; index < this.#used; index += 2) {
      const from = this.#startAt + this.#offsets[index]!;
      const to = this.#startAt + this.#offsets[index + 1]!;
      // No measure is longer than the clock's.
      if (to <= before && to - from > longest) longest = Math.max(longest, measure(from, to));
    }
    return longest;
  }
}
