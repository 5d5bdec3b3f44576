/**
 * The answers of a provider say how much of its rate limit is left. Before it is used up, new calls go to the next tier
 * until the limit resets, so that no call is refused. Where all limits are low, calls go on as ever.
 */
import { createFailover } from 'tierfall';
import { createManualClock } from 'tierfall/testing';
import OpenAI from 'openai';
import { answers, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const policy = { headroom: { share: 0.05 } };
const clock = createManualClock();
const failover = createFailover({ chain: ['openai/gpt-5.2', 'openai/gpt-5.2-mini'], policy, clock });
failover.on('tier-change', ({ from, to, reason }) => console.log(`  ${from.model} -> ${to.model}: ${reason}`));

const openai = new OpenAI({ apiKey: 'sk-example', baseURL: loopback.url('openai'), maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'Say hello.' }];
const ask = async () => {
  const { tier } = await failover.run(({ model }, { fetch }) =>
    openai.withOptions({ fetch }).chat.completions.create({ model, messages }),
  );
  return tier.model;
};
const left = (remaining: number) =>
  answers('hello', {
    headers: {
      'x-ratelimit-limit-tokens': '30000',
      'x-ratelimit-remaining-tokens': String(remaining),
      'x-ratelimit-reset-tokens': '57s',
    },
  });

console.log('24,000 of 30,000 tokens a minute are left, then 900:');
loopback.script('gpt-5.2', [left(24_000), left(900)]);
const models = [await ask(), await ask(), await ask(), await ask()];
check(models.join() === 'gpt-5.2,gpt-5.2,gpt-5.2-mini,gpt-5.2-mini', `asked: ${models.join(', ')}`);

console.log('57 seconds later:');
loopback.on('gpt-5.2', left(29_000));
await clock.advance(57_000);
check((await ask()) === 'gpt-5.2', 'gpt-5.2 is asked again');

console.log('Both are nearly used up:');
loopback.on('*', left(100));
loopback.on('gpt-5.2', left(100));
const both = [await ask(), await ask(), await ask()];
check(both[2] === 'gpt-5.2', `asked: ${both.join(', ')}: where every limit is low, the best tier answers`);

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
