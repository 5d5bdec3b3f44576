import type { Tier, TierRef } from '../core/config.js';
import type { AnswerVerdict, JudgeFacts } from '../core/answers/judges.js';
import type { Attempt } from '../core/errors.js';
import type { FailureScope, Kind } from '../core/kinds.js';
import type { Usage } from '../core/usage/usage.js';
import type { UsageReader } from '../core/usage/usage-of.js';
import type { LedgerEvent, Selection, State } from '../core/tier/state.js';
import type {
  ConfigUpdate,
  DrillOptions,
  DrillResult,
  HoldOptions,
  PauseOptions,
  ReadyOptions,
  ResetOptions,
  ResetTarget,
  ResumeOptions,
  TriggerOptions,
  UpdateOptions,
} from './actions.js';
import type { FailoverEventName, FailoverEvents, PauseTarget } from './events.js';
import type { HistoryQuery } from './state-store.js';

export type * from './actions.js';
export type * from './events.js';

/** What a call is given beside its tier. `signal` and `fetch` are made when first read. */
export interface CallContext<T extends Tier = Tier> {
  /** The tier's place in the chain, from 0. */
  readonly index: number;
  /** Number of this attempt at this tier, from 1. */
  readonly attempt: number;
  /** Aborts when the caller does, or when this attempt's time is up. */
  readonly signal: AbortSignal;
  /** A `fetch` for SDKs that take one: sees the status and headers they hide. */
  readonly fetch: typeof globalThis.fetch;
  /** The tiers behind this one. */
  readonly remaining: readonly T[];
  /** The last failed attempt of this call, at another tier or at this one; `undefined` for its first attempt. */
  readonly previous: PreviousAttempt<T> | undefined;
}

/** What a call has failed with before, so that it can repair what the next model would not take. */
export interface PreviousAttempt<T extends Tier = Tier> {
  /** The tier that was asked, with the host's own fields. */
  readonly tier: T;
  /** What the failure means. */
  readonly kind: Kind;
  /** What was thrown; an `AnswerRejectedError`, which has the `answer`, where that was judged a failure. */
  readonly error: unknown;
}

/** A method's type: options that name no type of answer fit every call. */
type JudgeOf<V> = { judge(answer: V, facts: JudgeFacts): AnswerVerdict | false | null | undefined }['judge'];

/** What one call may ask for itself. Everything may be left out. */
export interface CallOptions<Chunk = never, Judged = Chunk> {
  /** Whose state it is. Default `'default'`. */
  instance?: string | undefined;
  /**
   * One conversation of the instance: named in events and notifications, kept on its tier by `policy.stickySessions`,
   * and on its key in a pool of order `session`.
   */
  session?: string | undefined;
  /**
   * Instances counted together by a budget of scope `group`, e.g. an agent's type. Default: that of the instance's last
   * call, else `'default'`.
   */
  group?: string | undefined;
  /** The caller's own signal: its abort stops at once and counts against no provider. */
  signal?: AbortSignal | undefined;
  /** Never leave this tier: its index, its id `provider/model`, or the pair. A failure of it is rethrown verbatim. */
  pinned?: TierRef | undefined;
  /**
   * Where this call begins, e.g. at the cheap model; then the chain from the top without it. Named as in `pinned`; a
   * pair with several keys means all of them. A tier that rests is skipped. Not beside `pinned`.
   */
  first?: TierRef | undefined;
  /** Limit for the whole walk in milliseconds above 0; a stream's ends at its first content. Overrides the policy's. */
  deadlineMs?: number | undefined;
  /** The tiers this call may fall back to, in this order; `[]`: none. Default: the chain. */
  fallbacks?: readonly TierRef[] | undefined;
  /** Tokens of the prompt, 0 or more: tiers whose `contextTokens` is smaller are skipped. */
  promptTokens?: number | undefined;
  /** `false`: hand an async iterable or `ReadableStream` through untouched. */
  stream?: boolean | undefined;
  /** Limit from the start of an attempt to its first content, in milliseconds above 0. Default: none. */
  firstContentTimeoutMs?: number | undefined;
  /** Limit for one pending read of a stream, in milliseconds above 0. Default: none. */
  idleTimeoutMs?: number | undefined;
  /**
   * True for a chunk that is content: after it there is no fallback. Default: recognised by the format of the stream;
   * chunks of no known format are content.
   */
  isContent?: ((chunk: Chunk) => boolean) | undefined;
  /**
   * True for the end mark. A stream that ends without one is a failure. Default: recognised by the format of the
   * stream; a stream of no known format may end anywhere.
   */
  isComplete?: ((chunk: Chunk) => boolean) | undefined;
  /**
   * Says that an answer is a failure, and of which kind, e.g. `judges.refusal`. Asked once about a whole answer; about
   * each chunk of a stream up to its first content, before that is released, and once at its end, with the chunk that
   * says why it ended or the last one. Must answer at once. Default: only what plainly failed is a failure; see
   * `judges.failed`.
   */
  judge?: JudgeOf<Judged> | undefined;
  /**
   * Reads what the answer cost, for `policy.tokenBudget`: one of `usageOf`, or a function of your own. Of a stream it
   * is asked for each chunk, and the largest value of each field counts. Without it nothing is counted.
   */
  usage?: UsageReader | undefined;
  /** Asked after a failure: true forbids another attempt. */
  hasSideEffects?: (() => boolean) | undefined;
}

