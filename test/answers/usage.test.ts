import { describe, expect, it } from 'vitest';
import { usageOf } from '../../src/core/usage/usage-of.js';
import { amountOf, isUsage, largerUsage, type Usage } from '../../src/core/usage/usage.js';

/** The SDK, what an answer or a chunk of it is, and what it says. */
// biome-ignore format: a table
const answers: [Exclude<keyof typeof usageOf, 'any'>, string, object, Usage | undefined][] = [
  [
    'openai', 'a chat completion',
    {
      object: 'chat.completion',
      usage: {
        prompt_tokens: 10, completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      },
    },
    { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, cacheWriteTokens: 2 },
  ],
  [
    'openai', 'a response',
    {
      object: 'response',
      usage: {
        input_tokens: 10, output_tokens: 5,
        input_tokens_details: { cached_tokens: 4, cache_creation_tokens: 2 },
      },
    },
    { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, cacheWriteTokens: 2 },
  ],
  [
    'openai', 'the event that ends a response',
    { type: 'response.completed', response: { usage: { input_tokens: 10, output_tokens: 5 } } },
    { inputTokens: 10, outputTokens: 5 },
  ],
  [
    'openai', 'a completion of DeepSeek',
    { usage: { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 4 } },
    { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4 },
  ],
  [
    'openai', 'an embedding, which has a prompt alone',
    { usage: { prompt_tokens: 10 } },
    { inputTokens: 10, outputTokens: 0 },
  ],
  ['openai', 'an answer alone', { usage: { completion_tokens: 5 } }, { inputTokens: 0, outputTokens: 5 }],
  [
    'openai', 'a chunk of OpenRouter with its price',
    { object: 'chat.completion.chunk', usage: { prompt_tokens: 10, completion_tokens: 5, cost: 0.25 } },
    { inputTokens: 10, outputTokens: 5, costUsd: 0.25 },
  ],
  [
    'openai', 'a chunk of OpenRouter without one yet',
    { object: 'chat.completion.chunk', usage: { prompt_tokens: 10, completion_tokens: 5, cost: 0 } },
    { inputTokens: 10, outputTokens: 5 },
  ],
  [
    'openai', 'an event of a response without one yet',
    { type: 'response.completed', response: { usage: { input_tokens: 10, output_tokens: 5, cost: 0 } } },
    { inputTokens: 10, outputTokens: 5 },
  ],
  [
    'openai', 'a whole answer that was free',
    { object: 'chat.completion', usage: { prompt_tokens: 10, completion_tokens: 5, cost: 0 } },
    { inputTokens: 10, outputTokens: 5, costUsd: 0 },
  ],
  ['openai', 'numbers that are none', { usage: { prompt_tokens: '10', completion_tokens: -1 } }, undefined],
  ['openai', 'infinite numbers', { usage: { prompt_tokens: Infinity, completion_tokens: NaN } }, undefined],
  [
    'openai', 'an answer of nothing',
    { usage: { prompt_tokens: 0, completion_tokens: 0 } },
    { inputTokens: 0, outputTokens: 0 },
  ],
  ['openai', 'no usage', { object: 'chat.completion' }, undefined],

  [
    'anthropic', 'a message',
    {
      type: 'message',
      usage: { input_tokens: 3, output_tokens: 5, cache_read_input_tokens: 6, cache_creation_input_tokens: 1 },
    },
    { inputTokens: 10, outputTokens: 5, cacheReadTokens: 6, cacheWriteTokens: 1 },
  ],
  [
    'anthropic', 'the start of a stream',
    { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } },
    { inputTokens: 3, outputTokens: 1 },
  ],
  [
    'anthropic', 'the end of a stream',
    { type: 'message_delta', usage: { output_tokens: 5 } },
    { inputTokens: 0, outputTokens: 5 },
  ],
  [
    'anthropic', 'a start that says only what went in',
    { type: 'message_start', message: { usage: { input_tokens: 3 } } },
    { inputTokens: 3, outputTokens: 0 },
  ],
  ['anthropic', 'no usage', { type: 'message_start', message: {} }, undefined],

  [
    'gemini', 'an answer',
    {
      usageMetadata: {
        promptTokenCount: 10, toolUsePromptTokenCount: 3, candidatesTokenCount: 5, thoughtsTokenCount: 2,
        cachedContentTokenCount: 4,
      },
    },
    { inputTokens: 13, outputTokens: 7, cacheReadTokens: 4 },
  ],
  ['gemini', 'the first chunk', { usageMetadata: { promptTokenCount: 10 } }, { inputTokens: 10, outputTokens: 0 }],
  ['gemini', 'an answer alone', { usageMetadata: { candidatesTokenCount: 5 } }, { inputTokens: 0, outputTokens: 5 }],
  ['gemini', 'no usage', { usageMetadata: {} }, undefined],

  [
    'aiSdk', 'a result of several steps',
    { totalUsage: { inputTokens: 10, outputTokens: 5 }, usage: { inputTokens: 1, outputTokens: 1 } },
    { inputTokens: 10, outputTokens: 5 },
  ],
  [
    'aiSdk', 'a result of version 5',
    { usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4 } },
    { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4 },
  ],
  [
    'aiSdk', 'a result of version 6 and 7',
    { usage: { inputTokens: 10, outputTokens: 5, inputTokenDetails: { cacheReadTokens: 4, cacheWriteTokens: 2 } } },
    { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, cacheWriteTokens: 2 },
  ],
  [
    'aiSdk', 'a part of a model of version 6 and 7',
    { type: 'finish', usage: { inputTokens: { total: 10, cacheRead: 4, cacheWrite: 2 }, outputTokens: { total: 5 } } },
    { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, cacheWriteTokens: 2 },
  ],
  [
    'aiSdk', 'what is only promised',
    { totalUsage: Promise.resolve({}), usage: { inputTokens: 10 } },
    { inputTokens: 10, outputTokens: 0 },
  ],
  ['aiSdk', 'a total alone', { totalUsage: { inputTokens: 10, outputTokens: 5 } }, { inputTokens: 10, outputTokens: 5 }],
  ['aiSdk', 'a prompt alone', { usage: { inputTokens: 10 } }, { inputTokens: 10, outputTokens: 0 }],
  ['aiSdk', 'an answer without a prompt', { usage: { outputTokens: 5 } }, { inputTokens: 0, outputTokens: 5 }],
  ['aiSdk', 'an answer alone', { totalUsage: null, usage: { outputTokens: 5 } }, { inputTokens: 0, outputTokens: 5 }],
  ['aiSdk', 'no usage', { usage: { inputTokens: undefined, outputTokens: undefined } }, undefined],
];

