/** Numbers one chart has, and events it holds back at any time; of a longer rise it holds the rest itself. */
export const NUMBERS = 20;
export const HELD = 24;

/** Where the numbers of one chart are: from `at` on, those it holds back behind the others. */
export interface ChartPlace {
  readonly numbers: Float64Array;
  readonly at: number;
}

/**
 * Memory of the charts of one agent, some side by side. A thousand agents have tens of thousands of charts: as objects
 * with lists they take three times as much, and the garbage collector walks through all of them.
 */
export class ChartMemory {
  readonly #charts: number;
  #used: number;
  #numbers = new Float64Array(0);

  /** @param charts how many are side by side; there may be any number of them */
  constructor(charts: number) {
    this.#charts = charts;
    this.#used = charts;
  }

  /** A place for one more chart. */
  take(): ChartPlace {
    if (this.#used === this.#charts) {
      this.#numbers = new Float64Array(this.#charts * (NUMBERS + HELD));
      this.#used = 0;
    }
    return { numbers: this.#numbers, at: this.#used++ * (NUMBERS + HELD) };
  }
}
