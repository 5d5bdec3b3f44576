import type { Place } from './place.js';

/** How long one call may keep the trial of a tier that has not answered yet; then another may try, in milliseconds. */
const PROBE_LAPSE_MS = 60_000;

/** Who is trying a tier that has yet to answer: one call a tier. */
export class Probes {
  readonly #holders = new Map<number, { until: number }>();
  readonly #onReleased: (index: number) => void;

  /** @param onReleased called when a trial has ended, however it did */
  constructor(onReleased: (index: number) => void) {
    this.#onReleased = onReleased;
  }

  isTaken(index: number, now: number): boolean {
    return (this.#holders.get(index)?.until ?? Number.NEGATIVE_INFINITY) > now;
  }

  /** Takes the one place at a tier, until it is ended or lapses. */
  take(index: number, now: number): Place {
    const holder = { until: now + PROBE_LAPSE_MS };
    this.#holders.set(index, holder);
    const end = () => {
      // After a lapse another call may hold it.
      if (this.#holders.get(index) !== holder) return;
      this.#holders.delete(index);
      this.#onReleased(index);
    };
    return { index, opened: () => undefined, answered: end, end };
  }
}
