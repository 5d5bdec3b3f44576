import { generateText } from 'ai';
import { describe, expect, test } from 'vitest';
import { failoverEmbeddingModel, failoverImageModel, failoverModel } from '../../src/ai-sdk/index.js';
import { createFailover, type TierRef } from '../../src/index.js';
import { answering, textAnswer, untyped } from './mocks.js';

/** A model with two keys, and one behind it. */
function setUp() {
  const failover = createFailover({
    chain: [{ provider: 'openai', model: 'gpt', credentials: ['team', 'own'] }, 'anthropic/claude'],
    policy: { tokenBudget: { limit: 1e6, windowMs: 60_000, scope: 'group' } },
  });
  const model = failoverModel(failover, ({ credential = 'none' }) => answering(textAnswer(`with ${credential}`)), {
    recordUsage: true,
  });
  const ask = (tierfall: object) =>
    generateText({ model, prompt: 'Hello', maxRetries: 0, providerOptions: { tierfall: untyped(tierfall) } });
  return { failover, model, ask };
}

describe('A chain with several keys for one model', () => {
  test.each<[TierRef, string]>([
    ['openai/gpt', 'with team'],
    ['openai/gpt@own', 'with own'],
    [{ provider: 'openai', model: 'gpt' }, 'with team'],
    [{ provider: 'openai', model: 'gpt', credential: 'own' }, 'with own'],
    [1, 'with own'],
    ['anthropic/claude', 'with none'],
  ])('one call may be pinned to, or begin at, %j', async (ref, text) => {
    const { ask } = setUp();
    expect((await ask({ pinned: ref })).text).toBe(text);
    expect((await ask({ first: ref })).text).toBe(text);
  });

  test('a credential that is no name is an error', async () => {
    const pinned = { provider: 'openai', model: 'gpt', credential: 7 };
    await expect(setUp().ask({ pinned })).rejects.toThrow(/^providerOptions\.tierfall\.pinned: expected an index/);
  });

  test('the name of the chain and the answer say which key', async () => {
    const { model, ask } = setUp();
    expect(model.modelId).toBe('openai/gpt@team > openai/gpt@own > anthropic/claude');
    const { providerMetadata } = await ask({ pinned: 1 });
    expect(providerMetadata?.['tierfall']).toEqual({ tier: 'openai/gpt@own', index: 1, attempts: 1 });
  });
});

describe('A group of a budget', () => {
  test('is named by the model, or by one call', async () => {
    const { failover, ask } = setUp();
    const usedBy = async (group: string) => {
      await failover.recordUsage('reader', { inputTokens: 0, outputTokens: 1 }, { group });
      return (await failover.budget('reader'))!.used - 1;
    };
    await ask({ instance: 'bot', group: 'coders' });
    expect(await usedBy('writers')).toBe(0);
    expect(await usedBy('coders')).toBeGreaterThan(0);

    const model = failoverModel(failover, () => answering(textAnswer('Hi')), { recordUsage: true, group: 'editors' });
    await generateText({ model, prompt: 'Hello', maxRetries: 0 });
    expect(await usedBy('editors')).toBeGreaterThan(0);
  });
});

test.each<[string, (...given: never[]) => unknown]>([
  ['failoverModel', failoverModel],
  ['failoverEmbeddingModel', failoverEmbeddingModel],
  ['failoverImageModel', failoverImageModel],
])('%s refuses an option that nobody knows', (_name, make) => {
  const { failover } = setUp();
  const makeWith = (options: unknown) => () =>
    make(
      untyped(failover),
      untyped(() => undefined),
      untyped(options),
    );
  expect(makeWith({ sesion: 'a' })).toThrow(/^sesion: unknown option; known: instance, .*; did you mean session\?$/);
  expect(makeWith(null)).toThrow('options: expected an object, or nothing');
  expect(makeWith({ session: undefined })).not.toThrow();
});
