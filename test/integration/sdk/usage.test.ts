import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI } from '@ai-sdk/openai';
import { GoogleGenAI } from '@google/genai';
import { generateText } from 'ai';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFailover, resolveWithFallback, usageOf, type Usage, type UsageReader } from '../../../src/index.js';

/** What each provider sends of one answer: 1,000 tokens in, 600 of them from its cache, and 50 out. */
const chatUsage = {
  prompt_tokens: 1000,
  completion_tokens: 50,
  total_tokens: 1050,
  prompt_tokens_details: { cached_tokens: 600 },
};
const responsesUsage = {
  input_tokens: 1000,
  input_tokens_details: { cached_tokens: 600 },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 1050,
};
const anthropicUsage = {
  input_tokens: 300,
  cache_read_input_tokens: 600,
  cache_creation_input_tokens: 100,
  output_tokens: 50,
};
const geminiUsage = {
  promptTokenCount: 1000,
  cachedContentTokenCount: 600,
  candidatesTokenCount: 30,
  thoughtsTokenCount: 20,
  totalTokenCount: 1050,
};

const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
const textChunk = { ...chunk, choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] };
const lastChunk = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const completion = {
  ...chunk,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: chatUsage,
};
const response = {
  id: 'r',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  output: [
    {
      type: 'message',
      id: 'm',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
    },
  ],
  usage: responsesUsage,
};
const message = {
  id: 'm',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: anthropicUsage,
};
const gemini = {
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
  usageMetadata: geminiUsage,
};

const events: Record<string, object[]> = {
  // The usage comes after the finish reason, in a chunk without choices.
  '/chat/completions': [textChunk, lastChunk, { ...chunk, choices: [], usage: chatUsage }],
  '/responses': [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_text.delta', item_id: 'm', output_index: 0, content_index: 0, delta: 'Hi' },
    { type: 'response.completed', response },
  ],
  // Split over two events: what went in comes with the first, what came out with the last.
  '/v1/messages': [
    { type: 'message_start', message: { ...message, content: [], usage: { ...anthropicUsage, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 50 } },
    { type: 'message_stop' },
  ],
  // Repeated in each chunk, growing.
  '/v1/models/m:streamGenerateContent': [
    {
      candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'H' }] } }],
      usageMetadata: { ...geminiUsage, candidatesTokenCount: 3 },
    },
    gemini,
  ],
};
const answers: Record<string, object> = {
  '/chat/completions': completion,
  '/responses': response,
  '/v1/messages': message,
  '/v1/models/m:generateContent': gemini,
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, reply) => {
    const path = new URL(request.url ?? '/', 'http://loopback').pathname;
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const streams = path.includes('stream') || (JSON.parse(body) as { stream?: boolean }).stream === true;
      reply.setHeader('content-type', streams ? 'text/event-stream' : 'application/json');
      if (!streams) return reply.end(JSON.stringify(answers[path]));
      for (const event of events[path] ?? []) {
        const name = 'type' in event ? `event: ${String(event.type)}\n` : '';
        reply.write(`${name}data: ${JSON.stringify(event)}\n\n`);
      }
      return reply.end(path === '/chat/completions' ? 'data: [DONE]\n\n' : '');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** What a failover counts of one call, as its table of prices sees it. */
async function countedOf(call: () => unknown, usage: UsageReader): Promise<Usage[]> {
  const counted: Usage[] = [];
  const failover = createFailover({
    chain: ['openai/m'],
    policy: { tokenBudget: { limit: 10, windowMs: 3_600_000, count: 'costUsd', onExceeded: 'warn' } },
    price: (used) => {
      counted.push({ ...used });
      return 0.01;
    },
  });
  const { value } = await resolveWithFallback(failover, call, { usage });
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) {
    for await (const each of value as AsyncIterable<unknown>) void each;
  }
  expect((await failover.budget('default'))?.used).toBe(0.01);
  await failover.close();
  return counted;
}

const openai = () => new OpenAI({ apiKey: 'sk-test', baseURL: url, maxRetries: 0 });
const anthropic = () => new Anthropic({ apiKey: 'sk-ant-test', baseURL: url, maxRetries: 0 });
const genai = () => new GoogleGenAI({ apiKey: 'AIza-test', httpOptions: { baseUrl: url } });
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
const contents = { model: 'm', contents: 'Hi' };

const cached: Usage = { inputTokens: 1000, outputTokens: 50, cacheReadTokens: 600 };
const written: Usage = { ...cached, cacheWriteTokens: 100 };

const calls: [string, UsageReader, () => unknown, Usage][] = [
  ['openai, a chat', usageOf.openai, () => openai().chat.completions.create(ask), cached],
  [
    'openai, a chat that streams',
    usageOf.openai,
    () => openai().chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } }),
    cached,
  ],
  ['openai, a response', usageOf.openai, () => openai().responses.create({ model: 'm', input: 'Hi' }), cached],
  [
    'openai, a response that streams',
    usageOf.openai,
    () => openai().responses.create({ model: 'm', input: 'Hi', stream: true }),
    cached,
  ],
  ['anthropic, a message', usageOf.anthropic, () => anthropic().messages.create({ ...ask, max_tokens: 9 }), written],
  [
    'anthropic, a message that streams',
    usageOf.anthropic,
    () => anthropic().messages.create({ ...ask, max_tokens: 9, stream: true }),
    written,
  ],
  ['gemini', usageOf.gemini, () => genai().models.generateContent(contents), cached],
  ['gemini, a stream', usageOf.gemini, () => genai().models.generateContentStream(contents), cached],
  [
    'the AI SDK',
    usageOf.aiSdk,
    () => generateText({ model: createOpenAI({ apiKey: 'sk-test', baseURL: url }).chat('m'), prompt: 'Hi' }),
    cached,
  ],
];

describe('usageOf reads what the SDKs really hand out', () => {
  test.each(calls)('%s', async (_name, reader, call, expected) => {
    expect(await countedOf(call, reader)).toMatchObject([expected]);
    expect(await countedOf(call, usageOf.any)).toMatchObject([expected]);
  });
});
