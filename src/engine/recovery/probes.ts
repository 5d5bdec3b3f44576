import type { Place } from './place.js';

/** How long one call may keep the trial of a tier that has not answered yet; then another may try, in milliseconds. */
const PROBE_LAPSE_MS = 60_000;

/**
 * Who is trying a tier that has yet to answer this instance: one call a tier, or several where another one got an
 * answer. Times are on the clock's `elapsed`.
 */
export class Probes {
  readonly #holders = new Map<number, { until: number }[]>();
  readonly #onReleased: (index: number) => void;

  /** @param onReleased called when a trial has ended, however it did */
  constructor(onReleased: (index: number) => void) {
    this.#onReleased = onReleased;
  }

  /** True when all `places` at a tier are taken. */
  isTaken(index: number, now: number, places: number): boolean {
    return this.#present(index, now).length >= places;
  }

  /** Takes a place at a tier, until it is ended or lapses. */
  take(index: number, now: number): Place {
    const holder = { until: now + PROBE_LAPSE_MS };
    this.#holders.set(index, [...this.#present(index, now), holder]);
    const end = (at: number) => {
      const holders = this.#holders.get(index);
      // After a lapse another call may have its place, of this instance or, in a fleet, of another one.
      if (!holders?.includes(holder) || holder.until <= at) return;
      const others = holders.filter((each) => each !== holder);
      if (others.length > 0) this.#holders.set(index, others);
      else this.#holders.delete(index);
      this.#onReleased(index);
    };
    return { index, opened: () => undefined, answered: end, end };
  }

  #present(index: number, now: number): { until: number }[] {
    return this.#holders.get(index)?.filter(({ until }) => until > now) ?? [];
  }
}
