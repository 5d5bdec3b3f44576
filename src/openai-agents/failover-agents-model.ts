import {
  answeredBy,
  checkModel,
  checkOptions,
  optionsOfCall,
  streamLimits,
  type BridgeOptions,
  type FailoverRuntime,
} from '../bridge-call.js';
import { tierId, type Tier, type TierRef } from '../core/config.js';
import { configError, isTierfallError, type Attempt } from '../core/errors.js';
import type { CallContext } from '../ports/failover.js';
import type {
  AgentsModelOf,
  AnyAgentsModel,
  AnyModelRequest,
  AnyModelResponse,
  AnyStreamEvent,
  RequestOf,
} from './agents-types.js';
import {
  asJudged,
  explained,
  failureInside,
  isCompleteEvent,
  isContentEvent,
  usageOfAnswer,
  withoutFalseEnd,
} from './read-events.js';

/** What holds for every call of a model made of a chain. `Request` is the SDK's `ModelRequest`. */
export type FailoverAgentsModelOptions<Request = AnyModelRequest> = BridgeOptions<Request, object>;

/**
 * A model of the OpenAI Agents SDK made of a chain of models: an `Agent` takes it as its `model`. Each turn of an agent
 * is one `failover.run`. `providerData.tierfall` of a response says which tier gave it.
 *
 * The retries of the `openai` client are off: each attempt is made as the SDK makes one that its runner retries. Leave
 * `modelSettings.retry` out.
 *
 * @param modelFor Makes the model of a tier; called for every attempt. Hand `context.fetch` to its client:
 * `new OpenAIResponsesModel(client.withOptions({ fetch }), tier.model)`.
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverAgentsModel<T extends Tier, M extends AnyAgentsModel>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T, context: CallContext<T>) => M,
  options: FailoverAgentsModelOptions<RequestOf<M>> = {},
): AgentsModelOf<M> {
  checkModel(failover, modelFor);
  checkOptions(options);
  const { judge } = options;
  const call = (request: AnyModelRequest) => ({
    ...optionsOfCall(options, request as RequestOf<M>, request.signal),
    judge:
      judge &&
      ((answer: unknown, facts: Parameters<typeof judge>[1]) => {
        const judged = asJudged(answer);
        return judged && judge(judged, facts);
      }),
    usage: options.recordUsage === true ? usageOfAnswer : undefined,
  });

  const model = {
    async getResponse(request: AnyModelRequest): Promise<AnyModelResponse> {
      const own = call(request);
      const result = await failover.run(
        async (tier, context): Promise<AnyModelResponse> => {
          try {
            return await modelFor(tier, context).getResponse(requestFor(request, context) as never);
          } catch (error) {
            throw explained(error);
          }
        },
        { ...own, stream: false, judge: (answer, facts) => own.judge?.(answer, facts) || failureInside(answer) },
      );
      return signed(result.value, result);
    },

    async *getStreamedResponse(request: AnyModelRequest): AsyncGenerator<AnyStreamEvent> {
      const result = await failover.run(
        (tier, context) =>
          withoutFalseEnd(modelFor(tier, context).getStreamedResponse(requestFor(request, context) as never)),
        {
          ...call(request),
          ...streamLimits(options),
          isContent: isContentEvent,
          isComplete: isCompleteEvent,
        },
      );
      for await (const event of result.value) {
        if (!('response' in event)) yield event;
        else yield { ...event, response: signed(event.response as AnyModelResponse, result) } as AnyStreamEvent;
      }
    },

    /** For `modelSettings.retry`: what the failover gives up is not worth another try. */
    getRetryAdvice({ error }: { error: unknown }): { suggested: boolean; reason: string } | undefined {
      return isTierfallError(error) ? { suggested: false, reason: error.message } : undefined;
    },
  };
  // What goes through it is of the chain's own models.
  return model as unknown as AgentsModelOf<M>;
}

/** A `ModelProvider` of the SDK whose models are a chain. */
export interface FailoverModelProvider<M> {
  /**
   * The whole chain where an agent names no model; named (`model` or `provider/model`), that tier is asked first.
   *
   * @throws {ConfigError} the chain has no such tier
   */
  getModel(modelName?: string): AgentsModelOf<M>;
}

/**
 * The same for a `Runner`: agents that name no model, or one of the chain's, need no change.
 *
 * @throws {ConfigError} an argument is wrong
 */
export function failoverModelProvider<T extends Tier, M extends AnyAgentsModel>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T, context: CallContext<T>) => M,
  options: FailoverAgentsModelOptions<RequestOf<M>> = {},
): FailoverModelProvider<M> {
  const chain = failoverAgentsModel(failover, modelFor, options);
  return {
    getModel(modelName) {
      if (!modelName) return chain;
      return failoverAgentsModel(failover, modelFor, { ...options, first: tierNamed(failover.chain, modelName) });
    },
  };
}

function tierNamed(chain: readonly Tier[], name: string): TierRef {
  const tier = chain.find((each) => tierId(each) === name) ?? chain.find(({ model }) => model === name);
  if (tier) return { provider: tier.provider, model: tier.model };
  throw configError('model', `${name} is not in the chain: ${chain.map(tierId).join(', ')}`);
}

/** What the request of an attempt has of its own. */
function requestFor(request: AnyModelRequest, { signal }: { signal: AbortSignal }): AnyModelRequest {
  const { _internal: internal } = request as { _internal?: object };
  // How the SDK's runner tells its models of OpenAI that their client must not retry by itself.
  return { ...request, signal, _internal: { ...internal, runnerManagedRetry: true } } as AnyModelRequest;
}

function signed(
  response: AnyModelResponse,
  result: { tier: Tier; index: number; attempts: readonly Attempt[] },
): AnyModelResponse {
  return { ...response, providerData: { ...response.providerData, tierfall: answeredBy(result) } };
}
