import type { AnswerFailure, AnswerFormat, StreamMarks } from './answer-format.js';
import { fieldsOf, isObject, isText, typeOf } from './fields.js';

/* OpenAI's Responses API. Its Realtime API shares names of events, but not their `event_id`. */

/** Where a server sends an item at once instead of in deltas, this is where its text is. */
const texts = ['delta', 'text', 'refusal', 'arguments', 'partial_image_b64'];

export const openaiResponsesMarks: StreamMarks = {
  isContent: (chunk) => {
    const type = typeOf(chunk);
    if (!type.startsWith('response.')) return false;
    if (!type.endsWith('.delta') && !type.endsWith('.done') && !type.endsWith('.partial_image')) return false;
    const fields = fieldsOf(chunk);
    return texts.some((name) => isText(fields[name]) || isObject(fields[name]));
  },
  isComplete: (chunk) => ['response.completed', 'response.incomplete'].includes(typeOf(chunk)),
};

export const openaiResponses: AnswerFormat = {
  isChunk: (chunk) => typeOf(chunk).startsWith('response.') && !('event_id' in chunk),

  marks: openaiResponsesMarks,

  failureOfChunk: (chunk) => {
    const type = typeOf(chunk);
    if (type === 'response.failed') return failedResponse(chunk['response']);
    // The whole event is the error here, its code and message included.
    return type === 'error' ? { inside: isObject(chunk['error']) ? chunk['error'] : chunk, reason: type } : undefined;
  },
  answerFields: ['status'],
  failureOfAnswer: (answer) =>
    answer['object'] === 'response' && answer['status'] === 'failed' ? failedResponse(answer) : undefined,
};

function failedResponse(response: unknown): AnswerFailure {
  return { inside: fieldsOf(response)['error'] ?? undefined, reason: 'status failed' };
}
