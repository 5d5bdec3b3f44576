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
};

describe.each(Object.entries(streamMarks) as [keyof typeof streamMarks, StreamMarks][])(
  'stream marks: %s',
  (name, marks) => {
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
  },
);
