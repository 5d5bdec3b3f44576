import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import * as ai7 from 'ai';
import * as ai5 from 'ai5';
import { createAnthropic as createAnthropic5 } from 'ai5-anthropic';
import { createGoogleGenerativeAI as createGoogle5 } from 'ai5-google';
import { createOpenAI as createOpenAI5 } from 'ai5-openai';
import * as ai6 from 'ai6';
import { createAnthropic as createAnthropic6 } from 'ai6-anthropic';
import { createGoogleGenerativeAI as createGoogle6 } from 'ai6-google';
import { createOpenAI as createOpenAI6 } from 'ai6-openai';
import type { LoopbackProvider } from '../../examples/support/loopback-provider.js';
import type {
  AnyEmbeddingModel,
  AnyImageModel,
  AnyLanguageModel,
  SpecificationVersion,
} from '../../src/ai-sdk/index.js';

/** What the tests use of one major of the AI SDK, which all have alike. */
export interface Sdk {
  readonly generateText: (
    options: object,
  ) => Promise<{ text: string; finishReason: string; providerMetadata: Metadata }>;
  readonly streamText: (options: object) => {
    textStream: AsyncIterable<string>;
    fullStream: AsyncIterable<{ type: string }>;
    finishReason: PromiseLike<string>;
    providerMetadata: PromiseLike<Metadata>;
  };
  readonly generateObject: (options: object) => Promise<{ object: unknown }>;
  readonly streamObject: (options: object) => { partialObjectStream: AsyncIterable<unknown> };
  readonly embed: (options: object) => Promise<{ embedding: number[] }>;
  readonly embedMany: (options: object) => Promise<{ embeddings: number[][] }>;
  readonly generateImage: (options: object) => Promise<{ images: readonly unknown[] }>;
}

type Metadata = Record<string, unknown> | undefined;

/** A provider package, pointed at a server of ours. */
interface Providers {
  openai(settings: Settings): OpenAI;
  anthropic(settings: Settings): (model: string) => AnyLanguageModel;
  google(settings: Settings): (model: string) => AnyLanguageModel;
}

interface Settings {
  baseURL: string;
  apiKey: string;
}

interface OpenAI {
  readonly responses: (model: string) => AnyLanguageModel;
  readonly chat: (model: string) => AnyLanguageModel;
  readonly textEmbeddingModel: (model: string) => AnyEmbeddingModel;
  readonly image: (model: string) => AnyImageModel;
}

export interface Major {
  name: string;
  specification: SpecificationVersion;
  sdk: Sdk;
  providers: Providers;
}

// Each major has types of its own; what the tests call is the same in all of them.
const sdkOf = (sdk: object): Sdk => sdk as Sdk;

export const majors: readonly Major[] = [
  {
    name: 'ai 7',
    specification: 'v4',
    sdk: sdkOf(ai7),
    providers: { openai: createOpenAI, anthropic: createAnthropic, google: createGoogle },
  },
  {
    name: 'ai 6',
    specification: 'v3',
    sdk: sdkOf(ai6),
    providers: { openai: createOpenAI6, anthropic: createAnthropic6, google: createGoogle6 },
  },
  {
    name: 'ai 5',
    specification: 'v2',
    sdk: {
      ...sdkOf(ai5),
      generateImage: (options) => sdkOf({ generateImage: ai5.experimental_generateImage }).generateImage(options),
    },
    providers: { openai: createOpenAI5, anthropic: createAnthropic5, google: createGoogle5 },
  },
];

export const tiers = [
  { provider: 'openai', model: 'gpt-5' },
  { provider: 'openai-chat', model: 'gpt-5-chat' },
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  { provider: 'google', model: 'gemini-2.5-flash' },
] as const;
export type ProviderName = (typeof tiers)[number]['provider'];

/** The real providers of one major, pointed at the loopback one. */
export function modelsAt(
  { providers }: Major,
  loopback: LoopbackProvider,
): (tier: { provider: string; model: string }) => AnyLanguageModel {
  const apiKey = 'test-key';
  const openai = providers.openai({ baseURL: loopback.url('openai'), apiKey });
  const anthropic = providers.anthropic({ baseURL: `${loopback.url('anthropic')}/v1`, apiKey });
  const google = providers.google({ baseURL: `${loopback.url('gemini')}/v1beta`, apiKey });
  return ({ provider, model }) => {
    if (provider === 'openai') return openai.responses(model);
    if (provider === 'openai-chat') return openai.chat(model);
    return provider === 'anthropic' ? anthropic(model) : google(model);
  };
}
