/**
 * A budget of tokens. Each agent may use so many in an hour at each tier: what is used up steps it down to a cheaper model,
 * and after the last one pauses it until the hour is over. Usage is read from the answers; calls under way hold what they
 * are likely to use.
 */
import { createFailover, PausedError, resolveWithFallback, usageOf } from 'tierfall';
import { createManualClock } from 'tierfall/testing';

const HOUR = 3_600_000;
const clock = createManualClock();
const failover = createFailover({
  chain: ['anthropic/claude-opus-4-8', 'anthropic/claude-haiku-4-5'],
  // Agents send their whole context with every call, and most of it comes from the cache: count what is billed in full.
  policy: { tokenBudget: { limit: 100_000, windowMs: HOUR, count: 'billable' } },
  clock,
});
failover.on('budget-warning', ({ instance, tier, used, limit }) =>
  say(`${instance} at ${tier.model}: ${used} of ${limit}`),
);
failover.on('budget-exceeded', ({ instance, tier }) => say(`${instance} has used up ${tier.model}`));
failover.on('tier-change', ({ instance, to, reason }) => say(`${instance} goes on with ${to.model} (${reason})`));
failover.on('paused', ({ target, source }) => say(`${JSON.stringify(target)} is paused (${source})`));

/** Stands for the Anthropic SDK: 90,000 tokens of context from the cache, 4,000 new ones, and an answer of 6,000. */
const ask = async (tier: { model: string }) => ({
  type: 'message',
  model: tier.model,
  content: [{ type: 'text', text: 'Done.' }],
  usage: { input_tokens: 4000, cache_read_input_tokens: 90_000, output_tokens: 6000 },
});
const step = async () => {
  const { tier } = await resolveWithFallback(failover, ask, { instance: 'coder', usage: usageOf.anthropic });
  await clock.advance(1000);
  return tier.model;
};

console.log('Ten thousand tokens a call are billed in full, of a hundred thousand:');
const models: string[] = [];
for (let call = 0; call < 20; call++) models.push(await step());
check(models.indexOf('claude-haiku-4-5') === 10, 'ten calls by the first model, ten by the second');
const refused = await step().catch((error: unknown) => error);
check(refused instanceof PausedError && refused.source === 'budget', 'then the agent is paused');
const { used, windowEndAt } = (await failover.budget('coder'))!;
check(used === 200_000, `${used} tokens in this window`);
check(refused instanceof PausedError && refused.retryAt === windowEndAt, 'until the window ends');
await clock.advance(HOUR);
check((await step()) === 'claude-opus-4-8', 'the next hour begins at the first model again');

function say(line: string): void {
  console.log(`  ${line}`);
}

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
