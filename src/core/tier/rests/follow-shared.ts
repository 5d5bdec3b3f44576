import type { FailoverConfig } from '../../config.js';
import { begin } from '../begin.js';
import { betterThan } from '../pool.js';
import { HEADROOM } from './headroom.js';
import { coveringRest, isFree } from './rest.js';
import { selectTier } from '../select-tier.js';
import type { SharedRests, State, Transition } from '../state.js';
import { moveTo, untilOf } from '../step.js';

/**
 * Moves an instance off a tier that its own state leaves free, but that a rest from outside covers: one the fleet has
 * learnt of, or the pause of a provider. Without such a rest, or with nowhere to go, it changes nothing.
 */
export function followShared(
  state: State,
  config: FailoverConfig,
  rests: SharedRests | undefined,
  now: number,
): Transition {
  const draft = begin(state, now);
  const { reportedTier, exhaustedAt, tiers } = draft.state;
  const tier = config.chain[reportedTier];
  if (!tier || exhaustedAt !== null || !isFree(tiers[reportedTier], now)) return draft.done();
  const rest = coveringRest(tier, rests, ({ until }) => until > now);
  const selection = rest && selectTier(draft.state, config, now, rests);
  if (!selection?.ok) return draft.done();
  // Where calls go that are no trial.
  const target = selection.otherwise ?? selection.index;
  if (target >= betterThan(config.chain, reportedTier)) {
    const source = rest!.kind === HEADROOM ? 'auto' : 'shared';
    moveTo(draft, target, { reason: rest!.kind, source, ...untilOf(rest!.until) }, config.chain, now);
  }
  return draft.done();
}
