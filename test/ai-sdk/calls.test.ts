import { generateText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { describe, expect, test } from 'vitest';
import type { LanguageModelV4StreamPart as StreamPart } from '@ai-sdk/provider';
import { failoverModel } from '../../src/ai-sdk/index.js';
import { ConfigError, createFailover, type AttemptFailedEvent } from '../../src/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { settle, until } from '../support/event-loop.js';
import {
  answering,
  apiError,
  over,
  partsOf,
  prompt,
  streaming,
  streamOf,
  textAnswer,
  textParts,
  untyped,
} from './mocks.js';

const nameOf = (input: { headers?: Record<string, string | undefined> }) => input.headers?.['x-caller'] ?? '';

const failing = (status: number) => answering(async () => Promise.reject(apiError(status)));

describe('calls at the same time', () => {
  test('each walks the chain for itself and asks each tier at most once', async () => {
    const asked = [new Map<string, number>(), new Map<string, number>()];
    const count = (at: number, who: string) => asked[at]!.set(who, (asked[at]!.get(who) ?? 0) + 1);
    const waiting: (() => void)[] = [];
    const first = answering(async (input) => {
      count(0, nameOf(input));
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (Number(nameOf(input)) % 3 === 0) throw apiError(503);
      return textAnswer(`first for ${nameOf(input)}`);
    });
    const second = answering(async (input) => {
      count(1, nameOf(input));
      return textAnswer(`second for ${nameOf(input)}`);
    });
    const { failover, modelFor } = over(first, second);
    const model = failoverModel(failover, modelFor);
    const callers = Array.from({ length: 30 }, (_, at) => String(at));

    const answers = callers.map((caller) =>
      generateText({ model, prompt: 'Hello', headers: { 'x-caller': caller }, maxRetries: 0 }),
    );
    await until(() => waiting.length === callers.length);
    // The last one that came in is the first to hear, so that failures and answers cross each other.
    for (const go of waiting.toReversed()) go();
    const texts = (await Promise.all(answers)).map((answer) => answer.text);

    expect(texts).toEqual(callers.map((caller) => `${Number(caller) % 3 === 0 ? 'second' : 'first'} for ${caller}`));
    expect([...asked[0]!.values()].every((times) => times === 1)).toBe(true);
    expect([...asked[1]!.keys()].toSorted()).toEqual(callers.filter((at) => Number(at) % 3 === 0).toSorted());
    expect(await failover.state('default')).toMatchObject({ tier: 1, tiers: [{ failures: 1 }, {}] });
  });
});

describe('the caller', () => {
  test('aborts: the model hears it, no tier is blamed, nobody else is asked', async () => {
    const controller = new AbortController();
    const first = answering(({ abortSignal }) => {
      return new Promise((_, reject) => abortSignal?.addEventListener('abort', () => reject(abortSignal.reason)));
    });
    const second = answering(textAnswer('no'));
    const { failover, modelFor } = over(first, second);
    const failures: AttemptFailedEvent[] = [];
    failover.on('attempt-failed', (event) => failures.push(event));

    const answer = generateText({
      model: failoverModel(failover, modelFor),
      prompt: 'Hello',
      abortSignal: controller.signal,
    });
    await until(() => first.doGenerateCalls.length > 0);
    controller.abort();

    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(first.doGenerateCalls[0]?.abortSignal?.aborted).toBe(true);
    expect(failures).toEqual([]);
    expect(second.doGenerateCalls).toHaveLength(0);
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test('aborts in mid-stream: the stream throws its reason', async () => {
    const controller = new AbortController();
    const endless = new MockLanguageModelV4({
      doStream: async () => ({
        stream: new ReadableStream<StreamPart>({
          start: (stream) => stream.enqueue({ type: 'text-delta', id: '0', delta: 'Hi' }),
        }),
      }),
    });
    const { failover, modelFor } = over(endless, streaming(textParts('no')));
    const { stream } = await failoverModel(failover, modelFor).doStream({ ...prompt, abortSignal: controller.signal });
    const reader = stream.getReader();

    expect(await reader.read()).toMatchObject({ value: { delta: 'Hi' } });
    const next = reader.read();
    controller.abort(new Error('enough'));

    await expect(next).rejects.toThrow('enough');
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test('leaves early: the provider is told to stop, and nothing is recorded', async () => {
    let cancelled = false;
    const endless = new MockLanguageModelV4({
      doStream: async () => ({
        stream: new ReadableStream<StreamPart>({
          start: (stream) => stream.enqueue({ type: 'text-delta', id: '0', delta: 'Hi' }),
          cancel: () => void (cancelled = true),
        }),
      }),
    });
    const { failover, modelFor } = over(endless, streaming(textParts('no')));
    const { stream } = await failoverModel(failover, modelFor).doStream(prompt);
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();

    expect(cancelled).toBe(true);
    expect(endless.doStreamCalls[0]?.abortSignal?.aborted).toBe(true);
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test('says for whom, in which conversation and on which tier; no provider hears of it', async () => {
    const first = failing(500);
    const second = answering(textAnswer('Hi'));
    const { failover, modelFor } = over(first, second, failing(500));
    const failures: AttemptFailedEvent[] = [];
    failover.on('attempt-failed', (event) => failures.push(event));
    const model = failoverModel(failover, modelFor, { instance: 'default-agent', session: 'default-session' });
    const ask = (tierfall: Record<string, string | number | { provider: string; model: string }>) =>
      generateText({ model, prompt: 'Hello', maxRetries: 0, providerOptions: { tierfall, openai: { user: 'kept' } } });

    await ask({ instance: 'planner', session: 's1' });
    for (const pinned of [2, 'p2/m2', { provider: 'p2', model: 'm2' }]) {
      await expect(ask({ pinned })).rejects.toMatchObject({ statusCode: 500 });
    }

    expect(failures.map(({ instance, session, tier }) => [instance, session, tier.index])).toEqual([
      ['planner', 's1', 0],
      ['default-agent', 'default-session', 2],
      ['default-agent', 'default-session', 2],
      ['default-agent', 'default-session', 2],
    ]);
    expect(second.doGenerateCalls[0]?.providerOptions).toEqual({ openai: { user: 'kept' } });
    expect(await failover.state('planner')).toMatchObject({ tier: 1 });
  });

  test.each([
    [{ session: '' }, 'providerOptions.tierfall.session'],
    [{ instance: 7 }, 'providerOptions.tierfall.instance'],
    [{ pinned: 'm0' }, 'providerOptions.tierfall.pinned'],
    [{ pinned: null }, 'providerOptions.tierfall.pinned'],
    [{ tier: 1 }, 'providerOptions.tierfall.tier'],
    [[], 'providerOptions.tierfall'],
    ['s1', 'providerOptions.tierfall'],
    [{ pinned: 9 }, 'pinned'],
  ])('is told what is wrong with %j', async (tierfall, path) => {
    const { failover, modelFor } = over(answering(textAnswer('Hi')));
    const model = failoverModel(failover, modelFor);

    const error: unknown = await model
      .doGenerate({ ...prompt, providerOptions: { tierfall: untyped(tierfall) } })
      .then(undefined, (reason: unknown) => reason);

    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ issues: [{ path }] });
  });
});

describe('time', () => {
  test("an attempt that took too long is left; what it says later is nobody's answer", async () => {
    const clock = createManualClock();
    let answerLate: (() => void) | undefined;
    const slow = new MockLanguageModelV4({
      doStream: () =>
        new Promise((resolve) => {
          answerLate = () => resolve({ stream: streamOf(textParts('late')), response: { headers: { from: 'slow' } } });
        }),
    });
    let speak: (() => void) | undefined;
    const quick = new MockLanguageModelV4({
      doStream: async () => ({
        stream: new ReadableStream<StreamPart>({
          start(controller) {
            speak = () => {
              for (const part of textParts('quick')) controller.enqueue(part);
              controller.close();
            };
          },
        }),
        response: { headers: { from: 'quick' } },
      }),
    });
    const models = [slow, quick];
    const failover = createFailover({ chain: ['p0/0', 'p1/1'], policy: { attemptTimeoutMs: 1000 }, clock });
    const model = failoverModel(failover, (tier) => models[Number(tier.model)]!);

    const asked = model.doStream(prompt);
    await until(() => slow.doStreamCalls.length === 1);
    await clock.advance(1000);
    // It answers while the reader waits for the other one's first word.
    answerLate?.();
    await settle();
    speak?.();
    const { stream, response } = await asked;
    const parts = await partsOf(stream);

    expect(slow.doStreamCalls[0]?.abortSignal?.aborted).toBe(true);
    expect(response).toEqual({ headers: { from: 'quick' } });
    expect(parts.filter((part) => part.type === 'text-delta')).toMatchObject([{ delta: 'quick' }]);
  });

  test.each([
    ['idleTimeoutMs', textParts('Hi').slice(0, 3), 'error'],
    ['firstContentTimeoutMs', textParts('Hi').slice(0, 2), 'fallback'],
  ] as const)('%s ends a stream that says no more', async (limit, opening, ending) => {
    const clock = createManualClock();
    const stalling = new MockLanguageModelV4({
      doStream: async () => ({
        stream: new ReadableStream<StreamPart>({
          start(controller) {
            for (const part of opening) controller.enqueue(part);
          },
        }),
      }),
    });
    const models = [stalling, streaming(textParts('elsewhere'))];
    const failover = createFailover({ chain: ['p0/0', 'p1/1'], clock });
    const failures: AttemptFailedEvent[] = [];
    failover.on('attempt-failed', (event) => failures.push(event));
    const model = failoverModel(failover, (tier) => models[Number(tier.model)]!, { [limit]: 5000 });

    const parts = model.doStream(prompt).then(({ stream }) => partsOf(stream));
    await until(() => stalling.doStreamCalls.length === 1);
    await clock.advance(5000);

    const texts = (await parts).map((part) => (part.type === 'text-delta' ? part.delta : part.type));
    expect(texts).toContain(ending === 'error' ? 'error' : 'elsewhere');
    expect(texts.includes('Hi')).toBe(ending === 'error');
    // One caller's patience alone puts no tier to rest.
    expect(failures).toMatchObject([{ kind: 'timeout', tier: { index: 0 } }]);
    expect(await failover.state('default')).toMatchObject({ tier: 0 });
  });
});
