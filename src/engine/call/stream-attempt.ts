import type { AnswerFailure } from '../../core/answers/answer-format.js';
import type { Tier } from '../../core/config.js';
import type { Clock } from '../../ports/clock.js';
import type { CallOptions } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import type { Place } from '../recovery/place.js';
import type { StreamHost } from '../stream/relay.js';
import type { Context } from './call-context.js';
import type { CallState } from './call-state.js';
import { recordFailure, recordSuccess, reportFailure } from './end-attempt.js';
import { failedAttempt, stalled } from './failed-attempt.js';
import { rejectAnswer } from './judge.js';

/** An attempt that was answered with a stream: what the stream needs of it, and how it ends. */
export class StreamAttempt<T extends Tier> implements StreamHost {
  readonly #call: CallState<T>;
  readonly #context: Context<T>;
  /** Held until the stream ends: by then the call itself is over. */
  readonly #place: Place | undefined;

  constructor(call: CallState<T>, context: Context<T>) {
    this.#call = call;
    this.#context = context;
    this.#place = call.place;
  }

  get clock(): Clock {
    return this.#call.engine.clock;
  }

  get logger(): Logger | undefined {
    return this.#call.engine.logger;
  }

  get options(): CallOptions {
    return this.#call.options;
  }

  get tier(): string {
    return this.#call.engine.ids[this.#context.index]!;
  }

  get isStopped(): boolean {
    return this.#context.stopped;
  }

  get hiddenError(): unknown {
    return this.#context.fetchLog?.streamError;
  }

  whenStopped(callback: (reason: unknown) => void): void {
    this.#context.whenStopped(callback);
  }

  stop(reason: unknown): void {
    this.#context.stop(reason);
  }

  reject(answer: unknown, failure: AnswerFailure): unknown {
    return rejectAnswer(this.tier, answer, failure, this.#call.engine);
  }

  onEnd(): void {
    recordSuccess(this.#call, this.#context);
    this.#place?.answered(this.clock.now());
  }

  onError(thrown: unknown): unknown {
    // Some SDKs wrap the error with which `fetch` ended a body that stalled.
    const error = stalled(thrown) ?? thrown;
    const failure = failedAttempt(this.#call.engine, this.#context, error);
    reportFailure(this.#call, failure, true);
    if (failure.counts) recordFailure(this.#call, failure);
    this.#place?.end(this.clock.now());
    return error;
  }

  onLeave(): void {
    this.#place?.end(this.clock.now());
  }
}
