import type { Tier } from '../../../core/config.js';
import { isTierfallError } from '../../../core/errors.js';
import type { CallResult } from '../../../ports/failover.js';
import type { Context } from '../call-context.js';
import type { CallState } from '../call-state.js';
import { keepSession } from '../choice/session-tier.js';
import { failureOf, keepJudged, saysNothingOfTier } from '../verdict/judged-answer.js';
import { sdkRetriesOf, type FailedAttempt, type SdkRetry } from './failed-attempt.js';

/**
 * The answer is complete: records it, and gives back the place. @throws what it failed with, where it is judged none
 */
export function endWithAnswer<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  value: unknown,
): CallResult<unknown, T> {
  const { index } = context;
  const error = failureOf(call, index, value);
  if (error !== undefined) {
    keepJudged(call, { index, value, error });
    call.meter?.failedAnswer(index, value);
    noteJudged(call, context, error);
    throw error;
  }
  const { endedAt, durationMs } = context.endTimes();
  noteAnswer(call, index, durationMs);
  listSdkRetries(call, index, sdkRetriesOf(context.fetchLog, endedAt));
  recordSuccess(call, context);
  leavePlace(call, true);
  call.meter?.answer(index, value);
  return resultOf(call, index, value, durationMs);
}

/** A tier whose answer was refused for what it says has answered all the same. */
export function noteJudged<T extends Tier>(call: CallState<T>, context: Context<T>, error: unknown): void {
  if (!isTierfallError(error, 'TIERFALL_ANSWER_REJECTED') || !saysNothingOfTier(call, error)) return;
  recordSuccess(call, context);
  leavePlace(call, true);
}

/** The first content of a stream is out. How the stream goes on is recorded when it ends. */
export function beginStream<T extends Tier>(
  call: CallState<T>,
  context: Context<T>,
  stream: unknown,
): CallResult<unknown, T> {
  const { index } = context;
  const { endedAt, durationMs } = context.endTimes();
  noteAnswer(call, index, durationMs);
  listSdkRetries(call, index, sdkRetriesOf(context.fetchLog, endedAt));
  call.place?.opened(call.engine.clock.elapsed());
  // The stream itself gives the place back, and what is held of the budget.
  call.isStreaming = true;
  call.place = undefined;
  return resultOf(call, index, stream, durationMs);
}

/** Counts an answer. One of a canary lifts the pause that it was let through, before it is recorded. */
function noteAnswer<T extends Tier>(call: CallState<T>, index: number, durationMs: number): void {
  call.engine.answerTimes[index]!.add(durationMs);
  keepSession(call, index);
  if (call.isTrial) call.engine.counts.trialAnswered(index);
  call.canary?.answered(index);
}

function resultOf<T extends Tier>(
  { engine, attempts }: CallState<T>,
  index: number,
  value: unknown,
  durationMs: number,
): CallResult<unknown, T> {
  attempts.push({ tier: engine.ids[index]!, index, ok: true, durationMs });
  return { value, tier: engine.config.chain[index]!, index, attempts: [...attempts] };
}

/**
 * Puts a failed attempt on the list and announces it, once. `isBroken`: a stream that had been counted as an answer.
 */
export function reportFailure<T extends Tier>(call: CallState<T>, failure: FailedAttempt, isBroken = false): void {
  if (failure === call.reportedFailure) return;
  call.reportedFailure = failure;
  const { engine, instance } = call;
  const { index, verdict, endedAt, durationMs } = failure;
  const { kind, retryAfterMs, status, code } = verdict;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  listSdkRetries(call, index, failure.sdkRetries);
  const attempt = { tier: engine.ids[index]!, index, ok: false, kind, ...wait, durationMs };
  call.attempts.push(attempt);
  const { judgedAnswer } = call;
  if (judgedAnswer && judgedAnswer.error === failure.error) judgedAnswer.attempt = attempt;
  const { provider } = engine.config.chain[index]!;
  const observed = { instance: instance.name, provider, kind, code, startedAt: failure.startedAt, at: endedAt };
  engine.counts.failed(index, observed, { isTrial: call.isTrial, isBroken });
  engine.emitter.emit('attempt-failed', {
    ...subjectOf(call),
    tier: instance.names[index]!,
    kind,
    rule: verdict.evidence?.rule ?? 'none',
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...wait,
    durationMs,
    at: endedAt,
  });
}

/** Announces that the same tier is asked again. */
export function reportRetry<T extends Tier>(
  call: CallState<T>,
  failure: FailedAttempt,
  attempt: number,
  delayMs: number,
): void {
  const { engine, instance } = call;
  engine.emitter.emit('retry', {
    ...subjectOf(call),
    tier: instance.names[failure.index]!,
    kind: failure.verdict.kind,
    attempt,
    delayMs,
    at: engine.clock.now(),
  });
}

/**
 * Announces a used-up chain, once until a tier has answered again. What the store says of an earlier process was
 * announced by that one: a job that starts every minute would send an alert every minute. True where it was announced.
 */
export function reportExhausted<T extends Tier>(call: CallState<T>, retryAt: number | null): boolean {
  const { engine, instance, lastFailure } = call;
  if (!instance.markExhausted()) return false;
  const isKnown = instance.stateRecord.state.exhaustedAt !== null;
  engine.emitter.emit('exhausted', {
    ...subjectOf(call),
    ...(lastFailure ? { kind: lastFailure.verdict.kind } : {}),
    policy: engine.config.policy.onExhausted,
    retryAt,
    at: engine.clock.now(),
    origin: isKnown ? 'remote' : 'local',
  });
  // The end of it is for this process to announce: the other one may be gone.
  instance.lose('local');
  return true;
}

/** Puts the failed requests that an SDK made by itself on the list. */
function listSdkRetries<T extends Tier>(call: CallState<T>, index: number, tries: readonly SdkRetry[]): void {
  for (const each of tries) call.attempts.push({ tier: call.engine.ids[index]!, index, ok: false, ...each });
}

/** Takes a failure into the state of the instance. */
export function recordFailure<T extends Tier>(call: CallState<T>, { index, verdict, startedAt }: FailedAttempt): void {
  const { kind, scope, retryAfterMs } = verdict;
  const outcome = { tier: index, ok: false as const, kind, scope, startedAt };
  // A stream may outlive what was kept of its instance.
  call.engine
    .current(call.instance)
    .recordAttempt(
      retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs },
      call.engine.clock.now(),
      call.options.session,
      call.tierBefore,
    );
}

/** Takes a success into the state of the instance, where it can change anything. */
export function recordSuccess<T extends Tier>(call: CallState<T>, context: Context<T>): void {
  const { engine, options, tierBefore } = call;
  const { index } = context;
  const instance = engine.current(call.instance);
  if (instance.isSettled(index)) return;
  const { startedAt } = context.endTimes();
  engine.looks.clear(engine.config.chain[index]!);
  instance.recordAttempt({ tier: index, ok: true, startedAt }, engine.clock.now(), options.session, tierBefore);
}

/** Gives back the place that a call holds at its tier, if it holds one. */
export function leavePlace<T extends Tier>(call: CallState<T>, answered: boolean): void {
  const { place, engine } = call;
  if (!place) return;
  call.place = undefined;
  if (answered) place.answered(engine.clock.elapsed());
  else place.end(engine.clock.elapsed());
}

function subjectOf<T extends Tier>({ instance, options }: CallState<T>): { instance: string; session?: string } {
  const { session } = options;
  return session === undefined ? { instance: instance.name } : { instance: instance.name, session };
}
