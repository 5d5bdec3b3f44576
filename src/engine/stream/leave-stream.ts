import { isReadableStream, isStream } from '../../core/is-stream.js';

/** Nobody reads a value: where it is a stream, its provider is asked to stop. What that makes of it says nothing. */
export function leaveStream(value: unknown): void {
  if (!isStream(value)) return;
  try {
    const left = isReadableStream(value) ? value.cancel() : value[Symbol.asyncIterator]().return?.();
    left?.then(undefined, () => undefined);
  } catch {
    // It gives no iterator, or will not be left.
  }
}
