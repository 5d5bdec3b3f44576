// Places of its numbers.
const [COUNT, HITS, DAYS, DAY, DAY_COUNT, DAY_HITS, COUNT_SQUARES, PRODUCTS, HIT_SQUARES] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Numbers it keeps. */
export const DAY_SHARES_NUMBERS = 9;

/**
 * How often something happened, and how much that differs from day to day beyond what chance explains. Takes events
 * one by one in order of time; every figure costs the same however many there were.
 */
export class DayShares {
  readonly #numbers: Float64Array;
  readonly #at: number;

  /** @param at where in `numbers` it keeps its own */
  constructor(numbers: Float64Array, at: number) {
    this.#numbers = numbers;
    this.#at = at;
    numbers.fill(0, at, at + DAY_SHARES_NUMBERS);
    numbers[at + DAY] = Number.NaN;
  }

  /** Events taken. */
  get count(): number {
    return this.#get(COUNT);
  }

  /** Of these, how many were hits. */
  get hits(): number {
    return this.#get(HITS);
  }

  /** Days with at least one event. */
  get days(): number {
    return this.#get(DAYS);
  }

  add(isHit: boolean, day: number): void {
    if (day !== this.#get(DAY)) {
      this.#numbers[this.#at + DAY] = day;
      this.#numbers[this.#at + DAY_COUNT] = 0;
      this.#numbers[this.#at + DAY_HITS] = 0;
      this.#increase(DAYS, 1);
    }
    // Sums over the days of count², count x hits and hits².
    const [count, hits] = [this.#get(DAY_COUNT), this.#get(DAY_HITS)];
    this.#increase(COUNT_SQUARES, 2 * count + 1);
    this.#increase(PRODUCTS, hits + (isHit ? count + 1 : 0));
    this.#increase(DAY_COUNT, 1);
    this.#increase(COUNT, 1);
    if (!isHit) return;
    this.#increase(HIT_SQUARES, 2 * hits + 1);
    this.#increase(DAY_HITS, 1);
    this.#increase(HITS, 1);
  }

  /** Variance of the share between days by the method of moments; may be below 0 where days are alike by chance. */
  varianceBetweenDays(): number {
    if (this.days < 2) return 0;
    const share = this.hits / this.count;
    const squares = this.#get(HIT_SQUARES) - 2 * share * this.#get(PRODUCTS) + share * share * this.#get(COUNT_SQUARES);
    const expected = share * (1 - share) * (this.count - this.#get(COUNT_SQUARES) / this.count);
    const weight = this.#get(COUNT_SQUARES) - this.count;
    return weight <= 0 ? 0 : (squares - expected) / weight;
  }

  #get(place: number): number {
    return this.#numbers[this.#at + place]!;
  }

  #increase(place: number, by: number): void {
    this.#numbers[this.#at + place] = this.#get(place) + by;
  }
}
