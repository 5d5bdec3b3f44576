import type { Tier } from '../../core/config.js';
import { AttemptTimeoutError, StreamStalledError } from '../../core/errors.js';
import { isStream, type StreamValue } from '../../core/is-stream.js';
import type { CallResult } from '../../ports/failover.js';
import { openStream } from '../stream/open-stream.js';
import { bounded } from '../time/waits.js';
import { Context } from './call-context.js';
import type { CallState } from './call-state.js';
import { tiersLeft } from './choose-tier.js';
import { endWithAnswer, listSdkRetries, resultOf } from './end-attempt.js';
import { failedAttempt, sdkRetriesOf } from './failed-attempt.js';
import { refuseFailedAnswer } from './judged-answer.js';
import { StreamAttempt } from './stream-attempt.js';

/** What may cut an attempt short. */
interface Limit {
  ms: number;
  error: () => unknown;
  counts: boolean;
}

/** Asks one tier once. Rejects with a `FailedAttempt`, or with the caller's own abort. */
export async function runAttempt<T extends Tier>(
  call: CallState<T>,
  index: number,
  number: number,
): Promise<CallResult<unknown, T>> {
  const { engine, options, instance } = call;
  const { clock } = engine;
  const context = new Context(engine, index, number, clock.elapsed(), options.idleTimeoutMs);
  const startedAt = clock.now();
  call.tierBefore = instance.ledger.state.tiers[index];
  const limit = limitOf(call, index, startedAt);
  let late: { error: unknown } | undefined;
  const work = async () => {
    const value = await call.call(engine.config.chain[index]!, context);
    return streams(call, value) ? { stream: await openAnswer(call, context, startedAt, value) } : { value };
  };
  try {
    const answer =
      options.signal || limit
        ? await bounded(work, {
            clock,
            signal: options.signal,
            limitMs: limit?.ms,
            late: () => (late = { error: limit?.error() }).error,
            stop: (reason) => context.stop(reason),
          })
        : await work();
    return 'stream' in answer
      ? beginStream(call, context, startedAt, answer.stream)
      : acceptValue(call, context, startedAt, answer.value);
  } catch (error) {
    // Only the signal knows who aborted: names and messages of errors mislead.
    options.signal?.throwIfAborted();
    // What a provider says itself always counts, however little time it was given.
    const counts = late?.error !== error || limit?.counts !== false;
    throw failedAttempt(engine, context, startedAt, error, counts);
  }
}

/** True when the value is to be handed on as a stream that can fall back. */
export function streams<T extends Tier>(call: CallState<T>, value: unknown): value is StreamValue {
  return call.options.stream !== false && isStream(value);
}

/** The end of an attempt that gave a value. @throws {AnswerRejectedError} the answer reports a failure */
export function acceptValue<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  startedAt: number,
  value: unknown,
): CallResult<unknown, T> {
  refuseFailedAnswer(call, context.index, value);
  const durationMs = call.engine.clock.now() - startedAt;
  endWithAnswer(call, context, startedAt);
  return resultOf(call, context.index, value, durationMs);
}

/** The end of an attempt that gave a stream: its first content is out. How it goes on is recorded when it ends. */
export function beginStream<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  startedAt: number,
  stream: StreamValue,
): CallResult<unknown, T> {
  const now = call.engine.clock.now();
  listSdkRetries(call, context.index, sdkRetriesOf(context.fetchLog, now));
  call.place?.opened(now);
  // The stream itself gives the place back.
  call.place = undefined;
  return resultOf(call, context.index, stream, now - startedAt);
}

/** Wraps a stream so that how it ends is recorded, and waits for its first content. */
export function openAnswer<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  startedAt: number,
  value: StreamValue,
): Promise<StreamValue> {
  return openStream(value, new StreamAttempt(call, context, startedAt));
}

/** The limit that ends an attempt first, if any. */
function limitOf<T extends Tier>(call: CallState<T>, index: number, now: number): Limit | undefined {
  const { engine, options, deadlineAt, deadlineMs } = call;
  const { attemptTimeoutMs } = engine.config.policy;
  const tier = engine.ids[index]!;
  const late = (ms: number) => () => new AttemptTimeoutError({ tier, afterMs: ms });
  const limits: Limit[] = [];
  if (attemptTimeoutMs !== undefined)
    limits.push({ ms: attemptTimeoutMs, error: late(attemptTimeoutMs), counts: true });
  if (deadlineMs !== undefined) {
    const left = Math.max(0, deadlineAt - now);
    // Where no limit of its own does that, an attempt leaves the tiers behind it an equal share of what is left.
    const leavesTime = attemptTimeoutMs !== undefined && attemptTimeoutMs < left;
    const ms = leavesTime ? left : Math.ceil(left / tiersLeft(call, index, now));
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
