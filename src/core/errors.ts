import { describeCut, isoTime, listAttempts, listNotAsked } from './error-text.js';
import type { FailureScope, Kind } from './kinds.js';

/** Marks our errors across copies of the package, where `instanceof` fails. */
const MARKER = Symbol.for('tierfall.error');

/** What `code` of an error of ours can be. Stable; messages are not. */
export type ErrorCode = keyof ErrorByCode;

/** Base of every error of ours. `code` is stable; the message is not. */
export class TierfallError<C extends ErrorCode = ErrorCode> extends Error {
  /** Says which error this is, also where `instanceof` fails; each class has its own. */
  readonly code: C;

  constructor(code: C, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    Object.defineProperty(this, MARKER, { value: true });
  }
}

/** The class behind each code. */
export interface ErrorByCode {
  TIERFALL_CONFIG: ConfigError;
  TIERFALL_CHAIN_EXHAUSTED: ChainExhaustedError;
  TIERFALL_PAUSED: PausedError;
  TIERFALL_PINNED_TIER: PinnedTierError;
  TIERFALL_STORE: StoreError;
  TIERFALL_STREAM_CUT: StreamCutError;
  TIERFALL_STREAM_STALLED: StreamStalledError;
  TIERFALL_ANSWER_REJECTED: AnswerRejectedError;
  TIERFALL_ATTEMPT_TIMEOUT: AttemptTimeoutError;
  TIERFALL_DEADLINE: DeadlineError;
  TIERFALL_CLOSED: ClosedError;
  TIERFALL_CONFIG_CONFLICT: ConfigConflictError;
  TIERFALL_NOTIFIER: NotifierError;
}

/** True for any error of ours, also one made by another copy of the package. A `switch` over its `code` narrows it. */
export function isTierfallError(value: unknown): value is ErrorByCode[ErrorCode];
/** True for the error of ours with this code, also one made by another copy of the package. */
export function isTierfallError<C extends ErrorCode>(value: unknown, code: C): value is ErrorByCode[C];
export function isTierfallError(value: unknown, code?: ErrorCode): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    if (!(MARKER in value)) return false;
    return code === undefined || ('code' in value && value.code === code);
  } catch {
    // Whatever was thrown by somebody may also be a proxy that will not be asked.
    return false;
  }
}

/** One thing wrong with an input: where, and what would be right. */
export interface ConfigIssue {
  /** E.g. `chain[1].model`. */
  path: string;
  /** What would be right. */
  message: string;
}

/** An option, chain or argument is wrong. Code `TIERFALL_CONFIG`. */
export class ConfigError extends TierfallError<'TIERFALL_CONFIG'> {
  /** Everything that is wrong, not only the first of it. */
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], options?: { cause?: unknown }) {
    super('TIERFALL_CONFIG', issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '), options);
    this.name = 'ConfigError';
    this.issues = issues;
  }
}

/** The error for one thing that is wrong with an input. */
export function configError(path: string, message: string): ConfigError {
  return new ConfigError([{ path, message }]);
}

/** One try at one tier. Nothing of the tier but its name, nothing of the error but its kind. */
export interface Attempt {
  /** Printed id of the tier: `provider/model`, or `provider/model@credential` where several tiers are that pair. */
  tier: string;
  /** Its place in the chain, from 0. */
  index: number;
  /** Whether it answered. */
  ok: boolean;
  /** What the failure means; absent where there was none. */
  kind?: Kind;
  /** The wait the provider asked for, in milliseconds; absent where it named none. */
  retryAfterMs?: number;
  /** From the start of the attempt to its answer (a stream: its first content) or failure, in milliseconds. */
  durationMs: number;
}

