import type { AnswerFailure } from '../../../core/answers/answer-format.js';
import type { JudgeFacts } from '../../../core/answers/judges.js';
import type { Tier } from '../../../core/config.js';
import type { AnswerRejectedError } from '../../../core/errors.js';
import type { CallOptions } from '../../../ports/failover.js';
import type { Logger } from '../../../ports/logger.js';
import type { Place } from '../../recovery/place.js';
import type { StreamHost } from '../../stream/relay.js';
import type { EngineClock } from '../../time/clock.js';
import type { Context } from '../call-context.js';
import type { CallState } from '../call-state.js';
import { askJudge } from '../verdict/ask-judge.js';
import { noteJudged, recordFailure, recordSuccess, reportFailure } from './end-attempt.js';
import { failedAttempt, stalled } from './failed-attempt.js';
import { rejectAnswer } from '../verdict/judge.js';
import { keepJudged, saysNothingOfTier } from '../verdict/judged-answer.js';

/** An attempt that was answered with a stream: what the stream needs of it, and how it ends. */
export class StreamAttempt<T extends Tier> implements StreamHost {
  readonly #call: CallState<T>;
  readonly attempt: Context<T>;
  /** Held until the stream ends: by then the call itself is over. */
  readonly #place: Place | undefined;

  constructor(call: CallState<T>, context: Context<T>) {
    this.#call = call;
    this.attempt = context;
    this.#place = call.place;
  }

  get clock(): EngineClock {
    return this.#call.engine.clock;
  }

  get logger(): Logger | undefined {
    return this.#call.engine.logger;
  }

  get options(): CallOptions {
    return this.#call.options;
  }

  get tier(): string {
    return this.#call.engine.ids[this.attempt.index]!;
  }

  reject(answer: unknown, failure: AnswerFailure): unknown {
    return rejectAnswer(this.tier, answer, failure, this.#call.engine);
  }

  get judges(): boolean {
    return this.#call.options.judge !== undefined;
  }

  judge(chunk: unknown, facts: JudgeFacts): AnswerRejectedError | undefined {
    const { judge } = this.#call.options;
    return judge && askJudge(judge, chunk, facts, this);
  }

  keep(value: unknown, error: AnswerRejectedError, discard: () => void): void {
    keepJudged(this.#call, { index: this.attempt.index, value, error, discard });
    // What it will have cost is known only where it has said so.
    this.#call.meter?.leave(this.attempt.index);
    noteJudged(this.#call, this.attempt, error);
  }

  onJudged(error: AnswerRejectedError): void {
    const failure = failedAttempt(this.#call.engine, this.attempt, error);
    reportFailure(this.#call, failure, true);
    if (saysNothingOfTier(this.#call, error)) return this.onEnd(false);
    this.#call.meter?.end(this.attempt.index);
    recordFailure(this.#call, failure);
    this.#place?.end(this.clock.elapsed());
  }

  get onChunk(): ((chunk: unknown) => void) | undefined {
    const { meter } = this.#call;
    return meter && ((chunk) => meter.chunk(chunk));
  }

  onEnd(isCut: boolean): void {
    recordSuccess(this.#call, this.attempt);
    this.#place?.answered(this.clock.elapsed());
    if (isCut) this.#call.meter?.leave(this.attempt.index);
    else this.#call.meter?.complete(this.attempt.index);
  }

  onError(thrown: unknown): unknown {
    // Some SDKs wrap the error with which `fetch` ended a body that stalled.
    const error = stalled(thrown) ?? thrown;
    this.#call.engine.answerTimes[this.attempt.index]!.broke();
    const failure = failedAttempt(this.#call.engine, this.attempt, error);
    reportFailure(this.#call, failure, true);
    if (failure.counts) recordFailure(this.#call, failure);
    this.#place?.end(this.clock.elapsed());
    this.#call.meter?.end(this.attempt.index);
    return error;
  }

  onLeave(): void {
    this.#place?.end(this.clock.elapsed());
    this.#call.meter?.leave(this.attempt.index);
  }
}
