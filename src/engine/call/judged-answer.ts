import { failureOfAnswer } from '../../core/answers/formats.js';
import type { Tier } from '../../core/config.js';
import type { CallResult } from '../../ports/failover.js';
import type { CallState } from './call-state.js';
import { rejectAnswer } from './judge.js';

/** @throws {AnswerRejectedError} the answer reports a failure of its provider */
export function refuseFailedAnswer<T extends Tier>(call: CallState<T>, index: number, value: unknown): void {
  const failure = typeof value === 'object' && value !== null ? failureOfAnswer(value) : undefined;
  if (!failure) return;
  const error = rejectAnswer(call.engine.ids[index]!, value, failure, call.engine);
  call.judgedAnswer ??= { index, value, error, attempt: undefined };
  throw error;
}

/** What a call resolves with that found no better answer than one that was judged a failure; `undefined`: nothing. */
export function judgedResult<T extends Tier>(call: CallState<T>): CallResult<unknown, T> | undefined {
  const { judgedAnswer, engine, attempts } = call;
  if (!judgedAnswer || call.options.signal?.aborted) return undefined;
  const { index, value, attempt } = judgedAnswer;
  const shown = attempts.map((each) => (each === attempt ? { ...each, ok: true } : each));
  return { value, tier: engine.config.chain[index]!, index, attempts: shown };
}