/** A tier that a call did not ask, and why not. */
export interface NotAsked {
  /** Its printed id. */
  tier: string;
  /**
   * `retry-after`: the provider asked to be left alone; `cooldown`: it failed lately; `held` or `paused`: an operator
   * keeps calls off it; `shared`: another instance learnt that it fails; `excluded`: the call's own options leave it
   * out; `window`: its context window is too small for this call.
   */
  reason: 'retry-after' | 'cooldown' | 'held' | 'paused' | 'shared' | 'excluded' | 'window';
  /** When it may be asked, epoch milliseconds; `null` when nobody knows. */
  until: number | null;
}

/**
 * No tier is left to ask. Code `TIERFALL_CHAIN_EXHAUSTED`; `cause` is the last provider error whose kind is a trigger,
 * or the last of all where none is.
 */
export class ChainExhaustedError extends TierfallError<'TIERFALL_CHAIN_EXHAUSTED'> {
  /** Every attempt of the call, oldest first; empty where every tier was at rest. */
  readonly attempts: readonly Attempt[];
  /** When the soonest tier may be asked again, epoch milliseconds; `null` when nobody knows. */
  readonly retryAt: number | null;

  /** The tiers that were left out, and why. */
  readonly notAsked: readonly NotAsked[];

  constructor(facts: {
    attempts: readonly Attempt[];
    retryAt: number | null;
    notAsked?: readonly NotAsked[];
    /** What tiers that rest have failed with, by their ids, for the message. */
    kinds?: ReadonlyMap<string, string> | undefined;
    /** More about why, for the message. */
    detail?: string | undefined;
    cause?: unknown;
  }) {
    const { attempts, retryAt, notAsked = [], kinds, detail = '' } = facts;
    const parts = [
      attempts.length > 0 ? `failed: ${listAttempts(attempts)}` : '',
      notAsked.length > 0 ? `not asked: ${listNotAsked(notAsked, kinds)}` : '',
      detail,
      retryAt === null ? '' : `try again at ${isoTime(retryAt)}`,
    ].filter((part) => part !== '');
    super('TIERFALL_CHAIN_EXHAUSTED', `no tier answered: ${parts.join('; ') || 'none may be asked'}`, facts);
    this.name = 'ChainExhaustedError';
    this.attempts = attempts;
    this.retryAt = retryAt;
    this.notAsked = notAsked;
  }
}

/** The instance, or everything, is paused; no provider was called. Code `TIERFALL_PAUSED`. */
export class PausedError extends TierfallError<'TIERFALL_PAUSED'> {
  /** Whose call was refused. */
  readonly instance: string;
  /** What paused: `operator`, `budget`, `alert` or `health` (a health monitor), or `exhausted` (a used-up chain). */
  readonly source: string;
  /** The name that was given with the pause. */
  readonly by: string;
  /** The reason that was given with the pause. */
  readonly reason: string;
  /** When the pause began, epoch milliseconds. */
  readonly at: number;
  /** When it ends by itself, epoch milliseconds; `null`: when somebody resumes. */
  readonly retryAt: number | null;

  constructor(facts: {
    instance: string;
    source: string;
    by: string;
    reason: string;
    at: number;
    until?: number | undefined;
  }) {
    const end = facts.until === undefined ? '' : `, until ${isoTime(facts.until)}`;
    super('TIERFALL_PAUSED', `${facts.instance} is paused (${facts.source}, by ${facts.by}${end}): ${facts.reason}`);
    this.name = 'PausedError';
    this.instance = facts.instance;
    this.source = facts.source;
    this.by = facts.by;
    this.reason = facts.reason;
    this.at = facts.at;
    this.retryAt = facts.until ?? null;
  }
}

/** The pinned tier may not be asked now. Code `TIERFALL_PINNED_TIER`. */
export class PinnedTierError extends TierfallError<'TIERFALL_PINNED_TIER'> {
  /** Printed id of the tier: `provider/model`, or `provider/model@credential` where several tiers are that pair. */
  readonly tier: string;
  /** When it may be asked again, epoch milliseconds; `null` when nobody knows. */
  readonly retryAt: number | null;

