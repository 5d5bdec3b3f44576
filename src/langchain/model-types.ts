import type { AIMessageChunk, BaseMessage } from '@langchain/core/messages';

/*
 * What a chain needs of LangChain's runnables and chat models, by shape: those of another version or copy of
 * `@langchain/core` than the one that stands beside tierfall fit as well.
 */

/** A runnable: what is called of it. */
export interface AnyRunnable<Output = unknown> {
  invoke(input: never, options?: never): Promise<Output>;
  stream(input: never, options?: never): Promise<AsyncIterable<Output>>;
}

/** A chat model, as its class or as a runnable that one is bound in; without `bindTools` it can be given no tools. */
export interface AnyChatModel extends AnyRunnable<AnyMessage> {
  bindTools?(tools: never, options?: never): AnyRunnable<AnyMessage>;
  withStructuredOutput?(schema: never, options?: never): AnyRunnable;
}

/** A message of a model, or a chunk of one. */
export interface AnyMessage {
  readonly content: unknown;
}

/** What a runnable is called with. */
export type InputOf<R> = R extends { invoke(input: infer Input, ...rest: never[]): unknown } ? Input : never;

/** What a runnable gives. */
export type OutputOf<R> = R extends { invoke(...given: never[]): Promise<infer Output> } ? Output : never;

/** What the option `judge` of a chat model is given. */
export interface JudgedMessage {
  /** A whole answer, or a chunk of one. */
  readonly message: BaseMessage | AIMessageChunk;
  /** The same as OpenAI would put it, whichever provider it came from: what the `judges` of `tierfall` read. */
  readonly choices: readonly {
    readonly message: Readonly<Record<string, unknown>>;
    readonly finish_reason: string | null;
  }[];
}
