import type { Tier } from '../../../core/config.js';
import { isStream, type StreamValue } from '../../../core/is-stream.js';
import type { CallResult } from '../../../ports/failover.js';
import { leaveStream } from '../../stream/leave-stream.js';
import { openStream } from '../../stream/open-stream.js';
import { bounded } from '../../time/waits.js';
import { limitOf, type AttemptLimit } from './attempt-limit.js';
import { Context } from '../call-context.js';
import type { CallState } from '../call-state.js';
import { beginStream, endWithAnswer } from './end-attempt.js';
import { failedAttempt, type FailedAttempt } from './failed-attempt.js';
import { StreamAttempt } from './stream-attempt.js';
import { makeCall } from './make-call.js';
import { tiersLeft } from '../choice/tier-access.js';

/** Asks one tier once. Rejects with a `FailedAttempt`, or with the caller's own abort. */
export async function runAttempt<T extends Tier>(
  call: CallState<T>,
  index: number,
  number: number,
): Promise<CallResult<unknown, T>> {
  const { engine, options, instance, deadlineAt } = call;
  const { clock } = engine;
  const context = new Context(engine, index, number, clock.elapsed(), options.idleTimeoutMs);
  context.wallStartedAt = clock.now();
  call.meter?.begin(index);
  call.tierBefore = instance.stateRecord.state.tiers[index];
  const { reportedFailure: failed } = call;
  if (failed) {
    context.follow({ tier: engine.config.chain[failed.index]!, kind: failed.verdict.kind, error: failed.error });
  }
  const leftMs = deadlineAt - context.startedAt;
  const limit = limitOf(engine, options, index, leftMs, tiersLeft(call, index, clock.now()));
  try {
    const answer = await boundedAnswer(call, context, limit);
    return answer.streams ? beginStream(call, context, answer.value) : endWithAnswer(call, context, answer.value);
  } catch (error) {
    throw attemptError(call, context, error, limit);
  }
}

/** What a call gave: a value, or a stream whose first content is out. */
interface Answer {
  value: unknown;
  streams: boolean;
}

/** Asks, within the caller's signal and the limit. */
function boundedAnswer<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  limit: AttemptLimit | undefined,
): Promise<Answer> {
  const { engine, options } = call;
  const ask = async (): Promise<Answer> => {
    const value = await makeCall(engine, call.call, context);
    if (!streams(call, value)) {
      // It came late, and is dropped.
      if (context.stopped) leaveStream(value);
      return { value, streams: false };
    }
    return { value: await openAnswer(call, context, value), streams: true };
  };
  if (!options.signal && !limit) return ask();
  return bounded(ask, {
    clock: engine.clock,
    signal: options.signal,
    limitMs: limit?.ms,
    late: () => limit?.pass(),
    stop: (reason) => context.stop(reason),
  });
}

/** What an attempt failed with; the caller's own abort is rethrown as it is. */
export function attemptError<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  error: unknown,
  limit: AttemptLimit | undefined,
): FailedAttempt {
  // Only the signal knows who aborted: names and messages of errors mislead.
  call.options.signal?.throwIfAborted();
  const passed = limit !== undefined && limit.error === error && error !== undefined ? limit : undefined;
  if (passed?.endsDeadline) call.isLate = true;
  return failedAttempt(call.engine, context, error, passed?.isCallers ? passed.ms : undefined);
}

/** True when the value is to be handed on as a stream that can fall back. */
export function streams<T extends Tier>(call: CallState<T>, value: unknown): value is StreamValue {
  return call.options.stream !== false && isStream(value);
}

/** Wraps a stream so that how it ends is recorded, and waits for its first content. */
export function openAnswer<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  value: StreamValue,
): Promise<StreamValue> {
  return openStream(value, new StreamAttempt(call, context));
}