  constructor(facts: { tier: string; retryAt: number | null; reason: string }) {
    super('TIERFALL_PINNED_TIER', `the pinned tier ${facts.tier} ${facts.reason}`);
    this.name = 'PinnedTierError';
    this.tier = facts.tier;
    this.retryAt = facts.retryAt;
  }
}

/** A store did not do what was asked. Code `TIERFALL_STORE`; `cause` is the client's error. */
export class StoreError extends TierfallError<'TIERFALL_STORE'> {
  /** `load`, `commit`, `history`, ... */
  readonly operation: string;
  /** Which record, e.g. `instance:support-bot`; absent where it is about the whole store. */
  readonly key: string | undefined;
  /** `record`: what is stored under `key` cannot be read, while the store itself works. */
  readonly scope: 'store' | 'record';

  constructor(facts: Pick<StoreError, 'operation' | 'message'> & Partial<Pick<StoreError, 'key' | 'scope' | 'cause'>>) {
    super('TIERFALL_STORE', facts.message, facts);
    this.name = 'StoreError';
    this.operation = facts.operation;
    this.key = facts.key;
    this.scope = facts.scope ?? 'store';
  }
}

/** A stream ended before its end mark, or empty. Code `TIERFALL_STREAM_CUT`, kind `network`. */
export class StreamCutError extends TierfallError<'TIERFALL_STREAM_CUT'> {
  /** Printed id of the tier: `provider/model`, or `provider/model@credential` where several tiers are that pair. */
  readonly tier: string;
  /** Chunks that had arrived. */
  readonly chunks: number;

  constructor(facts: { tier: string; chunks: number }) {
    super('TIERFALL_STREAM_CUT', `the stream of ${facts.tier} ended ${describeCut(facts.chunks)}`);
    this.name = 'StreamCutError';
    this.tier = facts.tier;
    this.chunks = facts.chunks;
  }
}

/** A stream gave nothing for too long. Code `TIERFALL_STREAM_STALLED`, kind `timeout`. */
export class StreamStalledError extends TierfallError<'TIERFALL_STREAM_STALLED'> {
  /** Printed id of the tier: `provider/model`, or `provider/model@credential` where several tiers are that pair. */
  readonly tier: string;
  /** The limit that passed, in milliseconds. */
  readonly afterMs: number;
  /** The option that set it. */
  readonly limit: 'idleTimeoutMs' | 'firstContentTimeoutMs';

  constructor(facts: { tier: string; afterMs: number; limit: 'idleTimeoutMs' | 'firstContentTimeoutMs' }) {
    const silence = `gave nothing for ${facts.afterMs} ms (${facts.limit})`;
    super('TIERFALL_STREAM_STALLED', `the stream of ${facts.tier} ${silence}`);
    this.name = 'StreamStalledError';
    this.tier = facts.tier;
    this.afterMs = facts.afterMs;
    this.limit = facts.limit;
  }
}

/**
 * A provider answered, and its answer says that it failed: an error inside a stream or a body of status 200, or a
 * finish reason that means one. Code `TIERFALL_ANSWER_REJECTED`; `cause` is the error inside, where the answer holds
 * one.
 */
export class AnswerRejectedError extends TierfallError<'TIERFALL_ANSWER_REJECTED'> {
  /** Printed id of the tier: `provider/model`, or `provider/model@credential` where several tiers are that pair. */
  readonly tier: string;
  /** What the failure means. */
  readonly kind: Kind;
  /** What the failure covers. */
  readonly scope: FailureScope;
  /** The wait the provider asked for, in milliseconds; absent where it named none. */
  readonly retryAfterMs: number | undefined;
  /** The answer, or the chunk of a stream, that says so. */
  readonly answer: unknown;

