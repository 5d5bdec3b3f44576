import { begin } from '../begin.js';
import { latest } from './rest.js';
import type { State, Transition } from '../state.js';
import { nameOf, withoutCooldown } from '../step.js';

/**
 * Another instance of the fleet has had an answer of a tier that rests here for the same trouble: the cooldown ends,
 * and this instance may try for itself. The ladder stays, and so does a wait that the provider named.
 */
export function followAnswer(state: State, index: number, now: number): Transition {
  const draft = begin(state, now);
  const tier = draft.state.tiers[index];
  if (!tier || latest(tier.restUntil) <= now) return draft.done();
  const left = withoutCooldown(tier, now);
  // It rests for such a wait alone.
  if (left.restUntil === tier.restUntil && left.modelRestUntil === tier.modelRestUntil) return draft.done();
  const cooldownUntil = tier.cooldownUntil === null ? null : Math.min(tier.cooldownUntil, now);
  const patch = { ...left, cooldownUntil, unrecorded: tier.unrecorded ?? 0 };
  draft.add({
    type: 'tier-recovered',
    at: now,
    tier: nameOf(draft.state.ids, index),
    source: 'shared',
    // Not an answer that this instance got, so no row says that it got one.
    counted: true,
    set: { tiers: { [index]: patch } },
  });
  return draft.done();
}
