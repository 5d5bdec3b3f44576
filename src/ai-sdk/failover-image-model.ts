import { chainName, checkModel, type FailoverRuntime } from '../bridge-call.js';
import type { Tier } from '../core/config.js';
import { checkModelOptions, readCall, type FailoverModelOptions } from './model-call.js';
import type { AnyImageModel, ModelInput, ModelOf } from './model-types.js';
import { chainModels } from './specification.js';

/**
 * An image model of the AI SDK made of a chain of models, for `generateImage`.
 *
 * @param modelFor as of `failoverModel`
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverImageModel<T extends Tier, M extends AnyImageModel>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T) => M,
  options: Omit<FailoverModelOptions, 'recordUsage'> = {},
): ModelOf<M, AnyImageModel> {
  checkModel(failover, modelFor);
  checkModelOptions(options);
  const models = chainModels(failover, modelFor);
  const modelOf = (tier: T) => models.modelOf(tier);
  const all = async (supported: (each: M) => AnyImageModel['supportsFileInputs']) => {
    const answers = await Promise.all(models.all().map(async (each) => await supported(each)));
    return answers.every((answer) => answer === true);
  };

  const model = {
    get specificationVersion() {
      return models.version;
    },
    provider: 'tierfall',
    get modelId() {
      return options.modelId ?? chainName(failover.chain);
    },
    // A batch is cut before it is known who will answer it: it must fit them all.
    async maxImagesPerCall() {
      const limits = models.all().map(async (each) => {
        const { modelId } = each;
        const limit =
          typeof each.maxImagesPerCall === 'function' ? each.maxImagesPerCall({ modelId }) : each.maxImagesPerCall;
        // One is what the SDK takes where a model names no number.
        return (await limit) ?? 1;
      });
      // Where no model can be made, the one call that is left says why.
      return limits.length === 0 ? 1 : Math.min(...(await Promise.all(limits)));
    },
    get supportsFileInputs() {
      return all((each) => each.supportsFileInputs);
    },
    get supportsMaskInputs() {
      return all((each) => each.supportsMaskInputs);
    },

    async doGenerate(input: ModelInput) {
      const { run, providerOptions = {} } = readCall(input, options, failover.chain);
      const { value } = await failover.run(
        (tier, { signal }) => modelOf(tier).doGenerate({ ...input, providerOptions, abortSignal: signal } as never),
        { ...run, stream: false },
      );
      return value;
    },
  };
  // What goes through it is of the specification of the chain's own models, and is not looked into.
  return model as unknown as ModelOf<M, AnyImageModel>;
}
