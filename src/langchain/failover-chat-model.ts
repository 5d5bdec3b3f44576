import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base';
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from '@langchain/core/language_models/chat_models';
import type { AIMessageChunk, BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import type { Runnable, RunnableConfig } from '@langchain/core/runnables';
import {
  answeredBy,
  chainName,
  checkModel,
  checkOptions,
  type BridgeOptions,
  type FailoverRuntime,
} from '../bridge-call.js';
import { tierId, type Tier } from '../core/config.js';
import { configError } from '../core/errors.js';
import { isObject } from '../core/answers/fields.js';
import { failureOfAnswer } from '../core/answers/formats.js';
import type { CallContext } from '../ports/failover.js';
import { failoverRunnable } from './failover-runnable.js';
import type { AnyChatModel, AnyRunnable, JudgedMessage } from './model-types.js';
import { asJudged, finishOf, isContentMessage, isOfMarked, usageOfMessage, type Finish } from './read-message.js';
import { invokeOnChain, streamOnChain, type AnswerReader, type ChainOfRunnables } from './run-on-chain.js';

/** What holds for every call of a chat model made of a chain. */
export interface FailoverChatModelOptions extends BridgeOptions<RunnableConfig, JudgedMessage> {
  /**
   * True for the chunk that marks the end of a stream. Default: by `finish_reason` and the like where the integration
   * always sends one (OpenAI, Anthropic, Gemini); other streams may end anywhere.
   */
  isComplete?: ((chunk: AIMessageChunk) => boolean) | undefined;
}

/** Options of one call: those of LangChain, and tools for the model of whichever tier answers. */
export interface FailoverChatCallOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
}

/**
 * A chat model of LangChain made of a chain of chat models: agents, graphs and chains take it like any other. Each call
 * is one `failover.run`, and a run of the kind `chain` in callbacks and traces, with the attempts as runs of their
 * models inside. `response_metadata.tierfall` of an answer says which tier gave it.
 *
 * LangChain's own retries are off: every attempt is made with the call option `maxRetries: 0`. Integrations that do not
 * know it need `maxRetries: 0` where they are made.
 *
 * @param modelFor Makes the model of a tier; called for every attempt. Hand `context.fetch` to it, for integrations
 * that hide headers and for those that retry by themselves: `new ChatOpenAI({ configuration: { fetch } })`.
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverChatModel<T extends Tier>(
  failover: FailoverRuntime<T>,
  modelFor: (tier: T, context: CallContext<T>) => AnyChatModel,
  options: FailoverChatModelOptions = {},
): FailoverChatModel {
  checkModel(failover, modelFor);
  checkOptions(options, ['isComplete']);
  const { judge, isComplete, ...rest } = options;
  const chain: ChainOfRunnables<T> = {
    failover,
    options: rest,
    prepare: (tier, context, given) => withTools(modelFor(tier, context), tier, given),
    readAnswers: () => readMessages(judge, isComplete),
  };
  const structured = (schema: never, config: never): AnyRunnable =>
    failoverRunnable(
      failover,
      (tier, context) => {
        const model = modelFor(tier, context);
        if (typeof model.withStructuredOutput === 'function') return model.withStructuredOutput(schema, config);
        throw configError(`modelFor(${tierId(tier)})`, 'has no withStructuredOutput');
      },
      // What a judge of messages is given does not leave a parser.
      rest,
    );
  return new ChatModelOfChain(chain, structured);
}

/** A chat model made of a chain. */
export abstract class FailoverChatModel extends BaseChatModel<FailoverChatCallOptions> {
  /** Binds tools, which the model of each tier puts into its provider's form. */
  abstract override bindTools(
    tools: BindToolsInput[],
    options?: Partial<FailoverChatCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, FailoverChatCallOptions>;
}

class ChatModelOfChain<T extends Tier> extends FailoverChatModel {
  readonly #chain: ChainOfRunnables<T>;

  constructor(chain: ChainOfRunnables<T>, structured: (schema: never, config: never) => AnyRunnable) {
    super({});
    this.#chain = chain;
    // Assigned, so that its overloads are those of whichever version of LangChain is there.
    this.withStructuredOutput = structured as never;
  }

  static override lc_name(): string {
    return 'FailoverChatModel';
  }

  override _llmType(): string {
    return 'tierfall';
  }