describe('what an answer cost', () => {
  it.each(answers)('%s: %s', (sdk, _, answer, usage) => {
    expect(usageOf[sdk](answer)).toStrictEqual(usage);
    expect(usageOf.any(answer)).toStrictEqual(usage);
  });

  it('an answer of Anthropic is known by its caches where its type is missing', () => {
    for (const name of ['cache_read_input_tokens', 'cache_creation_input_tokens'])
      expect(usageOf.any({ usage: { input_tokens: 3, output_tokens: 5, [name]: 1 } })).toMatchObject({
        inputTokens: 4,
      });
  });

  it('a response of Gemini is read where the SDK hands it on', () => {
    expect(usageOf.gemini({ response: { usageMetadata: { promptTokenCount: 10 } } })?.inputTokens).toBe(10);
  });

  it.each([undefined, null, 'text', 7, []])('%s says nothing', (value) => {
    for (const read of Object.values(usageOf)) expect(read(value)).toBeUndefined();
  });

  it('nor does what throws', () => {
    const hostile = new Proxy({}, { get: () => expect.fail(), has: () => expect.fail() });
    for (const read of Object.values(usageOf)) expect(read(hostile)).toBeUndefined();
  });
});

describe('how much of a budget that is', () => {
  const usage: Usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, cacheWriteTokens: 1, costUsd: 0.5 };

  it.each([
    ['total', 15],
    ['input', 10],
    ['output', 5],
    ['billable', 11],
    ['costUsd', 0.5],
  ] as const)('%s: %d', (unit, amount) => {
    expect(amountOf(usage, unit)).toBe(amount);
  });

  it('never less than nothing, and unknown where nobody named a price', () => {
    expect(amountOf({ inputTokens: 1, outputTokens: 2, cacheReadTokens: 9 }, 'billable')).toBe(2);
    expect(amountOf({ inputTokens: 1, outputTokens: 2 }, 'billable')).toBe(3);
    expect(amountOf({ inputTokens: 1, outputTokens: 2 }, 'costUsd')).toBeUndefined();
  });
});

describe('two reports of one stream', () => {
  it('are the larger of each', () => {
    const first: Usage = { inputTokens: 10, outputTokens: 1, cacheReadTokens: 4 };
    const last: Usage = { inputTokens: 0, outputTokens: 5, costUsd: 0.5 };
    expect(largerUsage(undefined, last)).toBe(last);
    expect(largerUsage(first, last)).toStrictEqual({
      inputTokens: 10,
      outputTokens: 5,
      cacheReadTokens: 4,
      costUsd: 0.5,
    });
  });
});

describe('a usage that a host hands in', () => {
  it.each<[boolean, unknown]>([
    [true, { inputTokens: 0, outputTokens: 0 }],
    [true, { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, costUsd: 0.5 }],
    [true, { inputTokens: 1, outputTokens: 2, costUsd: undefined }],
    [false, { inputTokens: 1 }],
    [false, { outputTokens: 1 }],
    [false, { inputTokens: 1, outputTokens: -1 }],
    [false, { inputTokens: 1, outputTokens: NaN }],
    [false, { inputTokens: 1, outputTokens: 1, costUsd: '1' }],
    [false, { inputTokens: 1, outputTokens: 1, costUsd: null }],
    [false, null],
    [false, undefined],
    [false, 'text'],
  ])('is one: %s, %o', (is, value) => {
    expect(isUsage(value)).toBe(is);
  });
});
