import type { EmbeddingModelV4, LanguageModelV3, LanguageModelV4 } from '@ai-sdk/provider';
import { anthropic } from '@ai-sdk/anthropic';
import { openai } from '@ai-sdk/openai';
import { embed, generateImage, generateText, ToolLoopAgent } from 'ai';
import { embed as embed5, experimental_generateImage as generateImage5, generateText as generateText5 } from 'ai5';
import { anthropic as anthropic5 } from 'ai5-anthropic';
import { openai as openai5 } from 'ai5-openai';
import { embed as embed6, generateImage as generateImage6, generateText as generateText6 } from 'ai6';
import { anthropic as anthropic6 } from 'ai6-anthropic';
import { openai as openai6 } from 'ai6-openai';
import { expectTypeOf, test } from 'vitest';
import { failoverEmbeddingModel, failoverImageModel, failoverModel } from '../../src/ai-sdk/index.js';
import { createFailover } from '../../src/index.js';

const failover = createFailover({ chain: ['anthropic/a', 'openai/b'] });
const prompt = 'Hello';

test('ai 7 takes what is made of its own models', () => {
  const model = failoverModel(failover, (tier) =>
    tier.provider === 'openai' ? openai(tier.model) : anthropic(tier.model),
  );
  expectTypeOf(model).toExtend<LanguageModelV4>();
  expectTypeOf(generateText({ model, prompt })).resolves.toHaveProperty('text');
  expectTypeOf(new ToolLoopAgent({ model })).toHaveProperty('generate');
  const vectors = failoverEmbeddingModel(failover, (tier) => openai.embedding(tier.model));
  expectTypeOf(vectors).toExtend<EmbeddingModelV4>();
  expectTypeOf(embed({ model: vectors, value: 'x' })).resolves.toHaveProperty('embedding');
  const images = failoverImageModel(failover, (tier) => openai.image(tier.model));
  expectTypeOf(generateImage({ model: images, prompt })).resolves.toHaveProperty('images');
});

test('ai 6 takes what is made of its own models', () => {
  const model = failoverModel(failover, (tier) =>
    tier.provider === 'openai' ? openai6(tier.model) : anthropic6(tier.model),
  );
  expectTypeOf(model.specificationVersion).toEqualTypeOf<'v3'>();
  expectTypeOf(generateText6({ model, prompt })).resolves.toHaveProperty('text');
  const vectors = failoverEmbeddingModel(failover, (tier) => openai6.textEmbeddingModel(tier.model));
  expectTypeOf(embed6({ model: vectors, value: 'x' })).resolves.toHaveProperty('embedding');
  const images = failoverImageModel(failover, (tier) => openai6.image(tier.model));
  expectTypeOf(generateImage6({ model: images, prompt })).resolves.toHaveProperty('images');
});

test('ai 5 takes what is made of its own models', () => {
  const model = failoverModel(failover, (tier) =>
    tier.provider === 'openai' ? openai5(tier.model) : anthropic5(tier.model),
  );
  expectTypeOf(model.specificationVersion).toEqualTypeOf<'v2'>();
  expectTypeOf(generateText5({ model, prompt })).resolves.toHaveProperty('text');
  const vectors = failoverEmbeddingModel(failover, (tier) => openai5.textEmbeddingModel(tier.model));
  expectTypeOf(embed5({ model: vectors, value: 'x' })).resolves.toHaveProperty('embedding');
  const images = failoverImageModel(failover, (tier) => openai5.image(tier.model));
  expectTypeOf(generateImage5({ model: images, prompt })).resolves.toHaveProperty('images');
});

test('what is no model is refused', () => {
  // @ts-expect-error a name of a model is none
  failoverModel(failover, (tier) => tier.model);
  // @ts-expect-error an embedding model is no language model
  failoverModel(failover, (tier) => openai.embedding(tier.model));
  // @ts-expect-error a model of ai 7 is too new for ai 5
  void generateText5({ model: failoverModel(failover, (tier) => openai(tier.model)), prompt });
  expectTypeOf(
    failoverModel(failover, (): LanguageModelV3 | LanguageModelV4 => openai('x')).specificationVersion,
  ).toEqualTypeOf<'v3' | 'v4'>();
});
