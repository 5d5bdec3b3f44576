import { createFailover, resolveWithFallback } from 'tierfall';

const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'] });
failover.on('tier-change', ({ from, to, reason }) => console.log(`${from.model} -> ${to.model}: ${reason}`));

for (let question = 1; question <= 2; question++) {
  const { value, attempts } = await resolveWithFallback(failover, async ({ provider, model }) => {
    // Stands for the call of your SDK. Today the first provider is overloaded.
    if (provider === 'anthropic') throw Object.assign(new Error('Overloaded'), { status: 529 });
    return `${model} says hello`;
  });
  console.log(`${value}, after ${attempts.length} attempt(s)`);
}
