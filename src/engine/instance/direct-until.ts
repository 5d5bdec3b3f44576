import { restEnd } from '../../core/tier/rest.js';
import type { State } from '../../core/tier/state.js';

/** Until when calls may go straight to the current tier, and its answers change nothing; a time long past: they may not. */
export function directUntil(state: State, now: number): number {
  const tier = state.tiers[state.tier];
  if (!tier || state.paused || state.reportedTier !== state.tier || state.exhaustedAt !== null)
    return Number.NEGATIVE_INFINITY;
  if (tier.failures > 0 || tier.restUntil !== null || restEnd(tier) > now) return Number.NEGATIVE_INFINITY;
  // A call that begins in the millisecond of a failure has to remember that this came first; see `recordAttempt`.
  if (tier.lastFailureAt === now) return Number.NEGATIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  for (const better of state.tiers.slice(0, state.tier)) until = Math.min(until, restEnd(better));
  return until;
}
