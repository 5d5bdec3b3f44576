import { generateText, isStepCount, streamText, tool, ToolLoopAgent, wrapLanguageModel } from 'ai';
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { failoverModel, type LanguageModelV4, type StreamPart } from '../../src/ai-sdk/index.js';
import {
  ConfigError,
  createFailover,
  StreamCutError,
  type AttemptFailedEvent,
  type Failover,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { settle, until } from '../support/event-loop.js';
import {
  answering,
  apiError,
  finishWith,
  streaming,
  textAnswer,
  textParts,
  toolAnswer,
  untyped,
  usage,
} from './mocks.js';

/** A chain whose tiers are these models, in this order. */
function over(...models: LanguageModelV4[]): {
  failover: Failover;
  modelFor: (tier: { model: string }) => LanguageModelV4;
} {
  const chain = models.map((_, index) => ({ provider: `p${index}`, model: `m${index}` }));
  return {
    failover: createFailover({ chain }),
    modelFor: ({ model }) => models[Number(model.slice(1))]!,
  };
}

const weather = tool({
  description: 'The weather somewhere',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `sun over ${city}`,
});

const nameOf = (input: { headers?: Record<string, string | undefined> }) => input.headers?.['x-caller'] ?? '';

const reads = (...patterns: RegExp[]) => new MockLanguageModelV4({ supportedUrls: { 'image/*': patterns } });

const failing = (status: number) => answering(async () => Promise.reject(apiError(status)));

async function partsOf(stream: ReadableStream<StreamPart>): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const prompt: Parameters<LanguageModelV4['doStream']>[0] = {
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
};

describe('tools and agents', () => {
  test('a tool loop goes on at the next tier with the results of the first', async () => {
    let asked = 0;
    const first = answering(async () => {
      if (asked++ === 0) return toolAnswer('weather', { city: 'Bern' });
      throw apiError(529);
    });
    const second = answering(textAnswer('Take sunglasses.'));
    const { failover, modelFor } = over(first, second);
    const agent = new ToolLoopAgent({ model: failoverModel(failover, modelFor), tools: { weather }, maxRetries: 0 });

    const result = await agent.generate({ prompt: 'What do I need in Bern?' });

    expect(result.text).toBe('Take sunglasses.');
    expect(result.steps).toHaveLength(2);
    expect(JSON.stringify(second.doGenerateCalls[0]?.prompt)).toContain('sun over Bern');
    expect(second.doGenerateCalls[0]?.tools).toMatchObject([{ type: 'function', name: 'weather' }]);
  });

  test('a streamed tool call is content: what fails after it is not started over elsewhere', async () => {
    const call: StreamPart[] = [
      { type: 'tool-input-start', id: 'call-1', toolName: 'weather' },
      { type: 'tool-input-delta', id: 'call-1', delta: '{"city":"Bern"}' },
      { type: 'tool-input-end', id: 'call-1' },
      { type: 'tool-call', toolCallId: 'call-1', toolName: 'weather', input: '{"city":"Bern"}' },
      finishWith('tool-calls'),
    ];
    const second = streaming(textParts('elsewhere'));
    const cut = over(streaming(call.slice(0, 2)), second);
    const whole = over(streaming(call), streaming(textParts('Sun', 'glasses.')));

    const error = (await partsOf((await failoverModel(cut.failover, cut.modelFor).doStream(prompt)).stream)).at(-1);
    const steps = streamText({
      model: failoverModel(whole.failover, whole.modelFor, { pinned: 0 }),
      tools: { weather },
      prompt: 'Bern?',
      stopWhen: isStepCount(1),
    });

    expect(error).toMatchObject({ type: 'error', error: expect.any(StreamCutError) });
    expect(second.doStreamCalls).toHaveLength(0);
    expect(await steps.toolResults).toMatchObject([{ toolName: 'weather', output: 'sun over Bern' }]);
  });

  test('a tier that only announced a tool call is left unseen', async () => {
    const announced = streaming([
      { type: 'stream-start', warnings: [] },
      { type: 'tool-input-start', id: 'call-1', toolName: 'weather' },
      { type: 'error', error: apiError(500) },
    ]);
    const { failover, modelFor } = over(announced, streaming(textParts('Hi')));

    const parts = await partsOf((await failoverModel(failover, modelFor).doStream(prompt)).stream);

    expect(parts.map((part) => part.type)).toEqual(['stream-start', 'text-start', 'text-delta', 'text-end', 'finish']);
  });
});

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

test("a provider's remark that its stream was interrupted does not pass for an end", async () => {
  const cut = streaming([...textParts('Half').slice(0, -1), finishWith('interrupted', undefined)]);
  const { failover, modelFor } = over(cut, streaming(textParts('no')));

  const parts = await partsOf((await failoverModel(failover, modelFor).doStream(prompt)).stream);

  expect(parts.map((part) => part.type)).toEqual(['stream-start', 'text-start', 'text-delta', 'text-end', 'error']);
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

describe('the model', () => {
  test('carries the warnings, request and response of the tier that answered', async () => {
    const late = new MockLanguageModelV4({
      doStream: async () => ({
        stream: streamOf([{ type: 'error', error: apiError(503) }]),
        response: { headers: { from: 'first' } },
      }),
    });
    const good = new MockLanguageModelV4({
      doStream: async () => ({
        stream: streamOf(textParts('Hi')),
        request: { body: 'asked' },
        response: { headers: { from: 'second' } },
      }),
    });
    const { failover, modelFor } = over(late, good);

    const result = await failoverModel(failover, modelFor).doStream(prompt);

    expect(result).toMatchObject({ request: { body: 'asked' }, response: { headers: { from: 'second' } } });
    expect((await partsOf(result.stream)).at(-1)).toMatchObject({
      type: 'finish',
      usage,
      providerMetadata: { tierfall: { tier: 'p1/m1', index: 1, attempts: 2 } },
    });
  });

  test('names itself by its chain, and passes on every setting of a call', async () => {
    const first = answering(textAnswer('Hi'));
    const { failover, modelFor } = over(first, answering(textAnswer('no')));
    const model = failoverModel(failover, modelFor);

    await generateText({ model, prompt: 'Hello', temperature: 0.3, maxOutputTokens: 9, seed: 4, stopSequences: ['x'] });

    expect([model.provider, model.modelId]).toEqual(['tierfall', 'p0/m0 > p1/m1']);
    expect(failoverModel(failover, modelFor, { modelId: 'smart' }).modelId).toBe('smart');
    expect(first.doGenerateCalls[0]).toMatchObject({
      temperature: 0.3,
      maxOutputTokens: 9,
      seed: 4,
      stopSequences: ['x'],
    });
  });

  test('passes on only the URLs that every tier reads, or those it is told', async () => {
    const https = /^https:/u;
    const { failover, modelFor } = over(reads(https, /^gs:/u), reads(/^https:/u));
    const broken = over(reads(https), reads(https));

    expect(await failoverModel(failover, modelFor).supportedUrls).toEqual({ 'image/*': [https] });
    expect(
      await failoverModel(broken.failover, () => {
        throw new Error('no key');
      }).supportedUrls,
    ).toEqual({});
    expect(await failoverModel(failover, modelFor, { supportedUrls: { 'x/y': [https] } }).supportedUrls).toEqual({
      'x/y': [https],
    });
  });

  test('takes models of the present specification, older ones when wrapped, and says so', async () => {
    const old = new MockLanguageModelV3({
      doGenerate: async () => ({
        content: [{ type: 'text', text: 'old but good' }],
        finishReason: { unified: 'stop', raw: 'stop' },
        usage,
        warnings: [],
      }),
    });
    const wrapped = over(wrapLanguageModel({ model: old, middleware: [] }));
    const refused = over(untyped(old), answering(textAnswer('no')));

    const { text } = await generateText({ model: failoverModel(wrapped.failover, wrapped.modelFor), prompt: 'Hello' });
    const error = generateText({ model: failoverModel(refused.failover, refused.modelFor), prompt: 'Hello' });

    expect(text).toBe('old but good');
    await expect(error).rejects.toThrow(/modelFor\(p0\/m0\).*specification v4.*got v3; wrap/u);
  });

  test('is not made of the wrong things', () => {
    const { failover, modelFor } = over(answering(textAnswer('Hi')));
    expect(() => failoverModel(untyped({}), modelFor)).toThrow(/^failover: expected what createFailover returned/u);
    expect(() => failoverModel(failover, untyped(undefined))).toThrow(/^modelFor: expected a function/u);
  });

  test('reports tokens to the budget when asked to, streamed or not', async () => {
    const models = [0, 1].map(
      () =>
        new MockLanguageModelV4({
          doGenerate: textAnswer('Hi'),
          doStream: async () => ({ stream: streamOf(textParts('Hi')) }),
        }),
    );
    const failover = createFailover({
      chain: ['p0/m0', 'p1/m1'],
      policy: { triggers: ['token_budget'], tokenBudget: { limit: 10, windowMs: 3_600_000 } },
    });
    const counted = failoverModel(failover, ({ model }) => models[Number(model.slice(1))]!, { recordUsage: true });
    const ask = async () => {
      await generateText({ model: counted, prompt: 'Hello' });
      await streamText({ model: counted, prompt: 'Hello' }).text;
      await settle();
    };

    // Five tokens an answer: the second one uses the budget up.
    await ask();
    expect(await failover.state('default')).toMatchObject({ tier: 1, lastFailureKind: 'token_budget' });
    await ask();
    expect([models[0]!.doGenerateCalls.length, models[1]!.doGenerateCalls.length]).toEqual([1, 1]);
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
    const model = failoverModel(failover, (tier) => models[Number(tier.model)]!, { [limit]: 5000 });

    const parts = model.doStream(prompt).then(({ stream }) => partsOf(stream));
    await until(() => stalling.doStreamCalls.length === 1);
    await clock.advance(5000);

    const texts = (await parts).map((part) => (part.type === 'text-delta' ? part.delta : part.type));
    expect(texts).toContain(ending === 'error' ? 'error' : 'elsewhere');
    expect(texts.includes('Hi')).toBe(ending === 'error');
    expect(await failover.state('default')).toMatchObject({ tier: 1, lastFailureKind: 'timeout' });
  });
});

function streamOf(parts: readonly StreamPart[]): ReadableStream<StreamPart> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}
