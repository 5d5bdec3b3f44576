import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  answers,
  endsEarly,
  startLoopbackProvider,
  streamError,
  type LoopbackProvider,
} from '../../../examples/support/loopback-provider.ts';
import { createFailover, resolveWithFallback, streamMarks, type StreamMarks } from '../../../src/index.js';

let provider: LoopbackProvider;
beforeAll(async () => {
  provider = await startLoopbackProvider();
});
afterEach(() => provider.clear());
afterAll(() => provider.close());

const messages = [{ role: 'user' as const, content: 'Say hello.' }];
const input = 'Say hello.';

const streams: Record<keyof typeof streamMarks, (model: string) => Promise<AsyncIterable<unknown>>> = {
  openaiChat: (model) =>
    new OpenAI({ apiKey: 'k', baseURL: provider.url('openai'), maxRetries: 0 }).chat.completions.create({
      model,
      messages,
      stream: true,
    }),
  openaiResponses: (model) =>
    new OpenAI({ apiKey: 'k', baseURL: provider.url('openai'), maxRetries: 0 }).responses.create({
      model,
      input,
      stream: true,
    }),
  anthropic: (model) =>
    new Anthropic({ apiKey: 'k', baseURL: provider.url('anthropic'), maxRetries: 0 }).messages.create({
      model,
      max_tokens: 9,
      messages,
      stream: true,
    }),
  gemini: (model) =>
    new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: provider.url('gemini') } }).models.generateContentStream({
      model,
      contents: input,
    }),
  aiSdk: async (model) => {
    const sdk = createOpenAI({ apiKey: 'k', baseURL: provider.url('openai') });
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: input }] }];
    return (await sdk.chat(model).doStream({ prompt })).stream;
  },
};
type Format = keyof typeof streamMarks;
const formats = Object.keys(streams) as Format[];

describe.each(Object.entries(streamMarks) as [Format, StreamMarks][])('stream marks: %s', (name, marks) => {
  const open = () => {
    const failover = createFailover({ chain: ['p/one', 'p/two'] });
    const result = resolveWithFallback(failover, (tier) => streams[name](tier.model), { ...marks });
    return { failover, result };
  };

  test('a whole stream is content and complete', async () => {
    provider.on('one', answers('hello there'));
    const { value, index } = await open().result;
    let content = 0;
    for await (const chunk of value) content += marks.isContent(chunk) ? 1 : 0;
    expect(index).toBe(0);
    expect(content).toBeGreaterThan(0);
  });

  test('an error after the preamble and before content is invisible', async () => {
    provider.on('one', streamError({ status: 529 }));
    provider.on('two', answers('hello there'));
    const { value, attempts } = await open().result;
    for await (const chunk of value) void chunk;
    expect(attempts.map((attempt) => attempt.ok)).toEqual([false, true]);
  });

  test('a stream that ends early reaches the reader as a cut, and is recorded', async () => {
    provider.on('one', endsEarly('half an'));
    const { failover, result } = open();
    const { value } = await result;
    const read = async () => {
      for await (const chunk of value) void chunk;
    };
    await expect(read()).rejects.toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
    expect((await failover.state('default')).tier).toBe(1);
  });

  test.each([undefined, null, 'text', 7, {}, { choices: 3 }, { type: null }, { candidates: [null] }])(
    '%j is neither',
    (chunk) => {
      expect([marks.isContent(chunk), marks.isComplete(chunk)]).toEqual([false, false]);
    },
  );
});

describe.each(formats)('without marks: %s', (name) => {
  const others = formats.filter((other) => other !== name);

  /** A chain whose first tier streams this format and whose second streams another. */
  const open = (other: Format, marks: Partial<StreamMarks> = {}) => {
    const failover = createFailover({ chain: ['p/one', 'p/two'] });
    const result = failover.run(({ model }) => streams[model === 'one' ? name : other](model), marks);
    return { failover, result };
  };

  const read = async (stream: AsyncIterable<unknown>): Promise<unknown[]> => {
    const chunks: unknown[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  };

  test.each(others)('a failure after the preamble is for the next tier, which streams %s', async (other) => {
    provider.on('one', streamError({ status: 529 }));
    provider.on('two', answers('hello there'));
    const { value, index } = await open(other).result;
    const chunks = await read(value);
    expect(index).toBe(1);
    expect(chunks.some((chunk) => streamMarks[other].isContent(chunk))).toBe(true);
  });

  test('an end without an end mark is a cut', async () => {
    provider.on('one', endsEarly('half an'));
    const { failover, result } = open(name);
    await expect(read((await result).value)).rejects.toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
    expect(await failover.state('default')).toMatchObject({ tier: 1, lastFailureKind: 'network' });
  });

  test.each(formats)('marks of %s that are handed in leave its chunks to recognition', async (marks) => {
    provider.on('one', answers('hello there'));
    const { value, attempts } = await open(name, streamMarks[marks]).result;
    expect((await read(value)).length).toBeGreaterThan(1);
    expect(attempts).toHaveLength(1);
  });
});
