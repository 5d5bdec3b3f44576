import { failureOfAnswer } from '../../../core/answers/formats.js';
import { judges } from '../../../core/answers/judges.js';
import type { Tier } from '../../../core/config.js';
import type { AnswerRejectedError } from '../../../core/errors.js';
import { isStream } from '../../../core/is-stream.js';
import { isTrigger } from '../../../core/tier/rests/ladder.js';
import type { CallResult } from '../../../ports/failover.js';
import { askJudge } from './ask-judge.js';
import type { CallState, JudgedAnswer } from '../call-state.js';
import { rejectAnswer } from './judge.js';

const WHOLE = { end: true, hadContent: false } as const;

/** What a whole answer failed with: what the call's judge says, or the failure of its provider that it reports. */
export function failureOf<T extends Tier>(call: CallState<T>, index: number, value: unknown): unknown {
  const { engine, options } = call;
  const tier = engine.ids[index]!;
  const failure = typeof value === 'object' && value !== null ? failureOfAnswer(value) : undefined;
  // A stream that is handed through untouched has not been read.
  const judge = options.judge && !isStream(value) ? options.judge : undefined;
  // The ready-made ones know less of a failure than is known here: no scope, no time, none of the host's own rules.
  if (judge && !(failure && Object.values<unknown>(judges).includes(judge))) {
    const rejected = askJudge(judge, value, WHOLE, { tier, logger: engine.logger });
    if (rejected) return rejected;
  }
  return failure && rejectAnswer(tier, value, failure, engine);
}

/** Keeps the first answer that was judged a failure, for the case that no tier does better. */
export function keepJudged<T extends Tier>(call: CallState<T>, judged: Omit<JudgedAnswer, 'attempt'>): void {
  if (call.judgedAnswer) judged.discard?.();
  else call.judgedAnswer = { ...judged, attempt: undefined };
}

/** True where the verdict is about the answer only: the tier has answered. */
export function saysNothingOfTier<T extends Tier>({ engine }: CallState<T>, { kind }: AnswerRejectedError): boolean {
  return !isTrigger(kind, engine.config.policy);
}

/** What a call resolves with that found no better answer than one that was judged a failure; `undefined`: nothing. */
export function judgedResult<T extends Tier>(call: CallState<T>): CallResult<unknown, T> | undefined {
  const { judgedAnswer, engine, attempts } = call;
  if (!judgedAnswer || call.options.signal?.aborted) return undefined;
  const { index, value, attempt } = judgedAnswer;
  const shown = attempts.map((each) => (each === attempt ? { ...each, ok: true } : each));
  return { value, tier: engine.config.chain[index]!, index, attempts: shown };
}
