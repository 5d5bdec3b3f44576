import type { EmbeddingModel, ImageModel, LanguageModel } from 'ai';

// Taken from `ai` itself, so that it is the one peer: the version of the specification is what `ai` 7 speaks natively.
type VersionFour = { readonly specificationVersion: 'v4' };

/** A language model of the AI SDK, version 4 of its model specification. */
export type LanguageModelV4 = Extract<LanguageModel, VersionFour>;
/** An embedding model of the AI SDK, version 4 of its model specification. */
export type EmbeddingModelV4 = Extract<EmbeddingModel, VersionFour>;
/** An image model of the AI SDK, version 4 of its model specification. */
export type ImageModelV4 = Extract<ImageModel, VersionFour>;

export type LanguageCall = Parameters<LanguageModelV4['doGenerate']>[0];
export type GenerateResult = Awaited<ReturnType<LanguageModelV4['doGenerate']>>;
export type StreamResult = Awaited<ReturnType<LanguageModelV4['doStream']>>;
/** One part of a language model's stream. */
export type StreamPart = StreamResult['stream'] extends ReadableStream<infer Part> ? Part : never;
export type ProviderOptions = NonNullable<LanguageCall['providerOptions']>;
