import type { FailoverConfig } from '../../core/config.js';
import { betterThan } from '../../core/tier/pool.js';
import { isFailing, isFree, restEnd, sharedRestEnd } from '../../core/tier/rests/rest.js';
import { selectTier } from '../../core/tier/select-tier.js';
import { FOREVER, type SharedRests, type State } from '../../core/tier/state.js';
import type { EngineClock } from '../time/clock.js';

/**
 * Rests are counted on the wall clock, which moves while a machine sleeps, and may be set. So long after it was read,
 * in milliseconds, it is read again.
 */
const WALL_INTERVAL_MS = 250;

/** Where a call may go without looking at the state, for as long as nothing changes. */
export interface DirectPath {
  readonly index: number;
  /** Until then a success there changes nothing. On the clock's `elapsed`. */
  readonly until: number;
  /** The same on the wall clock, and when that was read: absent where no better tier rests. */
  readonly wall: { readonly from: number; readonly until: number; readAt: number } | undefined;
}

/** No call may: each has to look. */
export const NO_PATH: DirectPath = { index: 0, until: Number.NEGATIVE_INFINITY, wall: undefined };

/**
 * The direct path of a state: calls go to one tier, which works, and every better one is at rest. `NO_PATH` where a
 * call would be a trial, or its answer would change the state.
 *
 * @param facts `now` and `elapsed` are the present by either clock, `freshUntil` is on `elapsed`
 */
export function directPath(
  state: State,
  config: FailoverConfig,
  rests: SharedRests | undefined,
  facts: {
    now: number;
    elapsed: number;
    freshUntil: number;
    /** The fleet's rest of a tier is over, and no instance has tried it since. */
    isUnproven: (index: number) => boolean;
  },
): DirectPath {
  const { now, elapsed, freshUntil, isUnproven } = facts;
  if (state.exhaustedAt !== null || state.tier !== state.reportedTier) return NO_PATH;
  const selection = selectTier(state, config, now, rests);
  if (!selection.ok || selection.probe) return NO_PATH;
  const { index } = selection;
  const tier = state.tiers[index];
  // A call that begins in the millisecond of a failure has to remember that this came first; see `recordAttempt`.
  if (!tier || tier.failures > 0 || tier.restUntil !== null || tier.lastFailureAt === now) return NO_PATH;
  const until = firstEnd(state, config, rests, betterThan(config.chain, index));
  if (until <= now || isUnproven(index)) return NO_PATH;
  if (until >= FOREVER) return { index, until: freshUntil, wall: undefined };
  const wall = { from: now, until, readAt: elapsed };
  return { index, until: Math.min(freshUntil, elapsed + until - now), wall };
}

/** True when a call that begins now may use it. */
export function isOpenNow(path: DirectPath, elapsed: number, clock: EngineClock): boolean {
  return elapsed < path.until && (path.wall === undefined || isWithin(path.wall, elapsed, clock));
}

/** Reads the wall clock now and then, and where it may have moved by itself. */
function isWithin(wall: NonNullable<DirectPath['wall']>, elapsed: number, clock: EngineClock): boolean {
  if (elapsed - wall.readAt < WALL_INTERVAL_MS && !clock.isFaked) return true;
  const now = clock.now();
  if (now < wall.from || now >= wall.until) return false;
  wall.readAt = elapsed;
  return true;
}

/** True when the tier has no failure that matters, and nothing keeps calls off it. */
export function works(
  state: State,
  config: FailoverConfig,
  rests: SharedRests | undefined,
  index: number,
  now: number,
): boolean {
  const tier = state.tiers[index];
  const configured = config.chain[index];
  if (!tier || !configured || isFailing(tier) || !isFree(tier, now)) return false;
  return !(sharedRestEnd(configured, rests) > now);
}

/** When the first of the best `count` tiers can be asked again. */
function firstEnd(state: State, config: FailoverConfig, rests: SharedRests | undefined, count: number): number {
  let first = FOREVER;
  for (let better = 0; better < count; better++) {
    const own = restEnd(state.tiers[better]!);
    const tier = config.chain[better];
    first = Math.min(first, rests && tier ? Math.max(own, sharedRestEnd(tier, rests)) : own);
  }
  return first;
}
