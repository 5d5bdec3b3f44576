import { StreamCutError, StreamStalledError } from '../../core/errors.js';
import { isReadableStream, type StreamValue } from '../../core/is-stream.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import { bounded } from '../time/waits.js';

export interface StreamOptions {
  clock: Clock;
  logger: Logger | undefined;
  /** `provider/model`, for errors. */
  tier: string;
  signal: AbortSignal | undefined;
  idleTimeoutMs: number | undefined;
  isContent: ((chunk: never) => boolean) | undefined;
  isComplete: ((chunk: never) => boolean) | undefined;
  /** True once nobody waits for this stream any more. */
  isStopped: () => boolean;
  /** Has the callback told when that comes to be. */
  whenStopped: (callback: (reason: unknown) => void) => void;
  /** An error the stream carried that its SDK did not throw. */
  hiddenError: () => unknown;
  /** Asks the provider to stop. */
  stop: (reason: unknown) => void;
  /** The stream ended well. */
  onEnd: () => void;
  /** The stream failed after its first content; gives what the reader gets. */
  onError: (error: unknown) => unknown;
  /** The reader left early. */
  onLeave: () => void;
}

/**
 * Reads a stream up to its first content and gives back one of the same kind that begins at its beginning. Rejects
 * when it fails, ends or stalls before that: then nothing has reached the reader and another tier can take over.
 */
export async function openStream(value: StreamValue, options: StreamOptions): Promise<StreamValue> {
  const relay = new Relay(value, options);
  await relay.open();
  return isReadableStream(value) ? relay.asReadable() : relay;
}

/** Passes chunks on one at a time, as they are asked for. */
class Relay implements AsyncIterableIterator<unknown> {
  readonly #source: AsyncIterator<unknown>;
  readonly #options: StreamOptions;
  /** Chunks read while looking for the first content. */
  readonly #opening: unknown[] = [];
  #chunks = 0;
  #content = false;
  #complete = false;
  #ended = false;
  #left = false;
  #last: Promise<unknown> = Promise.resolve();
  #cancelled = false;
  /** Ends the latest read, if it is still under way; made by the first. */
  #endRead: ((reason: unknown) => void) | undefined;
  readonly #onAbort = () => {
    this.cancelSource(this.#options.signal?.reason);
    this.#options.onLeave();
  };

  constructor(value: StreamValue, options: StreamOptions) {
    this.#source = isReadableStream(value) ? readerIterator(value) : value[Symbol.asyncIterator]();
    this.#options = options;
  }

  async open(): Promise<void> {
    if (this.#options.isStopped()) {
      this.cancelSource(undefined);
      return;
    }
    this.#options.whenStopped((reason) => this.#abandon(reason));
    while (!this.#content) {
      const result = await this.#read();
      if (this.#options.isStopped()) {
        this.cancelSource(undefined);
        return;
      }
      if (result.done) {
        this.#refuseEnd(this.#complete);
        this.#ended = true;
        return;
      }
      this.#opening.push(result.value);
    }
    // Between two reads nobody else would tell the provider that its reader's caller has left.
    this.#options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Calls queue behind each other, as those of a generator do. */
  next(): Promise<IteratorResult<unknown>> {
    const next = this.#last.then(() => this.#next());
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** The reader leaves: the provider is told to stop, and nothing is recorded. */
  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    this.#leave(new DOMException('The reader left the stream', 'AbortError'));
    return { done: true, value };
  }

  asReadable(): ReadableStream<unknown> {
    return new ReadableStream<unknown>(
      {
        pull: async (controller) => {
          const result = await this.next();
          if (result.done) controller.close();
          else controller.enqueue(result.value);
        },
        cancel: (reason) => this.#leave(reason),
      },
      // Nothing is read ahead: the reader's pace is the provider's.
      { highWaterMark: 0 },
    );
  }

  async #next(): Promise<IteratorResult<unknown>> {
    if (this.#opening.length > 0 && !this.#left) return { done: false, value: this.#opening.shift() };
    if (this.#left) return { done: true, value: undefined };
    if (!this.#ended) {
      try {
        const result = await this.#read();
        if (this.#left) return { done: true, value: undefined };
        if (!result.done) return result;
        this.#refuseEnd(this.#options.isComplete === undefined || this.#complete);
      } catch (error) {
        if (this.#left) return { done: true, value: undefined };
        this.#close();
        if (!this.#options.signal?.aborted) throw this.#options.onError(error);
        this.#options.onLeave();
        throw error;
      }
    }
    this.#close();
    this.#options.onEnd();
    return { done: true, value: undefined };
  }

  /** One chunk of the source, within the idle limit and the caller's signal. */
  async #read(): Promise<IteratorResult<unknown>> {
    const { clock, signal, idleTimeoutMs, tier } = this.#options;
    const result = await bounded(() => this.#source.next(), {
      clock,
      signal,
      limitMs: idleTimeoutMs,
      late: () => new StreamStalledError({ tier, afterMs: idleTimeoutMs ?? 0, limit: 'idleTimeoutMs' }),
      stop: (reason) => this.cancelSource(reason),
      begun: (end) => (this.#endRead = end),
    });
    if (typeof result !== 'object' || result === null) throw new TypeError('the stream gave no iterator result');
    if (!result.done) this.#note(result.value);
    return result;
  }

  #note(chunk: unknown): void {
    this.#chunks++;
    const { isContent, isComplete } = this.#options;
    if (!this.#content) this.#content = isContent ? this.#ask(isContent, chunk, true) : true;
    if (isComplete && !this.#complete) this.#complete = this.#ask(isComplete, chunk, false);
  }

  /** A test of the host's that throws decides nothing: the chunk then counts as what is safe. */
  #ask(test: (chunk: never) => boolean, chunk: unknown, otherwise: boolean): boolean {
    try {
      return Boolean(test(chunk as never));
    } catch {
      this.#options.logger?.warn('tierfall: isContent or isComplete threw; the chunk was passed on');
      return otherwise;
    }
  }

  /** Throws where an end is not a good one: an error went by unsaid, or the end mark is missing. */
  #refuseEnd(complete: boolean): void {
    const hidden = this.#options.hiddenError();
    if (hidden !== undefined) throw hiddenStreamError(hidden);
    if (!complete) throw new StreamCutError({ tier: this.#options.tier, chunks: this.#chunks });
  }

  #leave(reason: unknown): void {
    if (this.#left) return;
    this.#close();
    this.#opening.length = 0;
    this.#abandon(reason);
    this.#options.onLeave();
  }

  /** Nobody waits any more: a read under way ends here, whatever its source makes of that. */
  #abandon(reason: unknown): void {
    this.#endRead?.(reason);
    this.cancelSource(reason);
  }

  #close(): void {
    this.#left = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Not awaited: a generator that waits for its provider answers only when that does. */
  cancelSource(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#options.stop(reason);
    try {
      Promise.resolve(this.#source.return?.(reason)).catch(() => undefined);
    } catch {
      // It is being left; how it takes that does not matter.
    }
  }
}

/** The provider's own words, in the shape errors have. */
function hiddenStreamError(body: unknown): Error {
  return Object.assign(new Error('the stream carried an error'), { status: 200, body });
}

function readerIterator(stream: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      return done ? { done: true, value: undefined } : { done: false, value };
    },
    async return(reason) {
      await reader.cancel(reason);
      return { done: true, value: undefined };
    },
  };
}
