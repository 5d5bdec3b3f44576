import type { AnswerFailure, AnswerFormat, StreamMarks } from './answer-format.js';
import { fieldsOf, holdsAnything, isObject, isText, listOf, type Fields } from './fields.js';

/* Gemini's generateContent, as REST answers and as `@google/genai` gives it. */

/** Finish reasons that mean, where there is no content, that the model failed. A blocked answer is none of them. */
const failures: ReadonlySet<unknown> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'OTHER',
]);

/** Finish reasons of an answer that was blocked. */
const refusals: ReadonlySet<unknown> = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
]);

export const geminiMarks: StreamMarks = {
  isContent: hasContent,
  // A prompt that was blocked is answered too, by one chunk that says so.
  isComplete: (chunk) =>
    isText(fieldsOf(fieldsOf(chunk)['promptFeedback'])['blockReason']) ||
    listOf(chunk, 'candidates').some((candidate) => isText(fieldsOf(candidate)['finishReason'])),
};

export const gemini: AnswerFormat = {
  isChunk: (chunk) =>
    Array.isArray(chunk['candidates']) || isObject(chunk['promptFeedback']) || isObject(chunk['usageMetadata']),

  marks: geminiMarks,

  failureOfChunk: failureIn,
  answerFields: ['candidates'],
  failureOfAnswer: (answer) =>
    Array.isArray(answer['candidates']) ? failureIn(answer, hasContent(answer)) : undefined,

  isRefusal: (value) => {
    const { blockReason } = fieldsOf(value['promptFeedback']);
    if (isText(blockReason) && !blockReason.endsWith('UNSPECIFIED')) return true;
    return listOf(value, 'candidates').some((candidate) => refusals.has(fieldsOf(candidate)['finishReason']));
  },
  holdsAnswer: (value) =>
    partsOf(value).some((part) => part['thought'] !== true && isContentPart(part)) ||
    listOf(value, 'candidates').some((candidate) => !isObject(candidate)),
  isFinish: geminiMarks.isComplete,
};

function hasContent(answer: unknown): boolean {
  return partsOf(answer).some(isContentPart);
}

function partsOf(answer: unknown): Fields[] {
  return listOf(answer, 'candidates').flatMap((candidate) =>
    listOf(fieldsOf(candidate)['content'], 'parts').map(fieldsOf),
  );
}

function isContentPart(part: Fields): boolean {
  return holdsAnything(part, ['thoughtSignature']);
}

function failureIn(answer: Fields, hadContent: boolean): AnswerFailure | undefined {
  if (isObject(answer['error'])) return { inside: answer['error'], reason: 'an error' };
  if (hadContent) return undefined;
  for (const candidate of listOf(answer, 'candidates')) {
    const { finishReason } = fieldsOf(candidate);
    if (!failures.has(finishReason)) continue;
    return { inside: undefined, reason: `finish reason ${String(finishReason)} without content` };
  }
  return undefined;
}
