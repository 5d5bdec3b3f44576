import type { AnswerFailure, AnswerFormat } from './answer-format.js';
import { fieldsOf, holdsAnything, isObject, isText, listOf, type Fields } from './fields.js';

/*
 * Chat completions of OpenAI and of every provider that speaks its format (Groq, Mistral, DeepSeek, OpenRouter, …).
 * Completions, the older format, differ in one field only: `text` in the place of `delta` or `message`.
 */

/** Finish reasons that mean that the provider failed; with text before them, the text is only a part of the answer. */
const failures: ReadonlySet<string> = new Set([
  // OpenRouter, Mistral: the upstream failed.
  'error',
  // DeepSeek: the inference was interrupted for want of resources.
  'insufficient_system_resource',
  // Zhipu: the inference failed.
  'network_error',
]);

export const openaiChat: AnswerFormat = {
  isChunk: (chunk) => Array.isArray(chunk['choices']) && isCompletion(chunk, listOf(chunk, 'choices')[0]),

  marks: {
    isContent: (chunk) =>
      listOf(chunk, 'choices').some(
        (choice) => isText(choice['text']) || holdsAnything(fieldsOf(choice['delta']), ['role']),
      ),
    isComplete: (chunk) =>
      listOf(chunk, 'choices').some(({ finish_reason: reason }) => isText(reason) && !failures.has(reason)),
  },

  failureOfChunk: (chunk) => failureIn(chunk),
  failureOfAnswer: (answer) => (Array.isArray(answer['choices']) ? failureIn(answer) : undefined),
};

/** True where a list of choices is one of a stream. Azure sends a first chunk without choices. */
function isCompletion(chunk: Fields, choice: Fields | undefined): boolean {
  if (choice === undefined) return 'id' in chunk || 'object' in chunk || 'usage' in chunk;
  return isObject(choice['delta']) || 'finish_reason' in choice || typeof choice['text'] === 'string';
}

function failureIn(answer: Fields): AnswerFailure | undefined {
  if (isObject(answer['error'])) return { inside: answer['error'], reason: 'an error' };
  // vLLM marks the whole event.
  if (answer['object'] === 'error') return { inside: answer, reason: 'an error' };
  for (const choice of listOf(answer, 'choices')) {
    // OpenRouter puts the error of the upstream beside the choice it ended.
    if (isObject(choice['error'])) return { inside: choice['error'], reason: 'an error' };
    const reason = choice['finish_reason'];
    if (typeof reason !== 'string' || !failures.has(reason)) continue;
    return { inside: reason === 'error' ? undefined : { code: reason }, reason: `finish reason ${reason}` };
  }
  return undefined;
}
