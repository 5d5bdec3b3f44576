import { isReadableStream, type StreamValue } from '../core/is-stream.js';
import type { Operation } from './operation.js';

/** A stream of the same kind that ends the operation when it ends. Reads nothing ahead and keeps nothing. */
export function watchStream(value: StreamValue, operation: Operation): StreamValue {
  return isReadableStream(value) ? watchReadable(value, operation) : watchIterable(value, operation);
}

function watchReadable(stream: ReadableStream<unknown>, operation: Operation): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await watched(operation, () => reader.read());
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        operation.end('left');
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function watchIterable(iterable: AsyncIterable<unknown>, operation: Operation): AsyncIterableIterator<unknown> {
  const iterator = iterable[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => watched(operation, () => iterator.next()),
    async return(value) {
      operation.end('left');
      return (await iterator.return?.(value)) ?? { done: true, value };
    },
  };
}

/** One read, on the operation's behalf, so that a failure is known to be its own. */
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
