import { generateText, streamText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { describe, expect, test } from 'vitest';
import { failoverModel } from '../../src/ai-sdk/index.js';
import { createFailover, judges } from '../../src/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { settle } from '../support/event-loop.js';
import {
  answering,
  apiError,
  finishWith,
  over,
  partsOf,
  prompt,
  streamOf,
  textAnswer,
  textParts,
  untyped,
  usage,
} from './mocks.js';

const reads = (...patterns: RegExp[]) => new MockLanguageModelV4({ supportedUrls: { 'image/*': patterns } });

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

  test('carries those of an answer that was judged a failure, where no tier did better', async () => {
    const refuses = new MockLanguageModelV4({
      doStream: async () => ({
        stream: streamOf([{ type: 'stream-start', warnings: [] }, finishWith('content-filter')]),
        response: { headers: { from: 'first' } },
      }),
    });
    const fails = new MockLanguageModelV4({
      doStream: async () => ({
        stream: streamOf([{ type: 'error', error: apiError(503) }]),
        response: { headers: { from: 'second' } },
      }),
    });
    const { failover, modelFor } = over(refuses, fails);
    await failover.update({ policy: { reroute: ['content_policy'] } }, { by: 'ops' });
    const result = await failoverModel(failover, modelFor, { judge: judges.refusal }).doStream(prompt);
    expect(result).toMatchObject({ response: { headers: { from: 'first' } } });
    expect((await partsOf(result.stream)).at(-1)).toMatchObject({ providerMetadata: { tierfall: { index: 0 } } });
  });

  test('follows an update of the failover: its name, its URLs and its calls', async () => {
    const https = /^https:/u;
    const models = [reads(https), reads(https, /^data:/u), answering(textAnswer('new'))];
    const failover = createFailover({ chain: ['p0/m0', 'p1/m1'] });
    const model = failoverModel(failover, (tier) => models[Number(tier.model.slice(1))]!);
    expect(await model.supportedUrls).toEqual({ 'image/*': [https] });
    await failover.update({ chain: ['p2/m2', 'p1/m1'] }, { by: 'ops' });
    expect(model.modelId).toBe('p2/m2 > p1/m1');
    expect(await model.supportedUrls).toEqual({});
    expect((await generateText({ model, prompt: 'Hello' })).text).toBe('new');
  });

  test('one call may begin at another tier, and skip those that are too small', async () => {
    const models = [answering(textAnswer('zero')), answering(textAnswer('one')), answering(textAnswer('two'))];
    const failover = createFailover({
      chain: [
        { provider: 'p0', model: 'm0', contextTokens: 100 },
        { provider: 'p1', model: 'm1', contextTokens: 1000 },
        'p2/m2',
      ],
    });
    const modelFor = ({ model }: { model: string }) => models[Number(model.slice(1))]!;
    const ask = async (tierfall: Record<string, never> | object, options = {}) => {
      const model = failoverModel(failover, modelFor, options);
      const providerOptions = { tierfall: tierfall as Record<string, string> };
      return (await generateText({ model, prompt: 'Hello', maxRetries: 0, providerOptions })).text;
    };
    expect(await ask({ first: 'p1/m1' })).toBe('one');
    expect(await ask({ first: { provider: 'p2', model: 'm2' } }, { pinned: 0 })).toBe('two');
    expect(await ask({ pinned: 1 }, { first: 2 })).toBe('one');
    expect(await ask({ promptTokens: 500, session: undefined })).toBe('one');
    await expect(ask({ first: 1, pinned: 1 })).rejects.toThrow('first');
    await expect(ask({ first: 'p9/m9' })).rejects.toThrow('first');
    await expect(ask({ first: { provider: 'p2', model: 2 } })).rejects.toThrow('expected an index, ');
    await expect(ask({ promptTokens: -1 })).rejects.toThrow('providerOptions.tierfall.promptTokens');
    await expect(ask({ fallbacks: [] })).rejects.toThrow(
      'known are instance, session, group, pinned, first and promptTokens',
    );
  });

  test('goes to the fallbacks it was made with, and no longer than its deadline', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['p0/m0', 'p1/m1', 'p2/m2'], clock });
    const down = new MockLanguageModelV4({
      doGenerate: async () => {
        throw apiError(503);
      },
    });
    const hangs = new MockLanguageModelV4({ doGenerate: async () => new Promise<never>(() => undefined) });
    const ask = async (models: MockLanguageModelV4[]) => {
      const modelFor = ({ model }: { model: string }) => models[Number(model.slice(1))]!;
      const model = failoverModel(failover, modelFor, { fallbacks: ['p2/m2'], deadlineMs: 5000 });
      return (await generateText({ model, prompt: 'Hello', maxRetries: 0 })).text;
    };
    expect(await ask([down, answering(textAnswer('one')), answering(textAnswer('two'))])).toBe('two');
    const late = ask([hangs, hangs, hangs]).catch((error: unknown) => error);
    await settle();
    await clock.advance(5000);
    expect(await late).toMatchObject({ code: 'TIERFALL_DEADLINE' });
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
