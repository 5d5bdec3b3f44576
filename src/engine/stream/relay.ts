import type { AnswerFailure } from '../../core/answers/answer-format.js';
import { type AnswerRejectedError, StreamCutError, StreamStalledError } from '../../core/errors.js';
import type { Clock } from '../../ports/clock.js';
import { bounded } from '../time/waits.js';
import type { Source } from './source.js';
import { StreamJudge, type JudgeHost } from './stream-judge.js';
import { StreamProgress, type MarkHost, type MarkOptions } from './stream-progress.js';

/** Whether anybody still waits for the attempt that a stream belongs to. */
export interface StoppableAttempt {
  /** True once nobody waits for it any more. */
  readonly stopped: boolean;
  /** What the handed-out `fetch` saw: an error that the stream carried and its SDK did not throw. */
  readonly fetchLog: { readonly streamError: unknown } | undefined;
  /** Registers a callback for the moment in which nobody waits any more. */
  whenStopped(callback: (reason: unknown) => void): void;
  /** Asks the provider to stop. */
  stop(reason: unknown): void;
}

/** What a stream needs of the attempt that it belongs to, and where it reports. */
export interface StreamHost extends MarkHost, JudgeHost {
  readonly attempt: StoppableAttempt;
  readonly clock: Clock;
  /** `provider/model`, for errors. */
  readonly tier: string;
  readonly options: StreamOptions;
  /** Makes the error for a failure that an answer reports. */
  reject(answer: unknown, failure: AnswerFailure): unknown;
  /** The stream was judged a failure before its content. It stays open, unread, until `discard` is called. */
  keep(stream: unknown, error: AnswerRejectedError, discard: () => void): void;
  /** The stream ended well, and was judged a failure after its content. */
  onJudged(error: AnswerRejectedError): void;
  /** Called with each chunk, where somebody counts what the answer uses. */
  readonly onChunk: ((chunk: unknown) => void) | undefined;
  /** The stream ended well, or (`isCut`) its reader left after content and before the end mark. */
  onEnd(isCut: boolean): void;
  /** The stream failed after its first content. Returns what the reader gets. */
  onError(error: unknown): unknown;
  /** The reader or the caller left before content. */
  onLeave(): void;
}

/** Options of a call. */
export interface StreamOptions extends MarkOptions {
  /** The caller's own. Until the first content the attempt itself watches it. */
  readonly signal?: AbortSignal | undefined;
  /** Limit for one pending read, in milliseconds. */
  readonly idleTimeoutMs?: number | undefined;
}

type Result = IteratorResult<unknown>;

/** Passes chunks on one at a time, as they are asked for. */
export class Relay implements AsyncIterableIterator<unknown> {
  readonly #source: Source;
  readonly #host: StreamHost;
  readonly #progress: StreamProgress;
  /** Where the call brought a judge. */
  #judge: StreamJudge | undefined;
  readonly #onChunk: ((chunk: unknown) => void) | undefined;
  /** Chunks read while looking for the first content that the reader does not have yet. */
  #opening: unknown[] | undefined;
  /** The source has ended; what a generator returned is kept for the reader. */
  #end: { value: unknown } | undefined;
  /** The reader has received the first content, or the end mark. */
  #isAnswered = false;
  /** The reader has received the end or an error, or has left. */
  #isClosed = false;
  #isReported = false;
  #isCancelled = false;
  #aborted: { reason: unknown } | undefined;
  /** The read that the reader waits for, and what settles it. */
  #reading: Promise<Result> | undefined;
  #resolve: ((result: Result) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** That read raised an error of the reader's: what comes of it says nothing about the provider. */
  #isRaised = false;
  /** The latest of several reads that were not waited for. */
  #tail: Promise<Result> | undefined;
  /** Ends the read under way where that has a limit. */
  #endRead: ((reason: unknown) => void) | undefined;
  /** Where the caller brought a signal. */
  #onAbort: (() => void) | undefined;

  constructor(source: Source, host: StreamHost) {
    this.#source = source;
    this.#host = host;
    this.#onChunk = host.onChunk;
    this.#progress = new StreamProgress(host);
    if (host.judges) this.#judge = new StreamJudge(host);
  }

