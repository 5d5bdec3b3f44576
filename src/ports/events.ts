import type { NotifierError, StoreError } from '../core/errors.js';
import type { Kind } from '../core/kinds.js';
import type { CountedUnit } from '../core/usage/usage.js';
import type { PauseSource } from '../core/tier/state.js';

/** A tier as events name it: nothing of the host's own fields. */
export interface EventTier {
  /** Place in the chain, from 0. */
  index: number;
  /** As the chain names it. */
  provider: string;
  /** As the chain names it. */
  model: string;
  /** Names (never holds) the key, where the tier names one. */
  credential?: string;
}

/**
 * `local`: this process made the change, or found it out; `remote`: it read of it in the store. Notifiers send `local`
 * ones only.
 */
export type Origin = 'local' | 'remote';

/** Calls of an instance now go to another tier. */
export interface TierChangeEvent {
  /** Whose state it is. */
  instance: string;
  /** The conversation whose call made the change, where the call named one. */
  session?: string;
  /** Where calls went before. */
  from: EventTier;
  /** Where they go now. */
  to: EventTier;
  /**
   * `down` to a worse tier, or to another key of the same model; `up` when a better tier is back; `reset` by an
   * operator.
   */
  direction: 'down' | 'up' | 'reset';
  /**
   * Of `down` the failure's kind or the external trigger, `hold`, `headroom`, `paused` (its provider is), `resting`
   * (for an earlier failure) or `unknown` (of another process, whose state does not say); of `up` `recovered`; else
   * `reset`.
   */
  reason: string;
  /** When, epoch milliseconds. */
  at: number;
  /** When the rest of `from` ends, epoch milliseconds, where it began one. */
  until?: number;
  /** A call (`auto`), a person, a trigger from outside, or a rest or pause that this instance shares with others. */
  source: 'auto' | 'operator' | 'external' | 'shared';
  origin: Origin;
}

/** One attempt failed. Carries no message: it could quote a prompt. */
export interface AttemptFailedEvent {
  /** Whose state it is. */
  instance: string;
  /** The conversation whose call it was, where the call named one. */
  session?: string;
  /** The tier that was asked. */
  tier: EventTier;
  /** What the failure means. */
  kind: Kind;
  /** Id of the classifier rule that decided. */
  rule: string;
  /** HTTP status, where one was found. */
  status?: number;
  /** The provider's own code, where one was found. */
  code?: string;
  /** The wait the provider asked for, in milliseconds, where it named one. */
  retryAfterMs?: number;
  /** How long the attempt took, in milliseconds; 0 where a report of work elsewhere does not say when it began. */
  durationMs: number;
  /** When it failed, epoch milliseconds. */
  at: number;
}

/** The same tier is about to be asked again. */
export interface RetryEvent {
  /** Whose state it is. */
  instance: string;
  /** The conversation whose call it was, where the call named one. */
  session?: string;
  /** The tier that is asked again. */
  tier: EventTier;
  /** What the attempt before it failed with. */
  kind: Kind;
  /** Number of the attempt that follows, from 2. */
  attempt: number;
  /** Wait before it, in milliseconds. */
  delayMs: number;
  /** When the wait began, epoch milliseconds. */
  at: number;
}

/** A call found no tier left to ask. */
export interface ExhaustedEvent {
  /** Whose state it is. */
  instance: string;
  /** The conversation whose call it was, where the call named one. */
  session?: string;
  /** Of the last failure, where there was one. */
  kind?: Kind;
  /** `policy.onExhausted`. */
  policy: 'wrap' | 'pause' | 'wait' | 'throw';
  /** When the soonest tier may be asked again, epoch milliseconds; `null` when nobody knows. */
  retryAt: number | null;
  /** When, epoch milliseconds. */
  at: number;
  origin: Origin;
}

/** After `exhausted` or a pause, calls may be made again. No tier has to have answered for that. */
export type AvailableEvent = (
  | {
      /** Whose calls may be made again. */
      instance: string;
    }
  | {
      /** Calls of every instance may be made again. */
      all: true;
    }
) & {
  /** When, epoch milliseconds. */
  at: number;
  origin: Origin;
};

