import type { Classification } from '../../core/classify/classification.js';
import type { Tier } from '../../core/config.js';
import type { Kind } from '../../core/kinds.js';
import type { Clock } from '../../ports/clock.js';
import type { FetchLog } from '../stream/observe-fetch.js';
import type { Context } from './call-context.js';
import { judge, type Classify } from './judge.js';

/** A failed request that an SDK made by itself before its last one. */
export interface SdkRetry {
  kind: Kind;
  retryAfterMs?: number;
  durationMs: number;
}

interface FailureFacts {
  index: number;
  /** What the call failed with, as it came. */
  error: unknown;
  verdict: Classification;
  startedAt: number;
  endedAt: number;
  /** False when our own deadline cut it shorter than a fair share: that says nothing about the tier. */
  counts: boolean;
  sdkRetries: readonly SdkRetry[];
}

/** What an attempt throws when it fails. Never reaches a caller: that gets `error`. */
export class FailedAttempt extends Error implements FailureFacts {
  readonly index: number;
  readonly error: unknown;
  readonly verdict: Classification;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly counts: boolean;
  readonly sdkRetries: readonly SdkRetry[];

  constructor(facts: FailureFacts) {
    super('the attempt failed');
    this.index = facts.index;
    this.error = facts.error;
    this.verdict = facts.verdict;
    this.startedAt = facts.startedAt;
    this.endedAt = facts.endedAt;
    this.counts = facts.counts;
    this.sdkRetries = facts.sdkRetries;
  }
}

/** Classifies what an attempt failed with, using what the handed-out signal and `fetch` know beside the error. */
export function failedAttempt<T extends Tier>(
  { clock, classify }: { clock: Clock; classify: Classify | undefined },
  context: Context<T>,
  startedAt: number,
  error: unknown,
  counts = true,
): FailedAttempt {
  const endedAt = clock.now();
  const verdict = completed(judge(error, endedAt, classify), context, endedAt);
  const sdkRetries = sdkRetriesOf(context.fetchLog, endedAt);
  return new FailedAttempt({ index: context.index, error, verdict, startedAt, endedAt, counts, sdkRetries });
}

/** The failed requests an SDK made by itself before its last one. */
export function sdkRetriesOf(fetchLog: FetchLog | undefined, now: number): SdkRetry[] {
  if (!fetchLog) return [];
  return fetchLog.requests.slice(0, -1).flatMap(({ status, headers, error, startedAt, endedAt }) => {
    if (status !== undefined && status < 400) return [];
    const { kind, retryAfterMs } = judge(status === undefined ? error : { status, headers }, now, undefined);
    return [{ kind, durationMs: endedAt - startedAt, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }];
  });
}

/** Adds to a verdict what the error itself does not carry. */
function completed<T extends Tier>(verdict: Classification, context: Context<T>, now: number): Classification {
  // An SDK that has our signal and reports an abort that nobody asked for has hit a time-out of its own.
  if (verdict.kind === 'aborted' && context.signalWasRead && !context.stopped) {
    return { ...verdict, kind: 'timeout', scope: 'model' };
  }
  const { fetchLog } = context;
  if (verdict.kind === 'unknown' && fetchLog?.streamError !== undefined) {
    return judge({ status: 200, body: fetchLog.streamError }, now, undefined);
  }
  const request = fetchLog?.requests.at(-1);
  if (request?.status === undefined || request.status < 400) return verdict;
  const answered = judge({ status: request.status, headers: request.headers }, now, undefined);
  // What an SDK made of an answer it could not read says less than the answer's own status.
  const base = verdict.kind === 'unknown' ? answered : verdict;
  const retryAfterMs = verdict.retryAfterMs ?? answered.retryAfterMs;
  return { ...base, status: verdict.status ?? request.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
