import type { Classification } from '../../../core/classify/classification.js';
import type { Tier } from '../../../core/config.js';
import type { Kind } from '../../../core/kinds.js';
import { isObject, readProperty } from '../../../core/classify/read-property.js';
import { isTierfallError, type StreamStalledError } from '../../../core/errors.js';
import type { EngineClock } from '../../time/clock.js';
import type { AnswerTimes } from './answer-times.js';
import type { FetchLog } from '../../stream/observe-fetch.js';
import type { Context } from '../call-context.js';
import { judge, type Classify } from '../verdict/judge.js';

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
  /** Epoch milliseconds. */
  startedAt: number;
  endedAt: number;
  durationMs: number;
  /** False when a limit of the caller ended it, and that is no evidence against the tier. */
  counts: boolean;
  sdkRetries: readonly SdkRetry[];
}

/** What it takes to make one, of the engine. */
interface FailureSource {
  readonly clock: EngineClock;
  readonly classify: Classify | undefined;
  readonly answerTimes: readonly AnswerTimes[];
}

/** What an attempt throws when it fails. Never reaches a caller: that gets `error`. */
export class FailedAttempt extends Error implements FailureFacts {
  readonly index: number;
  readonly error: unknown;
  readonly verdict: Classification;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly durationMs: number;
  readonly counts: boolean;
  readonly sdkRetries: readonly SdkRetry[];

  constructor(facts: FailureFacts) {
    super('the attempt failed');
    this.index = facts.index;
    this.error = facts.error;
    this.verdict = facts.verdict;
    this.startedAt = facts.startedAt;
    this.endedAt = facts.endedAt;
    this.durationMs = facts.durationMs;
    this.counts = facts.counts;
    this.sdkRetries = facts.sdkRetries;
  }
}

/** Classifies what an attempt failed with, using what the handed-out signal and `fetch` know beside the error. */
export function failedAttempt<T extends Tier>(
  engine: FailureSource,
  context: Context<T>,
  error: unknown,
  /** The caller's limit that ended the attempt, in milliseconds. */
  limitMs?: number,
): FailedAttempt {
  const { clock, classify, answerTimes } = engine;
  const { index } = context;
  const times = context.endTimes();
  const verdict = completed(judge(error, times.endedAt, classify), context, times.endedAt);
  const sdkRetries = sdkRetriesOf(context.fetchLog, times.endedAt);
  const callerLimitMs = limitMs ?? stalled(error)?.afterMs;
  const counts =
    callerLimitMs === undefined || answerTimes[index]!.isEvidence(callerLimitMs, context.startedAt, clock.elapsed());
  return new FailedAttempt({ index, error, verdict, ...times, counts, sdkRetries });
}

/** The stall of a stream: the error itself, or the one that an SDK made its own error of. */
export function stalled(error: unknown): StreamStalledError | undefined {
  if (isTierfallError(error, 'TIERFALL_STREAM_STALLED')) return error;
  const cause = isObject(error) ? readProperty(error, 'cause') : undefined;
  return isTierfallError(cause, 'TIERFALL_STREAM_STALLED') ? cause : undefined;
}

/** The failed requests an SDK made by itself before its last one. */
export function sdkRetriesOf(fetchLog: FetchLog | undefined, now: number): SdkRetry[] {
  if (!fetchLog) return [];
  return fetchLog.requests.slice(0, -1).flatMap(({ status, headers, error, durationMs }) => {
    if (status !== undefined && status < 400) return [];
    const { kind, retryAfterMs } = judge(status === undefined ? error : { status, headers }, now, undefined);
    return [{ kind, durationMs, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }];
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

/** Kinds of errors that are often about what this call asks of this one tier. */
const oddKinds: readonly Kind[] = ['invalid_request', 'context_overflow'];

/**
 * True for an error with which a provider answered and that another tier may not give: a parameter it does not know, a
 * prompt that is too long for it, or something that nobody can classify.
 */
export function saysMoreAboutTheCall({ verdict, error }: FailedAttempt): boolean {
  return oddKinds.includes(verdict.kind) || (verdict.kind === 'unknown' && isAnswer(verdict, error));
}

/** True when a provider answered: there is a status, or a body. */
function isAnswer({ status }: Classification, error: unknown): boolean {
  if (status !== undefined) return true;
  if (!isObject(error)) return false;
  return ['body', 'responseBody', 'error', 'response'].some((name) => {
    const body = readProperty(error, name);
    return (typeof body === 'object' && body !== null) || (typeof body === 'string' && body !== '');
  });
}
