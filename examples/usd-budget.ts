/**
 * A budget in US dollars, for a group of agents together. `@pydantic/genai-prices` knows what models cost; it is loaded
 * here, and never by tierfall itself. An answer whose price nobody knows is announced, and not taken for free.
 */
import { calcPrice } from '@pydantic/genai-prices';
import { createFailover, resolveWithFallback, usageOf, type Usage } from 'tierfall';
import { createManualClock } from 'tierfall/testing';

const DAY = 86_400_000;

function price(usage: Usage, { provider, model }: { provider: string; model: string }): number | undefined {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  const tokens = {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cache_read_tokens: cacheReadTokens,
    cache_write_tokens: cacheWriteTokens,
  };
  return calcPrice(tokens, model, { providerId: provider })?.total_price;
}

const clock = createManualClock();
const failover = createFailover({
  chain: ['openai/gpt-4o', 'openai/gpt-4o-mini', 'my-gateway/our-own-model'],
  policy: { tokenBudget: { limit: 5, windowMs: DAY, count: 'costUsd', scope: 'group', onExceeded: 'step' } },
  price,
  clock,
});
failover.on('budget-exceeded', ({ group, tier, used }) =>
  console.log(`  ${group} spent $${used.toFixed(2)} on ${tier.model}`),
);
const unpriced: string[] = [];
failover.on('budget-unpriced', ({ tier }) => void unpriced.push(tier.model));

/** Stands for the OpenAI SDK. */
const ask = async ({ model }: { model: string }) => ({
  object: 'chat.completion',
  model,
  choices: [{ message: { content: 'Done.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 100_000, completion_tokens: 2000, prompt_tokens_details: { cached_tokens: 0 } },
});
const work = async (instance: string) => {
  const { tier } = await resolveWithFallback(failover, ask, { instance, group: 'researchers', usage: usageOf.openai });
  await clock.advance(1000);
  return tier.model;
};

console.log('Two researchers share five dollars a day for each model:');
const cost = price({ inputTokens: 100_000, outputTokens: 2000 }, { provider: 'openai', model: 'gpt-4o' });
check(cost !== undefined && cost > 0, `a call at gpt-4o costs $${cost?.toFixed(2)}`);
let calls = 0;
while ((await work(`researcher-${calls % 2}`)) === 'gpt-4o') calls++;
check(Math.abs(calls - Math.ceil(5 / cost!)) <= 1, `${calls} calls at gpt-4o, then both go on with a cheaper model`);
const { used } = (await failover.budget('researcher-0'))!;
check(used >= 5 && used < 5 + 2 * cost!, `$${used.toFixed(2)} spent`);

console.log('A model of one’s own has no price in the table:');
await failover.recordUsage(
  'researcher-0',
  { inputTokens: 1000, outputTokens: 10 },
  { tier: 'my-gateway/our-own-model' },
);
check(unpriced.join() === 'our-own-model', 'that is announced, and nothing is counted');
await failover.close();

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
