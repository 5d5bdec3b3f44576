import type { LoopbackProvider } from '../../examples/support/loopback-provider.js';
import { failoverModel, type AnyLanguageModel, type FailoverLanguageModelOptions } from '../../src/ai-sdk/index.js';
import { createFailover, type Failover, type PolicyOptions, type Tier } from '../../src/index.js';
import { modelsAt, tiers, type Major, type ProviderName } from './majors.js';

/** A failover over these providers, in this order, and the model made of it. */
export function chainOf(
  major: Major,
  loopback: LoopbackProvider,
  providers: readonly ProviderName[],
  options: FailoverLanguageModelOptions & { policy?: PolicyOptions } = {},
): { failover: Failover; model: AnyLanguageModel; names: string[] } {
  const { policy = {}, ...rest } = options;
  const chain = providers.map((provider): Tier => tiers.find((tier) => tier.provider === provider) ?? tiers[0]);
  const failover: Failover = createFailover({ chain, policy });
  return {
    failover,
    model: failoverModel(failover, modelsAt(major, loopback), rest),
    names: chain.map((tier) => tier.model),
  };
}
