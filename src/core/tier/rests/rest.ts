import { credentialKey, isSamePair, keyOf, tierId, type FailoverConfig, type Policy, type Tier } from '../../config.js';
import { needsPerson } from '../../disposition.js';
import { TOKEN_BUDGET, type FailureScope } from '../../kinds.js';
import { FOREVER, type SharedRest, type SharedRests, type State, type TierState } from '../state.js';

/** Under `wrap` a tier that rests for what only a person mends is asked at most so often. */
export const LOOK_INTERVAL_MS = 60_000;

/** The last of these times, before all time when there is none. */
export function latest(...times: (number | null | undefined)[]): number {
  // A loop: it is most of what a choice of a tier costs.
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) if (time !== null && time !== undefined && !(time <= last)) last = time;
  return last;
}

/** The end of a rest, `null` when it is over. */
export function unlessOver(end: number, now: number): number | null {
  return end > now ? end : null;
}

/** End of whatever keeps calls off a tier by its own state, before all time when nothing does. */
export function restEnd(tier: TierState): number {
  return latest(tier.restUntil, tier.retryAfterUntil, tier.heldUntil);
}

export function isFree(tier: TierState | undefined, now: number): boolean {
  return tier !== undefined && restEnd(tier) <= now;
}

/** True when a tier has failed and not answered since, whether it is at rest or not. */
export function isFailing(tier: TierState | undefined): boolean {
  return tier !== undefined && tier.failures > 0;
}

/** End of a rest that no call may break: the provider's own word, or an operator's hold or pause. */
export function firmRestEnd(state: TierState, tier?: Tier, shared?: SharedRests): number {
  const own = latest(state.retryAfterUntil, state.heldUntil);
  return tier
    ? Math.max(
        own,
        sharedRestEnd(tier, shared, (rest) => rest.firm),
      )
    : own;
}

/**
 * When a tier that rests for what only a person mends may be asked again under `wrap`, before its rest is over: a
 * minute after its last failure. `null`: it does not rest for that.
 */
export function nextLookAt(tier: TierState): number | null {
  const { restUntil, lastFailureAt } = tier;
  if (restUntil === null || lastFailureAt === null || !needsPerson(tier.lastFailureKind)) return null;
  return Math.min(restUntil, lastFailureAt + LOOK_INTERVAL_MS);
}

/**
 * When `wrap` may ask a tier: it breaks cooldowns, but no firm rest, and looks at what needs a person once a minute.
 */
export function wrapRestEnd(state: TierState, tier?: Tier, shared?: SharedRests): number {
  const own = latest(firmRestEnd(state, tier, shared), nextLookAt(state), budgetEnd(state));
  if (!tier || !shared) return own;
  const looks = coveringRests(tier, shared)
    .filter(({ firm, kind }) => !firm && needsPerson(kind))
    .map((rest) => Math.min(rest.until, rest.nextLookAt ?? Number.NEGATIVE_INFINITY));
  return latest(own, ...looks);
}

/** End of the window whose budget the tier has used up: what is spent does not come back because nothing else works. */
export function budgetEnd({ lastFailureKind, restUntil }: TierState): number | null {
  return lastFailureKind === TOKEN_BUDGET ? restUntil : null;
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
  for (const rest of coveringRests(tier, shared)) {
    if (counts(rest) && rest.until > latest(longest?.until)) longest = rest;
  }
  return longest;
}

function coveringRests(tier: Tier, shared: SharedRests): SharedRest[] {
  return restKeysOf(tier).flatMap((key) => (Object.hasOwn(shared, key) ? (shared[key] ?? []) : []));
}

/** The keys under which a rest from outside can cover this tier, narrowest last. */
export function restKeysOf(tier: Tier): string[] {
  const key = credentialKey(tier);
  // What was said of the key by a process that knows no fingerprint is believed under any.
  const own = tier.fingerprint === undefined ? [] : [keyOf(tier)];
  return [`provider:${tier.provider}`, key, ...own, `model:${tierId(tier)}`, limitKey(tier)];
}

/** The key of what is a model's and a credential's at once: most rate limits and quotas. */
export function limitKey(tier: Tier): string {
  return `limit:${credentialKey(tier)}|${tierId(tier)}`;
}

/** Best tier before `limit` for which `usable` holds; -1 when there is none. */
export function bestTier(limit: number, usable: (index: number) => boolean): number {
  for (let index = 0; index < limit; index++) if (usable(index)) return index;
  return -1;
}

/** The tiers a failure of `index` covers, by its scope; without one itself alone. */
export function coveredTiers(
  config: Pick<FailoverConfig, 'chain'>,
  index: number,
  scope: FailureScope | undefined,
  kind: string,
): number[] {
  const failed = config.chain[index];
  const covers = failed && coverage(failed, scope, kind);
  if (!covers) return [index];
  return config.chain.flatMap((tier, at) => (at === index || covers(tier) ? [at] : []));
}

function coverage(failed: Tier, scope: FailureScope | undefined, kind: string): ((tier: Tier) => boolean) | undefined {
  if (scope === 'provider') return (tier) => tier.provider === failed.provider;
  if (scope === 'credential') return (tier) => credentialKey(tier) === credentialKey(failed);
  // A limit is counted per account, also where it is a limit of one model: each key of a model has its own.
  if (scope !== 'model' || kind === 'rate_limit' || kind === 'quota') return undefined;
  return (tier) => isSamePair(tier, failed);
}

/**
 * When the first tier that rests may be asked again, by its own state: the end of its rest, under `wrap` the end that
 * it would have had, or the next look. Always later than `now`; `null` when nobody knows, or no tier rests.
 */
export function soonestRestEnd(state: State, policy: Policy, now: number): number | null {
  const wraps = policy.onExhausted === 'wrap';
  const ends = state.tiers
    .map((tier) => (wraps ? latest(wrapRestEnd(tier), nextLookAt(tier) ?? tier.cooldownUntil) : restEnd(tier)))
    .filter((end) => end > now);
  const soonest = Math.min(FOREVER, ...ends);
  return soonest >= FOREVER ? null : soonest;
}
