import { chainName, checkModel, type FailoverRuntime } from '../bridge-call.js';
import { aiSdkMarks } from '../core/answers/ai-sdk.js';
import { usageOf } from '../core/usage/usage-of.js';
import type { Tier } from '../core/config.js';
import { answeredBy, checkModelOptions, readCall, type FailoverModelOptions, type ModelCall } from './model-call.js';
import type { CallOptions } from '../ports/failover.js';
import type {
  AnyLanguageModel,
  GenerateResult,
  ModelInput,
  ModelOf,
  StreamPart,
  SupportedUrls,
} from './model-types.js';
import { withoutRawParts, withRefusalsNoted } from './raw-parts.js';
import { sharedUrls } from './shared-urls.js';
import { chainModels } from './specification.js';
import { isContentPart, readableParts } from './stream-parts.js';

/** What holds for every call of a language model; `providerOptions.tierfall` outranks it for one call. */
export interface FailoverLanguageModelOptions extends FailoverModelOptions {
  /** Limit from the start of an attempt to its first content, in milliseconds. Streams only. */
  firstContentTimeoutMs?: number | undefined;
  /** Limit for one pending read of a stream, in milliseconds. */
  idleTimeoutMs?: number | undefined;
  /**
   * Says that an answer is a failure, and of which kind, e.g. `judges.refusal` of `tierfall`. It is given what
   * `doGenerate` gave, and of a stream the parts up to the first content, and the finish; see `CallOptions`.
   */
  judge?: CallOptions<never, GenerateResult | StreamPart>['judge'];
  /** URLs that are passed on to the models as they are. Default: those that every model of the chain can read. */
  supportedUrls?: SupportedUrls | undefined;
}

const known = ['recordUsage', 'firstContentTimeoutMs', 'idleTimeoutMs', 'judge', 'supportedUrls'];

/**
 * A language model of the AI SDK made of a chain of models: `generateText`, `streamText`, `generateObject` and agents
 * take it like any other. Each model call is one `failover.run`, so concurrent calls share what is known of the
 * chain and nothing else. `providerMetadata.tierfall` of an answer says which tier gave it.
 *
 * Pass `maxRetries: 0` to the SDK's functions: the failover retries.
 *
 * @param modelFor Makes the model of a tier; called for every attempt, as providers of the AI SDK make their models at
 * no cost. The models of a chain are all of one specification, v2, v3 or v4, that is for `ai` 5, 6 or 7; the model made
 * of them is of the same.
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverModel<T extends Tier, M extends AnyLanguageModel>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T) => M,
  options: FailoverLanguageModelOptions = {},
): ModelOf<M, AnyLanguageModel> {
  checkModel(failover, modelFor);
  checkModelOptions(options, known);
  const { firstContentTimeoutMs, idleTimeoutMs } = options;
  const judge = options.judge === undefined ? {} : { judge: options.judge };
  const models = chainModels(failover, modelFor);
  /** Of one chain: an update of the failover may change it. */
  let urls: { chain: readonly T[]; shared: Promise<SupportedUrls> } | undefined;

  /** What is used counts against the budget, and is held for a call while that is under way. */
  const counted = options.recordUsage ? { usage: usageOf.aiSdk } : {};

  const model = {
    get specificationVersion() {
      return models.version;
    },
    provider: 'tierfall',
    get modelId() {
      return options.modelId ?? chainName(failover.chain);
    },

    get supportedUrls() {
      if (options.supportedUrls) return options.supportedUrls;
      // Where a model cannot be asked, everything is downloaded; what is wrong with it shows when it is called.
      const { chain } = failover;
      if (urls?.chain !== chain) {
        urls = { chain, shared: sharedUrls(chain.map((tier) => () => models.modelOf(tier))).catch(() => ({})) };
      }
      return urls.shared;
    },

    async doGenerate(input: ModelInput) {
      const call = readCall(input, options, failover.chain);
      const result = await failover.run(
        (tier, { signal }) => models.modelOf(tier).doGenerate(inputFor(input, call, signal)),
        { ...call.run, ...judge, ...counted, stream: false },
      );
      const { value } = result;
      return { ...value, providerMetadata: { ...value.providerMetadata, ...answeredBy(result) } };
    },

    async doStream(input: ModelInput) {
      const call = readCall(input, options, failover.chain);
      /** What came beside the stream of each tier: another one may answer than the tier that was asked last. */
      const heads: object[] = [];
      const refused = new WeakSet<object>();
      const result = await failover.run(
        async (tier, { index, signal }) => {
          const asked = models.modelOf(tier);
          const isOld = asked.specificationVersion === 'v2';
          const own = isOld || options.judge ? { ...input, includeRawChunks: true } : input;
          const { stream, ...rest } = await asked.doStream(inputFor(own, call, signal));
          // An abandoned attempt may still answer; the last one that is waited for is the one that counts.
          if (!signal.aborted) heads[index] = rest;
          const keep = input.includeRawChunks === true;
          if (isOld) return withoutRawParts(stream, { keep });
          return options.judge ? withRefusalsNoted(stream, { keep, refused }) : stream;
        },
        {
          ...call.run,
          ...aiSdkMarks,
          ...(options.judge ? { isContent: (part: StreamPart) => !refused.has(part) && isContentPart(part) } : {}),
          ...judge,
          ...counted,
          ...(firstContentTimeoutMs === undefined ? {} : { firstContentTimeoutMs }),
          ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
        },
      );
      const stream = readableParts(result.value, {
        signal: input.abortSignal,
        map(part: StreamPart & { providerMetadata?: object }) {
          if (part.type !== 'finish') return part;
          return { ...part, providerMetadata: { ...part.providerMetadata, ...answeredBy(result) } };
        },
      });
      return { ...heads[result.index], stream };
    },
  };
  // What goes through it is of the specification of the chain's own models, and is not looked into.
  return model as unknown as ModelOf<M, AnyLanguageModel>;
}

/** What a tier's model is called with: the caller's input, our signal, nothing of ours. */
function inputFor(input: ModelInput, { providerOptions }: ModelCall, abortSignal: AbortSignal): never {
  return (providerOptions ? { ...input, providerOptions, abortSignal } : { ...input, abortSignal }) as never;
}
