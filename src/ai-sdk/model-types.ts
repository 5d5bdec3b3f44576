/*
 * What the failover needs of the AI SDK's models, whatever major they are for. Described here by shape, so that these
 * types compile beside any version of `ai`: the models of `ai` 5 (specification v2), 6 (v3) and 7 (v4) all fit.
 */

/** The versions of the AI SDK's model specification that are served: those of `ai` 5, 6 and 7. */
export type SpecificationVersion = 'v2' | 'v3' | 'v4';

interface AnyModel {
  readonly specificationVersion: SpecificationVersion;
  readonly provider: string;
  readonly modelId: string;
}

/** A language model of `ai` 5, 6 or 7. */
export interface AnyLanguageModel extends AnyModel {
  readonly supportedUrls: PromiseLike<SupportedUrls> | SupportedUrls;
  doGenerate(options: never): PromiseLike<GenerateResult>;
  doStream(options: never): PromiseLike<StreamResult>;
}

/** An embedding model of `ai` 5, 6 or 7. */
export interface AnyEmbeddingModel extends AnyModel {
  readonly maxEmbeddingsPerCall: PromiseLike<number | undefined> | number | undefined;
  readonly supportsParallelCalls: PromiseLike<boolean> | boolean;
  doEmbed(options: never): PromiseLike<EmbedResult>;
}

/** An image model of `ai` 5, 6 or 7. */
export interface AnyImageModel extends AnyModel {
  readonly maxImagesPerCall: number | undefined | ((options: { modelId: string }) => MaybePromise<number | undefined>);
  readonly supportsFileInputs?: PromiseLike<boolean | undefined> | boolean;
  readonly supportsMaskInputs?: PromiseLike<boolean | undefined> | boolean;
  doGenerate(options: never): PromiseLike<object>;
}

type MaybePromise<V> = PromiseLike<V> | V;
export type SupportedUrls = Record<string, RegExp[]>;

/** The model made of a chain: of the same specification as the models of its tiers, and nothing else of theirs. */
export type ModelOf<M extends Base, Base extends AnyModel> = [M] extends [never] ? Base : Shape<M, keyof Base>;

type Shape<M, Names extends PropertyKey> = M extends unknown ? Pick<M, Names & keyof M> : never;

/** A part of a stream, in any of the specifications. */
export interface StreamPart {
  readonly type: string;
}

/** Tokens: two numbers in v2, two breakdowns since. */
export interface ModelUsage {
  readonly inputTokens?: number | undefined | { readonly total?: number | undefined };
  readonly outputTokens?: number | undefined | { readonly total?: number | undefined };
}

/** Options keyed by provider. */
export type ProviderOptions = Record<string, Record<string, unknown>>;

/** What every call of a model has, of what is read here. */
export interface ModelInput {
  readonly providerOptions?: ProviderOptions | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  readonly includeRawChunks?: boolean | undefined;
}

export interface GenerateResult {
  readonly content: readonly { readonly type: string }[];
  readonly usage?: ModelUsage | undefined;
  readonly providerMetadata?: object | undefined;
}

export interface StreamResult {
  readonly stream: ReadableStream<StreamPart>;
}

export interface EmbedResult {
  readonly embeddings: readonly unknown[];
  readonly providerMetadata?: object | undefined;
}
