import { aiSdkMarks } from '../core/answers/ai-sdk.js';
import type { StreamPart } from './model-types.js';

/** The same as `streamMarks.aiSdk.isContent`. */
export const isContentPart: (part: StreamPart) => boolean = aiSdkMarks.isContent;

/** The same as `streamMarks.aiSdk.isComplete`. */
export const isCompletePart: (part: StreamPart) => boolean = aiSdkMarks.isComplete;

/** Nothing is read ahead: the reader's pace is the provider's. */
const atReadersPace = { highWaterMark: 0 };

/** A stream of what `map` makes of the parts of another one; where it makes nothing, a part is left out. */
export function mapParts<P extends StreamPart>(
  stream: ReadableStream<P>,
  map: (part: P) => StreamPart | undefined,
): ReadableStream<StreamPart> {
  const reader = stream.getReader();
  return new ReadableStream<StreamPart>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          const part = map(value);
          if (part) return controller.enqueue(part);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    atReadersPace,
  );
}

/**
 * Hands the failover's parts to the AI SDK. What fails after content is passed on as an `error` part, the stream's
 * last, since that is where the SDK looks (`onError`, `fullStream`, UI streams); a caller's own abort is thrown. A
 * finish that only says that the stream was cut is left out: the error says it.
 */
export function readableParts<P extends StreamPart>(
  parts: ReadableStream<P>,
  options: { signal: AbortSignal | undefined; map: (part: P) => StreamPart },
): ReadableStream<StreamPart> {
  const isCut = (part: P) => part.type === 'finish' && !isCompletePart(part);
  const reader = mapParts(parts, (part: P) => (isCut(part) ? undefined : options.map(part))).getReader();
  return new ReadableStream<StreamPart>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          if (options.signal?.aborted) throw error;
          controller.enqueue({ type: 'error', error } as StreamPart);
          controller.close();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    atReadersPace,
  );
}