  /** Reads up to the first content. Rejects when the stream fails, ends or stalls before that. */
  async open<V>(present: (relay: this) => V): Promise<V> {
    const { attempt, options } = this.#host;
    if (!attempt.stopped) attempt.whenStopped((reason) => this.#abandon(reason));
    while (!this.#progress.hasContent && !attempt.stopped) {
      const result = checked(await this.#read(undefined));
      if (attempt.stopped) break;
      if (result.done) {
        this.#refuseBadEnd();
        this.#end = result;
        this.#refuseJudged(this.#judge?.atEnd(false), present);
        this.#judge = undefined;
        break;
      }
      this.#note(result.value);
      if (this.#opening) this.#opening.push(result.value);
      else this.#opening = [result.value];
      this.#refuseJudged(this.#judge?.ofChunk(result.value), present);
    }
    if (attempt.stopped) this.#cancel(undefined);
    else this.#watch(options.signal);
    return present(this);
  }

  /** Throws where the stream was judged a failure. It is kept as it is: where no tier does better, it is the answer. */
  #refuseJudged(error: AnswerRejectedError | undefined, present: (relay: this) => unknown): void {
    if (!error) return;
    this.#judge = undefined;
    this.#isReported = true;
    this.#watch(this.#host.options.signal);
    this.#host.keep(present(this), error, () => this.leave(error));
    throw error;
  }

  /** Between two reads nothing else would tell the provider that the caller has left. */
  #watch(signal: AbortSignal | undefined): void {
    if (!signal) return;
    this.#onAbort = () => this.#abort(signal.reason);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Calls queue behind each other, as those of a generator do. */
  next(sent?: unknown): Promise<Result> {
    return this.#reading || this.#tail ? this.#nextInTurn(sent) : this.#next(sent);
  }

  #nextInTurn(sent: unknown): Promise<Result> {
    return this.#queue(() => this.#next(sent));
  }

  /** The reader leaves: the provider is asked to stop. */
  async return(value?: unknown): Promise<Result> {
    this.leave(new DOMException('The reader left the stream', 'AbortError'));
    return { done: true, value };
  }

  leave(reason: unknown): void {
    if (this.#isClosed) return;
    this.#reportLeave();
    this.#close();
    this.#abandon(reason);
    this.#settle({ done: true, value: undefined });
  }

  /** For generators: raises an error where the generator waits. What it makes of that is the reader's. */
  protected raise(error: unknown): Promise<Result> {
    const raise = (): Promise<Result> => {
      if (this.#isClosed || this.#end || this.#opening) {
        this.leave(error);
        return Promise.reject(error);
      }
      this.#isRaised = true;
      return this.#pass(this.#source.throw(error));
    };
    return this.#reading || this.#tail ? this.#queue(raise) : raise();
  }

  #queue(step: () => Promise<Result>): Promise<Result> {
    const turn = (this.#tail ?? this.#reading!).then(step, step);
    this.#tail = turn;
    const isOver = () => {
      if (this.#tail === turn) this.#tail = undefined;
    };
    turn.then(isOver, isOver);
    return turn;
  }

  #next(sent: unknown): Promise<Result> {
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
    if (this.#aborted) {
      this.#close();
      return Promise.reject(this.#aborted.reason);
    }
    if (this.#opening) {
      const value = this.#opening.shift();
      if (this.#opening.length === 0) {
        this.#opening = undefined;
        this.#isAnswered = true;
      }
      return Promise.resolve({ done: false, value });
    }
    return this.#end ? Promise.resolve(this.#finish(this.#end.value)) : this.#pass(this.#read(sent));
  }

  /** Hands the reader a promise that leaving settles, whatever the source does. */
  #pass(read: PromiseLike<Result>): Promise<Result> {
    this.#reading = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    read.then(this.#onResult, this.#onError);
    return this.#reading;
  }

  readonly #onResult = (given: Result): void => {
    if (!this.#reading) return;
    try {
      const result = checked(given);
      if (!result.done) {
        this.#note(result.value);
        this.#isRaised = false;
        this.#settle(result);
        return;
      }
      if (!this.#isRaised) this.#refuseBadEnd();
      const end = this.#finish(result.value);
      this.#settle(end);
    } catch (error) {
      this.#onError(error);
    }
  };

  readonly #onError = (error: unknown): void => {
    if (!this.#reading) return;
    if (this.#isRaised) this.#reportLeave();
    this.#close();
    const shown = this.#isReported ? error : this.#host.onError(error);
    this.#isReported = true;
    this.#fail(shown);
  };

  #abort(reason: unknown): void {
    this.#aborted = { reason };
    this.#reportLeave();
    this.#abandon(reason);
    if (!this.#reading) return;
    this.#close();
    this.#fail(reason);
  }

  #settle(result: Result): void {
    const resolve = this.#resolve;
    this.#forget();
    resolve?.(result);
  }

  #fail(error: unknown): void {
    const reject = this.#reject;
    this.#forget();
    reject?.(error);
  }

  #forget(): void {
    this.#reading = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  /** One result of the source, within the idle limit. Never throws. */
  #read(sent: unknown): PromiseLike<Result> {
    const { idleTimeoutMs } = this.#host.options;
    if (idleTimeoutMs !== undefined) return this.#readWithin(idleTimeoutMs, sent);
    try {
      const read = this.#source.next(sent);
      return typeof read?.then === 'function' ? read : Promise.resolve(read);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #readWithin(limitMs: number, sent: unknown): Promise<Result> {
    const { clock, tier } = this.#host;
    return bounded(() => this.#source.next(sent), {
      clock,
      limitMs,
      late: () => new StreamStalledError({ tier, afterMs: limitMs, limit: 'idleTimeoutMs' }),
      stop: (reason) => this.#cancel(reason),
      begun: (end) => (this.#endRead = end),
    });
  }

  /** Takes a chunk in; throws where it reports that the answer failed. */
  #note(chunk: unknown): void {
    if (this.#onChunk) this.#onChunk(chunk);
    const failure = this.#progress.note(chunk);
    this.#judge?.note(chunk, this.#progress.isFinish(chunk));
    if (!failure) return;
    const error = this.#host.reject(chunk, failure);
    this.#cancel(error);
    throw error;
  }

  /** Throws where an end is not a good one: an error was not thrown, or the end mark is missing. */
  #refuseBadEnd(): void {
    const hiddenError = this.#hiddenError();
    if (hiddenError !== undefined) throw this.#host.reject(hiddenError, { inside: hiddenError, reason: 'an error' });
    const { hasEnded, chunks } = this.#progress;
    if (!hasEnded) throw new StreamCutError({ tier: this.#host.tier, chunks });
  }

  /** An error that the stream carried and its SDK did not throw; `undefined`: none. */
  #hiddenError(): unknown {
    return this.#host.attempt.fetchLog?.streamError;
  }

  #finish(value: unknown): Result {
    this.#close();
    if (!this.#isReported) {
      const judged = this.#judge?.atEnd(this.#progress.hasContent);
      if (judged) this.#host.onJudged(judged);
      else this.#host.onEnd(false);
    }
    this.#isReported = true;
    return { done: true, value };
  }

  /** After content the provider has answered; before it, nothing is known. */
  #reportLeave(): void {
    if (this.#isReported) return;
    this.#isReported = true;
    if (this.#isAnswered && this.#hiddenError() === undefined) this.#host.onEnd(!this.#progress.hasEndMark);
    else this.#host.onLeave();
  }

  #close(): void {
    this.#isClosed = true;
    this.#opening = undefined;
    if (this.#onAbort) this.#host.options.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Nobody waits any more: a read under way ends here, whatever its source makes of that. */
  #abandon(reason: unknown): void {
    this.#endRead?.(reason);
    this.#cancel(reason);
  }

  #cancel(reason: unknown): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#host.attempt.stop(reason);
    this.#source.cancel(reason);
  }
}

function checked(result: Result): Result {
  if (typeof result !== 'object' || result === null) throw new TypeError('the stream gave no iterator result');
  return result;
}

/** For what can be thrown into, as generators can. */
export class GeneratorRelay extends Relay {
  throw(error: unknown): Promise<Result> {
    return this.raise(error);
  }
}

/** For what `await using` ends. */
export class DisposableRelay extends Relay {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

/** For both, as generators are in most places. */
export class DisposableGeneratorRelay extends GeneratorRelay {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
