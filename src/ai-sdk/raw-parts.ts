import type { AnswerFormat } from '../core/answers/answer-format.js';
import { isObject, type Fields } from '../core/answers/fields.js';
import { formatOf, formatOfValue } from '../core/answers/formats.js';
import type { StreamPart } from './model-types.js';
import { mapParts } from './stream-parts.js';

/**
 * In `ai` 5 three streams end with the finish reason `unknown`: one that was cut, one that failed in a way the SDK does
 * not know, and a whole one with a reason it does not know. The provider's own chunks tell them apart. This removes
 * those chunks (unless they were asked for) and every finish that no chunk of the provider stands for.
 */
export function withoutRawParts(
  stream: ReadableStream<StreamPart>,
  { keep }: { keep: boolean },
): ReadableStream<StreamPart> {
  let format: AnswerFormat | 'undecided' | undefined = 'undecided';
  let hasEnded = false;
  let isRefused = false;

  const look = (chunk: Fields): StreamPart | undefined => {
    if (format === 'undecided') format = formatOf(chunk);
    if (!isKnown(format)) return undefined;
    hasEnded ||= format.marks.isComplete(chunk);
    isRefused ||= format.isRefusal(chunk);
    // What a finish reason means stands in the finish part; here it is about errors, content or not.
    const failure = format.failureOfChunk(chunk, true);
    return failure && errorPart(failure.inside);
  };

  return mapParts(stream, (part: StreamPart & { rawValue?: unknown; finishReason?: unknown }) => {
    if (part.type === 'finish' && part.finishReason === 'unknown') {
      return isKnown(format) && !hasEnded ? undefined : part;
    }
    // `ai` 5 drops the text of OpenAI's refusals and calls their end a good one; later majors call it this.
    if (part.type === 'finish' && part.finishReason === 'stop' && isRefused) {
      return { ...part, finishReason: 'content-filter' } as StreamPart;
    }
    if (part.type !== 'raw') return part;
    return (isObject(part.rawValue) ? look(part.rawValue) : undefined) ?? (keep ? part : undefined);
  });
}

/**
 * `ai` 7 makes ordinary text of what OpenAI marks as a refusal; only the provider's own chunks tell the two apart. This
 * removes those chunks (unless they were asked for) and notes the text of refusals: it is not the content that a judge
 * has to be asked before.
 */
export function withRefusalsNoted(
  stream: ReadableStream<StreamPart>,
  { keep, refused }: { keep: boolean; refused: WeakSet<object> },
): ReadableStream<StreamPart> {
  let isRefusing = false;
  return mapParts(stream, (part: StreamPart & { rawValue?: unknown }) => {
    if (part.type === 'raw') {
      const { rawValue } = part;
      isRefusing = isObject(rawValue) && formatOfValue(rawValue)?.isRefusal(rawValue) === true;
      return keep ? part : undefined;
    }
    if (isRefusing && part.type === 'text-delta') refused.add(part);
    return part;
  });
}

function errorPart(error: unknown): StreamPart & { error: unknown } {
  return { type: 'error', error };
}

function isKnown(format: AnswerFormat | 'undecided' | undefined): format is AnswerFormat {
  return format !== 'undecided' && format !== undefined;
}
