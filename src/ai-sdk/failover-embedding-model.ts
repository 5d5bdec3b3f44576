import { chainName, checkModel, type FailoverRuntime } from '../bridge-call.js';
import type { Tier } from '../core/config.js';
import { batchOptions, maxInputBytes, optionsTransformer, sharedInputBytes } from './embedding-batches.js';
import { answeredBy, checkModelOptions, readCall, type FailoverModelOptions } from './model-call.js';
import type { AnyEmbeddingModel, ModelInput, ModelOf } from './model-types.js';
import { chainModels } from './specification.js';

/**
 * An embedding model of the AI SDK made of a chain of models, for `embed` and `embedMany`. Vectors of different models
 * cannot be compared: let the tiers be the same model at different providers, or keep one index for each.
 *
 * @param modelFor as of `failoverModel`
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverEmbeddingModel<T extends Tier, M extends AnyEmbeddingModel>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T) => M,
  options: Omit<FailoverModelOptions, 'recordUsage'> = {},
): ModelOf<M, AnyEmbeddingModel> {
  checkModel(failover, modelFor);
  checkModelOptions(options);
  const models = chainModels(failover, modelFor);
  const modelOf = (tier: T) => models.modelOf(tier);

  const model = {
    get specificationVersion() {
      return models.version;
    },
    provider: 'tierfall',
    get modelId() {
      return options.modelId ?? chainName(failover.chain);
    },

    // A batch is cut before it is known who will answer it: it must fit them all.
    get maxEmbeddingsPerCall() {
      return Promise.all(models.all().map(async (each) => await each.maxEmbeddingsPerCall)).then((limits) =>
        Math.min(...limits.map((limit) => limit ?? Number.POSITIVE_INFINITY)),
      );
    },
    get supportsParallelCalls() {
      return Promise.all(models.all().map(async (each) => await each.supportsParallelCalls)).then((answers) =>
        answers.every(Boolean),
      );
    },

    get [maxInputBytes]() {
      return sharedInputBytes(models.all()).catch(() => undefined);
    },
    [optionsTransformer]: (batch: Parameters<typeof batchOptions>[1]) => batchOptions(models.all(), batch),

    async doEmbed(input: ModelInput) {
      const { run, providerOptions } = readCall(input, options, failover.chain);
      const own = providerOptions ? { providerOptions } : {};
      const result = await failover.run(
        (tier, { signal }) => modelOf(tier).doEmbed({ ...input, ...own, abortSignal: signal } as never),
        { ...run, stream: false },
      );
      const { value } = result;
      return { ...value, providerMetadata: { ...value.providerMetadata, ...answeredBy(result) } };
    },
  };
  // What goes through it is of the specification of the chain's own models, and is not looked into.
  return model as unknown as ModelOf<M, AnyEmbeddingModel>;
}
