import Anthropic from '@anthropic-ai/sdk';
import { CohereClientV2 } from 'cohere-ai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  answers,
  httpError,
  startLoopbackProvider,
  stalls,
  streamError,
  type LoopbackProvider,
} from '../../../examples/support/loopback-provider.ts';
import { createFailover, resolveWithFallback, streamMarks, type CallContext } from '../../../src/index.js';
import { createManualClock } from '../../../src/testing/manual-clock.js';

let provider: LoopbackProvider;
beforeAll(async () => {
  provider = await startLoopbackProvider();
});
afterEach(() => provider.clear());
afterAll(() => provider.close());

const messages = [{ role: 'user' as const, content: 'Say hello.' }];
const openai = (context: CallContext, maxRetries?: number) =>
  new OpenAI({
    apiKey: 'sk-test',
    baseURL: provider.url('openai'),
    fetch: context.fetch,
    ...(maxRetries === undefined ? {} : { maxRetries }),
  });
const chat = (context: CallContext, model: string, maxRetries?: number) =>
  openai(context, maxRetries).chat.completions.create({ model, messages });

describe('Runtime: the fetch handed to SDKs', () => {
  test.each(['openai', 'anthropic'] as const)('%s: its hidden retries end at the first failure', async (sdk) => {
    const failover = createFailover({ chain: ['p/one', 'p/two'] });
    provider.on('one', httpError(500));
    provider.on('two', answers('hello'));
    const { attempts } = await resolveWithFallback(failover, (tier, context) =>
      sdk === 'openai'
        ? chat(context, tier.model)
        : new Anthropic({ apiKey: 'k', baseURL: provider.url('anthropic'), fetch: context.fetch }).messages.create({
            model: tier.model,
            max_tokens: 9,
            messages,
          }),
    );
    expect(provider.calls('one')).toBe(1);
    expect(attempts.map(({ ok, kind }) => [ok, kind])).toEqual([
      [false, 'server_error'],
      [true, undefined],
    ]);
  });

  test('tries of an SDK that does not heed the header are counted', async () => {
    const failover = createFailover({ chain: ['p/one'] });
    provider.script('one', [httpError(500), answers('hello')]);
    const { attempts } = await resolveWithFallback(failover, async (tier, { fetch }) => {
      const ask = () =>
        fetch(`${provider.url('openai')}/chat/completions`, {
          method: 'POST',
          headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
          body: JSON.stringify({ model: tier.model, messages }),
        });
      const first = await ask();
      return first.ok ? first : ask();
    });
    expect(attempts.map(({ ok, kind }) => [ok, kind])).toEqual([
      [false, 'server_error'],
      [true, undefined],
    ]);
  });

  test('a hidden retry inside the wait a provider named never reaches it', async () => {
    const failover = createFailover({ chain: ['p/one'] });
    provider.on('one', httpError(429, { retryAfterSeconds: 60 }));
    const statuses: number[] = [];
    await resolveWithFallback(failover, async (tier, { fetch }) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const response = await fetch(`${provider.url('openai')}/chat/completions`, {
          method: 'POST',
          headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
          body: JSON.stringify({ model: tier.model, messages }),
        });
        statuses.push(response.status);
      }
      return 'gave up';
    });
    expect(statuses).toEqual([429, 429, 429]);
    expect(provider.calls('one')).toBe(1);
  });

  test('an error event that the SDK passes over as an end is a failure', async () => {
    const failover = createFailover({ chain: ['p/one', 'p/two'] });
    provider.on('one', streamError({ status: 529 }));
    provider.on('two', answers('hello there'));
    const stream = (tier: { model: string }, context: CallContext) =>
      new CohereClientV2({
        token: 'k',
        environment: provider.url('cohere'),
        maxRetries: 0,
        fetch: context.fetch,
      }).chatStream({
        model: tier.model,
        messages,
      });
    const hasText = (chunk: { type?: string }) => chunk.type === 'content-delta';
    const { value, index, attempts } = await resolveWithFallback(failover, stream, { isContent: hasText });
    let chunks = 0;
    for await (const chunk of value) chunks += hasText(chunk) ? 1 : 0;
    expect([index, attempts[0]!.kind]).toEqual([1, 'overloaded']);
    expect(chunks).toBeGreaterThan(0);
  });

  test('a body that stalls is ended by idleTimeoutMs, also where the SDK has no such limit', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['p/one', 'p/two'], clock });
    provider.on('one', stalls('headers'));
    provider.on('two', answers('hello'));
    const result = resolveWithFallback(failover, (tier, context) => chat(context, tier.model, 0), {
      idleTimeoutMs: 5000,
    });
    await provider.stalled();
    await until(() => clock.pending > 0);
    await clock.advance(5000);
    expect((await result).attempts[0]).toMatchObject({ tier: 'p/one', kind: 'timeout' });
  });

  test('a stall reaches the reader as what it is, also where the SDK makes an error of its own of it', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['p/one'], clock });
    const kinds: string[] = [];
    failover.on('attempt-failed', ({ kind }) => kinds.push(kind));
    provider.on('one', stalls('mid-stream'));
    const { value } = await resolveWithFallback(
      failover,
      (tier, context) =>
        new Anthropic({ apiKey: 'k', baseURL: provider.url('anthropic'), fetch: context.fetch }).messages.stream({
          model: tier.model,
          max_tokens: 9,
          messages,
        }),
      { ...streamMarks.anthropic, idleTimeoutMs: 5000 },
    );
    const reading = (async () => {
      for await (const event of value) expect(event.type).toBeDefined();
    })().catch((error: unknown) => error);
    await provider.stalled();
    await until(() => clock.pending > 0);
    await clock.advance(5000);
    expect(await reading).toMatchObject({ code: 'TIERFALL_STREAM_STALLED', limit: 'idleTimeoutMs', afterMs: 5000 });
    expect(kinds).toEqual(['timeout']);
  });

  test('a streamed body passes through chunk by chunk', async () => {
    const failover = createFailover({ chain: ['p/one'] });
    provider.on('one', answers(['a', 'b', 'c']));
    const { value } = await resolveWithFallback(failover, (tier, context) =>
      openai(context).chat.completions.create({ model: tier.model, messages, stream: true }),
    );
    const words: string[] = [];
    for await (const chunk of value) words.push(chunk.choices[0]?.delta.content ?? '');
    expect(words.filter(Boolean)).toEqual(['a', 'b', 'c']);
  });

  test('stopping an attempt ends its requests, though the SDK was given no signal', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['p/one', 'p/two'], clock, policy: { attemptTimeoutMs: 1000 } });
    provider.on('one', stalls());
    provider.on('two', answers('hello'));
    let ended: unknown;
    const result = resolveWithFallback(failover, (tier, context) => {
      const answer = chat(context, tier.model, 0);
      if (tier.model === 'one') answer.catch((error: unknown) => (ended = error));
      return answer;
    });
    await provider.stalled();
    await clock.advance(1000);
    expect((await result).index).toBe(1);
    await until(() => ended !== undefined);
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve));
}