  /** @param facts `message` is shown: redacted, and what the answer says of its failure. */
  constructor(
    facts: Pick<AnswerRejectedError, 'tier' | 'kind' | 'scope' | 'answer' | 'message'> &
      Partial<Pick<AnswerRejectedError, 'retryAfterMs' | 'cause'>>,
  ) {
    const { tier, kind, message } = facts;
    // Without an error inside there is no `cause`, not one that is undefined.
    const options = facts.cause === undefined ? {} : { cause: facts.cause };
    super('TIERFALL_ANSWER_REJECTED', `the answer of ${tier} is a failure (${kind}): ${message}`, options);
    this.name = 'AnswerRejectedError';
    this.tier = tier;
    this.kind = kind;
    this.scope = facts.scope;
    this.retryAfterMs = facts.retryAfterMs;
    this.answer = facts.answer;
  }
}

/** One attempt took longer than it may. Code `TIERFALL_ATTEMPT_TIMEOUT`, kind `timeout`. */
export class AttemptTimeoutError extends TierfallError<'TIERFALL_ATTEMPT_TIMEOUT'> {
  /** Printed id of the tier: `provider/model`, or `provider/model@credential` where several tiers are that pair. */
  readonly tier: string;
  /** The limit that passed, in milliseconds. */
  readonly afterMs: number;

  constructor(facts: { tier: string; afterMs: number }) {
    super('TIERFALL_ATTEMPT_TIMEOUT', `${facts.tier} did not answer within ${facts.afterMs} ms`);
    this.name = 'AttemptTimeoutError';
    this.tier = facts.tier;
    this.afterMs = facts.afterMs;
  }
}

/** The call's deadline passed. Code `TIERFALL_DEADLINE`; `cause` is the last provider error, if any. */
export class DeadlineError extends TierfallError<'TIERFALL_DEADLINE'> {
  /** The limit that passed, in milliseconds. */
  readonly deadlineMs: number;
  /** Every attempt of the call, oldest first. */
  readonly attempts: readonly Attempt[];

  constructor(facts: { deadlineMs: number; attempts: readonly Attempt[]; cause?: unknown }) {
    const tried = facts.attempts.length > 0 ? `: ${listAttempts(facts.attempts)}` : '';
    super('TIERFALL_DEADLINE', `no tier answered within the deadline of ${facts.deadlineMs} ms${tried}`, facts);
    this.name = 'DeadlineError';
    this.deadlineMs = facts.deadlineMs;
    this.attempts = facts.attempts;
  }
}

/** The failover was closed. Code `TIERFALL_CLOSED`. */
export class ClosedError extends TierfallError<'TIERFALL_CLOSED'> {
  constructor() {
    super('TIERFALL_CLOSED', 'this failover was closed; create another one');
    this.name = 'ClosedError';
  }
}

/**
 * `update` was made for a configuration that somebody has replaced since: nothing was changed. Read it again. Code
 * `TIERFALL_CONFIG_CONFLICT`.
 */
export class ConfigConflictError extends TierfallError<'TIERFALL_CONFIG_CONFLICT'> {
  /** The version that the update was made for. */
  readonly expectedVersion: number;
  /** The version that is in the store. */
  readonly version: number;

  constructor(facts: { expectedVersion: number; version: number }) {
    const { expectedVersion, version } = facts;
    const message = `the store has version ${version}, not ${expectedVersion} (expectedVersion): read it again`;
    super('TIERFALL_CONFIG_CONFLICT', message);
    this.name = 'ConfigConflictError';
    this.expectedVersion = expectedVersion;
    this.version = version;
  }
}

/** A notification did not get through. Code `TIERFALL_NOTIFIER`; never carries a token or URL credential. */
export class NotifierError extends TierfallError<'TIERFALL_NOTIFIER'> {
  /** Its name, e.g. `telegram`. */
  readonly notifier: string;
  /** HTTP status of the channel's answer, where there was one. */
  readonly status: number | undefined;

  constructor(facts: { notifier: string; message: string; status?: number | undefined; cause?: unknown }) {
    super('TIERFALL_NOTIFIER', facts.message, facts);
    this.name = 'NotifierError';
    this.notifier = facts.notifier;
    this.status = facts.status;
  }
}
