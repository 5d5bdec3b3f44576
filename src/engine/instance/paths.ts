import type { FailoverConfig } from '../../core/config.js';
import type { SharedRests, State } from '../../core/tier/state.js';
import type { KeyPools } from '../pools/key-pools.js';
import type { SlowStart } from '../recovery/slow-start.js';
import { directPath, NO_PATH, works, type DirectPath } from './direct-path.js';
import { poolPaths, type PoolPaths } from './pool-paths.js';

/** Where calls of an instance may go without looking at its state. At most one of the three is there. */
export interface Paths {
  readonly direct: DirectPath;
  /** While a tier is coming back and all places there are taken: the direct path of the calls above that limit. */
  readonly overflow: DirectPath | undefined;
  /** Where calls go to a pool of keys of which none is better: the direct paths to them. */
  readonly pool: PoolPaths | undefined;
}

export const NO_PATHS: Paths = { direct: NO_PATH, overflow: undefined, pool: undefined };

/** @param facts `now` and `elapsed` are the present by either clock, `freshUntil` is on `elapsed` */
export function pathsOf(facts: {
  state: State;
  config: FailoverConfig;
  rests: SharedRests | undefined;
  pools: KeyPools | undefined;
  /** A return to a better tier that is under way. */
  slowStart: SlowStart | undefined;
  now: number;
  elapsed: number;
  freshUntil: number;
  /** The fleet's rest of a tier is over, and no instance has tried it since. */
  isUnproven: (index: number) => boolean;
}): Paths {
  const { state, config, rests, pools, slowStart, now, elapsed, isUnproven } = facts;
  const path = directPath(state, config, rests, facts);
  // Somewhere else than listeners know of: the next call has to say so first.
  if (path.index !== state.reportedTier) return NO_PATHS;
  const pool = pools?.at(path.index);
  const isWorking = (at: number) => !isUnproven(at) && works(state, config, rests, at, now);
  if (pool?.isSpread) {
    if (path === NO_PATH || slowStart) return NO_PATHS;
    const spread = poolPaths(pool, path, { state, chain: config.chain, rests, now, elapsed, works: isWorking });
    return { ...NO_PATHS, pool: spread };
  }
  if (slowStart?.index !== path.index) return { ...NO_PATHS, direct: path };
  if (pool?.has(slowStart.otherwise) === false || !isWorking(slowStart.otherwise)) return NO_PATHS;
  return { ...NO_PATHS, overflow: { ...path, index: slowStart.otherwise } };
}
