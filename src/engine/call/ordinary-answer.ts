import { failureOfAnswer } from '../../core/answers/formats.js';
import { isStream } from '../../core/is-stream.js';

/** Other kinds of promises are made ordinary ones first; of an ordinary one only the state counts, as for `await`. */
export function ordinary(answer: unknown): Promise<unknown> {
  const isOrdinary = answer instanceof Promise && answer.constructor === Promise;
  return isOrdinary ? answer : Promise.resolve(answer);
}

/** Not the promise's own `then`, which may throw or return anything. */
export function whenSettled<V>(
  answer: Promise<unknown>,
  accept: (value: unknown) => V | PromiseLike<V>,
  fail: (error: unknown) => V | PromiseLike<V>,
): Promise<V> {
  return Promise.prototype.then.call(answer, accept, fail) as Promise<V>;
}

/** True for a stream, and for an answer that reports a failure. */
export function needsALook(value: object | null): boolean {
  return value !== null && (isStream(value) || failureOfAnswer(value) !== undefined);
}
