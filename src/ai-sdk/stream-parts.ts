import type { StreamPart } from './model-types.js';

/** Parts that announce or frame content. Whatever the AI SDK adds one day counts as content: that is the safe side. */
const preamble: ReadonlySet<string> = new Set<StreamPart['type']>([
  'stream-start',
  'response-metadata',
  'text-start',
  'text-end',
  'reasoning-start',
  'reasoning-end',
  'tool-input-start',
  'tool-input-end',
  'finish',
  'ping',
  'raw',
  // A provider's own bookkeeping, e.g. Anthropic's message_start.
  'custom',
  'error',
]);

/**
 * Is this part of an AI SDK stream content, so that another model can no longer take over unseen? Text, reasoning
 * and tool input are from their first character on; so are tool calls and results, files and sources.
 *
 * Fits `isContent` of `resolveWithFallback`, too, for a host that calls `doStream` itself.
 */
export function isContentPart(part: StreamPart): boolean {
  if (part.type === 'text-delta' || part.type === 'reasoning-delta' || part.type === 'tool-input-delta') {
    return part.delta !== '';
  }
  return !preamble.has(part.type);
}

/**
 * Is this part the end mark? A `finish` part is, unless its reason is `interrupted`: so the AI SDK's providers call
 * a stream that ended without one.
 */
export function isCompletePart(part: StreamPart): boolean {
  return part.type === 'finish' && part.finishReason.unified !== 'interrupted';
}

/**
 * Reads a model's stream for the failover: an `error` part becomes a thrown error, so that it counts as the failure
 * it is, and a `finish` part that only says that the connection ended is left out, so that the cut is seen.
 */
export function failingParts(stream: ReadableStream<StreamPart>): AsyncIterableIterator<StreamPart> {
  const reader = stream.getReader();
  const cancel = (reason: unknown) => reader.cancel(reason).catch(() => undefined);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return { done: true, value: undefined };
        if (value.type === 'error') {
          void cancel(value.error);
          throw value.error;
        }
        if (value.type !== 'finish' || isCompletePart(value)) return { done: false, value };
      }
    },
    async return(reason) {
      void cancel(reason);
      return { done: true, value: undefined };
    },
  };
}

/**
 * Hands the failover's parts to the AI SDK. What fails after content is passed on as an `error` part, the stream's
 * last, since that is where the SDK looks (`onError`, `fullStream`, UI streams); a caller's own abort is thrown.
 */
export function readableParts(
  parts: AsyncIterable<StreamPart>,
  options: { signal: AbortSignal | undefined; map: (part: StreamPart) => StreamPart },
): ReadableStream<StreamPart> {
  const iterator = parts[Symbol.asyncIterator]();
  return new ReadableStream<StreamPart>(
    {
      async pull(controller) {
        try {
          const result = await iterator.next();
          if (result.done) controller.close();
          else controller.enqueue(options.map(result.value));
        } catch (error) {
          if (options.signal?.aborted) throw error;
          controller.enqueue({ type: 'error', error });
          controller.close();
        }
      },
      async cancel(reason) {
        await iterator.return?.(reason);
      },
    },
    // Nothing is read ahead: the reader's pace is the provider's.
    { highWaterMark: 0 },
  );
}
