import type { Tier } from '../../core/config.js';
import { restEnd, sharedRestEnd } from '../../core/tier/rests/rest.js';
import { FOREVER, type SharedRests, type State } from '../../core/tier/state.js';
import type { KeyPool } from '../pools/key-pool.js';
import type { DirectPath } from './direct-path.js';

/** Sessions whose key is remembered; it is found again quickly. */
const MOST_SESSIONS = 1000;

/**
 * The direct paths of an instance whose calls go to a pool in which no key is better: each call picks its key, and goes
 * straight there where that key works.
 */
export class PoolPaths {
  readonly #pool: KeyPool;
  /** By key; `null`: it has yet to answer, and a call has to look; `undefined`: it rests. */
  readonly #paths: readonly (DirectPath | null | undefined)[];
  readonly #mayAsk: (index: number) => boolean;
  /** What sessions have picked: for them it stays the same as long as these paths hold. */
  readonly #picked: Map<string, DirectPath | undefined> | undefined;

  constructor(pool: KeyPool, paths: readonly (DirectPath | null | undefined)[]) {
    this.#pool = pool;
    this.#paths = paths;
    this.#mayAsk = (index) => this.#paths[index - pool.from] !== undefined;
    this.#picked = pool.order === 'session' ? new Map() : undefined;
  }

  /** The path of a call of this session; `undefined`: it has to look. */
  pick(session: string): DirectPath | undefined {
    const known = this.#picked?.get(session);
    if (known) return known;
    const path = this.#paths[this.#pool.pick(session, this.#mayAsk) - this.#pool.from] ?? undefined;
    if (this.#picked) {
      if (this.#picked.size >= MOST_SESSIONS) this.#picked.clear();
      this.#picked.set(session, path);
    }
    return path;
  }

  /** The path to one key. */
  at(index: number): DirectPath | undefined {
    return this.#paths[index - this.#pool.from] ?? undefined;
  }
}

/**
 * The paths of the keys beside that of one of them. They hold until the first of the others may be asked again.
 *
 * @param works says that a key has answered since it failed
 */
export function poolPaths(
  pool: KeyPool,
  path: DirectPath,
  facts: {
    state: State;
    chain: readonly Tier[];
    rests: SharedRests | undefined;
    now: number;
    elapsed: number;
    works: (index: number) => boolean;
  },
): PoolPaths {
  const { state, chain, rests, now, elapsed, works } = facts;
  const keys = Array.from({ length: pool.to - pool.from }, (_, at) => pool.from + at);
  const ends = keys.map((index) => Math.max(restEnd(state.tiers[index]!), sharedRestEnd(chain[index]!, rests)));
  const resting = ends.filter((end) => end > now);
  const soonest = resting.reduce((first, end) => Math.min(first, end), path.wall?.until ?? FOREVER);
  const timed = soonest >= FOREVER ? {} : { wall: { from: now, until: soonest, readAt: elapsed } };
  const until = soonest >= FOREVER ? path.until : Math.min(path.until, elapsed + soonest - now);
  const paths = keys.map((index, at) => {
    if (ends[at]! > now) return undefined;
    const { restUntil, lastFailureAt } = state.tiers[index]!;
    // A call that begins in the millisecond of a failure has to remember that this came first.
    if (!works(index) || restUntil !== null || lastFailureAt === now) return null;
    return { ...path, index, until, ...timed };
  });
  return new PoolPaths(pool, paths);
}
