import { describe, expect, test } from 'vitest';
import { answers, httpError, type Reply } from '../../examples/support/loopback-provider.js';
import { chainOf } from './chain.js';
import { majors, type ProviderName } from './majors.js';
import { loopbackForFile } from '../support/loopback.js';

const loopback = await loopbackForFile();

/** Exactly this body with status 200, streamed as one event where a stream was asked for. */
const whole = (body: object) => httpError(200, { body });
const events = (...data: object[]) =>
  httpError(200, {
    headers: { 'content-type': 'text/event-stream' },
    body: data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(''),
  });

const candidate = (content: object) => ({
  candidates: [{ index: 0, finishReason: 'MALFORMED_FUNCTION_CALL', content }],
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 0, totalTokenCount: 9 },
  modelVersion: 'gemini-2.5-flash',
});
const chat = { id: 'c', created: 1, model: 'm' };
const response = {
  id: 'r',
  object: 'response',
  created_at: 1,
  model: 'm',
  output: [],
  usage: { input_tokens: 1, output_tokens: 0 },
};
const failed = {
  ...response,
  status: 'failed',
  error: { code: 'server_error', message: 'The model failed to generate a response.' },
};

const cases: [string, ProviderName, Reply, Reply][] = [
  ['a malformed function call of Gemini', 'google', whole(candidate({})), events(candidate({}))],
  [
    'an upstream error of OpenRouter',
    'openai-chat',
    whole({
      ...chat,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'error' }],
    }),
    events(
      { ...chat, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
      { ...chat, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] },
    ),
  ],
  [
    'a response of OpenAI that failed',
    'openai',
    whole(failed),
    events(
      { type: 'response.created', sequence_number: 0, response: { ...response, status: 'in_progress' } },
      { type: 'response.failed', sequence_number: 1, response: failed },
    ),
  ],
];

describe.each(majors)('$name', (major) => {
  const { generateText, streamText } = major.sdk;

  test.each(cases)('%s without content is for the next tier', async (_name, provider, body, streamed) => {
    const { model, names } = chainOf(major, loopback, [provider, 'anthropic']);
    loopback.on(names[0]!, ({ streaming }) => (streaming ? streamed : body));
    loopback.on(names[1]!, answers('Bern it is.'));

    const { text, providerMetadata } = await generateText({ model, prompt: 'Capital?', maxRetries: 0 });
    expect([text, providerMetadata?.['tierfall']]).toEqual([
      'Bern it is.',
      { tier: `anthropic/${names[1]}`, index: 1, attempts: 2 },
    ]);
  });

  test.each(cases)('%s in a stream without content is for the next tier', async (_name, provider, body, streamed) => {
    const { model, names, failover } = chainOf(major, loopback, [provider, 'anthropic']);
    loopback.on(names[0]!, ({ streaming }) => (streaming ? streamed : body));
    loopback.on(names[1]!, answers('Bern it is.'));
    const kinds: string[] = [];
    failover.on('attempt-failed', ({ kind }) => kinds.push(kind));

    const errors: unknown[] = [];
    const result = streamText({
      model,
      prompt: 'Capital?',
      maxRetries: 0,
      onError: ({ error }: { error: unknown }) => void errors.push(error),
    });
    let text = '';
    for await (const delta of result.textStream) text += delta;

    expect([text, errors, kinds]).toEqual(['Bern it is.', [], ['server_error']]);
  });

  test('where no tier has a better one, the answer is the first of them', async () => {
    const { model, names } = chainOf(major, loopback, ['google']);
    loopback.on(names[0]!, whole(candidate({})));

    const result = await generateText({ model, prompt: 'Capital?', maxRetries: 0 });

    expect([result.text, result.finishReason]).toEqual(['', 'error']);
    expect(result.providerMetadata?.['tierfall']).toMatchObject({ index: 0, attempts: 1 });
  });

  test('an answer that has content stands, whatever its finish reason', async () => {
    const { model, names } = chainOf(major, loopback, ['google', 'anthropic']);
    const content = { role: 'model', parts: [{ text: 'Bern' }] };
    loopback.on(names[0]!, ({ streaming }) => (streaming ? events(candidate(content)) : whole(candidate(content))));

    const result = await generateText({ model, prompt: 'Capital?', maxRetries: 0 });
    const streamed = streamText({ model, prompt: 'Capital?', maxRetries: 0 });
    let text = '';
    for await (const delta of streamed.textStream) text += delta;

    expect([result.text, result.finishReason]).toEqual(['Bern', 'error']);
    expect([text, await streamed.finishReason]).toEqual(['Bern', 'error']);
    expect(loopback.calls(names[1])).toBe(0);
  });
});
