import { Runnable, type RunnableConfig } from '@langchain/core/runnables';
import { checkModel, checkOptions, type BridgeOptions, type FailoverRuntime } from '../bridge-call.js';
import type { Tier } from '../core/config.js';
import type { CallContext } from '../ports/failover.js';
import type { AnyRunnable, InputOf, OutputOf } from './model-types.js';
import { invokeOnChain, streamOnChain, type ChainOfRunnables } from './run-on-chain.js';

/** What holds for every call of a runnable made of a chain. */
export type FailoverRunnableOptions<Output = unknown> = BridgeOptions<RunnableConfig, Output>;

/**
 * A runnable made of a chain of runnables: a prompt with a model and a parser, a model with structured output. One call
 * is one `failover.run`. Everything that a stream yields is content: after its first chunk there is no fallback.
 *
 * `recordUsage` counts every model that answers inside of it.
 *
 * @param runnableFor Makes the runnable of a tier; called for every attempt. Hand `context.fetch` to its models, see
 * `failoverChatModel`.
 * @throws {ConfigError} an argument is wrong; a call rejects with what `resolveWithFallback` says
 */
export function failoverRunnable<T extends Tier, R extends AnyRunnable>(
  failover: FailoverRuntime<T>,
  runnableFor: (tier: T, context: CallContext<T>) => R,
  options: FailoverRunnableOptions<OutputOf<R>> = {},
): Runnable<InputOf<R>, OutputOf<R>> {
  checkModel(failover, runnableFor, 'runnableFor');
  checkOptions(options);
  const judge = options.judge as FailoverRunnableOptions['judge'];
  return new RunnableOfChain<T, InputOf<R>, OutputOf<R>>({
    failover,
    options,
    prepare: (tier, context, given) => ({ runnable: runnableFor(tier, context), options: given }),
    readAnswers: () => ({ judge }),
  });
}

class RunnableOfChain<T extends Tier, Input, Output> extends Runnable<Input, Output> {
  override lc_namespace = ['tierfall', 'langchain'];
  readonly #chain: ChainOfRunnables<T>;

  constructor(chain: ChainOfRunnables<T>) {
    super({});
    this.#chain = chain;
  }

  static override lc_name(): string {
    return 'FailoverRunnable';
  }

  override async invoke(input: Input, options?: Partial<RunnableConfig>): Promise<Output> {
    return this._callWithConfig(
      async (given: Input, config, run) => (await invokeOnChain(this.#chain, given, config ?? {}, run)) as Output,
      input,
      options,
    );
  }

  override async *_streamIterator(input: Input, options?: Partial<RunnableConfig>): AsyncGenerator<Output> {
    yield* streamOnChain(this.#chain, input, options, this) as AsyncGenerator<Output>;
  }
}
