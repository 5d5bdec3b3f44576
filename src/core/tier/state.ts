import type { FailoverConfig, TierRef } from '../config.js';
import { tierId } from '../config.js';
import type { FailureScope, Kind } from '../kinds.js';

/** Layout of the stored state; raised when a stored state of the old layout could be misread. */
export const STATE_SCHEMA = 1;

/** A time that never comes: the last one a `Date` can hold, so that it survives JSON and prints. */
export const FOREVER = 8_640_000_000_000_000;

/** What is known of one tier. Times are epoch milliseconds, `null` means none. */
export interface TierState {
  /** End of the present rest, cooldown or retry-after, whichever counts. */
  restUntil: number | null;
  /** End of a rest the provider asked for. Shortened by nothing but a reset. */
  retryAfterUntil: number | null;
  /** End of a hold an operator put on the tier. */
  heldUntil: number | null;
  /** Consecutive failures; 0 after a confirmed success. */
  failures: number;
  /** A kind, or the external trigger a host named. */
  lastFailureKind: string | null;
  /** When, epoch milliseconds. */
  lastFailureAt: number | null;
}

/** Strongest first: a person, a used-up chain that waits for a person, a monitor that resumes by itself. */
export const pauseSources = ['operator', 'exhausted', 'health'] as const;

/** Who paused: a person, a used-up chain under `onExhausted: 'pause'`, or a monitor. */
export type PauseSource = (typeof pauseSources)[number];

/** One pause of an instance, a provider or everything. */
export interface Pause {
  source: PauseSource;
  /** Name of the person or machine. */
  by: string;
  reason: string;
  /** When it began, epoch milliseconds. */
  at: number;
}

/** State of one instance: plain JSON, the fold of its events. */
export interface State {
  schema: typeof STATE_SCHEMA;
  /** `provider/model` of each tier of the chain this state was made for. */
  ids: string[];
  /** Index of the tier calls go to. */
  tier: number;
  /** Where we came back from while the present tier has not answered yet; `null` once it has. */
  returnedFrom: number | null;
  /** What is known of each tier, in the order of `ids`. */
  tiers: TierState[];
  /** Every pause that stands; of each source at most one. */
  pauses: Pause[];
  /** The strongest of `pauses`. */
  paused: Pause | null;
  /** Of the last failure at any tier. */
  lastFailureKind: string | null;
}

/**
 * How one attempt ended. `startedAt` (epoch milliseconds) absent means it began now; `retryAfterMs` is the wait the
 * provider asked for, in milliseconds.
 */
export type Outcome =
  | { tier: TierRef; ok: true; startedAt?: number }
  | {
      tier: TierRef;
      ok: false;
      kind: Kind | (string & {});
      /** Absent: the failure covers this tier only. */
      scope?: FailureScope;
      retryAfterMs?: number;
      startedAt?: number;
    };

/**
 * Where the next call goes, by index: with `probe` one call at a time goes to `index`, everyone else to `otherwise`. Or
 * why nowhere, and when it may go on (epoch milliseconds, `null` where nobody knows).
 */
export type Selection =
  | { ok: true; index: number; probe: boolean; otherwise: number | null }
  | { ok: false; reason: 'paused' | 'resting'; retryAt: number | null };

/** A rest from outside the instance: learnt by another one, or put on a provider by an operator. */
export interface SharedRest {
  /** When it ends, epoch milliseconds. */
  until: number;
  /** The provider asked for it, or an operator did: wrapping around does not end it. */
  firm: boolean;
  /** What it was for: a kind, or an external trigger. */
  kind: string;
}

/**
 * Rests from outside by what they cover: `provider:<name>`, `credential:<name>`, `own-credential:<provider>` (of its
 * tiers that name no credential) or `model:<provider/model>`.
 */
export type SharedRests = Readonly<Record<string, SharedRest>>;

/** The part of a state that an event set: whole values, tiers by index. */
export interface StatePatch {
  tier?: number;
  returnedFrom?: number | null;
  tiers?: Record<number, Partial<TierState>>;
  pauses?: Pause[];
  lastFailureKind?: string | null;
}

export const ledgerEventTypes = [
  'snapshot',
  'chain-changed',
  'startup',
  'tier-failed',
  'rest-extended',
  'tier-change',
  'tier-recovered',
  'wrapped',
  'exhausted',
  'held',
  'paused',
  'resumed',
  'reset',
] as const;
export type LedgerEventType = (typeof ledgerEventTypes)[number];

/** One row of the audit ledger. */
export interface LedgerEvent {
  /** Position in the instance's ledger, from 1; given by the store at commit. */
  seq?: number;
  /** What happened. */
  type: LedgerEventType;
  /** Epoch milliseconds. */
  at: number;
  /** Who asked for it, where a person or a machine did. */
  by?: string;
  /** `provider/model` the event is about. */
  tier?: string;
  /** The failure's kind, or the external trigger. */
  kind?: string;
  /** `provider/model` before, for `tier-change`. */
  from?: string;
  /** `provider/model` after, for `tier-change`. */
  to?: string;
  /** For `tier-change`. */
  direction?: 'down' | 'up' | 'reset' | 'wrap';
  /** Why: of a `tier-change` the failure's kind or `recovered` and the like, of a pause what the operator said. */
  reason?: string;
  /** `auto`, `operator` or `external`; of a pause its source. */
  source?: string;
  /** End of the rest, hold or wait the event began, epoch milliseconds. */
  until?: number;
  /** What the host said of an external trigger. */
  detail?: string;
  /** What the event changed; folding these over the initial state gives the present one. */
  set?: StatePatch;
  /** The whole state, for `snapshot` and `chain-changed`. */
  state?: State;
}

/** What a transition returns; its input is left untouched. */
export interface Transition {
  state: State;
  /** What happened, oldest first; empty where nothing did. */
  events: LedgerEvent[];
}

export function freshTierState(): TierState {
  return {
    restUntil: null,
    retryAfterUntil: null,
    heldUntil: null,
    failures: 0,
    lastFailureKind: null,
    lastFailureAt: null,
  };
}

/** The state of an instance nothing has happened to yet. */
export function initialState(config: Pick<FailoverConfig, 'chain'>): State {
  return {
    schema: STATE_SCHEMA,
    ids: config.chain.map(tierId),
    tier: 0,
    returnedFrom: null,
    tiers: config.chain.map(freshTierState),
    pauses: [],
    paused: null,
    lastFailureKind: null,
  };
}

/** The tier calls came back from, until the present one has answered. A state made by hand may do without the field. */
export function cameFrom(state: Partial<Pick<State, 'returnedFrom'>>): number | null {
  return state.returnedFrom ?? null;
}
