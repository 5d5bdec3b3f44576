import { aiSdk } from './ai-sdk.js';
import type { AnswerFailure, AnswerFormat } from './answer-format.js';
import { anthropic } from './anthropic.js';
import { isObject, isText, typeOf, type Fields } from './fields.js';
import { gemini } from './gemini.js';
import { openaiChat } from './openai-chat.js';
import { openaiResponses } from './openai-responses.js';

/** Every format that is known, by its name in `streamMarks`. */
export const answerFormats = { openaiChat, openaiResponses, anthropic, gemini, aiSdk } as const;

const all: readonly AnswerFormat[] = Object.values(answerFormats);

/**
 * The format of a stream, by its first chunk. `undecided`: chunks of several formats begin so, and none of them holds
 * content. `undefined`: no format that is known.
 */
export function formatOf(chunk: Fields): AnswerFormat | 'undecided' | undefined {
  const type = typeOf(chunk);
  if ((type === 'start' && !('payload' in chunk)) || type === 'ping') return 'undecided';
  return all.find((format) => format.isChunk(chunk)) ?? (failureAtStart(chunk) ? failureEvent : undefined);
}

/** The format whose mark this function is, if any. */
export function formatOfMark(mark: unknown): AnswerFormat | undefined {
  if (mark === undefined) return undefined;
  return all.find(({ marks }) => marks.isContent === mark || marks.isComplete === mark);
}

/** The failure that a whole answer of a known format reports, if any. Never throws. */
export function failureOfAnswer(answer: object): AnswerFailure | undefined {
  try {
    const fields = answer as Fields;
    for (const format of all) {
      if (!format.answerFields.some((name) => Object.hasOwn(answer, name))) continue;
      const failure = format.failureOfAnswer(fields);
      if (failure) return failure;
    }
    if (!Object.hasOwn(answer, 'error') || !isErrorEnvelope(fields)) return undefined;
    return { inside: fields['error'], reason: 'an error' };
  } catch {
    // An answer that cannot be read is an answer.
    return undefined;
  }
}

/** A stream that begins with its failure: before that, nothing has said which format it would have had. */
const failureEvent: AnswerFormat = {
  isChunk: (chunk) => failureAtStart(chunk) !== undefined,
  marks: { isContent: () => true, isComplete: () => false },
  failureOfChunk: failureAtStart,
  answerFields: [],
  failureOfAnswer: () => undefined,
};

function failureAtStart(chunk: Fields): AnswerFailure | undefined {
  const { error, errorText, message } = chunk;
  if (typeOf(chunk) === 'error') {
    if (error !== undefined && error !== null) return { inside: error, reason: 'an error' };
    if (isText(errorText)) return { inside: errorText, reason: 'an error' };
    return isText(message) ? { inside: chunk, reason: 'an error' } : undefined;
  }
  // vLLM marks the whole event.
  if (chunk['object'] === 'error' && isText(message)) return { inside: chunk, reason: 'an error' };
  return isErrorEnvelope(chunk) ? { inside: error, reason: 'an error' } : undefined;
}

/** What may stand beside the error where an answer is nothing but an error. */
const beside: ReadonlySet<string> = new Set([
  'error',
  'type',
  'object',
  'id',
  'created',
  'model',
  'provider',
  'request_id',
  'requestId',
  'user_id',
]);

/** `{ error: { message, code | type | status } }` and nothing more, as OpenAI, Google and OpenRouter send it. */
function isErrorEnvelope(answer: Fields): boolean {
  const { error } = answer;
  if (!isObject(error) || error instanceof Error || !isText(error['message'])) return false;
  if (!('code' in error || 'type' in error || 'status' in error)) return false;
  return Object.keys(answer).every((name) => beside.has(name));
}
