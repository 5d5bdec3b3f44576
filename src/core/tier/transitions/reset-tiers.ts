import type { TierIdentity } from '../../config.js';
import { begin } from '../begin.js';
import { isFree } from '../rests/rest.js';
import { forgottenTier, type State, type TierState, type Transition } from '../state.js';

/**
 * Forgets what is known of some tiers: an operator has mended what they share. Unlike `reset` it moves nobody, and
 * leaves holds and pauses as they are; the next call tries the best of them.
 */
export function resetTiers(
  state: State,
  request: { by: string; reason?: string | undefined; concerns: (tier: TierIdentity) => boolean },
  now: number,
): Transition {
  const { by, reason, concerns } = request;
  const draft = begin(state, now);
  const tiers: Record<number, Partial<TierState>> = {};
  draft.state.tiers.forEach((tier, index) => {
    const identity = draft.state.identities[index];
    if (!identity || !concerns(identity) || (tier.lastFailureAt === null && tier.restUntil === null)) return;
    tiers[index] = { ...forgottenTier(tier), heldUntil: tier.heldUntil };
  });
  if (Object.keys(tiers).length > 0) {
    const { reportedTier: home, exhaustedAt } = draft.state;
    const isHomeFree = isFree({ ...draft.state.tiers[home]!, ...tiers[home] }, now);
    // Calls stay where they were: no answer of another tier is a way out of a chain that is used up.
    const end = exhaustedAt !== null && isHomeFree ? { exhaustedAt: null, tier: home } : {};
    const set = { tiers, ...end };
    draft.add({ type: 'reset', at: now, by, ...(reason === undefined ? {} : { reason }), set });
  }
  return draft.done();
}
