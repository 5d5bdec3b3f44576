import { fieldsOf, isObject, typeOf, type Fields } from '../answers/fields.js';
import type { Usage } from './usage.js';

/**
 * Reads what an answer cost from the answer, or from a chunk of a stream; `undefined` where it does not say. Never
 * throws.
 */
export type UsageReader = (value: unknown) => Usage | undefined;

/** Readers by the SDK whose answers they read. */
export const usageOf = {
  /**
   * OpenAI chat completions and responses, and what speaks like them: whole answers, final chunks,
   * `response.completed`.
   */
  openai: guarded(openai),
  /** Anthropic messages: whole answers, `message_start` and `message_delta`. */
  anthropic: guarded(anthropic),
  /** Gemini: `usageMetadata` of answers and chunks. */
  gemini: guarded(gemini),
  /** AI SDK: results, and the parts `finish` and `finish-step`. */
  aiSdk: guarded(aiSdk),
  /** Any of these, recognised by its shape. */
  any: guarded(any),
} as const satisfies Record<string, UsageReader>;

function openai(value: Fields): Usage | undefined {
  const usage = fieldsOf(isObject(value['response']) ? value['response']['usage'] : value['usage']);
  const input = first(usage['prompt_tokens'], usage['input_tokens']);
  const output = first(usage['completion_tokens'], usage['output_tokens']);
  if (input === undefined && output === undefined) return undefined;
  const details = fieldsOf(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  return usageFrom({
    input,
    output,
    read: first(details['cached_tokens'], usage['prompt_cache_hit_tokens']),
    write: first(details['cache_write_tokens'], details['cache_creation_tokens']),
    // OpenRouter's own figure. In a stream it may be 0 until the end, and is no price.
    cost: isChunk(value) && usage['cost'] === 0 ? undefined : number(usage['cost']),
  });
}

/** Chunks of a chat stream carry `delta`s and say what they are. */
function isChunk(value: Fields): boolean {
  return value['object'] === 'chat.completion.chunk' || typeOf(value).startsWith('response.');
}

function anthropic(value: Fields): Usage | undefined {
  const usage = fieldsOf(isObject(value['message']) ? value['message']['usage'] : value['usage']);
  const uncached = number(usage['input_tokens']);
  const output = number(usage['output_tokens']);
  if (uncached === undefined && output === undefined) return undefined;
  const read = number(usage['cache_read_input_tokens']);
  const write = number(usage['cache_creation_input_tokens']);
  // Unlike others it does not count what was cached as input.
  return usageFrom({ input: (uncached ?? 0) + (read ?? 0) + (write ?? 0), output, read, write });
}

function gemini(value: Fields): Usage | undefined {
  const usage = fieldsOf(value['usageMetadata'] ?? fieldsOf(value['response'])['usageMetadata']);
  const prompt = number(usage['promptTokenCount']);
  const answer = number(usage['candidatesTokenCount']);
  if (prompt === undefined && answer === undefined) return undefined;
  return usageFrom({
    input: (prompt ?? 0) + (number(usage['toolUsePromptTokenCount']) ?? 0),
    // Thoughts are billed as output, and are not among the candidates' tokens.
    output: (answer ?? 0) + (number(usage['thoughtsTokenCount']) ?? 0),
    read: number(usage['cachedContentTokenCount']),
  });
}

function aiSdk(value: Fields): Usage | undefined {
  // Of a call with several steps `usage` is the last one's.
  const usage = [value['totalUsage'], value['usage']].find((each) => isObject(each) && !('then' in each));
  const { inputTokens, outputTokens, inputTokenDetails, cachedInputTokens } = fieldsOf(usage);
  const input = tokens(inputTokens);
  const output = tokens(outputTokens);
  if (input === undefined && output === undefined) return undefined;
  const details = fieldsOf(inputTokenDetails);
  const nested = fieldsOf(inputTokens);
  return usageFrom({
    input,
    output,
    read: first(details['cacheReadTokens'], nested['cacheRead'], cachedInputTokens),
    write: first(details['cacheWriteTokens'], nested['cacheWrite']),
  });
}

/** A number, or from version 6 of the specification an object with the total. */
function tokens(value: unknown): number | undefined {
  return isObject(value) ? number(value['total']) : number(value);
}

function any(value: Fields): Usage | undefined {
  if ('usageMetadata' in value) return gemini(value);
  const usage = fieldsOf(value['usage']);
  if ('totalUsage' in value || 'inputTokens' in usage || 'outputTokens' in usage) return aiSdk(value);
  const isCached = 'cache_read_input_tokens' in usage || 'cache_creation_input_tokens' in usage;
  // Without a cache both read the same from the rest of Anthropic's.
  return isObject(value['message']) || isCached ? anthropic(value) : openai(value);
}

interface Parts {
  input: number | undefined;
  output: number | undefined;
  read?: number | undefined;
  write?: number | undefined;
  cost?: number | undefined;
}

function usageFrom({ input, output, read, write, cost }: Parts): Usage {
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    ...(read === undefined ? {} : { cacheReadTokens: read }),
    ...(write === undefined ? {} : { cacheWriteTokens: write }),
    ...(cost === undefined ? {} : { costUsd: cost }),
  };
}

function first(...values: unknown[]): number | undefined {
  return values.map(number).find((value) => value !== undefined);
}

function number(value: unknown): number | undefined {
  return Number.isFinite(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** An answer may be anything, with getters that throw. */
function guarded(read: (value: Fields) => Usage | undefined): UsageReader {
  return (value) => {
    try {
      return isObject(value) ? read(value) : undefined;
    } catch {
      // What cannot be read says nothing.
    }
    return undefined;
  };
}