/** The value keeps its kind: a `ReadableStream`, a generator, an async iterable, or what it was. */
export type CallValue<V> =
  V extends ReadableStream<infer C>
    ? ReadableStream<C>
    : V extends AsyncGenerator<infer C, infer R, infer N>
      ? AsyncGenerator<C, R, N>
      : V extends AsyncIterable<infer C>
        ? AsyncIterable<C>
        : V;

/** An answer, and where it came from. */
export interface CallResult<V, T extends Tier = Tier> {
  /** What the call gave. */
  value: V;
  /** The tier that answered, with the host's own fields. */
  tier: T;
  /** Its place in the chain, from 0. */
  index: number;
  /** Every attempt, the one that succeeded last. */
  attempts: Attempt[];
}

/**
 * What a host reports of an attempt it ran elsewhere. Give `error` (judged here) or `kind` when it failed: a failure
 * with neither is `unknown`, which steps nobody.
 */
export type OutcomeReport = {
  /** The tier that was asked. */
  tier: TierRef;
  /** Whether it answered. */
  ok: boolean;
  /** What was thrown, printed or answered; `classifyError` judges it. */
  error?: unknown;
  /** What the failure means, where you know it. Outranks `error`. */
  kind?: Kind | undefined;
  /** What it covers. Default: the verdict's, or this tier only. */
  scope?: FailureScope | undefined;
  /** The wait the provider asked for, in milliseconds. Default: the verdict's. */
  retryAfterMs?: number | undefined;
  /** When the attempt began, epoch milliseconds. Default: now. */
  startedAt?: number | undefined;
  /** Counted against `policy.tokenBudget`. */
  usage?: Usage | undefined;
};

/** What has happened since the start, in this process. */
export interface FailoverStats {
  /** Calls of `run`. */
  calls: number;
  /** Attempts at each tier, best first. */
  tiers: {
    /** Its printed id. */
    id: string;
    /** Attempts that answered; a stream: with its first content, unless it broke after that. */
    ok: number;
    /** Attempts that failed. */
    failed: number;
    /** How long the last answer took, in milliseconds (a stream: its first content); `null`: there was none. */
    lastAnswerMs: number | null;
  }[];
}

/** A budget of an instance, its group or the failover in the present window; amounts in the unit that it counts. */
export interface BudgetStatus {
  /** By all tiers, over all processes. */
  used: number;
  /** Held in this process for calls under way. */
  reserved: number;
  /** What each tier may use. */
  limit: number;
  /** From here on `budget-warning` is announced. */
  softLimit: number;
  /** When the window began, epoch milliseconds. */
  windowStartAt: number;
  /** When it ends, and everything is counted anew, epoch milliseconds. */
  windowEndAt: number;
  /** The tier in use has reached its limit. */
  exceeded: boolean;
}

/** Where usage belongs. */
export interface UsageOptions {
  /** The group, for a budget of scope `group`. Default: that of the instance's last call, else `'default'`. */
  group?: string | undefined;
  /** The tier that was asked. Default: the one in use. */
  tier?: TierRef | undefined;
}

