import type { AnswerFailure, AnswerFormat, StreamMarks } from './answer-format.js';
import { fieldsOf, isObject, isText, listOf, typeOf, type Fields } from './fields.js';

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

  isRefusal: (value) => {
    if (typeOf(value).startsWith('response.refusal.') || typeOf(value['part']) === 'refusal') return true;
    const response = responseIn(value);
    if (fieldsOf(response['incomplete_details'])['reason'] === 'content_filter') return true;
    return listOf(response, 'output').some((item) =>
      listOf(item, 'content').some((part) => typeOf(part) === 'refusal'),
    );
  },
  holdsAnswer: (value) => {
    const response = responseIn(value);
    // One that is still at work, in the background, has no output yet.
    if (['queued', 'in_progress'].includes(String(response['status']))) return true;
    return listOf(response, 'output').some(isAnswer) || openaiResponsesMarks.isContent(value);
  },
  isFinish: (chunk) => isObject(chunk['response']) && fieldsOf(chunk['response'])['status'] !== 'in_progress',
};

/** The response that a terminal event carries, or the answer itself. */
function responseIn(value: Fields): Fields {
  return isObject(value['response']) ? value['response'] : value;
}

/** A message with text, or any other item but reasoning: a call of a tool, an image. */
function isAnswer(item: unknown): boolean {
  if (typeOf(item) !== 'message') return typeOf(item) !== 'reasoning';
  return listOf(item, 'content').some((part) => {
    const { text, refusal } = fieldsOf(part);
    return isText(text) || isText(refusal);
  });
}

function failedResponse(response: unknown): AnswerFailure {
  return { inside: fieldsOf(response)['error'] ?? undefined, reason: 'status failed' };
}
