import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { embed, embedMany, generateImage } from 'ai';
import { MockEmbeddingModelV4 } from 'ai/test';
import { expect, test } from 'vitest';
import type { ImageModelV4 } from '@ai-sdk/provider';
import { failoverEmbeddingModel, failoverImageModel } from '../../src/ai-sdk/index.js';
import { createFailover } from '../../src/index.js';
import { apiError } from './mocks.js';

const failover = () => createFailover({ chain: ['p0/0', 'p1/1'] });

function embedding(limit: number | undefined, parallel: boolean, down = false): MockEmbeddingModelV4 {
  return new MockEmbeddingModelV4({
    maxEmbeddingsPerCall: limit ?? null,
    supportsParallelCalls: parallel,
    async doEmbed({ values }) {
      if (down) throw apiError(503);
      return { embeddings: values.map((value) => [value.length]), warnings: [] };
    },
  });
}

function textOf(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : '';
}

test('embed falls back and says who answered', async () => {
  const models = [embedding(10, true, true), embedding(10, true)];
  const model = failoverEmbeddingModel(failover(), (tier) => models[Number(tier.model)]!);

  const result = await embed({ model, value: 'four', maxRetries: 0, providerOptions: { tierfall: { session: 's1' } } });

  expect(result.embedding).toEqual([4]);
  expect(result.providerMetadata?.['tierfall']).toEqual({ tier: 'p1/1', index: 1, attempts: 2 });
  expect(models[1]!.doEmbedCalls[0]?.providerOptions).toEqual({});
});

test('embedMany cuts batches so that every tier can take them', async () => {
  const models = [embedding(5, true, true), embedding(2, true)];
  const model = failoverEmbeddingModel(failover(), (tier) => models[Number(tier.model)]!);
  const unbounded = failoverEmbeddingModel(failover(), () => embedding(undefined, false));

  const { embeddings } = await embedMany({ model, values: ['a', 'bb', 'ccc', 'dddd', 'eeeee'], maxRetries: 0 });

  expect(embeddings).toEqual([[1], [2], [3], [4], [5]]);
  expect(models[1]!.doEmbedCalls.map(({ values }) => values.length)).toEqual([2, 2, 1]);
  expect(await model.supportsParallelCalls).toBe(true);
  expect([await unbounded.maxEmbeddingsPerCall, await unbounded.supportsParallelCalls]).toEqual([
    Number.POSITIVE_INFINITY,
    false,
  ]);
});

test('embedMany sends OpenAI no more text in one call than it takes, also where it is a later tier', async () => {
  const sent: number[] = [];
  const openai = createOpenAI({
    apiKey: 'test-key',
    fetch: async (_url, init) => {
      const { input }: { input: string[] } = JSON.parse(textOf(init));
      sent.push(input.join('').length);
      return Response.json({
        data: input.map((value) => ({ embedding: [value.length] })),
        usage: { prompt_tokens: 1 },
      });
    },
  });
  const models = [embedding(2_048, true, true), openai.embedding('text-embedding-3-small')];
  const model = failoverEmbeddingModel(failover(), (tier) => models[Number(tier.model)]!);

  const { embeddings } = await embedMany({ model, values: Array(5).fill('x'.repeat(100_000)), maxRetries: 0 });

  expect(embeddings).toHaveLength(5);
  expect(sent).toEqual([300_000, 200_000]);
});

test('embedMany gives each value of a batch its own part of the provider options', async () => {
  const sent: unknown[] = [];
  const google = createGoogle({
    apiKey: 'test-key',
    fetch: async (_url, init) => {
      const { requests }: { requests: { content: { parts: unknown } }[] } = JSON.parse(textOf(init));
      sent.push(requests.map(({ content }) => content.parts));
      return Response.json({ embeddings: requests.map(() => ({ values: [1] })) });
    },
  });
  const models = [embedding(2, true, true), google.embedding('gemini-embedding-2')];
  const chain = ['p0/0', 'p1/1', 'p2/1'];
  const model = failoverEmbeddingModel(createFailover({ chain }), (tier) => models[Number(tier.model)]!);
  const content = ['a', 'b', 'c', 'd'].map((text) => [{ text: `beside ${text}` }]);

  await embedMany({
    model,
    values: ['a', 'b', 'c', 'd'],
    maxRetries: 0,
    providerOptions: { google: { content, taskType: 'CLUSTERING' } },
  });

  const parts = ['a', 'b', 'c', 'd'].map((text) => [{ text }, { text: `beside ${text}` }]);
  expect(sent).toEqual([parts.slice(0, 2), parts.slice(2)]);
});

