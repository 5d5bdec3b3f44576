/** What a call may answer with instead of one value. */
export type StreamValue = ReadableStream<unknown> | AsyncIterable<unknown>;

export function isReadableStream(value: unknown): value is ReadableStream<unknown> {
  return typeof value === 'object' && value !== null && 'getReader' in value && typeof value.getReader === 'function';
}

/** True for a `ReadableStream` or an async iterable, recognised by shape. Never throws. */
export function isStream(value: unknown): value is StreamValue {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return (
      isReadableStream(value) || (Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === 'function')
    );
  } catch {
    // A proxy whose traps throw is an answer like any other.
    return false;
  }
}

/** True for a stream of bytes: its reader may bring a buffer of its own (`getReader({ mode: 'byob' })`). */
export function isByteStream(stream: ReadableStream<unknown>): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    // Only byte streams have such a reader.
    return false;
  }
}