  /** What traces and caches tell models apart by. */
  override _identifyingParams(): Record<string, string> {
    return { model: chainName(this.#chain.failover.chain) };
  }

  override bindTools(
    tools: BindToolsInput[],
    options: Partial<FailoverChatCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, FailoverChatCallOptions> {
    return this.withConfig({ ...options, tools });
  }

  override async invoke(
    input: BaseLanguageModelInput,
    options?: Partial<FailoverChatCallOptions>,
  ): Promise<AIMessageChunk> {
    return this._callWithConfig(
      async (given: BaseLanguageModelInput, config, run) =>
        (await invokeOnChain(this.#chain, given, config ?? {}, run)) as AIMessageChunk,
      input,
      options,
    );
  }

  override async *_streamIterator(
    input: BaseLanguageModelInput,
    options?: Partial<FailoverChatCallOptions>,
  ): AsyncGenerator<AIMessageChunk> {
    yield* streamOnChain(this.#chain, input, options, this) as AsyncGenerator<AIMessageChunk>;
  }

  /** LangChain keeps the config of a call from the two methods below; what `perCall` reads goes along. */
  protected override _separateRunnableConfigFromCallOptionsCompat(
    options?: Partial<FailoverChatCallOptions>,
  ): [RunnableConfig, this['ParsedCallOptions']] {
    const [config, ofCall] = super._separateRunnableConfigFromCallOptionsCompat(options);
    const { configurable, metadata, tags } = config;
    return [config, { ...ofCall, [OF_CONFIG]: { configurable, metadata, tags } }];
  }

  /** For `generate`, whose record of a run is that of a model: the models inside add none of their own. */
  override async _generate(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<ChatResult> {
    const message = await this.invoke(messages, withConfig(options));
    return { generations: [{ text: textOf(message), message }] };
  }

  /** For `streamEvents` of version 3, and for `generate` where somebody wants its tokens. */
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    for await (const message of this._streamIterator(messages, withConfig(options))) {
      const chunk = new ChatGenerationChunk({ text: textOf(message), message });
      yield chunk;
      await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
  }
}

/** Where call options hold the part of the config they came with: a symbol, so that no trace or cache key has it. */
const OF_CONFIG = Symbol('config');

function withConfig(options: object & { [OF_CONFIG]?: RunnableConfig }): RunnableConfig {
  return { ...options[OF_CONFIG], ...options, callbacks: [] };
}

/** Options that every runnable knows; the others belong to the model. */
const ofRunnables = new Set([
  'callbacks',
  'tags',
  'metadata',
  'runName',
  'runId',
  'configurable',
  'recursionLimit',
  'maxConcurrency',
  'timeout',
  'signal',
  'store',
  'context',
]);

/** Tools are bound to the model of the tier, which knows the form that its provider takes. */
function withTools(
  model: AnyChatModel,
  tier: Tier,
  given: RunnableConfig & { tools?: unknown },
): { runnable: AnyRunnable; options: RunnableConfig } {
  const { tools, ...options } = given;
  if (tools === undefined) return { runnable: model, options };
  if (typeof model.bindTools !== 'function') {
    throw configError(`modelFor(${tierId(tier)})`, 'has no bindTools, and the call has tools');
  }
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => !ofRunnables.has(name)));
  return { runnable: model.bindTools(tools as never, own as never), options };
}

/** How the messages of one call are read. */
function readMessages(
  judge: FailoverChatModelOptions['judge'],
  isComplete: FailoverChatModelOptions['isComplete'],
): AnswerReader {
  let ended: Finish | undefined;
  let isMarked = false;
  return {
    begin: () => {
      ended = undefined;
      isMarked = false;
    },
    isCut: (end, isOpen) => {
      ended = finishOf(end);
      // With marks of the host's own, a whole message may say nothing of its end.
      return !isComplete && (isOpen || (!ended && isOfMarked(end)));
    },
    isContent: isContentMessage,
    isComplete: (chunk) => {
      if (isComplete) return isComplete(chunk as AIMessageChunk);
      isMarked ||= isOfMarked(chunk);
      return !isMarked || finishOf(chunk) !== undefined;
    },
    judge: (message, facts) => {
      ended = finishOf(message) ?? ended;
      const judged = asJudged(message as BaseMessage, facts.end ? ended : undefined);
      if (judge) return judge(judged, facts);
      const failure = facts.end && !facts.hadContent ? failureOfAnswer(judged) : undefined;
      return failure && { kind: 'server_error', message: failure.reason };
    },
    usage: usageOfMessage,
    sign(message, result) {
      // What no model gives, and what may not be changed, is handed on as it is.
      if (!isObject(message) || Object.isFrozen(message)) return;
      const answer = message as { response_metadata?: object };
      answer.response_metadata = { ...answer.response_metadata, tierfall: answeredBy(result) };
    },
  };
}

function textOf(message: BaseMessage): string {
  return typeof message.content === 'string' ? message.content : '';
}
