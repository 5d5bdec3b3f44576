/**
 * How often something happened, and how much that differs from day to day beyond what chance explains. Takes events
 * one by one in order of time; every figure costs the same however many there were.
 */
export class DayShares {
  /** Events taken. */
  count = 0;
  /** Of these, how many were hits. */
  hits = 0;
  /** Days with at least one event. */
  days = 0;
  #day = Number.NaN;
  #dayCount = 0;
  #dayHits = 0;
  /** Sums over the days of count², count x hits and hits². */
  #countSquares = 0;
  #products = 0;
  #hitSquares = 0;

  add(isHit: boolean, day: number): void {
    if (day !== this.#day) {
      this.#day = day;
      this.#dayCount = 0;
      this.#dayHits = 0;
      this.days += 1;
    }
    const hit = isHit ? 1 : 0;
    this.#countSquares += 2 * this.#dayCount + 1;
    this.#products += this.#dayHits + hit * (this.#dayCount + 1);
    this.#hitSquares += hit * (2 * this.#dayHits + 1);
    this.#dayCount += 1;
    this.#dayHits += hit;
    this.count += 1;
    this.hits += hit;
  }

  /** Variance of the share between days by the method of moments; may be below 0 where days are alike by chance. */
  varianceBetweenDays(): number {
    if (this.days < 2) return 0;
    const share = this.hits / this.count;
    const squares = this.#hitSquares - 2 * share * this.#products + share * share * this.#countSquares;
    const expected = share * (1 - share) * (this.count - this.#countSquares / this.count);
    const weight = this.#countSquares - this.count;
    return weight <= 0 ? 0 : (squares - expected) / weight;
  }
}
