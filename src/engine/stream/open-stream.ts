import { isReadableStream, type StreamValue } from '../../core/is-stream.js';
import { GeneratorRelay, Relay, type StreamOptions } from './relay.js';
import { disposerOf, isByteStream, sourceOf } from './source.js';

/**
 * Reads a stream up to its first content and returns one of the same kind that begins at its beginning. Rejects when
 * it fails, ends or stalls before that: then nothing has reached the reader and another tier can take over.
 */
export async function openStream(value: StreamValue, options: StreamOptions): Promise<StreamValue> {
  const isReadable = isReadableStream(value);
  const isBytes = isReadable && isByteStream(value);
  const source = sourceOf(value);
  const relay = source.throw ? new GeneratorRelay(source, options) : new Relay(source, options);
  await relay.open();
  if (isReadable) return isBytes ? readableBytes(relay) : readable(relay);
  if (disposerOf(value)) {
    Object.defineProperty(relay, Symbol.asyncDispose, { value: async () => void (await relay.return()) });
  }
  return relay;
}

/** Nothing is read ahead: the reader's pace is the provider's. */
const atReadersPace = { highWaterMark: 0 };

function readable(relay: Relay): ReadableStream<unknown> {
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const result = await relay.next();
        if (result.done) controller.close();
        else controller.enqueue(result.value);
      },
      cancel: (reason) => relay.leave(reason),
    },
    atReadersPace,
  );
}

/** As `readable`, for a stream whose reader may bring a buffer of its own. */
function readableBytes(relay: Relay): ReadableStream<unknown> {
  return new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        const result = await relay.next();
        if (!result.done) {
          controller.enqueue(result.value as Uint8Array<ArrayBuffer>);
          return;
        }
        controller.close();
        // A buffer that waits is handed back empty.
        controller.byobRequest?.respond(0);
      },
      cancel: (reason) => relay.leave(reason),
    },
    atReadersPace,
  );
}
