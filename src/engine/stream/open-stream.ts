import { isByteStream, isReadableStream, type StreamValue } from '../../core/is-stream.js';
import { DisposableGeneratorRelay, DisposableRelay, GeneratorRelay, Relay, type StreamHost } from './relay.js';
import { disposerOf, sourceOf } from './source.js';

/**
 * Reads a stream up to its first content and returns one of the same kind that begins at its beginning. Rejects when
 * it fails, ends or stalls before that: then nothing has reached the reader and another tier can take over.
 *
 * @throws {TypeError} a `ReadableStream` is locked; whatever an iterable throws that gives no iterator
 */
export function openStream(value: StreamValue, host: StreamHost): Promise<StreamValue> {
  if (isReadableStream(value)) {
    const present = isByteStream(value) ? readableBytes : readable;
    return new Relay(sourceOf(value), host).open(present);
  }
  const source = sourceOf(value);
  const isDisposable = disposerOf(value) !== undefined;
  return new (relayFor(source.canThrow, isDisposable))(source, host).open(itself);
}

const itself = (relay: Relay): StreamValue => relay;

/** What the reader may do with the value it may do with the relay, and nothing else. */
function relayFor(canThrow: boolean, isDisposable: boolean): typeof Relay {
  if (canThrow) return isDisposable ? DisposableGeneratorRelay : GeneratorRelay;
  return isDisposable ? DisposableRelay : Relay;
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
