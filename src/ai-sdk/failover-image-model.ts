import type { Tier } from '../core/config.js';
import {
  chainName,
  checkModel,
  checkVersion,
  readCall,
  type FailoverModelOptions,
  type FailoverRuntime,
} from './model-call.js';
import type { ImageModelV4 } from './model-types.js';

/**
 * An image model of the AI SDK made of a chain of models, for `generateImage`.
 *
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverImageModel<T extends Tier>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T) => ImageModelV4,
  options: Omit<FailoverModelOptions, 'recordUsage'> = {},
): ImageModelV4 {
  checkModel(failover, modelFor);
  const { chain } = failover;
  const modelOf = (tier: T) => checkVersion(modelFor(tier), tier);
  const all = async (supported: (model: ImageModelV4) => ImageModelV4['supportsFileInputs']) => {
    const answers = await Promise.all(chain.map(async (tier) => await supported(modelOf(tier))));
    return answers.every((answer) => answer === true);
  };

  return {
    specificationVersion: 'v4',
    provider: 'tierfall',
    modelId: options.modelId ?? chainName(chain),
    // A batch is cut before it is known who will answer it: it must fit them all.
    async maxImagesPerCall() {
      const limits = chain.map(async (tier) => {
        const { maxImagesPerCall: limit, modelId } = modelOf(tier);
        // One is what the SDK takes where a model names no number.
        return (typeof limit === 'function' ? await limit({ modelId }) : limit) ?? 1;
      });
      return Math.min(...(await Promise.all(limits)));
    },
    get supportsFileInputs() {
      return all((model) => model.supportsFileInputs);
    },
    get supportsMaskInputs() {
      return all((model) => model.supportsMaskInputs);
    },

    async doGenerate(input) {
      const { run, providerOptions = {} } = readCall(input, options);
      const { value } = await failover.run(
        (tier, { signal }) => modelOf(tier).doGenerate({ ...input, providerOptions, abortSignal: signal }),
        { ...run, stream: false },
      );
      return value;
    },
  };
}
