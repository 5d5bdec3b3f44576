import { isReadableStream, type StreamValue } from '../../core/is-stream.js';

/** Where chunks come from. */
export interface Source {
  /** The next chunk; `sent` is what `yield` returns inside a generator. */
  next(sent?: unknown): PromiseLike<IteratorResult<unknown>>;
  /** Raises an error where a generator waits; absent where the source is none. */
  throw?: ((error: unknown) => PromiseLike<IteratorResult<unknown>>) | undefined;
  /** Tells the source that nobody reads on. What becomes of that does not matter: it never throws or rejects. */
  cancel(reason: unknown): void;
}

/** @throws {TypeError} a `ReadableStream` is locked; whatever an iterable throws that gives no iterator */
export function sourceOf(value: StreamValue): Source {
  return isReadableStream(value) ? readerSource(value) : iteratorSource(value);
}

function readerSource(stream: ReadableStream<unknown>): Source {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    cancel(reason) {
      ignore(() => reader.cancel(reason));
    },
  };
}

function iteratorSource(value: AsyncIterable<unknown>): Source {
  const iterator: AsyncIterator<unknown> = value[Symbol.asyncIterator]();
  return {
    next: (sent) => iterator.next(sent),
    throw: typeof iterator.throw === 'function' ? (error) => iterator.throw!(error) : undefined,
    cancel() {
      if (typeof iterator.return === 'function') ignore(() => iterator.return!());
      else ignore(() => disposerOf(value)?.call(value));
    },
  };
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

/** True for a stream of bytes, which can be read into a buffer of the reader's own. */
export function isByteStream(stream: ReadableStream<unknown>): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
