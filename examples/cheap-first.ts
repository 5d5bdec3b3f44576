/**
 * Most questions go to the cheap model first, and to the whole chain where that fails. A prompt that is too long for a
 * model skips it. The instance stays on its own tier all the while: both concern one call.
 */
import { createFailover, isTierfallError } from 'tierfall';
import { answers, createScriptedProvider, fails, overloaded } from 'tierfall/testing';

const failover = createFailover({
  chain: [
    { provider: 'anthropic', model: 'claude-opus-4-8', contextTokens: 200_000 },
    { provider: 'openai', model: 'gpt-5.2', contextTokens: 400_000 },
    { provider: 'openai', model: 'gpt-5.2-mini', contextTokens: 128_000 },
  ],
});
const provider = createScriptedProvider({
  'anthropic/claude-opus-4-8': answers('opus'),
  'openai/gpt-5.2': answers('gpt'),
  'openai/gpt-5.2-mini': [answers('mini').times(1), fails(1).with(overloaded()), answers('mini')],
});

console.log('The cheap model first, then the chain from the top:');
const first = { first: 'openai/gpt-5.2-mini' };
const small = await failover.run(provider.call, first);
check(small.value === 'mini', `${small.tier.model} answers`);
const after = await failover.run(provider.call, first);
check(after.value === 'opus', `overloaded: ${after.tier.model} answers`);

console.log('A prompt of 300,000 tokens:');
const long = await failover.run(provider.call, { promptTokens: 300_000 });
check(long.value === 'gpt', `only ${long.tier.model} can take it`);
const tooLong = await failover.run(provider.call, { promptTokens: 500_000 }).catch((error: unknown) => error);
check(isTierfallError(tooLong, 'TIERFALL_CHAIN_EXHAUSTED'), 'and 500,000 tokens are too many for all of them');
check((await failover.state('default')).tier === 0, 'the instance is on its first tier all the while');

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
