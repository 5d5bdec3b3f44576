import type { AnswerFailure, AnswerFormat, StreamMarks } from './answer-format.js';
import { fieldsOf, holdsAnything, isObject, isText, listOf, type Fields } from './fields.js';

/*
 * Chat completions of OpenAI and of every provider that speaks its format (Groq, Mistral, DeepSeek, OpenRouter, …).
 * Completions, the older format, differ in one field only: `text` in the place of `delta` or `message`.
 */

/** Finish reasons that mean that the provider failed; with text before them, the text is only a part of the answer. */
const failures: ReadonlySet<unknown> = new Set([
  // OpenRouter, Mistral: the upstream failed.
  'error',
  // DeepSeek: the inference was interrupted for want of resources.
  'insufficient_system_resource',
  // Zhipu: the inference failed.
  'network_error',
]);

/** Finish reasons of a filter: OpenAI's and Azure's; Zhipu's. */
const refusals: ReadonlySet<unknown> = new Set(['content_filter', 'sensitive']);

/** Fields of a message that are no answer. Reasoning has a name at each provider. */
const notAnswer = ['role', 'reasoning', 'reasoning_content', 'reasoning_details', 'thinking', 'annotations'];

export const openaiChatMarks: StreamMarks = { isContent, isComplete };

export const openaiChat: AnswerFormat = {
  isChunk: (chunk) =>
    'base_resp' in chunk || (Array.isArray(chunk['choices']) && isCompletion(chunk, chunk['choices'][0])),

  marks: openaiChatMarks,

  failureOfChunk: failureIn,
  answerFields: ['choices', 'base_resp'],
  failureOfAnswer: (answer) =>
    'base_resp' in answer || Array.isArray(answer['choices']) ? failureIn(answer) : undefined,

  isRefusal: (value) =>
    listOf(value, 'choices').some((choice) => {
      const { message, delta, finish_reason: reason } = fieldsOf(choice);
      return refusals.has(reason) || isText(fieldsOf(message)['refusal']) || isText(fieldsOf(delta)['refusal']);
    }),
  holdsAnswer: (value) =>
    listOf(value, 'choices').some((choice) => {
      const { message, delta, text } = fieldsOf(choice);
      if (message === undefined && delta === undefined && text === undefined) return !isFinished(choice);
      return isText(text) || [message, delta].some((part) => holdsAnything(fieldsOf(part), notAnswer));
    }),
  isFinish: (chunk) => listOf(chunk, 'choices').some(isFinished),
};

function isFinished(choice: unknown): boolean {
  return isText(fieldsOf(choice)['finish_reason']);
}

/** True where a list of choices is one of a stream. Azure sends a first chunk without choices. */
function isCompletion(chunk: Fields, choice: unknown): boolean {
  if (choice === undefined) return 'id' in chunk || 'object' in chunk || 'usage' in chunk;
  const fields = fieldsOf(choice);
  return isObject(fields['delta']) || 'finish_reason' in fields || typeof fields['text'] === 'string';
}

// These are asked for every chunk of every stream, so they loop by hand.

function isContent(chunk: unknown): boolean {
  for (const each of listOf(chunk, 'choices')) {
    const { text, delta } = fieldsOf(each);
    if (isText(text) || holdsAnything(fieldsOf(delta), notContent)) return true;
  }
  return false;
}

const notContent = ['role'];

function isComplete(chunk: unknown): boolean {
  for (const choice of listOf(chunk, 'choices')) {
    const reason = fieldsOf(choice)['finish_reason'];
    if (isText(reason) && !failures.has(reason)) return true;
  }
  return false;
}

function failureIn(answer: Fields): AnswerFailure | undefined {
  if (isObject(answer['error'])) return { inside: answer['error'], reason: 'an error' };
  // vLLM marks the whole event.
  if (answer['object'] === 'error') return { inside: answer, reason: 'an error' };
  // MiniMax answers with status 200, and says here what failed; 0: nothing did.
  const said = fieldsOf(answer['base_resp']);
  if (said['status_code']) return { inside: said, reason: 'an error' };
  for (const choice of listOf(answer, 'choices')) {
    const { error, finish_reason: reason } = fieldsOf(choice);
    // OpenRouter puts the error of the upstream beside the choice it ended.
    if (isObject(error)) return { inside: error, reason: 'an error' };
    if (!failures.has(reason)) continue;
    return { inside: reason === 'error' ? undefined : { code: reason }, reason: `finish reason ${String(reason)}` };
  }
  return undefined;
}
