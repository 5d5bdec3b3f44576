import { tierId, type Tier } from '../../core/config.js';
import type { Classification } from '../../core/classify/classification.js';
import { isObject, readProperty } from '../../core/classify/read-property.js';
import { AttemptTimeoutError, isTierfallError, StreamStalledError } from '../../core/errors.js';
import { bounded } from '../time/waits.js';
import { Context } from './call-context.js';
import { judge, rejectAnswer } from './judge.js';
import { isStream, type StreamValue } from '../../core/is-stream.js';
import { openStream } from '../stream/open-stream.js';
import type { FetchLog } from '../stream/observe-fetch.js';
import type { Failure, SdkRetry, WalkView } from './walk-view.js';

export type AttemptOutcome =
  | { ok: true; value: { value: unknown; durationMs: number; streams: boolean } }
  | { ok: false; failure: Failure };

interface Limit {
  ms: number;
  error: () => unknown;
  counts: boolean;
}

/** Asks one tier once. Rejects only with the caller's own abort. */
export async function runAttempt<T extends Tier>(
  walk: WalkView<T>,
  index: number,
  number: number,
): Promise<AttemptOutcome> {
  const { engine, options } = walk;
  const { clock } = engine;
  const tier = engine.config.chain[index]!;
  const context = new Context(engine, index, number, clock.elapsed(), options.idleTimeoutMs);
  const startedAt = clock.now();
  walk.report.begins(index);
  const limit = limitOf(walk, index, startedAt);
  let late: { error: unknown } | undefined;
  const work = async () => {
    const value = await walk.call(tier, context);
    if (options.stream === false || !isStream(value)) return { value, streams: false };
    return { value: await openWrapped(walk, index, startedAt, context, value), streams: true };
  };
  try {
    const { value, streams } =
      options.signal || limit
        ? await bounded(work, {
            clock,
            signal: options.signal,
            limitMs: limit?.ms,
            late: () => (late = { error: limit?.error() }).error,
            stop: (reason) => context.stop(reason),
          })
        : await work();
    const now = clock.now();
    if (context.fetchLog) walk.report.sdkRetries(index, sdkRetriesIn(context.fetchLog, now));
    if (!streams) walk.report.recordSuccess(index, startedAt);
    return { ok: true, value: { value, durationMs: now - startedAt, streams } };
  } catch (error) {
    // Our own signal is the only truth about who aborted: names and messages mislead.
    options.signal?.throwIfAborted();
    // What a provider says itself always counts, however little time it was given.
    const counts = late?.error !== error || limit?.counts !== false;
    return { ok: false, failure: failureOf(walk, index, error, startedAt, context, counts) };
  }
}

/** Judges a failed attempt, with what the handed-out signal and `fetch` know beside the error. */
export function failureOf<T extends Tier>(
  walk: WalkView<T>,
  index: number,
  error: unknown,
  startedAt: number,
  context: Context<T>,
  counts = true,
): Failure {
  const { clock, classify } = walk.engine;
  const endedAt = clock.now();
  const verdict = informed(judge(error, endedAt, classify), context, endedAt);
  const sdkRetries = context.fetchLog ? sdkRetriesIn(context.fetchLog, endedAt) : [];
  return { index, error, verdict, startedAt, endedAt, counts, sdkRetries };
}

