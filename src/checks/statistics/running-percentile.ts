/** Bins from 0 to 1: a quality is told apart to half a percent. */
const BINS = 200;
/** Of numbers that come in few values, at most this part may count as low. */
const MOST_LOW = 0.35;

/** A low percentile of numbers from 0 to 1 that come one by one, without keeping them. */
export class RunningPercentile {
  count = 0;
  sum = 0;
  #squares = 0;
  readonly #bins = new Uint32Array(BINS + 1);
  readonly #part: number;
  /** Bin of the percentile, and how many numbers are in the bins below it. */
  #bin = 0;
  #below = 0;

  /** @param part which percentile, from 0 to 1 */
  constructor(part: number) {
    this.#part = part;
  }

  add(value: number): void {
    const bin = binOf(value);
    this.#bins[bin] = this.#bins[bin]! + 1;
    this.count += 1;
    this.sum += value;
    this.#squares += value * value;
    if (bin < this.#bin) this.#below += 1;
    const target = this.#part * this.count;
    while (this.#bin > 0 && this.#below > target) {
      this.#bin -= 1;
      this.#below -= this.#bins[this.#bin]!;
    }
    while (this.#bin < BINS && this.#below + this.#bins[this.#bin]! <= target) {
      this.#below += this.#bins[this.#bin]!;
      this.#bin += 1;
    }
  }

  /** Is this number among the low ones? Where many numbers equal the percentile, only those below it are. */
  isLow(value: number): boolean {
    const upTo = this.#below + this.#bins[this.#bin]!;
    return binOf(value) < (upTo <= MOST_LOW * this.count ? this.#bin + 1 : this.#bin);
  }

  /** Standard deviation; of no number there is none. */
  get spread(): number {
    return Math.sqrt(Math.max(0, this.#squares / this.count - this.mean ** 2));
  }

  get mean(): number {
    return this.sum / this.count;
  }
}

function binOf(value: number): number {
  return Math.floor(value * BINS + 1e-9);
}
