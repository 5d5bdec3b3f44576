import { fingerprint as hashOf } from './activity/fingerprint.js';
import type { CountedUnit } from './usage/usage.js';
import type { Kind, TOKEN_BUDGET } from './kinds.js';

/** One entry of the chain. Whatever else the host puts on it is kept and handed to the call. */
export interface Tier {
  /** Who serves it, as you name it: `openai`, `my-gateway`. Tiers of one provider share a key and an outage. */
  readonly provider: string;
  /** The model, as your call names it towards the provider. */
  readonly model: string;
  /**
   * Names (never holds) a key of that provider. Tiers of one provider share one unless they say otherwise; the same
   * name at two providers is two keys.
   */
  readonly credential?: string | undefined;
  /** Tokens that a prompt of this model may have, above 0. Calls with `promptTokens` skip what is too small. */
  readonly contextTokens?: number | undefined;
  /**
   * Which key of a pool a call uses: `fill` (default) the first that may be asked, `least-used` the one with the
   * fewest calls, `session` the same one for all calls of a session. The tiers of one model that stand together are a
   * pool, and have one order. Under the last two no key is better than another.
   */
  readonly order?: KeyOrder | undefined;
  /**
   * A hash of the key, or whatever else changes when the key is replaced: then the rests of the old one end. Never the
   * key itself.
   */
  readonly fingerprint?: string | undefined;
}

export const keyOrders = ['fill', 'least-used', 'session'] as const;

/** Which key of a pool a call uses: `fill`, `least-used` or `session`; see the field `order` of a tier. */
export type KeyOrder = (typeof keyOrders)[number];

/** What a tier is recognised by when a stored state meets a chain. */
export interface TierIdentity {
  readonly provider: string;
  readonly model: string;
  /** `null`: the one key of that provider. */
  readonly credential: string | null;
  /** Short hash of the fingerprint that the host gave; absent: none. */
  readonly fingerprint?: string;
}

/** A kind that steps the chain down. */
export type Trigger = Kind | typeof TOKEN_BUDGET;

/** A rest of our own choosing: `initialMs * factor ** (failures - 1)`, at most `maxMs`. */
export interface Cooldown {
  /** Length of the first rest in milliseconds, 0 or more. */
  readonly initialMs: number;
  /** Growth with each consecutive failure, 1 or more. */
  readonly factor: number;
  /** Longest rest in milliseconds, at least `initialMs`. */
  readonly maxMs: number;
}

/**
 * What happens when no tier is left: `wrap` ends the rests of our own choice and starts over at the best tier, `pause`
 * pauses the instance until somebody resumes or resets it, `wait` waits for the soonest tier, `throw` throws.
 */
export type OnExhausted = 'wrap' | 'pause' | 'wait' | 'throw';

/**
 * How a better tier is tried once its rest is over, one call at a time: by the next call (`probe`), or by the first
 * call after another tier has answered since (`on-success`).
 */
export type Recovery = 'probe' | 'on-success';

/** Retries inside one tier, before the chain steps down. */
export interface RetryPolicy {
  /** Attempts at one tier, the first included; 1 (the default) means no retry. */
  readonly maxAttempts: number;
  /** Wait before the second attempt, in milliseconds, 0 or more. Default 500. */
  readonly initialDelayMs: number;
  /** Longest wait between two attempts, in milliseconds, at least `initialDelayMs`. Default 8,000. */
  readonly maxDelayMs: number;
  /** Growth of the wait from attempt to attempt, 1 or more. Default 2. */
  readonly backoffFactor: number;
  /** Share of each delay that is random, 0 to 1. Default 0.5; as an option also `true` (0.5) or `false` (0). */
  readonly jitter: number;
  /** Kinds to try again for. Default: overloaded, server_error, timeout, network; `rate_limit` may be added. */
  readonly kinds: readonly Kind[];
}

/** How many extra attempts (retries, and calls made only because of `wrap`) an outage may cost. */
export interface RetryBudget {
  /** Extra attempts as a share of calls, 0 to 1. Default 0.2. */
  readonly ratio: number;
  /** Extra attempts per second granted whatever the share, 0 or more. Default 1. */
  readonly perSecond: number;
}