/** Adds to a verdict what the error itself does not carry. */
function informed<T extends Tier>(verdict: Classification, context: Context<T>, now: number): Classification {
  // An SDK that was given our signal and reports an abort nobody asked for has run into a time-out of its own.
  if (verdict.kind === 'aborted' && context.signalWasRead && !context.stopped) {
    return { ...verdict, kind: 'timeout', scope: 'model' };
  }
  const { fetchLog } = context;
  if (verdict.kind === 'unknown' && fetchLog?.streamError !== undefined) {
    return judge({ status: 200, body: fetchLog.streamError }, now, undefined);
  }
  const seen = fetchLog?.requests.at(-1);
  if (seen?.status === undefined || seen.status < 400) return verdict;
  const answered = judge({ status: seen.status, headers: seen.headers }, now, undefined);
  // What an SDK made of an answer it could not read says less than the answer's own status.
  const base = verdict.kind === 'unknown' ? answered : verdict;
  const retryAfterMs = verdict.retryAfterMs ?? answered.retryAfterMs;
  return { ...base, status: verdict.status ?? seen.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The failed requests an SDK made on its own account before its last one. */
export function sdkRetriesIn(fetchLog: FetchLog, now: number): SdkRetry[] {
  return fetchLog.requests.slice(0, -1).flatMap(({ status, headers, error, startedAt, endedAt }) => {
    if (status !== undefined && status < 400) return [];
    const { kind, retryAfterMs } = judge(status === undefined ? error : { status, headers }, now, undefined);
    return [{ kind, durationMs: endedAt - startedAt, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }];
  });
}

/** Wraps a stream so that how it ends is recorded, and waits for its first content. */
export function openWrapped<T extends Tier>(
  walk: WalkView<T>,
  index: number,
  startedAt: number,
  context: Context<T>,
  value: StreamValue,
): Promise<StreamValue> {
  const { engine, options } = walk;
  return openStream(value, {
    clock: engine.clock,
    logger: engine.logger,
    tier: tierId(engine.config.chain[index]!),
    signal: options.signal,
    idleTimeoutMs: options.idleTimeoutMs,
    isContent: options.isContent,
    isComplete: options.isComplete,
    isStopped: () => context.stopped,
    whenStopped: (callback) => context.whenStopped(callback),
    hiddenError: () => context.fetchLog?.streamError,
    rejected: (answer, failure) => rejectAnswer(engine.ids[index]!, answer, failure, engine),
    stop: (reason) => context.stop(reason),
    onEnd: () => {
      walk.report.recordSuccess(index, startedAt);
      walk.leavePlace(true);
    },
    onError: (thrown) => {
      // Some SDKs make an error of their own of the one with which `fetch` ended a body that stalled.
      const cause = isObject(thrown) ? readProperty(thrown, 'cause') : undefined;
      const error = isTierfallError(cause, 'TIERFALL_STREAM_STALLED') ? cause : thrown;
      const failure = failureOf(walk, index, error, startedAt, context);
      walk.report.failed(failure);
      walk.report.recordFailure(failure);
      walk.leavePlace(false);
      return error;
    },
    onLeave: () => walk.leavePlace(false),
  });
}

/** The limit that ends an attempt first, if any. */
function limitOf<T extends Tier>(walk: WalkView<T>, index: number, now: number): Limit | undefined {
  const { engine, options, deadlineAt, deadlineMs } = walk;
  const { attemptTimeoutMs } = engine.config.policy;
  const tier = tierId(engine.config.chain[index]!);
  const late = (ms: number) => () => new AttemptTimeoutError({ tier, afterMs: ms });
  const limits: Limit[] = [];
  if (attemptTimeoutMs !== undefined)
    limits.push({ ms: attemptTimeoutMs, error: late(attemptTimeoutMs), counts: true });
  if (deadlineMs !== undefined) {
    const left = Math.max(0, deadlineAt - now);
    // Where no limit of its own does that, an attempt leaves the tiers behind it an equal share of what is left.
    const leavesTime = attemptTimeoutMs !== undefined && attemptTimeoutMs < left;
    const ms = leavesTime ? left : Math.ceil(left / walk.tiersLeft(index, now));
    const fair = deadlineMs / engine.config.chain.length;
    limits.push({ ms, error: late(ms), counts: ms >= fair });
  }
  const { firstContentTimeoutMs } = options;
  if (firstContentTimeoutMs !== undefined && options.stream !== false) {
    const stalled = () =>
      new StreamStalledError({ tier, afterMs: firstContentTimeoutMs, limit: 'firstContentTimeoutMs' });
    limits.push({ ms: firstContentTimeoutMs, error: stalled, counts: true });
  }
  return limits.sort((one, other) => one.ms - other.ms)[0];
}
