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
};

function hasContent(answer: unknown): boolean {
  return listOf(answer, 'candidates').some((candidate) =>
    listOf(fieldsOf(candidate)['content'], 'parts').some((part) => holdsAnything(fieldsOf(part), ['thoughtSignature'])),
  );
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