/** An instance, a provider or everything was paused. */
export interface PausedEvent {
  /** What was paused. */
  target: PauseTarget;
  /** Who paused: a person, a budget, an alert, a monitor, or a used-up chain. */
  source: PauseSource;
  /** The name given with the pause. */
  by: string;
  /** The reason given with the pause. */
  reason: string;
  /** When, epoch milliseconds. */
  at: number;
  /** When the pause ends by itself, epoch milliseconds, where a time was given. */
  until?: number;
  origin: Origin;
}

/** A pause was lifted. */
export interface ResumedEvent {
  /** What was paused. */
  target: PauseTarget;
  /** What kind of source lifted it. */
  source: PauseSource;
  /** Who lifted it; with `origin: 'remote'` who had paused, as a stored state does not say who lifted what. */
  by: string;
  /** When, epoch milliseconds. */
  at: number;
  origin: Origin;
}

/**
 * The store began to fail or lets calls wait for longer than `loadTimeoutMs`, or works again. Once per change, not
 * per call.
 */
export type StoreErrorEvent =
  | {
      state: 'failing';
      /** Why. */
      error: StoreError;
      /** When, epoch milliseconds. */
      at: number;
    }
  | {
      state: 'recovered';
      error?: undefined;
      /** When, epoch milliseconds. */
      at: number;
    };

/** A notifier began to fail, works again, or was closed with undelivered messages. Once per change, not per message. */
export interface NotifierErrorEvent {
  /** Its name, e.g. `telegram`. */
  notifier: string;
  /** `failing` also for messages that were dropped. */
  state: 'failing' | 'recovered';
  /** Why, with `failing`. */
  error?: NotifierError;
  /** Messages that were dropped because they could not be delivered before the notifier was closed. */
  dropped?: number;
  /** When, epoch milliseconds. */
  at: number;
}

/** A tier's use of a budget has reached a limit: once per tier and window, by one process of the store. */
export interface BudgetEvent {
  /** Whose call or report it was. */
  instance: string;
  /** Its group, for a budget of scope `group`. */
  group?: string;
  /** What is counted together. */
  scope: 'instance' | 'group' | 'failover';
  /** The tier that has used so much. */
  tier: EventTier;
  /** By that tier in this window, in the unit of the budget. */
  used: number;
  /** What each tier may use in the window, in the unit of the budget. */
  limit: number;
  /** From here on `budget-warning` is announced, in the unit of the budget. */
  softLimit: number;
  /** The unit: tokens of some kind, or US dollars. */
  count: CountedUnit;
  /** End of the window, epoch milliseconds. */
  windowEndAt: number;
  /** When, epoch milliseconds. */
  at: number;
  origin: 'local';
}

/** Nobody knows what an answer of a tier cost: it is not counted. Once per tier and process. */
export interface BudgetUnpricedEvent {
  /** Whose call it was. */
  instance: string;
  /** The tier that answered. */
  tier: EventTier;
  /** When, epoch milliseconds. */
  at: number;
  origin: 'local';
}

/** The processes of the store have a new chain or policy. */
export interface ConfigUpdatedEvent {
  /** Grows by one with each update. */
  version: number;
  /** Who made the update. */
  by: string;
  /** The chain before, best first, as this process had it. */
  before: EventTier[];
  /** The chain from now on. */
  chain: EventTier[];
  /** The names of the fields of the policy that differ from before; left out where only the chain was changed. */
  policyFields?: string[];
  /** When it was made, epoch milliseconds. */
  at: number;
  origin: Origin;
}

/** Every event by name. `Parameters` of a listener: the one event object. */
export interface FailoverEvents {
  'tier-change': TierChangeEvent;
  'attempt-failed': AttemptFailedEvent;
  retry: RetryEvent;
  exhausted: ExhaustedEvent;
  available: AvailableEvent;
  paused: PausedEvent;
  resumed: ResumedEvent;
  'store-error': StoreErrorEvent;
  'notifier-error': NotifierErrorEvent;
  'budget-warning': BudgetEvent;
  'budget-exceeded': BudgetEvent;
  'budget-unpriced': BudgetUnpricedEvent;
  'config-updated': ConfigUpdatedEvent;
}

/** The name of an event, for `on`. */
export type FailoverEventName = keyof FailoverEvents;

/** What a pause covers: one instance, every tier of one provider, or everything. */
export type PauseTarget = string | { provider: string } | { all: true };
