import type { Tier } from '../core/config.js';
import {
  answeredBy,
  chainName,
  checkModel,
  checkVersion,
  readCall,
  type FailoverModelOptions,
  type FailoverRuntime,
  type ModelCall,
} from './model-call.js';
import type { GenerateResult, LanguageCall, LanguageModelV4, StreamResult } from './model-types.js';
import { sharedUrls } from './shared-urls.js';
import { failingParts, isCompletePart, isContentPart, readableParts } from './stream-parts.js';

/** What holds for every call of a language model; `providerOptions.tierfall` outranks it for one call. */
export interface FailoverLanguageModelOptions extends FailoverModelOptions {
  /** Limit from the start of an attempt to its first content, in milliseconds. Streams only. */
  firstContentTimeoutMs?: number | undefined;
  /** Limit for one pending read of a stream, in milliseconds. */
  idleTimeoutMs?: number | undefined;
  /** URLs that are passed on to the models as they are. Default: those that every model of the chain can read. */
  supportedUrls?: Record<string, RegExp[]> | undefined;
}

/**
 * A language model of the AI SDK made of a chain of models: `generateText`, `streamText`, `generateObject` and agents
 * take it like any other. Each model call is one `failover.run`, so concurrent calls share what is known of the
 * chain and nothing else. `providerMetadata.tierfall` of an answer says who gave it.
 *
 * Pass `maxRetries: 0` to the SDK's functions: retries are the failover's business.
 *
 * @param modelFor Makes the model of a tier; called for every attempt, as providers of the AI SDK make theirs for
 * nothing. Models of specification v4, which is what those of `ai` 7 are.
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverModel<T extends Tier>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T) => LanguageModelV4,
  options: FailoverLanguageModelOptions = {},
): LanguageModelV4 {
  checkModel(failover, modelFor);
  const { chain } = failover;
  const { firstContentTimeoutMs, idleTimeoutMs } = options;
  const modelOf = (tier: T) => checkVersion(modelFor(tier), tier);
  let urls: Promise<Record<string, RegExp[]>> | undefined;

  const report = (call: ModelCall, usage: GenerateResult['usage'] | undefined) => {
    if (!options.recordUsage) return;
    const inputTokens = usage?.inputTokens?.total ?? 0;
    const outputTokens = usage?.outputTokens?.total ?? 0;
    // An answer is not taken back because it could not be counted.
    failover.recordUsage(call.instance, { inputTokens, outputTokens }).catch(() => undefined);
  };

  return {
    specificationVersion: 'v4',
    provider: 'tierfall',
    modelId: options.modelId ?? chainName(chain),

    get supportedUrls() {
      if (options.supportedUrls) return options.supportedUrls;
      // Where a model cannot be asked, everything is downloaded; what is wrong with it shows when it is called.
      urls ??= sharedUrls(chain.map((tier) => () => modelOf(tier))).catch(() => ({}));
      return urls;
    },

    async doGenerate(input) {
      const call = readCall(input, options);
      const result = await failover.run(
        (tier, context) => modelOf(tier).doGenerate(inputFor(input, call, context.signal)),
        { ...call.run, stream: false },
      );
      const { value } = result;
      report(call, value.usage);
      return { ...value, providerMetadata: { ...value.providerMetadata, ...answeredBy(result) } };
    },

    async doStream(input) {
      const call = readCall(input, options);
      let head: Omit<StreamResult, 'stream'> = {};
      const result = await failover.run(
        async (tier, { signal }) => {
          const { stream, ...rest } = await modelOf(tier).doStream(inputFor(input, call, signal));
          // An attempt nobody waits for any more may still answer; the last one that somebody waits for is the winner.
          if (!signal.aborted) head = rest;
          return failingParts(stream);
        },
        {
          ...call.run,
          isContent: isContentPart,
          isComplete: isCompletePart,
          ...(firstContentTimeoutMs === undefined ? {} : { firstContentTimeoutMs }),
          ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
        },
      );
      const stream = readableParts(result.value, {
        signal: input.abortSignal,
        map(part) {
          if (part.type !== 'finish') return part;
          report(call, part.usage);
          return { ...part, providerMetadata: { ...part.providerMetadata, ...answeredBy(result) } };
        },
      });
      return { ...head, stream };
    },
  };
}

/** What a tier's model is called with: the caller's input, our signal, nothing of ours. */
function inputFor(input: LanguageCall, { providerOptions }: ModelCall, abortSignal: AbortSignal): LanguageCall {
  return providerOptions ? { ...input, providerOptions, abortSignal } : { ...input, abortSignal };
}
