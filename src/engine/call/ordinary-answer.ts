import { failureOfAnswer } from '../../core/answers/formats.js';
import { isStream } from '../../core/is-stream.js';

/** Other kinds of promises are made ordinary ones first: nobody knows what their `then` does, or returns. */
export function ordinary(answer: unknown): Promise<unknown> {
  if (!(answer instanceof Promise)) return Promise.resolve(answer);
  const isOrdinary = answer.constructor === Promise && answer.then === Promise.prototype.then;
  return isOrdinary ? answer : new Promise((resolve) => resolve(answer));
}

/** True for a stream, and for an answer that reports a failure. */
export function needsALook(value: object | null): boolean {
  return value !== null && (isStream(value) || failureOfAnswer(value) !== undefined);
}
