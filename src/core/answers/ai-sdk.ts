import type { AnswerFailure, AnswerFormat, StreamMarks } from './answer-format.js';
import { fieldsOf, isObject, isText, typeOf, type Fields } from './fields.js';

/*
 * The AI SDK, majors 5 to 7: the parts of a model's `doStream`, those of `fullStream` of `streamText`, and the chunks
 * of a UI message stream. They share names of types; text is in `delta` or `text`, an error in `error` or `errorText`.
 */

/** Parts that announce or frame content. A part that the SDK adds later counts as content: that is the safe side. */
const preamble: ReadonlySet<string> = new Set([
  'stream-start',
  'start',
  'start-step',
  'response-metadata',
  'message-metadata',
  'text-start',
  'text-end',
  'reasoning-start',
  'reasoning-end',
  'tool-input-start',
  'tool-input-end',
  'finish-step',
  'finish',
  'abort',
  'ping',
  'raw',
  // A provider's own bookkeeping, e.g. Anthropic's message_start.
  'custom',
  'error',
]);

/** Parts that are content only where they hold text. */
const deltas: ReadonlySet<string> = new Set(['text-delta', 'reasoning-delta', 'tool-input-delta']);

/** Finish reasons of an answer that failed, where it has no content. What a provider does not map is `other`. */
const failures: ReadonlySet<unknown> = new Set(['error', 'other', 'unknown']);

export const aiSdkMarks: StreamMarks = {
  isContent: (chunk) => {
    const type = typeOf(chunk);
    return deltas.has(type) ? isText(textOf(fieldsOf(chunk))) : type !== '' && !preamble.has(type);
  },
  // The SDK adds a finish to a stream that had no end mark, too.
  isComplete: (chunk) => typeOf(chunk) === 'finish' && !isInterrupted(fieldsOf(chunk)),
};

export const aiSdk: AnswerFormat = {
  isChunk: (chunk) => {
    switch (typeOf(chunk)) {
      case 'stream-start':
        return Array.isArray(chunk['warnings']);
      case 'start-step':
        return !('payload' in chunk);
      case 'response-metadata':
        return true;
      case 'text-start':
      case 'reasoning-start':
        return typeof chunk['id'] === 'string';
      case 'text-delta':
      case 'reasoning-delta':
        return typeof chunk['id'] === 'string' && textOf(chunk) !== undefined;
      case 'tool-input-start':
        return typeof (chunk['id'] ?? chunk['toolCallId']) === 'string';
      case 'tool-call':
        return typeof chunk['toolCallId'] === 'string';
      case 'finish':
        return 'finishReason' in chunk && ('usage' in chunk || 'totalUsage' in chunk);
    }
    return false;
  },

  marks: aiSdkMarks,

  failureOfChunk: (chunk, hadContent) => {
    const type = typeOf(chunk);
    if (type === 'error') return { inside: chunk['error'] ?? chunk['errorText'], reason: 'an error part' };
    return type === 'finish' && !hadContent && !isInterrupted(chunk) ? failedFinish(chunk) : undefined;
  },

  answerFields: ['finishReason', 'steps'],
  failureOfAnswer: (answer) => {
    const last = lastStep(answer);
    const { content } = last;
    if (!Array.isArray(content)) return undefined;
    return content.some(isAnswer) ? undefined : failedFinish(last);
  },

  isRefusal: (value) => reasonOf(lastStep(value)).unified === 'content-filter',
  holdsAnswer: (value) => {
    const { content } = lastStep(value);
    if (Array.isArray(content)) return content.some(isAnswer);
    return aiSdkMarks.isContent(value) || typeOf(value) === '';
  },
  isFinish: (chunk) => typeOf(chunk) === 'finish',
};

/** A result of `generateText` keeps its answer in the last of its steps. */
function lastStep(answer: Fields): Fields {
  const { steps } = answer;
  return Array.isArray(steps) ? fieldsOf(steps.at(-1)) : answer;
}

function textOf(part: Fields): unknown {
  return part['delta'] ?? part['text'] ?? part['inputTextDelta'];
}

/** Reasoning and sources are no answer yet. */
function isAnswer(part: unknown): boolean {
  const type = typeOf(part);
  return type === 'text' ? isText(fieldsOf(part)['text']) : type !== 'reasoning' && type !== 'source';
}

function failedFinish(part: Fields): AnswerFailure | undefined {
  const { unified, raw } = reasonOf(part);
  if (!failures.has(unified)) return undefined;
  const detail = isText(raw) ? ` (${raw})` : '';
  return { inside: undefined, reason: `finish reason ${String(unified)}${detail} without content` };
}

/**
 * True for the finish that the SDK adds to a stream that ended without one: `interrupted` since `ai` 7; in `ai` 6
 * `other` without a reason of the provider. `unknown` of `ai` 5 says less: the SDK also gives it for a reason it does
 * not know.
 */
function isInterrupted(part: Fields): boolean {
  const { unified, raw } = reasonOf(part);
  return unified === 'interrupted' || (unified === 'other' && raw === undefined);
}

/**
 * The SDK's reason and the provider's, in one object or as two fields of the part; `raw` is null where none is kept.
 */
function reasonOf(part: Fields): { unified: unknown; raw: unknown } {
  const { finishReason: reason } = part;
  if (isObject(reason)) return { unified: reason['unified'], raw: reason['raw'] };
  return { unified: reason, raw: 'rawFinishReason' in part ? part['rawFinishReason'] : null };
}
