import { credentialKey, tierId, type FailoverConfig, type Policy, type Tier } from '../config.js';
import type { FailureScope } from '../kinds.js';
import type { SharedRest, SharedRests, State, TierState } from './state.js';

/** The last of these times, before all time when there is none. */
export function latest(...times: (number | null | undefined)[]): number {
  return Math.max(...times.map((time) => time ?? Number.NEGATIVE_INFINITY));
}

/** End of whatever keeps calls off a tier by its own state, before all time when nothing does. */
export function restEnd(tier: TierState): number {
  return latest(tier.restUntil, tier.retryAfterUntil, tier.heldUntil);
}

/** True when a tier has failed and not answered since, whether it is at rest or not. */
export function isFailing(tier: TierState | undefined): boolean {
  return tier !== undefined && tier.failures > 0;
}

/** End of a rest that wrapping around may not end: the provider's own word, or an operator's hold or pause. */
export function firmRestEnd(state: TierState, tier?: Tier, shared?: SharedRests): number {
  const own = latest(state.retryAfterUntil, state.heldUntil);
  return tier
    ? Math.max(
        own,
        sharedRestEnd(tier, shared, (rest) => rest.firm),
      )
    : own;
}

/** End of the rests from outside the state that cover this tier, before all time when there is none. */
export function sharedRestEnd(
  tier: Tier,
  shared: SharedRests | undefined,
  counts: (rest: SharedRest) => boolean = () => true,
): number {
  return latest(coveringRest(tier, shared, counts)?.until);
}

/** Of the rests from outside that cover this tier the one that lasts longest. */
export function coveringRest(
  tier: Tier,
  shared: SharedRests | undefined,
  counts: (rest: SharedRest) => boolean = () => true,
): SharedRest | undefined {
  if (!shared) return undefined;
  let longest: SharedRest | undefined;
  for (const key of restKeys(tier)) {
    const rest = Object.hasOwn(shared, key) ? shared[key] : undefined;
    if (rest && counts(rest) && rest.until > latest(longest?.until)) longest = rest;
  }
  return longest;
}

/** The keys under which a rest from outside can cover this tier, narrowest last. */
function restKeys(tier: Tier): string[] {
  return [`provider:${tier.provider}`, credentialKey(tier), `model:${tierId(tier)}`];
}

/** First tier for which `usable` holds, looking behind `from` first and then from the top; -1 when there is none. */
export function nextTier(count: number, from: number, usable: (index: number) => boolean): number {
  for (let step = 1; step < count; step++) {
    const index = (from + step) % count;
    if (usable(index)) return index;
  }
  return -1;
}

/** Best tier before `limit` for which `usable` holds; -1 when there is none. */
export function bestTier(limit: number, usable: (index: number) => boolean): number {
  for (let index = 0; index < limit; index++) if (usable(index)) return index;
  return -1;
}

/** The tiers a failure of `index` covers: all that share its key or provider, else itself alone. */
export function coveredTiers(config: Pick<FailoverConfig, 'chain'>, index: number, scope?: FailureScope): number[] {
  const failed = config.chain[index];
  if (!failed || (scope !== 'credential' && scope !== 'provider')) return [index];
  const same =
    scope === 'provider'
      ? (tier: Tier) => tier.provider === failed.provider
      : (tier: Tier) => credentialKey(tier) === credentialKey(failed);
  return config.chain.flatMap((tier, at) => (same(tier) ? [at] : []));
}

/** When the first of all tiers may be asked again, by its own state; `FOREVER` when nobody knows. */
export function soonestRestEnd(state: State, policy: Policy): number {
  // Under `wrap` a cooldown refuses nobody.
  const end = policy.onExhausted === 'wrap' ? firmRestEnd : restEnd;
  return Math.min(...state.tiers.map((tier) => end(tier)));
}
