import type { Tier } from '../../core/config.js';
import type { Kind } from '../../core/kinds.js';
import type { Classification } from '../../core/classify/classification.js';
import type { CallContext, CallOptions } from '../../ports/failover.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';

export type Call<T extends Tier> = (tier: T, context: CallContext<T>) => unknown;

/** A failed request an SDK made on its own account, before its last one. */
export interface SdkRetry {
  kind: Kind;
  retryAfterMs?: number;
  durationMs: number;
}

/** One failed attempt. */
export interface Failure {
  index: number;
  error: unknown;
  verdict: Classification;
  startedAt: number;
  endedAt: number;
  /** False when our own deadline cut it shorter than a fair share: that says nothing about the tier. */
  counts: boolean;
  sdkRetries: readonly SdkRetry[];
}

/** What the steps of a walk report; see `CallReport`. */
export interface Reporting {
  begins(index: number): void;
  failed(failure: Failure): void;
  sdkRetries(index: number, tries: readonly SdkRetry[]): void;
  recordFailure(failure: Failure): void;
  recordSuccess(index: number, startedAt: number): void;
}

/** What it takes to say where a call goes first. */
export type Standing<T extends Tier> = Pick<WalkView<T>, 'engine' | 'instance' | 'tried' | 'fallbacks'>;

/** A call on its way, as the steps of the walk see it. */
export interface WalkView<T extends Tier> {
  readonly engine: Engine<T>;
  readonly instance: Instance;
  readonly call: Call<T>;
  readonly options: CallOptions;
  readonly report: Reporting;
  /** Tiers asked in this round. */
  readonly tried: ReadonlySet<number>;
  /** The tier asked last. */
  readonly lastIndex: number | undefined;
  readonly deadlineMs: number | undefined;
  /** Epoch milliseconds; infinite without a deadline. */
  readonly deadlineAt: number;
  /** The only tiers this call may go to, in order; before its first attempt those it may fall back to. */
  readonly fallbacks: readonly number[] | undefined;
  /** How many tiers, `index` included, this call could still ask. */
  tiersLeft(index: number, now: number): number;
  /** Gives back the place this call holds at its tier, if it holds one. */
  leavePlace(answered: boolean): void;
}
