import type { AnswerFormat } from '../core/answers/answer-format.js';
import { isObject, type Fields } from '../core/answers/fields.js';
import { formatOf } from '../core/answers/formats.js';
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

  const look = (chunk: Fields): StreamPart | undefined => {
    if (format === 'undecided') format = formatOf(chunk);
    if (!isKnown(format)) return undefined;
    hasEnded ||= format.marks.isComplete(chunk);
    // What a finish reason means stands in the finish part; here it is about errors, content or not.
    const failure = format.failureOfChunk(chunk, true);
    return failure && errorPart(failure.inside);
  };

  return mapParts(stream, (part: StreamPart & { rawValue?: unknown; finishReason?: unknown }) => {
    if (part.type === 'finish' && part.finishReason === 'unknown') {
      return isKnown(format) && !hasEnded ? undefined : part;
    }
    if (part.type !== 'raw') return part;
    return (isObject(part.rawValue) ? look(part.rawValue) : undefined) ?? (keep ? part : undefined);
  });
}

function errorPart(error: unknown): StreamPart & { error: unknown } {
  return { type: 'error', error };
}

function isKnown(format: AnswerFormat | 'undecided' | undefined): format is AnswerFormat {
  return format !== 'undecided' && format !== undefined;
}
