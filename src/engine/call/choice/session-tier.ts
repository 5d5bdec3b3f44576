import { isSamePair, type Tier } from '../../../core/config.js';
import { isFree, sharedRestEnd } from '../../../core/tier/rests/rest.js';
import { hasCounted } from '../../../core/tier/threshold.js';
import type { CallState } from '../call-state.js';
import { isUnproven, isUntried } from './tier-access.js';

/**
 * The tier that this call's session stays on: the one that served it last, as long as that works. `undefined`: the call
 * begins where one of a new session would. What is on trial is not for it.
 */
export function sessionTier<T extends Tier>(call: CallState<T>, now: number): number | undefined {
  const { engine, instance, options, first, pinned } = call;
  const { sessions } = engine;
  if (!sessions || options.session === undefined || first || pinned !== undefined) return undefined;
  const last = sessions.last(instance.name, options.session, engine.clock.elapsed());
  if (!last) return undefined;
  const index = placeOf(engine.config.chain, last.tier);
  const { tiers, exhaustedAt } = instance.stateRecord.state;
  const tier = tiers[index];
  if (!tier || exhaustedAt !== null || !isUntried(call, index) || isUnproven(call, index)) return undefined;
  // At rest, or a rest is over and nobody has had an answer since. What is spared for new sessions is not for this one.
  if (tier.restUntil !== null || !isFree(tier, now)) return undefined;
  if (sharedRestEnd(engine.config.chain[index]!, instance.fleetRests) > now) return undefined;
  const hasFailed = (tier.lastFailureAt ?? last.at) > last.at && !hasCounted(tier);
  return hasFailed ? undefined : index;
}

/** A tier has answered: the session of the call stays there, unless the call has named its tier itself. */
export function keepSession<T extends Tier>(call: CallState<T>, index: number): void {
  const { engine, instance, options, first, pinned } = call;
  if (!engine.sessions || options.session === undefined || first || pinned !== undefined) return;
  const { clock, config } = engine;
  engine.sessions.served(instance.name, options.session, config.chain[index]!, clock.now(), clock.elapsed());
}

/** Index of a tier in a chain that may have been replaced since; -1 for none. */
function placeOf(chain: readonly Tier[], tier: Tier): number {
  const same = chain.indexOf(tier);
  if (same >= 0) return same;
  return chain.findIndex((other) => isSamePair(other, tier) && other.credential === tier.credential);
}
