import type { MonitorAccess } from '../ports/monitor-access.js';
import { bucketNames, type Tallies } from './tallies.js';

/** Requests that are made to the store at a time. */
const AT_A_TIME = 32;

/** Counters that all processes of a store count in together. */
export class SharedCounters {
  readonly #access: MonitorAccess;
  readonly #tallies: Tallies;

  constructor(access: MonitorAccess, tallies: Tallies) {
    this.#access = access;
    this.#tallies = tallies;
  }

  /** Adds to the store what this process has counted since the last time. Never rejects; what fails is tried again. */
  async add(now: number): Promise<void> {
    await inBatches([...this.#tallies.increments(now)], async (increment) => {
      const { target, bucket, by, ttlMs } = increment;
      const key = `health:${target}`;
      try {
        await this.#access.ask('increment', key, (store) => store.increment(key, bucket, by, ttlMs));
      } catch {
        increment.settle(false);
      }
    });
  }

  /**
   * Sum of some series of a target in a window, over all processes; 0 where the store makes no sense. Rejects with
   * `StoreError`.
   */
  async count(
    target: string,
    series: readonly string[],
    windowMs: number,
    now: number,
    since: number,
  ): Promise<number> {
    const names = bucketNames(series, windowMs, now, since);
    if (names.length === 0) return 0;
    const key = `health:${target}`;
    const sum = await this.#access.ask('sum', key, (store) => store.sum(key, names));
    return Number.isFinite(sum) && sum > 0 ? sum : 0;
  }
}

/** Works on many things, some at a time. Rejects with the first rejection. */
export async function inBatches<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_A_TIME) await Promise.all(all.slice(at, at + AT_A_TIME).map(work));
}