/** Where the next call should go, or why nowhere: `retryAt` is epoch milliseconds, `null` when nobody knows. */
export type SelectResult<T extends Tier = Tier> =
  | (Extract<Selection, { ok: true }> & { tier: T })
  | Extract<Selection, { ok: false }>;

type Call<T extends Tier, R> = (tier: T, context: CallContext<T>) => R;
/** What a stream is made of. */
export type ChunkOf<V> = V extends ReadableStream<infer C> ? C : V extends AsyncIterable<infer C> ? C : never;

/** What a judge is given of an answer: the chunks of a stream, or all of it. */
export type JudgedOf<V> = [ChunkOf<V>] extends [never] ? NotInferred<V> : ChunkOf<V>;
/** `V`, from which nothing is inferred: what a call gives is read from the call. */
type NotInferred<V> = [V][V extends unknown ? 0 : never];

/** Runs a call on the chain. Without `stream: false` a stream comes back wrapped, so that it can fall back. */
export interface Run<T extends Tier, Left extends string = never> {
  <R>(
    call: Call<T, R>,
    options: Omit<CallOptions<never, Awaited<R>>, Left> & { stream: false },
  ): Promise<CallResult<Awaited<R>, T>>;
  <R>(
    call: Call<T, R>,
    options?: Omit<CallOptions<ChunkOf<Awaited<R>>, JudgedOf<Awaited<R>>>, Left>,
  ): Promise<CallResult<CallValue<Awaited<R>>, T>>;
}

/**
 * The failover of one chain: runs calls, holds the state of every instance, announces what happens. Every method that
 * takes arguments throws or rejects with `ConfigError` where one is wrong, and, all but `on`, with `ClosedError` after
 * `close`.
 */
export interface Failover<T extends Tier = Tier> {
  /** The validated chain; after an `update` the new one. */
  readonly chain: readonly T[];
  /** Runs a call on the chain: `resolveWithFallback` with this failover, which says how it can end. */
  readonly run: Run<T>;
  /** The same methods bound to one instance. */
  for(instance: string): InstanceFailover<T>;
  /**
   * Where the next call of a host that runs its work elsewhere should go. At a tier that has yet to answer, or is
   * coming back, it takes one of the few places; `record` gives it back.
   */
  select(instance: string): Promise<SelectResult<T>>;
  /**
   * Records how that ended: give `error` or `kind` when it failed. Resolves when it has been applied here; the store
   * follows.
   */
  record(instance: string, report: OutcomeReport): Promise<void>;
  /** Returns a function that unsubscribes. The listener may be async; one that throws or rejects breaks nothing. */
  on<E extends FailoverEventName>(event: E, listener: (event: FailoverEvents[E]) => unknown): () => void;
  /**
   * Resolves when calls of an instance may be made: at once where a tier may be asked, else when the soonest wait or
   * pause is over, or somebody has ended it; also where the wait began in a process that is gone, as far as the store
   * knows. A pause without an end is waited for, too. Keeps the process alive meanwhile.
   *
   * @throws {DeadlineError} `deadlineMs` passed first; the signal's reason after an abort
   */
  ready(instance: string, options?: ReadyOptions): Promise<void>;
  /**
   * Proves the fallbacks before the outage: asks every tier once, one after the other, and changes no state, event or
   * count. As the default instance, its cooldowns aside; a tier that its provider or an operator keeps calls off is
   * reported, not asked. A stream is read to its first content.
   *
   * @throws {PausedError} the instance, or everything, is paused; the signal's reason after an abort
   */
  drill(call: Call<T, unknown>, options?: DrillOptions): Promise<DrillResult[]>;
  /** A copy of an instance's present state. */
  state(instance: string): Promise<State>;
  /**
   * Ledger rows of an instance, a provider or everything, newest first, filtered and paged; see `HistoryQuery`. Rejects
   * with `StoreError` when the store fails.
   */
  history(target: PauseTarget, query: HistoryQuery): Promise<LedgerEvent[]>;
  /** What has happened since the start, in this process only. */
  stats(): FailoverStats;
  /** Names of all instances the store knows, in no order. Fails with `StoreError` when the store does. */
  instances(): AsyncIterable<string>;
  /** Resolves once it is stored; rejects with `StoreError` when that failed, and holds in this process all the same. */
  pause(target: PauseTarget, options: PauseOptions): Promise<void>;
  /** Lifts pauses: every one of the target for an operator, only its own for another source. */
  resume(target: PauseTarget, options: ResumeOptions): Promise<void>;
  /**
   * Of an instance: back to the first tier; ends every rest and hold, lifts every pause. Of a provider, a credential or
   * all: ends what instances have learnt of those tiers, also what they share, and lifts no pause.
   */
  reset(target: ResetTarget, options: ResetOptions): Promise<void>;
  /** Keeps an instance off a tier until `until` (default: until a reset). */
  hold(instance: string, tier: TierRef, options: HoldOptions): Promise<void>;
  /** Drops what is kept of an instance, here and in the store: its state and its ledger. */
  forget(instance: string): Promise<void>;
  /**
   * Takes a new chain, a new policy or both in every process of the store: at once here and where the store watches,
   * else within the staleness at the next call. Calls under way end on what they began with. The store keeps it, with
   * a version that grows by one and a row in its ledger; a process that starts later goes on with it, until its code
   * has another configuration than the one that the update replaced. Rejects with `StoreError` when the store did not
   * take it: then nothing has changed.
   *
   * @throws {ConfigConflictError} somebody has updated it since `expectedVersion`
   */
  update(config: ConfigUpdate, options: UpdateOptions): Promise<void>;
  /**
   * Reports a fact from outside that should step the instance down: `token_budget`, a failure kind, or a name of your
   * own. `tier` is where it was observed, `until` the end of the rest in epoch milliseconds, `detail` goes into the
   * ledger.
   */
  recordExternalTrigger(instance: string, kind: string, options?: TriggerOptions): Promise<void>;
  /** Counts what was used against `policy.tokenBudget`. */
  recordUsage(instance: string, usage: Usage, options?: UsageOptions): Promise<void>;
  /** What was used of `policy.tokenBudget` in the present window; `null` where there is no budget. */
  budget(instance: string): Promise<BudgetStatus | null>;
  /**
   * Stores what is pending, delivers what notifiers hold, refuses further calls. The store stays open. Called again,
   * it waits for the same end.
   */
  close(): Promise<void>;
}

