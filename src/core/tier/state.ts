import { identityOf, printedIds, type FailoverConfig, type TierIdentity, type TierRef } from '../config.js';
import type { FailureScope, Kind } from '../kinds.js';

/*
 * The state of one instance, and how it moves.
 *
 * - `tier` is where the next call goes. `reportedTier` is the tier of the last `tier-change`, and only such an event
 *   moves it. The two differ while `tier` is on trial, and while the chain is used up.
 * - A move to a better tier that has not answered since its rest is an event `trial`. Its success is the `tier-change`
 *   with direction `up`. Its failure moves `tier` back to where calls work, and is no `tier-change`.
 * - `exhaustedAt` is set by the one event `exhausted` at the beginning of a time without a free tier, and cleared by
 *   the first answer. In between a step changes `tier` only, as part of the event `tier-failed`.
 * - A tier that fails again and again leaves few rows. Its events have `counted: true`: they change the state, but a
 *   ledger keeps no row of them. Such a tier has `unrecorded !== null`, and the next event that is kept also sets what
 *   the counted ones set: the rows alone lead to the same state. Until then `openRow` makes the row that is missing.
 * - Rests are absolute times. `cooldownUntil - lastFailureAt` and `retryAfterMs` keep their lengths, which are needed
 *   when a clock is set back.
 * - A rest that is the fault of a credential does not concern the model: `modelRestUntil` and `modelRetryAfterUntil`
 *   are the part that stays when the tier gets another credential, or its key another fingerprint. What leaves the
 *   chain is kept in `absent`.
 */

/** Layout of the stored state; raised when a stored state of the old layout could be misread. */
export const STATE_SCHEMA = 2;

/** A time that never comes: the last one a `Date` can hold, so that it survives JSON and prints. */
export const FOREVER = 8_640_000_000_000_000;

/** What is known of one tier. Times are epoch milliseconds, `null` means none. */
export interface TierState {
  /** End of the present rest, cooldown or retry-after, whichever is later. */
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
  /**
   * End of the last rest of our own choice. Unlike `restUntil` it stays when `wrap` ends the cooldown: an attempt
   * before this time is an extra one. `null` after a confirmed success.
   */
  cooldownUntil: number | null;
  /** Length of the wait behind `retryAfterUntil`, in milliseconds, as the provider named it. */
  retryAfterMs: number | null;
  /** The part of `restUntil` that is not the fault of the credential. */
  modelRestUntil: number | null;
  /** The part of `retryAfterUntil` that is not the credential's. */
  modelRetryAfterUntil: number | null;
  /**
   * How often the tier came back lately only to fail again soon, as of `lastFailureAt`: each relapse adds 1, and half
   * of it is gone after ten minutes. It lengthens rests, also after a confirmed success.
   */
  penalty: number;
  /** When a row of the ledger last recorded a failure of the present outage of this tier. */
  recordedAt: number | null;
  /** Failed attempts that the ledger has no row of; `null` when its rows say all there is to know of this tier. */
  unrecorded: number | null;
  /**
   * Under `policy.threshold` when the tier failed lately without being left for it, epoch milliseconds, oldest first;
   * fewer than the threshold. Absent or `null`: its last failure, if any, counted at once.
   */
  recentFailures?: readonly number[] | null;
}

/** Strongest first: a person, a budget, an alert from outside, a monitor, a used-up chain that waits for a person. */
export const pauseSources = ['operator', 'budget', 'alert', 'health', 'exhausted'] as const;

/**
 * Who paused: a person (`operator`), a budget, an alert, a monitor (`health`), or a used-up chain under `onExhausted:
 * 'pause'` (`exhausted`).
 */
export type PauseSource = (typeof pauseSources)[number];

/** One pause of an instance, a provider or everything. */
export interface Pause {
  source: PauseSource;
  /** Name of the person or machine. */
  by: string;
  reason: string;
  /** When it began, epoch milliseconds. */
  at: number;
  /** When it ends by itself, epoch milliseconds; absent: when somebody resumes. */
  until?: number;
}

/** What is known of a tier that the present chain does not have. */
export interface AbsentTier extends TierIdentity, TierState {
  /** Since when it is absent, epoch milliseconds. Seven days later it is forgotten. */
  since: number;
}

/** State of one instance: plain JSON, the fold of its events. */
export interface State {
  schema: typeof STATE_SCHEMA;
  /** Printed id of each tier of the chain this state was made for. */
  ids: string[];
  /** Provider, model and credential of each tier, in the order of `ids`: what a state is matched to a chain by. */
  identities: TierIdentity[];
  /** Index of the tier calls go to. */
  tier: number;
  /** Index of the tier of the last `tier-change` event. While `tier` is on trial, calls work there. */
  reportedTier: number;
  /** Since when no tier has answered although all were asked, epoch milliseconds; `null`: the chain is not used up. */
  exhaustedAt: number | null;
  /** What is known of each tier, in the order of `ids`. */
  tiers: TierState[];
  /** Tiers of other processes' chains, for the time when this state is theirs again. */
  absent: AbsentTier[];
  /** Every pause, also one whose `until` has passed since the last transition; of each source at most one. */
  pauses: Pause[];
  /** The strongest of `pauses`. */
  paused: Pause | null;
  /** Of the last failure at any tier. */
  lastFailureKind: string | null;
  /** When a failover last reset it for an operator, epoch milliseconds; absent: none did. It tells other processes. */
  resetAt?: number;
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
      /**
       * The tier had come back, and failed again before it had answered eight calls in a row: it counts towards the
       * tier's `penalty`. Answers change no state, so only a caller that counts them can say this.
       */
      relapse?: boolean;
    };

