import { isReadableStream, type StreamValue } from '../../core/is-stream.js';

/** Where chunks come from. */
export interface Source {
  /** The next chunk; `sent` is what `yield` returns inside a generator. */
  next(sent: unknown): PromiseLike<IteratorResult<unknown>>;
  /** Raises an error where a generator waits. */
  throw(error: unknown): PromiseLike<IteratorResult<unknown>>;
  /** True for a generator, and for what can be thrown into like one. */
  readonly canThrow: boolean;
  /** Tells the source that nobody reads on. Never throws; what the source makes of it does not matter. */
  cancel(reason: unknown): void;
}

/** @throws {TypeError} a `ReadableStream` is locked; whatever an iterable throws that gives no iterator */
export function sourceOf(value: StreamValue): Source {
  return isReadableStream(value) ? new ReaderSource(value.getReader()) : new IteratorSource(value);
}

class ReaderSource implements Source {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  readonly canThrow = false;

  constructor(reader: ReadableStreamDefaultReader<unknown>) {
    this.#reader = reader;
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#reader.read() as Promise<IteratorResult<unknown>>;
  }

  throw(error: unknown): Promise<never> {
    return Promise.reject(error);
  }

  cancel(reason: unknown): void {
    ignore(() => this.#reader.cancel(reason));
  }
}

class IteratorSource implements Source {
  readonly #value: AsyncIterable<unknown>;
  readonly #iterator: AsyncIterator<unknown>;
  readonly canThrow: boolean;

  constructor(value: AsyncIterable<unknown>) {
    this.#value = value;
    this.#iterator = value[Symbol.asyncIterator]();
    this.canThrow = typeof this.#iterator.throw === 'function';
  }

  next(sent: unknown): Promise<IteratorResult<unknown>> {
    return this.#iterator.next(sent);
  }

  throw(error: unknown): Promise<IteratorResult<unknown>> {
    return this.#iterator.throw!(error);
  }

  cancel(): void {
    if (typeof this.#iterator.return === 'function') ignore(() => this.#iterator.return!());
    else ignore(() => disposerOf(this.#value)?.call(this.#value));
  }
}

type Disposer = (this: unknown) => PromiseLike<void>;

/** What `await using` calls, where the value has it. */
export function disposerOf(value: StreamValue): Disposer | undefined {
  const dispose: unknown = Reflect.get(value, Symbol.asyncDispose);
  return typeof dispose === 'function' ? (dispose as Disposer) : undefined;
}

/** Not awaited: a generator that waits for its provider answers only when that does. */
function ignore(end: () => unknown): void {
  try {
    Promise.resolve(end()).catch(() => undefined);
  } catch {
    // It is being left.
  }
}
