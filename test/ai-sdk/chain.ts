import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createFailover, type Failover, type PolicyOptions, type Tier } from '../../src/index.js';
import { failoverModel, type FailoverLanguageModelOptions, type LanguageModelV4 } from '../../src/ai-sdk/index.js';
import type { LoopbackProvider } from '../../examples/support/loopback-provider.js';

export const tiers = [
  { provider: 'openai', model: 'gpt-5' },
  { provider: 'openai-chat', model: 'gpt-5-chat' },
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  { provider: 'google', model: 'gemini-2.5-flash' },
] as const satisfies readonly Tier[];
export type ProviderName = (typeof tiers)[number]['provider'];

/** The real providers of the AI SDK, pointed at the loopback one. */
export function modelsAt(loopback: LoopbackProvider): (tier: Tier) => LanguageModelV4 {
  const apiKey = 'test-key';
  const openai = createOpenAI({ baseURL: loopback.url('openai'), apiKey });
  const anthropic = createAnthropic({ baseURL: `${loopback.url('anthropic')}/v1`, apiKey });
  const google = createGoogle({ baseURL: `${loopback.url('gemini')}/v1beta`, apiKey });
  return ({ provider, model }) => {
    if (provider === 'openai') return openai.responses(model);
    if (provider === 'openai-chat') return openai.chat(model);
    return provider === 'anthropic' ? anthropic(model) : google(model);
  };
}

/** A failover over these providers, in this order, and the model made of it. */
export function chainOf(
  loopback: LoopbackProvider,
  providers: readonly ProviderName[],
  options: FailoverLanguageModelOptions & { policy?: PolicyOptions } = {},
): { failover: Failover; model: LanguageModelV4; names: string[] } {
  const { policy = {}, ...rest } = options;
  const chain = providers.map((provider): Tier => tiers.find((tier) => tier.provider === provider) ?? tiers[0]);
  const failover: Failover = createFailover({ chain, policy });
  return {
    failover,
    model: failoverModel(failover, modelsAt(loopback), rest),
    names: chain.map((tier) => tier.model),
  };
}
