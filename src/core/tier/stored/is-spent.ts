import { standingPauses } from '../rests/standing-pauses.js';
import { latest } from '../rests/rest.js';
import type { State } from '../state.js';

/**
 * True when a state can be forgotten without a loss that matters: nothing keeps calls off a tier, and every rest has
 * been over for at least as long as it lasted.
 */
export function isSpent(state: State, now: number): boolean {
  if (standingPauses(state, now).length > 0 || state.absent.length > 0) return false;
  return state.tiers.every((tier) => {
    const end = latest(tier.restUntil, tier.retryAfterUntil, tier.heldUntil, tier.cooldownUntil);
    if (end > now) return false;
    return tier.lastFailureAt === null || now - latest(end, tier.lastFailureAt) >= end - tier.lastFailureAt;
  });
}
