import type {
  Cooldown,
  HeadroomPolicy,
  OnExhausted,
  Recovery,
  RetryBudget,
  RetryPolicy,
  StickySessions,
  Threshold,
  Tier,
  TokenBudget,
  Trigger,
} from './config.js';
import type { Kind } from './kinds.js';

/** A key of a pool: its name, or its name and a hash of the key itself, whose change ends the old key's rests. */
export type KeyInput = string | { readonly name: string; readonly fingerprint?: string | undefined };

/** Several keys for one model: short for one tier per name, in that order. */
export interface PoolInput extends Omit<Tier, 'credential' | 'fingerprint'> {
  /** Names (never holds) the keys, each once. */
  readonly credentials: readonly KeyInput[];
}

/** A tier as a caller writes it: an object, or `provider/model`, split at the first slash. */
export type TierInput = Tier | PoolInput | string;

/** Everything may be left out, also by `undefined` under `exactOptionalPropertyTypes`. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A policy as a caller writes it: everything may be left out. */
export interface PolicyOptions {
  /** Kinds that step the chain down. Default: every kind another provider could do better at. */
  readonly triggers?: readonly Trigger[] | undefined;
  /** Kinds for which this one call walks on and nothing is put to rest. Default: none. */
  readonly reroute?: readonly Kind[] | undefined;
  /** One ladder for every kind, or one per kind. */
  readonly cooldown?:
    | Optional<Cooldown>
    | { readonly [K in Trigger | 'default']?: Optional<Cooldown> | undefined }
    | undefined;
  /**
   * Steps down only at the n-th failure of a tier within a time; each call goes on to the next tier at once all the
   * same. Default: at the first.
   */
  readonly threshold?: (Omit<Threshold, 'kinds'> & { readonly kinds?: readonly Kind[] | undefined }) | undefined;
  /** Caps the wait that a provider names, in milliseconds, 1,000 or more. Default: none. */
  readonly maxRetryAfterMs?: number | undefined;
  /** What happens when no tier is left. Default `'wrap'`. */
  readonly onExhausted?: OnExhausted | undefined;
  /** How a better tier is tried once its rest is over. Default `'probe'`. */
  readonly recovery?: Recovery | undefined;
  /**
   * Sends new calls to the next tier while the rate-limit headers of answers, as far as calls use `context.fetch`, say
   * that no more than this share of a limit is left, until it resets. Default: off.
   */
  readonly headroom?: HeadroomPolicy | undefined;
  /**
   * Keeps a session (the `session` of a call) on the tier that served it last until it has been idle for `idleMs` or
   * that tier fails. In the memory of this process; `maxSessions` is 10,000 by default. Default: off.
   */
  readonly stickySessions?:
    | (Omit<StickySessions, 'maxSessions'> & { readonly maxSessions?: number | undefined })
    | undefined;
  /** Retries inside one tier, before the chain steps down. Default: none. */
  readonly retry?:
    | (Optional<Omit<RetryPolicy, 'jitter'>> & { readonly jitter?: number | boolean | undefined })
    | undefined;
  /** Limit for one attempt to its answer (a stream: its first content), in milliseconds, 1 or more. Default: none. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Limit for the whole walk of one call, waits included, in milliseconds, 1 or more. Default: none. */
  readonly deadlineMs?: number | undefined;
  /** What retries and wrapped-around calls may cost in an outage. Default: 20 % of the calls and 1 a second. */
  readonly retryBudget?: Optional<RetryBudget> | undefined;
  /**
   * Limits the tokens or US dollars that may be used in a time, and steps down, pauses or warns at the limit. What a
   * call's `usage`, `record` or `recordUsage` reports is counted. Default: none.
   */
  readonly tokenBudget?: TokenBudget | undefined;
}

/** What `parseConfig` and `createFailover` take: a chain, or the legacy form of one provider and model. */
export type ConfigInput =
  | { readonly chain: readonly TierInput[]; readonly policy?: PolicyOptions | undefined }
  | ((Tier | PoolInput) & { readonly policy?: PolicyOptions | undefined });

type FromString<S extends string> = S extends `${infer P}/${infer M}`
  ? { readonly provider: P; readonly model: M; readonly credential?: string }
  : Tier;

/** Each tier that a pool is short for. */
type FromPool<E> = Omit<E, 'credentials'> & {
  readonly credential: E extends { readonly credentials: readonly (infer K)[] } ? NameOf<K> : string;
  readonly fingerprint?: string;
};

/** A key's name as it is written, so that a call can look the key up in an object of its own. */
type NameOf<K> = K extends string ? K : K extends { readonly name: infer N extends string } ? N : string;

/** Beside tiers that name their key, one that does not has none: a call may read it of all of them. */
type WithKey<E> = E extends { readonly credential?: unknown } ? E : E & { readonly credential?: string };

type FromEntries<E> = [Extract<E, { readonly credentials: unknown } | { readonly credential: unknown }>] extends [never]
  ? FromEntry<E>
  : WithKey<FromEntry<E>>;

type FromEntry<E> = E extends string ? FromString<E> : E extends PoolInput ? FromPool<E> : E extends Tier ? E : Tier;

/** A tier of a startup chain: `provider/model`, a provider, or an object whose model may be left to the first one. */
export type StartupTierInput =
  | string
  | {
      readonly provider: string;
      readonly model?: string | undefined;
      readonly credentials?: readonly KeyInput[] | undefined;
    };

/** The tier type of a startup entry: a model it leaves out is filled in. */
export type StartupTierOf<E> = E extends `${string}/${string}`
  ? FromString<E>
  : E extends string
    ? { readonly provider: E; readonly model: string; readonly credential?: string }
    : E extends { readonly provider: string; readonly credentials: readonly KeyInput[] }
      ? Omit<FromPool<E>, 'model'> & { readonly model: string }
      : E extends { readonly provider: string; readonly model: string }
        ? E
        : E extends { readonly provider: string }
          ? Omit<E, 'model'> & { readonly model: string }
          : Tier;

/** The tier type of a config: literal providers and models, and the host's own fields. */
export type TierOf<I> = I extends { readonly chain: readonly (infer E)[] }
  ? FromEntries<E>
  : I extends PoolInput
    ? Omit<FromPool<I>, 'policy'> & Tier
    : I extends Tier
      ? Omit<I, 'policy'> & Tier
      : Tier;
