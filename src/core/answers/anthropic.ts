import type { AnswerFailure, AnswerFormat, StreamMarks } from './answer-format.js';
import { fieldsOf, holdsAnything, isObject, isText, listOf, typeOf, type Fields } from './fields.js';

/* Anthropic's Messages API. `message_start`, `ping` and the start of a text block are preamble. */

const events: ReadonlySet<string> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

export const anthropicMarks: StreamMarks = {
  isContent: (chunk) => {
    const fields = fieldsOf(chunk);
    if (typeOf(chunk) === 'content_block_delta') return holdsAnything(fieldsOf(fields['delta']), ['type']);
    if (typeOf(chunk) !== 'content_block_start') return false;
    return !['', 'text', 'thinking'].includes(typeOf(fields['content_block']));
  },
  isComplete: (chunk) => typeOf(chunk) === 'message_stop',
};

export const anthropic: AnswerFormat = {
  isChunk: (chunk) => events.has(typeOf(chunk)),

  marks: anthropicMarks,

  failureOfChunk: errorIn,
  answerFields: ['error'],
  // Hosts have results of the type `error` as well; this one is Anthropic's.
  failureOfAnswer: (answer) => {
    const { type, message } = fieldsOf(answer['error']);
    return isText(type) && isText(message) ? errorIn(answer) : undefined;
  },

  isRefusal: (value) => [value, value['delta']].some((part) => fieldsOf(part)['stop_reason'] === 'refusal'),
  holdsAnswer: (value) => anthropicMarks.isContent(value) || listOf(value, 'content').some(isAnswer),
  isFinish: (chunk) => isText(fieldsOf(chunk['delta'])['stop_reason']),
};

/** Text, or any other block but thinking: a call of a tool, its result. */
function isAnswer(block: unknown): boolean {
  const type = typeOf(block);
  return type === 'text' ? isText(fieldsOf(block)['text']) : !['thinking', 'redacted_thinking'].includes(type);
}

function errorIn(event: Fields): AnswerFailure | undefined {
  if (typeOf(event) !== 'error' || !isObject(event['error'])) return undefined;
  return { inside: event['error'], reason: 'an error' };
}