/** `Failover`'s methods with the instance already given; each does what the one of that name does there. */
export interface InstanceFailover<T extends Tier = Tier> {
  /** Whose state it is. */
  readonly instance: string;
  /** Runs a call on the chain; see `resolveWithFallback`. */
  readonly run: Run<T, 'instance'>;
  /** Where the next call of work that runs elsewhere should go. */
  select(): Promise<SelectResult<T>>;
  /** Records how that ended. */
  record(report: OutcomeReport): Promise<void>;
  /** Only events that concern it, not those of other instances. Returns a function that unsubscribes. */
  on<E extends FailoverEventName>(event: E, listener: (event: FailoverEvents[E]) => unknown): () => void;
  /** Resolves when its calls may be made. */
  ready(options?: ReadyOptions): Promise<void>;
  /** Asks every tier once, and changes nothing. */
  drill(call: Call<T, unknown>, options?: DrillOptions): Promise<DrillResult[]>;
  /** A copy of its present state. */
  state(): Promise<State>;
  /** Its ledger rows, newest first. */
  history(query: HistoryQuery): Promise<LedgerEvent[]>;
  /** Pauses it; resolves once that is stored. */
  pause(options: PauseOptions): Promise<void>;
  /** Lifts its pauses: every one for an operator, only its own for another source. */
  resume(options: ResumeOptions): Promise<void>;
  /** Back to the first tier: ends every rest and hold, lifts every pause. */
  reset(options: ResetOptions): Promise<void>;
  /** Keeps it off a tier until `until`. */
  hold(tier: TierRef, options: HoldOptions): Promise<void>;
  /** Reports a fact from outside that should step it down. */
  recordExternalTrigger(kind: string, options?: TriggerOptions): Promise<void>;
  /** Counts what was used against `policy.tokenBudget`. */
  recordUsage(usage: Usage, options?: UsageOptions): Promise<void>;
  /** What was used of `policy.tokenBudget` in the present window; `null` where there is no budget. */
  budget(): Promise<BudgetStatus | null>;
  /** Drops what is kept of it, here and in the store. */
  forget(): Promise<void>;
}
