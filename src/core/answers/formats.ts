import { aiSdk } from './ai-sdk.js';
import type { AnswerFailure, AnswerFormat } from './answer-format.js';
import { anthropic } from './anthropic.js';
import { isObject, isText, typeOf, type Fields } from './fields.js';
import { gemini } from './gemini.js';
import { openaiChat } from './openai-chat.js';
import { openaiResponses } from './openai-responses.js';

/** Every format that is known. */
const all: readonly AnswerFormat[] = [openaiChat, openaiResponses, anthropic, gemini, aiSdk];

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
  return all.find(({ marks }) => marks.isContent === mark || marks.isComplete === mark);
}

/** The failure that a whole answer of a known format reports, if any. Never throws. */
export function failureOfAnswer(answer: object): AnswerFailure | undefined {
  try {
    // A failure of MiniMax may be nothing but that; what its other services answer is no chat, but says it there, too.
    const format = formatOfAnswer(answer) ?? ('base_resp' in answer ? openaiChat : undefined);
    if (!format?.answerFields.some((field) => Object.hasOwn(answer, field))) return undefined;
    const failure = format.failureOfAnswer(answer as Fields);
    if (failure || !isErrorEnvelope(answer as Fields)) return failure;
    return { inside: (answer as Fields)['error'], reason: 'an error' };
  } catch {
    // An answer that cannot be read is an answer.
  }
  return undefined;
}

/**
 * The format of a whole answer or of a chunk, wherever in a stream it stood; `undefined`: no format that is known.
 * Reads no field that is not its own, as a getter may do anything.
 */
export function formatOfValue(value: Fields): AnswerFormat | undefined {
  const format = formatOfAnswer(value);
  if (format?.answerFields.some((field) => Object.hasOwn(value, field))) {
    if (format === openaiResponses ? value['object'] === 'response' : format !== anthropic) return format;
  }
  if (Object.hasOwn(value, 'stop_reason') && value['type'] === 'message') return anthropic;
  return ['type', 'promptFeedback', 'usageMetadata'].some((name) => Object.hasOwn(value, name))
    ? all.find(({ isChunk }) => isChunk(value))
    : undefined;
}

/** Asked for every answer that is an object: names written out are looked up fastest, and `in` calls no getter. */
function formatOfAnswer(answer: object): AnswerFormat | undefined {
  if ('choices' in answer) return openaiChat;
  if ('candidates' in answer) return gemini;
  if ('finishReason' in answer || 'steps' in answer) return aiSdk;
  if ('status' in answer) return openaiResponses;
  return 'error' in answer ? anthropic : undefined;
}

/** A stream that begins with its failure: before that, nothing has said which format it would have had. */
const failureEvent: AnswerFormat = {
  isChunk: (chunk) => failureAtStart(chunk) !== undefined,
  marks: { isContent: () => true, isComplete: () => false },
  failureOfChunk: failureAtStart,
  answerFields: [],
  failureOfAnswer: () => undefined,
  isRefusal: () => false,
  holdsAnswer: () => true,
  isFinish: () => false,
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
