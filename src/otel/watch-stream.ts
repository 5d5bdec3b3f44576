import { isByteStream, isReadableStream, type StreamValue } from '../core/is-stream.js';
import type { Operation } from './operation.js';

/** A stream of the same kind that ends the operation when it ends. Reads nothing ahead and buffers nothing. */
export function watchStream(value: StreamValue, operation: Operation): StreamValue {
  return isReadableStream(value) ? watchReadable(value, operation) : watchIterable(value, operation);
}

function watchReadable(stream: ReadableStream<unknown>, operation: Operation): ReadableStream<unknown> {
  const readsBytes = isByteStream(stream);
  const reader = stream.getReader();
  const cancel = async (reason: unknown): Promise<void> => {
    operation.end('left');
    await reader.cancel(reason);
  };
  const readNext = () => watched(operation, () => reader.read());
  if (readsBytes) return watchBytes(readNext, cancel);
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await readNext();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}

/** A byte stream: its reader may bring its own buffer (`getReader({ mode: 'byob' })`). */
function watchBytes(
  readNext: () => Promise<ReadableStreamReadResult<unknown>>,
  cancel: (reason: unknown) => Promise<void>,
): ReadableStream<unknown> {
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      for (;;) {
        const { done, value } = await readNext();
        if (done) {
          controller.close();
          // A reader that waits with its own buffer gets it back empty.
          controller.byobRequest?.respond(0);
          return;
        }
        // A byte controller does not accept an empty chunk.
        if (isBytes(value)) return controller.enqueue(value);
      }
    },
    cancel,
  });
}

function isBytes(chunk: unknown): chunk is ArrayBufferView<ArrayBuffer> {
  return ArrayBuffer.isView(chunk) && chunk.byteLength > 0;
}

function watchIterable(iterable: AsyncIterable<unknown>, operation: Operation): AsyncIterableIterator<unknown> {
  const iterator = iterable[Symbol.asyncIterator]();
  const leave = async (value?: unknown): Promise<IteratorResult<unknown>> => {
    operation.end('left');
    return (await iterator.return?.(value)) ?? { done: true, value };
  };
  const stream: AsyncIterableIterator<unknown> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: (...sent) => watched(operation, () => iterator.next(...sent)),
    return: leave,
  };
  if (iterator.throw) {
    stream.throw = async (error: unknown) => {
      operation.end('left');
      return await iterator.throw!(error);
    };
  }
  // Missing in older browsers.
  if (typeof Symbol.asyncDispose === 'symbol') {
    Object.defineProperty(stream, Symbol.asyncDispose, { value: async () => void (await leave()) });
  }
  return stream;
}

/** One read as part of the operation, so that events of a failure are matched to it. */
async function watched<R extends { done?: boolean | undefined }>(
  operation: Operation,
  read: () => Promise<R>,
): Promise<R> {
  try {
    const result = await operation.within(read);
    if (result.done) operation.end('ok');
    return result;
  } catch (error) {
    operation.fail(error);
    throw error;
  }
}
