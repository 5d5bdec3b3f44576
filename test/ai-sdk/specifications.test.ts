import type { LanguageModelV4 } from '@ai-sdk/provider';
import * as ai5 from 'ai5';
import { MockLanguageModelV2 } from 'ai5/test';
import * as ai6 from 'ai6';
import { generateText, wrapLanguageModel } from 'ai';
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test';
import { describe, expect, test } from 'vitest';
import { failoverEmbeddingModel, failoverImageModel, failoverModel } from '../../src/ai-sdk/index.js';
import { createFailover } from '../../src/index.js';
import { majors } from './majors.js';
import { textAnswer, untyped, usage } from './mocks.js';

const v4 = () => new MockLanguageModelV4({ doGenerate: textAnswer('of v4') });
const v3 = () =>
  new MockLanguageModelV3({
    doGenerate: async () => ({
      content: [{ type: 'text', text: 'of v3' }],
      finishReason: { unified: 'stop', raw: 'stop' },
      usage,
      warnings: [],
    }),
  });
const v2 = () =>
  new MockLanguageModelV2({
    doGenerate: async () => ({
      content: [{ type: 'text', text: 'of v2' }],
      finishReason: 'stop',
      usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
      warnings: [],
    }),
  });

/** A model of a chain with these models, which are made anew for each attempt. */
function chained(...models: (() => unknown)[]) {
  const chain = models.map((_, index) => ({ provider: `p${index}`, model: String(index) }));
  return failoverModel(createFailover({ chain }), ({ model }): LanguageModelV4 => untyped(models[Number(model)]!()));
}

test.each([
  [v4, 'v4'],
  [v3, 'v3'],
  [v2, 'v2'],
])('the model is of the specification of its models', async (make, version) => {
  const model = chained(make, make);
  expect(model.specificationVersion).toBe(version);
  // The current major takes the models of the two before it.
  expect((await generateText({ model, prompt: 'Hello' })).text).toBe(`of ${version}`);
});

test('a tier whose model cannot be made is not in the way of the others', async () => {
  const noKey = () => {
    throw new Error('no key');
  };
  expect(chained(noKey, v3).specificationVersion).toBe('v3');
  expect(() => chained(noKey).specificationVersion).toThrow('no key');
});

test('a tier of another specification than the first is an error that says what to do', async () => {
  const mixed = generateText({ model: chained(failing, v3), prompt: 'Hello' });
  const wrapped = chained(failing, () => wrapLanguageModel({ model: v3(), middleware: [] }));

  await expect(mixed).rejects.toThrow(
    /^modelFor\(p1\/1\): is of specification v3, the chain of v4; .*wrapLanguageModel/u,
  );
  expect((await generateText({ model: wrapped, prompt: 'Hello', maxRetries: 0 })).text).toBe('of v3');

  function failing() {
    return new MockLanguageModelV4({
      doGenerate: () => Promise.reject(Object.assign(new Error('no'), { status: 503 })),
    });
  }
});

test.each([
  [{ specificationVersion: 'v1' }, 'v1'],
  ['a/gateway-id', 'string'],
  [undefined, 'undefined'],
])('a model of no specification that is served (%j) is named, with the versions that are', async (model, given) => {
  const message = `modelFor(p0/0): expected a model of specification v2, v3 or v4, as the providers of ai 5, 6 and 7 make, got ${given}`;
  const refused = chained(() => model);
  await expect(generateText({ model: refused, prompt: 'Hello' })).rejects.toThrow(message);
  expect(() => refused.specificationVersion).toThrow(message);
});

test('an older ai says itself that a model is too new for it', async () => {
  const ask5 = ai5.generateText({ model: untyped(chained(v4)), prompt: 'Hello' });
  const ask6 = ai6.generateText({ model: untyped(chained(v4)), prompt: 'Hello' });
  await expect(ask5).rejects.toThrow(/version v4 .*AI SDK 5 only supports/u);
  await expect(ask6).rejects.toThrow(/version v4 /u);
});

describe.each(majors)('$name', ({ sdk, providers, specification }) => {
  const apiKey = 'test-key';
  const baseURL = 'http://provider.invalid/v1';
  const failover = () => createFailover({ chain: ['p/down', 'p/up'] });
  /** Answers as OpenAI does; the model `down` is overloaded. */
  const openai = (answer: (asked: { input?: string[]; n?: number }) => object) =>
    providers.openai({
      apiKey,
      baseURL,
      fetch: async (_url: unknown, init: { body: string }) => {
        const asked = JSON.parse(init.body);
        if (asked.model === 'down') return new Response('{}', { status: 503 });
        return Response.json(answer(asked));
      },
    } as never);

  test('embeddings fall back', async () => {
    const { textEmbeddingModel } = openai(({ input = [] }) => ({
      data: input.map((value, index) => ({ embedding: [value.length], index })),
      usage: { prompt_tokens: 1 },
    }));
    const model = failoverEmbeddingModel(failover(), (tier) => textEmbeddingModel(tier.model));

    const one = await sdk.embed({ model, value: 'four', maxRetries: 0 });
    const many = await sdk.embedMany({ model, values: ['a', 'bb'], maxRetries: 0 });

    expect([model.specificationVersion, one.embedding, many.embeddings]).toEqual([specification, [4], [[1], [2]]]);
  });

  test('images fall back', async () => {
    const { image } = openai(({ n = 1 }) => ({
      data: Array.from({ length: n }, () => ({ b64_json: 'iVBORw0KGgo=' })),
    }));
    const model = failoverImageModel(failover(), (tier) => image(tier.model));

    const { images } = await sdk.generateImage({ model, prompt: 'a cat', n: 2, maxRetries: 0 });

    expect([model.specificationVersion, images.length]).toEqual([specification, 2]);
  });
});
