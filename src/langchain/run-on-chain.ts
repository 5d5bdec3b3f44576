import type { CallbackManagerForChainRun } from '@langchain/core/callbacks/manager';
import { CallbackManager } from '@langchain/core/callbacks/manager';
import {
  ensureConfig,
  getCallbackManagerForConfig,
  type Runnable,
  type RunnableConfig,
} from '@langchain/core/runnables';
import { concat } from '@langchain/core/utils/stream';
import { optionsOfCall, streamLimits, type BridgeOptions, type FailoverRuntime } from '../bridge-call.js';
import { tierId, type Tier, type TierRef } from '../core/config.js';
import { StreamCutError } from '../core/errors.js';
import type { CallContext, CallOptions, CallResult } from '../ports/failover.js';
import { addUsage } from './read-message.js';
import { TokenListener } from './token-listener.js';
import type { AnyRunnable } from './model-types.js';
import type { Usage } from '../core/usage/usage.js';

/** A chain of runnables, and how its answers are read. */
export interface ChainOfRunnables<T extends Tier> {
  readonly failover: FailoverRuntime<T>;
  /** The runnable of a tier, and the options that are left for it. */
  readonly prepare: (
    tier: T,
    context: CallContext<T>,
    options: RunnableConfig,
  ) => { runnable: AnyRunnable; options: RunnableConfig };
  readonly options: Omit<BridgeOptions<RunnableConfig, never>, 'judge'>;
  /** How answers are read, anew for each call. */
  readonly readAnswers: () => AnswerReader;
}

/** How the answers of one call are read. */
export interface AnswerReader
  extends Pick<CallOptions<unknown, unknown>, 'isContent' | 'isComplete' | 'judge' | 'hasSideEffects'> {
  /** True where a stream that was read behind the scenes, and ended like this, was cut. */
  isCut?(end: object | undefined, isOpen: boolean): boolean;
  /** An attempt begins. */
  begin?(): void;
  /** What an answer cost, or what a chunk adds to it; without it the callbacks of the models say so. */
  usage?(answer: unknown): Usage | undefined;
  /** Says in an answer, or in the first chunk of one, who gave it. */
  sign?(answer: unknown, result: CallResult<unknown>): void;
}

/** One call that is not streamed. `run` is LangChain's record of it. */
export async function invokeOnChain<T extends Tier>(
  chain: ChainOfRunnables<T>,
  input: unknown,
  config: RunnableConfig,
  run: CallbackManagerForChainRun | undefined,
): Promise<unknown> {
  const call = beginCall(chain, config, run, false);
  const result = await chain.failover.run(
    async (tier, context): Promise<unknown> => {
      const { runnable, given } = call.attempt(tier, context);
      const cut = (chunks: number) => new StreamCutError({ tier: tierId(tier), chunks });
      let answer: unknown;
      try {
        answer = await runnable.invoke(input as never, given as never);
      } catch (error) {
        throw isEmptyStream(error) ? cut(0) : error;
      }
      const { ended, isOpen, chunks } = call.listener;
      // LangChain takes what had come for the whole.
      if (call.reader.isCut?.(ended, isOpen)) throw cut(chunks);
      return answer;
    },
    { ...call.options, stream: false },
  );
  call.reader.sign?.(result.value, result);
  return result.value;
}

/** True for LangChain's own error for a stream behind the scenes that ended before its first chunk. */
function isEmptyStream(error: unknown): boolean {
  return error instanceof Error && error.message === 'Received empty response from chat model call.';
}

/** One call that is streamed, with its record in LangChain's callbacks. */
export async function* streamOnChain<T extends Tier>(
  chain: ChainOfRunnables<T>,
  input: unknown,
  options: RunnableConfig | undefined,
  host: Pick<Runnable, 'toJSON' | 'getName'>,
): AsyncGenerator {
  const { runId, runName, ...config } = ensureConfig(options);
  const manager = await getCallbackManagerForConfig(config);
  const name = runName ?? host.getName();
  const run = await manager?.handleChainStart(
    host.toJSON(),
    asRecord(input, 'input'),
    runId,
    undefined,
    undefined,
    undefined,
    name,
  );
  let whole: unknown;
  let failed = false;
  try {
    const call = beginCall(chain, config, run, true);
    const result = await chain.failover.run(
      (tier, context): Promise<AsyncIterable<unknown>> => {
        const { runnable, given } = call.attempt(tier, context);
        return runnable.stream(input as never, given as never);
      },
      { ...call.options, ...streamLimits(chain.options) },
    );
    let isFirst = true;
    for await (const chunk of result.value) {
      if (isFirst) call.reader.sign?.(chunk, result);
      isFirst = false;
      yield chunk;
      whole = joined(whole, chunk);
    }
  } catch (error) {
    failed = true;
    await run?.handleChainError(error);
    throw error;
  } finally {
    // Also where the reader has left.
    if (!failed) await run?.handleChainEnd(asRecord(whole, 'output'));
  }
}

/** What both kinds of call need: the options of the failover's call, and what each attempt is given. */
function beginCall<T extends Tier>(
  chain: ChainOfRunnables<T>,
  config: RunnableConfig,
  run: CallbackManagerForChainRun | undefined,
  isStream: boolean,
) {
  const { failover, options } = chain;
  const reader = chain.readAnswers();
  const callbacks = run?.getChild() ?? new CallbackManager();
  const callOptions = optionsOfCall(options, config, config.signal);
  const { instance = 'default', group } = callOptions;
  let tierInUse: TierRef = 0;
  // The last chunk of a stream comes before the callbacks are told what it cost.
  const countLate = options.recordUsage === true && isStream && reader.usage === undefined;
  const listener = new TokenListener(
    callbacks.handlers,
    countLate
      ? (used) => void failover.recordUsage(instance, used, { tier: tierInUse, group }).catch(() => undefined)
      : undefined,
  );
  callbacks.addHandler(listener, true);
  let sum: Usage | undefined;

  const usage = (answer: unknown): Usage | undefined => {
    if (reader.usage === undefined) return listener.used;
    // Chunks say what they add; the failover wants the sum.
    sum = addUsage(sum, reader.usage(answer));
    return sum;
  };

  return {
    reader,
    listener,
    options: {
      ...callOptions,
      isContent: reader.isContent,
      isComplete: reader.isComplete,
      judge: reader.judge,
      usage: options.recordUsage === true && !countLate ? usage : undefined,
      hasSideEffects: () => listener.hasToldContent,
    } satisfies CallOptions<unknown, unknown>,

    attempt(tier: T, context: CallContext<T>) {
      listener.begin();
      reader.begin?.();
      sum = undefined;
      // Not its place: an update of the chain may change that before the answer ends.
      tierInUse = tier;
      const { runName: _, runId: __, ...inherited } = config;
      const prepared = chain.prepare(tier, context, inherited);
      // `maxRetries`: LangChain's own tries, hidden from the failover, are off for this call.
      const given = { ...prepared.options, callbacks, signal: context.signal, maxRetries: 0 };
      return { runnable: prepared.runnable, given };
    },
  };
}

function joined(whole: unknown, chunk: unknown): unknown {
  if (whole === undefined) return chunk;
  try {
    return concat(whole as string, chunk as string);
  } catch {
    // What cannot be joined is what came last.
    return chunk;
  }
}

/** As LangChain's records want it. */
function asRecord(value: unknown, name: string): Record<string, unknown> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  return isRecord ? (value as Record<string, unknown>) : { [name]: value };
}