test('generateImage falls back, in batches every tier can take', async () => {
  const asked: number[] = [];
  const image = (maxImagesPerCall: ImageModelV4['maxImagesPerCall'], edits: boolean, down = false): ImageModelV4 => ({
    specificationVersion: 'v4',
    provider: 'mock',
    modelId: 'm',
    maxImagesPerCall,
    supportsFileInputs: edits,
    async doGenerate({ n }) {
      if (down) throw apiError(500);
      asked.push(n);
      const response = { timestamp: new Date(0), modelId: 'm', headers: {} };
      return { images: Array.from({ length: n }, () => 'iVBORw0KGgo='), warnings: [], response };
    },
  });
  const models = [image(4, true, true), image(async () => 2, true)];
  const model = failoverImageModel(failover(), (tier) => models[Number(tier.model)]!);
  const plain = failoverImageModel(failover(), (tier) => (tier.model === '0' ? models[1]! : image(undefined, false)));

  const { images } = await generateImage({ model, prompt: 'a cat', n: 3, maxRetries: 0 });

  expect(images).toHaveLength(3);
  expect(asked.toSorted((one, other) => one - other)).toEqual([1, 2]);
  expect([await model.supportsFileInputs, await model.supportsMaskInputs]).toEqual([true, false]);
  expect(await plain.supportsFileInputs).toBe(false);
  expect(typeof plain.maxImagesPerCall === 'function' && (await plain.maxImagesPerCall({ modelId: '' }))).toBe(1);
});

test('a tier whose model cannot be made is in the way of no batch', async () => {
  const noKey = (): never => {
    throw Object.assign(new Error('no key'), { status: 401 });
  };
  const response = { timestamp: new Date(0), modelId: 'm', headers: {} };
  const image: ImageModelV4 = {
    specificationVersion: 'v4',
    provider: 'mock',
    modelId: 'm',
    maxImagesPerCall: 2,
    doGenerate: async ({ n }) => ({ images: Array.from({ length: n }, () => 'iVBORw0KGgo='), warnings: [], response }),
  };
  for (const missing of ['0', '1']) {
    const embeds = failoverEmbeddingModel(failover(), (tier) =>
      tier.model === missing ? noKey() : embedding(2, true),
    );
    const draws = failoverImageModel(failover(), (tier) => (tier.model === missing ? noKey() : image));
    const { embeddings } = await embedMany({ model: embeds, values: ['a', 'bb', 'ccc'], maxRetries: 0 });
    expect(embeddings).toEqual([[1], [2], [3]]);
    expect((await generateImage({ model: draws, prompt: 'a cat', n: 3, maxRetries: 0 })).images).toHaveLength(3);
  }
  const none = { prompt: 'a cat', model: failoverImageModel(failover(), (): ImageModelV4 => noKey()), maxRetries: 0 };
  await expect(generateImage(none)).rejects.toThrow('no key');
});

test('a model may look up in itself how many images it takes', async () => {
  class Images {
    readonly specificationVersion = 'v4';
    readonly provider = 'mock';
    readonly modelId = 'm';
    readonly limit = 3;
    async maxImagesPerCall(): Promise<number> {
      return this.limit;
    }
    async doGenerate(): Promise<never> {
      throw apiError(500);
    }
  }
  const model = failoverImageModel(failover(), () => new Images());
  expect(await model.maxImagesPerCall()).toBe(3);
});
