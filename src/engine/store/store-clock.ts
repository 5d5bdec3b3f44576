import type { StateStore } from '../../ports/state-store.js';
import type { EngineClock } from '../time/clock.js';
import { within } from '../time/waits.js';

/** How long the store's clock is taken to agree with this process's stopwatch, in milliseconds. */
const REMEASURE_MS = 10 * 60_000;
const TIMEOUT_MS = 1000;

/**
 * The store's clock as far as this process knows it: by one question and its answer, between which some time passed.
 * All local times are on the clock's `elapsed`.
 */
export class StoreClock {
  readonly #store: StateStore;
  readonly #clock: EngineClock;
  /** What to add to a local time for the earliest and the latest that the store's clock may show then. */
  #offset: { earliest: number; latest: number } | undefined;
  #measuredAt = Number.NEGATIVE_INFINITY;

  constructor(facts: { store: StateStore; clock: EngineClock }) {
    this.#store = facts.store;
    this.#clock = facts.clock;
  }

  /** The latest that the store's clock may show at a local time; `undefined`: nobody knows. */
  latestAt(elapsed: number): number | undefined {
    return this.#offset && Math.ceil(elapsed + this.#offset.latest);
  }

  /** The earliest that it may show. */
  earliestAt(elapsed: number): number | undefined {
    return this.#offset && elapsed + this.#offset.earliest;
  }

  /** Asks the store for its time, where it can tell and has not been asked lately. Never rejects. */
  async measure(): Promise<void> {
    const store = this.#store;
    const askedAt = this.#clock.elapsed();
    if (!store.now || askedAt - this.#measuredAt < REMEASURE_MS) return;
    this.#measuredAt = askedAt;
    try {
      const time = await within(this.#clock, store.now(), TIMEOUT_MS, () => new Error('too late'));
      if (!Number.isFinite(time)) return;
      this.#offset = { earliest: time - this.#clock.elapsed(), latest: time - askedAt };
    } catch {
      // Some servers let nobody ask for the time. Without it the clocks of two processes are allowed to differ.
    }
  }
}