/** A failed attempt at a tier that is named by its index. */
export type FailedOutcome = Extract<Outcome, { ok: false }> & { tier: number };

/**
 * Where the next call goes, by index: with `probe` one call at a time goes to `index`, everyone else to `otherwise`. Or
 * why nowhere, and when it may go on (epoch milliseconds, always later than now, `null` where nobody knows).
 */
export type Selection =
  | { ok: true; index: number; probe: boolean; otherwise: number | null }
  | { ok: false; reason: 'paused' | 'resting'; retryAt: number | null };

/** A rest from outside the instance: another one learnt of it, or an operator put it on a provider. */
export interface SharedRest {
  /** When it ends, epoch milliseconds. */
  until: number;
  /** The provider asked for it, or an operator did: wrapping around does not end it. */
  firm: boolean;
  /** What it was for: a kind, or an external trigger. */
  kind: string;
  /**
   * For `auth`, `permission`, `quota` and `model_unavailable`: when `wrap` may ask again although the rest is not over,
   * epoch milliseconds. Absent: at once.
   */
  nextLookAt?: number;
}

/**
 * Rests from outside by what they cover, one or several. Keys that can cover a tier:
 * `provider:<name>`, `credential:<provider>/<name>`, `own-credential:<provider>` (of its tiers that name none),
 * the same behind `fingerprint:<hash>|` where the key has one,
 * `model:<provider>/<model>`, and of one model under one credential `limit:<credential>|<provider>/<model>`.
 */
export type SharedRests = Readonly<Record<string, SharedRest | readonly SharedRest[]>>;

/** The part of a state that an event set: whole values, tiers by index. */
export interface StatePatch {
  tier?: number;
  reportedTier?: number;
  exhaustedAt?: number | null;
  tiers?: Record<number, Partial<TierState>>;
  /** Nothing is known of any tier any more, but for what `tiers` says. */
  fresh?: true;
  absent?: AbsentTier[];
  pauses?: Pause[];
  lastFailureKind?: string | null;
  resetAt?: number;
  /** Of rows of schema 1: the place of today's `reportedTier`; `null` for the same tier. */
  returnedFrom?: number | null;
}

export const ledgerEventTypes = [
  'snapshot',
  'chain-changed',
  /** One attempt of a startup resolver. */
  'startup',
  /** An attempt failed and put its tier to rest. `count`: how many this row stands for. */
  'tier-failed',
  /** An attempt failed, fewer times than `policy.threshold` asks for. Always `counted`. */
  'failure-counted',
  /** A late report of an old failure named a longer wait. */
  'rest-extended',
  /** `tier` moved to a better tier that has not answered since its rest; a `tier-change` follows when it does. */
  'trial',
  'tier-change',
  /** A tier that had failed has answered. */
  'tier-recovered',
  /** No tier was left to ask: once at the beginning of such a time. */
  'exhausted',
  'held',
  'paused',
  /** A pause was lifted, or its time has passed (`reason: 'expired'`). */
  'resumed',
  'reset',
  /** The clock was set back: rests keep their lengths from now. */
  'rebased',
  /** In the ledger of the configuration: somebody gave the processes of the store a new chain or policy. */
  'config-updated',
  /** Only in rows of schema 1: the chain was used up and started again at the same tier. */
  'wrapped',
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
  /** Printed id of the tier the event is about. */
  tier?: string;
  /** The failure's kind, or the external trigger. */
  kind?: string;
  /** Printed id of the tier before, for `tier-change` and `trial`. */
  from?: string;
  /** Printed id of the tier after, for `tier-change` and `trial`. */
  to?: string;
  /** For `tier-change`. */
  direction?: 'down' | 'up' | 'reset';
  /** True of a `tier-change` between two keys of one model. */
  rotation?: true;
  /** Why: of a `tier-change` the failure's kind or `recovered` and the like, of an operator's action what they said. */
  reason?: string;
  /** `auto`, `operator`, `external` or `shared`; of a pause its source. */
  source?: string;
  /** Sources of the pauses that an operator's `reset` or `resume` lifted. */
  lifted?: PauseSource[];
  /** End of the rest, hold or wait the event began, epoch milliseconds. */
  until?: number;
  /** Failed attempts that this row stands for, its own included; absent: 1. */
  count?: number;
  /**
   * True: the event changes the state, and a ledger keeps no row of it; the next row stands for it too. A change that
   * has only such events of type `rest-extended` may wait for the next commit.
   */
  counted?: true;
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
    cooldownUntil: null,
    retryAfterMs: null,
    modelRestUntil: null,
    modelRetryAfterUntil: null,
    penalty: 0,
    recordedAt: null,
    unrecorded: null,
  };
}

const fresh = Object.entries(freshTierState()) as [keyof TierState, unknown][];

/** True when nothing is known of a tier. */
export function isFreshTier(tier: TierState): boolean {
  return !tier.recentFailures && fresh.every(([field, value]) => tier[field] === value);
}

/** A patch after which nothing is known of a tier. */
export function forgottenTier({ recentFailures }: TierState): TierState {
  return { ...freshTierState(), ...(recentFailures ? { recentFailures: null } : {}) };
}

/** The state of an instance nothing has happened to yet. */
export function initialState(config: Pick<FailoverConfig, 'chain'>): State {
  return {
    schema: STATE_SCHEMA,
    ids: printedIds(config.chain),
    identities: config.chain.map(identityOf),
    tier: 0,
    reportedTier: 0,
    exhaustedAt: null,
    tiers: config.chain.map(freshTierState),
    absent: [],
    pauses: [],
    paused: null,
    lastFailureKind: null,
  };
}
