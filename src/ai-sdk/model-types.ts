import type { LanguageModelV4 } from '@ai-sdk/provider';

export type { EmbeddingModelV4, ImageModelV4, LanguageModelV4 } from '@ai-sdk/provider';
export type {
  LanguageModelV4CallOptions as LanguageCall,
  LanguageModelV4GenerateResult as GenerateResult,
  LanguageModelV4StreamPart as StreamPart,
  LanguageModelV4StreamResult as StreamResult,
} from '@ai-sdk/provider';

export type ProviderOptions = NonNullable<Parameters<LanguageModelV4['doGenerate']>[0]['providerOptions']>;
