import type { Kind, TOKEN_BUDGET } from './kinds.js';

/** One entry of the chain. Whatever else the host puts on it is kept and handed to the call. */
export interface Tier {
  readonly provider: string;
  readonly model: string;
  /** Names (never holds) the key this tier uses. Tiers of one provider share one unless they say otherwise. */
  readonly credential?: string;
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

export type OnExhausted = 'wrap' | 'pause' | 'wait' | 'throw';
export type Recovery = 'on-success' | 'probe';

/** Retries inside one tier, before the chain steps down. */
export interface RetryPolicy {
  /** Attempts at one tier, the first included; 1 means no retry. */
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly backoffFactor: number;
  /** Share of each delay that is random, 0 to 1. */
  readonly jitter: number;
  /** Kinds worth trying again within seconds. */
  readonly kinds: readonly Kind[];
}

/** How many extra attempts (retries, and calls made only because of `wrap`) an outage may cost. */
export interface RetryBudget {
  /** Extra attempts as a share of calls, 0 to 1. */
  readonly ratio: number;
  /** Extra attempts per second granted whatever the share, 0 or more. */
  readonly perSecond: number;
}

export interface TokenBudget {
  /** Tokens (input and output) allowed in one window. */
  readonly limit: number;
  /** Length of the window in milliseconds. */
  readonly windowMs: number;
}

export interface Policy {
  readonly triggers: readonly Trigger[];
  readonly reroute: readonly Kind[];
  /** One ladder per kind, `default` for everything a host names itself. */
  readonly cooldown: Readonly<Record<Trigger | 'default', Cooldown>>;
  /** Caps absurd waits, in milliseconds; absent: believed as said. */
  readonly maxRetryAfterMs?: number;
  readonly onExhausted: OnExhausted;
  readonly recovery: Recovery;
  readonly retry: RetryPolicy;
  /** Limit for one attempt up to its answer (a stream: its first content), in milliseconds. */
  readonly attemptTimeoutMs?: number;
  /** Limit for the whole walk of one call, in milliseconds. */
  readonly deadlineMs?: number;
  readonly retryBudget: RetryBudget;
  readonly tokenBudget?: TokenBudget;
}

/** A validated configuration: what `parseConfig` returns and the state machine takes. */
export interface FailoverConfig<T extends Tier = Tier> {
  readonly chain: readonly T[];
  readonly policy: Policy;
}

/** How a tier is named by a caller: its index, its `provider/model` id, or the pair itself. */
export type TierRef = number | string | { readonly provider: string; readonly model: string };

export function tierId(tier: { readonly provider: string; readonly model: string }): string {
  return `${tier.provider}/${tier.model}`;
}

/** Index of the tier that `ref` names among `ids`, or -1. */
export function tierIndex(ids: readonly string[], ref: TierRef): number {
  if (typeof ref === 'number') return Number.isInteger(ref) && ref >= 0 && ref < ids.length ? ref : -1;
  // From a host without types it may be nothing at all.
  if (typeof ref !== 'string' && !ref) return -1;
  return ids.indexOf(typeof ref === 'string' ? ref : tierId(ref));
}

/** What tiers that share a key have in common: a named credential, else the provider's own one. */
export function credentialKey(tier: Tier): string {
  return tier.credential === undefined ? `provider:${tier.provider}` : `credential:${tier.credential}`;
}
