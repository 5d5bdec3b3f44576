import { classifyError } from '../classify/classify-error.js';
import type { Kind } from '../kinds.js';
import { isObject, type Fields } from './fields.js';
import { failureOfAnswer, formatOfValue } from './formats.js';

/** When a judge is asked. */
export interface JudgeFacts {
  /** A whole answer, or the end of a stream. False: a chunk of a stream that nothing was released of. */
  readonly end: boolean;
  /** The reader has received content of this stream. False for a whole answer. */
  readonly hadContent: boolean;
}

/** The verdict that an answer is a failure: its kind, or more than that. */
export type AnswerVerdict =
  | Kind
  | {
      /** What the answer failed with. */
      readonly kind: Kind;
      /** The wait the provider asked for, in milliseconds, 0 or more. */
      readonly retryAfterMs?: number | undefined;
      /** What the error says. Must not quote the answer: it is shown. */
      readonly message?: string | undefined;
    };

/** Judges whole answers and chunks of the formats that are known; anything else is an answer. */
export type AnswerJudge = (answer: unknown, facts?: JudgeFacts) => AnswerVerdict | undefined;

const WHOLE: JudgeFacts = { end: true, hadContent: false };

const refusal: AnswerJudge = (answer) =>
  isKnown(answer, (value) => formatOfValue(value)?.isRefusal(value)) ? 'content_policy' : undefined;

const empty: AnswerJudge = (answer, { end, hadContent } = WHOLE) => {
  if (!end || hadContent) return undefined;
  if (answer === '') return 'server_error';
  const isEmpty = isKnown(answer, (value) => {
    const format = formatOfValue(value);
    return format && !format.isRefusal(value) && !format.holdsAnswer(value);
  });
  return isEmpty ? 'server_error' : undefined;
};

const failed: AnswerJudge = (answer, { end } = WHOLE) => {
  const failure = end && isObject(answer) ? failureOfAnswer(answer) : undefined;
  if (!failure) return undefined;
  const { kind, retryAfterMs, message } = classifyError(failure.inside);
  const said = { message: message || failure.reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return { kind: kind === 'unknown' ? 'server_error' : kind, ...said };
};

const all: AnswerJudge = (answer, facts) => failed(answer, facts) ?? refusal(answer, facts) ?? empty(answer, facts);

/**
 * Judges for the option `judge`. They know the whole answers and the chunks of OpenAI (chat completions and all who
 * speak that format, responses), Anthropic, Gemini and the AI SDK. Never throw.
 */
export const judges = {
  /** `content_policy` where the model, or a filter of its provider, refused. */
  refusal,
  /** `server_error` for an answer without text and tool call; reasoning is neither. A refusal is not empty. */
  empty,
  /** The kind of the error inside an answer that reports one, else `server_error`. Asked without any option, too. */
  failed,
  /** What failed, was refused, or is empty. */
  all,
} as const satisfies Record<string, AnswerJudge>;

function isKnown(answer: unknown, test: (value: Fields) => boolean | undefined): boolean {
  try {
    return isObject(answer) && test(answer) === true;
  } catch {
    // An answer that cannot be read is an answer.
  }
  return false;
}
