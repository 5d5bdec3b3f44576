import type { Kind, TOKEN_BUDGET } from './kinds.js';

/** One entry of the chain. Whatever else the host puts on it is kept and handed to the call. */
export interface Tier {
  /** Who serves it, as you name it: `openai`, `my-gateway`. Tiers of one provider share a key and an outage. */
  readonly provider: string;
  /** The model, as your call names it towards the provider. */
  readonly model: string;
  /** Names (never holds) the key this tier uses. Tiers of one provider share one unless they say otherwise. */
  readonly credential?: string | undefined;
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

/** How a better tier is tried once its rest is over: after another tier's answer, or at once by the next call. */
export type Recovery = 'on-success' | 'probe';

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
  /** Extra attempts per second granted whatever the share, 0 or more. Default 10. */
  readonly perSecond: number;
}

/** Tokens an instance may use in a time; used up, it steps down as `token_budget` until the window ends. */
export interface TokenBudget {
  /** Tokens (input and output) allowed in one window, above 0. */
  readonly limit: number;
  /** Length of the window in milliseconds, above 0. */
  readonly windowMs: number;
}

/** What to do about failures, with every default filled in; `PolicyOptions` is what callers write. */
export interface Policy {
  /** Kinds that step the chain down. */
  readonly triggers: readonly Trigger[];
  /** Kinds for which this one call walks on and nothing is put to rest. */
  readonly reroute: readonly Kind[];
  /** One ladder per kind, `default` for everything a host names itself. */
  readonly cooldown: Readonly<Record<Trigger | 'default', Cooldown>>;
  /** Caps absurd waits, in milliseconds; absent: believed as said. */
  readonly maxRetryAfterMs?: number;
  /** What happens when no tier is left. */
  readonly onExhausted: OnExhausted;
  /** How a better tier is tried again. */
  readonly recovery: Recovery;
  /** Retries inside one tier. */
  readonly retry: RetryPolicy;
  /** Limit for one attempt up to its answer (a stream: its first content), in milliseconds. */
  readonly attemptTimeoutMs?: number;
  /** Limit for the whole walk of one call, in milliseconds. */
  readonly deadlineMs?: number;
  /** What extra attempts an outage may cost. */
  readonly retryBudget: RetryBudget;
  /** Absent: tokens are not counted. */
  readonly tokenBudget?: TokenBudget;
}

/** A validated configuration: what `parseConfig` returns and the state machine takes. */
export interface FailoverConfig<T extends Tier = Tier> {
  /** Best first, without duplicates. */
  readonly chain: readonly T[];
  readonly policy: Policy;
}

/** How a tier is named by a caller: its index, its `provider/model` id, or the pair itself. */
export type TierRef = number | string | { readonly provider: string; readonly model: string };

/** A tier's id, `provider/model`. */
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

/** What tiers that share a key have in common: a named credential, else the one that goes with the provider. */
export function credentialKey(tier: Tier): string {
  return tier.credential === undefined ? `own-credential:${tier.provider}` : `credential:${tier.credential}`;
}