/** How many failures in how long a time it takes to leave a tier. */
export interface Threshold {
  /** The tier is left at this failure of the window, 1 to 100. */
  readonly failures: number;
  /** Length of the window, which ends with the failure, in milliseconds above 0. */
  readonly windowMs: number;
  /**
   * Kinds that are counted; any other trigger steps at once. Default: overloaded, server_error, timeout, network.
   */
  readonly kinds: readonly Kind[];
}

/** When a limit of a provider counts as nearly used up. */
export interface HeadroomPolicy {
  /** Share of the limit that is left alone, above 0 and below 1: 0.05 is the last twentieth. */
  readonly share: number;
}

/** How long sessions stay on the tier that served them last. */
export interface StickySessions {
  /** A session that has not been served for so long begins at the best tier again, in milliseconds above 0. */
  readonly idleMs: number;
  /** How many sessions are remembered, 1 or more; the one that was served longest ago is forgotten first. */
  readonly maxSessions: number;
}

/** What may be used in a time. A tier that has used that much is left until the window ends. */
export interface TokenBudget {
  /** What each tier may use in one window, in the unit of `count`, above 0. */
  readonly limit: number;
  /**
   * Length of the window in milliseconds, above 0 and at most 366 days. Windows begin at multiples of it since the
   * epoch.
   */
  readonly windowMs: number;
  /** Share of the limit from which on `budget-warning` is announced, above 0 up to 1. Default 0.8. */
  readonly softLimit?: number | undefined;
  /** What is counted together. Default `'instance'`. */
  readonly scope?: 'instance' | 'group' | 'failover' | undefined;
  /** The unit. Default `'total'`; as agents resend their context, `'billable'` or `'costUsd'` says more. */
  readonly count?: CountedUnit | undefined;
  /**
   * What happens at the limit: `step` (default) goes to the next tier, and pauses after the last one; `pause` pauses at
   * once; `warn` only announces it.
   */
  readonly onExceeded?: 'step' | 'pause' | 'warn' | undefined;
}

/** What to do about failures, with every default filled in; `PolicyOptions` is what callers write. */
export interface Policy {
  /** Kinds that step the chain down. */
  readonly triggers: readonly Trigger[];
  /** Kinds for which this one call walks on and nothing is put to rest. */
  readonly reroute: readonly Kind[];
  /** One ladder per kind, `default` for everything a host names itself. */
  readonly cooldown: Readonly<Record<Trigger | 'default', Cooldown>>;
  /** Failures that it takes to leave a tier; absent: the first one does. */
  readonly threshold?: Threshold;
  /** Caps the wait that a provider names, in milliseconds; absent: it is kept as it was named. */
  readonly maxRetryAfterMs?: number;
  /** What happens when no tier is left. */
  readonly onExhausted: OnExhausted;
  /** How a better tier is tried again. */
  readonly recovery: Recovery;
  /** Absent: a tier is asked until it refuses. */
  readonly headroom?: HeadroomPolicy;
  /** Absent: each call of a session begins where any other would. */
  readonly stickySessions?: StickySessions;
  /** Retries inside one tier. */
  readonly retry: RetryPolicy;
  /** Limit for one attempt up to its answer (a stream: its first content), in milliseconds. */
  readonly attemptTimeoutMs?: number;
  /** Limit for the whole walk of one call, in milliseconds. */
  readonly deadlineMs?: number;
  /** What extra attempts an outage may cost. */
  readonly retryBudget: RetryBudget;
  /** Absent: nothing is counted. */
  readonly tokenBudget?: TokenBudget;
}

/** A validated configuration: what `parseConfig` returns and the state machine takes. */
export interface FailoverConfig<T extends Tier = Tier> {
  /** Best first, without duplicates. */
  readonly chain: readonly T[];
  /** With every default filled in. */
  readonly policy: Policy;
}

