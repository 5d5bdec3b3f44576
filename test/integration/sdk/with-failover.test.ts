import type { GenerateContentResponse } from '@google/genai';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LoopbackProvider } from '../../../examples/support/loopback-provider.ts';
import {
  answers,
  endsEarly,
  httpError,
  stalls,
  startLoopbackProvider,
} from '../../../examples/support/loopback-provider.ts';
import type { ChainExhaustedError, Failover } from '../../../src/index.js';
import { createFailover, resolveWithFallback } from '../../../src/index.js';
import { createManualClock } from '../../../src/testing/manual-clock.js';
import { ANSWER } from '../../support/sdk-cases.ts';

let provider: LoopbackProvider;
const open: Failover[] = [];

beforeAll(async () => {
  provider = await startLoopbackProvider();
});
afterEach(async () => {
  provider.clear();
  await Promise.all(open.splice(0).map((failover) => failover.close()));
});
afterAll(() => provider.close());

function chainOf(...chain: string[]): Failover {
  const failover = createFailover({ chain });
  open.push(failover);
  return failover;
}

/** Groq speaks OpenAI's format at an address of its own. */
function account(name: string): { apiKey: string; baseURL: string } {
  return { apiKey: 'sk-test', baseURL: name === 'groq' ? `${provider.url('groq')}/openai/v1` : provider.url('openai') };
}

const messages = [{ role: 'user' as const, content: 'Say hello.' }];

test('a 429 steps to the next tier, with the wait the provider named and one request to each', async () => {
  const failover = chainOf('openai/gpt-5', 'groq/llama');
  provider.on('gpt-5', httpError(429, { retryAfterSeconds: 7 }));
  provider.on('llama', answers(ANSWER));

  // #region hand-over
  const { value, attempts } = await resolveWithFallback(failover, (tier, { signal, fetch }) => {
    const client = new OpenAI({ ...account(tier.provider), maxRetries: 0, fetch });
    return client.chat.completions.create({ model: tier.model, messages }, { signal });
  });
  // #endregion

  expect(value.choices[0]?.message.content).toBe(ANSWER);
  expect(attempts).toMatchObject([
    { tier: 'openai/gpt-5', ok: false, kind: 'rate_limit', retryAfterMs: 7000 },
    { tier: 'groq/llama', ok: true },
  ]);
  expect([provider.calls('gpt-5'), provider.calls('llama')]).toEqual([1, 1]);
});

test('the fetch handed over sees the wait an SDK drops', async () => {
  const failover = chainOf('ollama/llama');
  provider.on('llama', httpError(429, { retryAfterSeconds: 7 }));

  const call = resolveWithFallback(failover, (tier, { fetch }) =>
    new Ollama({ host: provider.url('ollama'), fetch }).chat({ model: tier.model, messages }),
  );

  const { attempts } = await call.catch((error: ChainExhaustedError) => error);
  expect(attempts[0]).toMatchObject({ ok: false, kind: 'rate_limit', retryAfterMs: 7000 });
});

/** Asks Gemini; `timeout` is the SDK's own. */
function askGemini(model: string, abortSignal: AbortSignal, timeout?: number): Promise<GenerateContentResponse> {
  const client = new GoogleGenAI({
    apiKey: 'AIza-test',
    httpOptions: { baseUrl: provider.url('gemini'), ...(timeout === undefined ? {} : { timeout }) },
  });
  return client.models.generateContent({ model, contents: 'Say hello.', config: { abortSignal } });
}

test('attemptTimeoutMs is a timeout also where the SDK says abort', async () => {
  const clock = createManualClock();
  const failover = createFailover({
    chain: ['gemini/slow', 'gemini/quick'],
    policy: { attemptTimeoutMs: 60_000 },
    clock,
  });
  open.push(failover);
  provider.on('slow', stalls());

  const call = resolveWithFallback(failover, (tier, { signal }) => askGemini(tier.model, signal));
  await provider.stalled();
  await clock.advance(60_000);

  const { value, attempts } = await call;
  expect(attempts).toMatchObject([
    { tier: 'gemini/slow', ok: false, kind: 'timeout' },
    { tier: 'gemini/quick', ok: true },
  ]);
  expect(value.text).toBe('hello from quick');
});

test("the SDK's own timeout is a timeout too, once it has been given the signal", async () => {
  const failover = chainOf('gemini/slow', 'gemini/quick');
  provider.on('slow', stalls());

  const { attempts } = await resolveWithFallback(failover, (tier, { signal }) =>
    askGemini(tier.model, signal, tier.model === 'slow' ? 50 : undefined),
  );

  expect(attempts).toMatchObject([{ ok: false, kind: 'timeout' }, { ok: true }]);
});

test('isComplete sees the stream that ends early without an error', async () => {
  const failover = chainOf('openai/gpt-5', 'openai/gpt-5-mini');
  provider.on('gpt-5', endsEarly('half an'));

  const { value } = await resolveWithFallback(
    failover,
    (tier, { signal, fetch }) =>
      new OpenAI({ ...account(tier.provider), maxRetries: 0, fetch }).chat.completions.create(
        { model: tier.model, messages, stream: true },
        { signal },
      ),
    { isComplete: (chunk) => chunk.choices[0]?.finish_reason === 'stop' },
  );

  const reading = async (): Promise<number> => {
    let chunks = 0;
    for await (const { choices } of value) chunks += choices.length;
    return chunks;
  };
  await expect(reading()).rejects.toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
  expect(await failover.state('default')).toMatchObject({ tier: 1, lastFailureKind: 'network' });
});

test("the caller's abort in a stream counts against no provider, though the SDK ends the loop without an error", async () => {
  const failover = chainOf('openai/gpt-5', 'openai/gpt-5-mini');
  provider.on('gpt-5', stalls('mid-stream'));
  const controller = new AbortController();
  const reason = new Error('the user closed the tab');

  const { value } = await resolveWithFallback(
    failover,
    (tier, { signal, fetch }) =>
      new OpenAI({ ...account(tier.provider), maxRetries: 0, fetch }).chat.completions.create(
        { model: tier.model, messages, stream: true },
        { signal },
      ),
    { signal: controller.signal, isComplete: (chunk) => chunk.choices[0]?.finish_reason === 'stop' },
  );

  const reader = value[Symbol.asyncIterator]();
  await reader.next();
  controller.abort(reason);
  await expect(reader.next()).rejects.toBe(reason);
  expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  expect(provider.calls('gpt-5-mini')).toBe(0);
});

test('the fetch handed over ends the tries of an SDK that heeds x-should-retry', async () => {
  const failover = chainOf('openai/gpt-5');
  provider.on('gpt-5', httpError(500));

  const call = resolveWithFallback(failover, (tier, { signal, fetch }) =>
    new OpenAI({ ...account(tier.provider), fetch }).chat.completions.create(
      { model: tier.model, messages },
      { signal },
    ),
  );

  await expect(call).rejects.toMatchObject({ attempts: [{ kind: 'server_error' }] });
  expect(provider.calls()).toBe(1);
});
