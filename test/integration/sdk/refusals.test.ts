import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { answers, httpError } from '../../../examples/support/loopback-provider.js';
import { createFailover, judges } from '../../../src/index.js';
import { eventStream, refusals } from '../../support/refusals.js';
import { loopbackForFile } from '../../support/loopback.js';

const loopback = await loopbackForFile();

type Ask = (model: string, stream: boolean) => Promise<unknown>;

const messages = [{ role: 'user' as const, content: 'Capital of Switzerland?' }];
const anthropic: Ask = (model, stream) => {
  const client = new Anthropic({ apiKey: 'no-key', baseURL: loopback.url('anthropic'), maxRetries: 0 });
  return client.messages.create({ model, max_tokens: 9, messages, stream });
};
const openai = () => new OpenAI({ apiKey: 'no-key', baseURL: loopback.url('openai'), maxRetries: 0 });
const chat: Ask = (model, stream) => openai().chat.completions.create({ model, messages, stream });
const responses: Ask = (model, stream) => openai().responses.create({ model, input: 'Capital?', stream });
const gemini: Ask = (model, stream) => {
  const { models } = new GoogleGenAI({ apiKey: 'no-key', httpOptions: { baseUrl: loopback.url('gemini') } });
  const request = { model, contents: 'Capital?' };
  return stream ? models.generateContentStream(request) : models.generateContent(request);
};

async function textOf(value: unknown): Promise<string> {
  if (typeof value !== 'object' || value === null) return '';
  const chunks: unknown[] = Symbol.asyncIterator in value ? [] : [value];
  if (Symbol.asyncIterator in value) for await (const chunk of value as AsyncIterable<unknown>) chunks.push(chunk);
  return JSON.stringify(chunks);
}

describe.each<[string, Ask, (typeof refusals)[keyof typeof refusals]]>([
  ['Anthropic', anthropic, refusals.anthropic],
  ['OpenAI chat, a refusal', chat, refusals.openai],
  ['OpenAI chat, a filter', chat, refusals.openaiFilter],
  ['OpenAI responses', responses, refusals.openaiResponses],
  ['Gemini, an answer', gemini, refusals.gemini],
  ['Gemini, the prompt', gemini, refusals.geminiPrompt],
])('a refusal with status 200: %s', (_, ask, { whole, events }) => {
  const setUp = () => {
    const failover = createFailover({ chain: ['p/one', 'p/two'], policy: { reroute: ['content_policy'] } });
    const run = (stream: boolean) => failover.run(({ model }) => ask(model, stream), { judge: judges.all });
    loopback.on('one', ({ streaming }) => (streaming ? eventStream(events) : httpError(200, { body: whole })));
    return { failover, run };
  };

  test.each([false, true])('goes on to the next model (streamed: %s)', async (stream) => {
    const { failover, run } = setUp();
    loopback.on('two', answers('Bern'));
    const { value, attempts } = await run(stream);
    expect(attempts).toMatchObject([
      { tier: 'p/one', ok: false, kind: 'content_policy' },
      { tier: 'p/two', ok: true },
    ]);
    expect(await textOf(value)).toContain('Bern');
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test.each([false, true])('is the answer where all refuse (streamed: %s)', async (stream) => {
    const { run } = setUp();
    loopback.on('two', ({ streaming }) => (streaming ? eventStream(events) : httpError(200, { body: whole })));
    const { value, index, attempts } = await run(stream);
    expect([index, attempts[0]]).toMatchObject([0, { ok: true, kind: 'content_policy' }]);
    expect(await textOf(value)).toMatch(/refus|filter|SAFETY|PROHIBITED/u);
    expect(loopback.calls()).toBe(2);
  });
});