/** How a tier is named by a caller: its index, its printed id, or its provider, model and credential. */
export type TierRef =
  | number
  | string
  | { readonly provider: string; readonly model: string; readonly credential?: string | null | undefined };

/** `provider/model`. The printed id of a tier, unless its chain has the pair several times: see `printedIds`. */
export function tierId(tier: { readonly provider: string; readonly model: string }): string {
  return `${tier.provider}/${tier.model}`;
}

/**
 * How each tier of a chain is printed: `provider/model`, and where several tiers are the same pair
 * `provider/model@credential` for each that names a credential. For people: nothing is matched by it, or splits it.
 */
export function printedIds(chain: readonly Tier[]): string[] {
  const count = new Map<string, number>();
  for (const tier of chain) count.set(tierId(tier), (count.get(tierId(tier)) ?? 0) + 1);
  return chain.map((tier) => {
    const pair = tierId(tier);
    return (count.get(pair) ?? 0) > 1 && tier.credential !== undefined ? `${pair}@${tier.credential}` : pair;
  });
}

/** The tier of an identity, with what a host may have added left out. */
export function tierOf({ provider, model, credential }: TierIdentity): Tier {
  return credential === null ? { provider, model } : { provider, model, credential };
}

export function identityOf(tier: Tier): TierIdentity {
  const { provider, model, credential = null, fingerprint } = tier;
  if (fingerprint === undefined) return { provider, model, credential };
  return { provider, model, credential, fingerprint: hashOf(fingerprint) };
}

/**
 * Index of the tier that `ref` names, or -1. A pair that occurs once is found whatever its credential is called; of
 * several, one with that credential, or the first where `ref` names none.
 */
export function tierIndex(ids: readonly string[], ref: TierRef, identities?: readonly TierIdentity[]): number {
  if (typeof ref === 'number') return Number.isInteger(ref) && ref >= 0 && ref < ids.length ? ref : -1;
  if (typeof ref === 'string') return ids.indexOf(ref);
  // From a host without types it may be nothing at all.
  if (!ref) return -1;
  if (!identities) return ids.indexOf(tierId(ref));
  const pairs = [...identities.keys()].filter((index) => isSamePair(identities[index]!, ref));
  const named = pairs.find((index) => identities[index]!.credential === (ref.credential ?? null));
  const isUnknownKey = pairs.length > 1 && (ref.credential ?? null) !== null;
  return named ?? (isUnknownKey ? -1 : (pairs[0] ?? -1));
}

/** Indexes of the tiers that `ref` names: of a pair that several tiers are, without a credential, all of them. */
export function tierIndexes(ids: readonly string[], ref: TierRef, identities: readonly TierIdentity[]): number[] {
  if (typeof ref === 'object' && ref !== null && ref.credential === undefined) {
    return [...identities.keys()].filter((index) => isSamePair(identities[index]!, ref));
  }
  const index = tierIndex(ids, ref, identities);
  return index < 0 ? [] : [index];
}

/** Where each of some tiers is in a chain; -1: nowhere. */
export function placesIn(chain: readonly TierIdentity[], tiers: readonly TierIdentity[]): number[] {
  return tiers.map((tier) => chain.findIndex((each) => isSamePair(each, tier) && each.credential === tier.credential));
}

export function isSamePair(
  one: { readonly provider: string; readonly model: string },
  other: { readonly provider: string; readonly model: string },
): boolean {
  return one.provider === other.provider && one.model === other.model;
}

/** What tiers that share a key have in common: their provider, and the name of the credential where they give one. */
export function credentialKey(tier: Tier): string {
  return tier.credential === undefined
    ? `own-credential:${tier.provider}`
    : `credential:${tier.provider}/${tier.credential}`;
}

/** What is the fault of a key itself: not of another one that has its name, where the two have fingerprints. */
export function keyOf(tier: Tier): string {
  const { fingerprint } = tier;
  return fingerprint === undefined ? credentialKey(tier) : `fingerprint:${hashOf(fingerprint)}|${credentialKey(tier)}`;
}
