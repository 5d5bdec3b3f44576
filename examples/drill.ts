/**
 * Fallbacks that nobody has asked for weeks may be dead: a key has expired, a model is retired. A drill asks every tier
 * once, changes nothing, and says which are dead and why. Run it as a scheduled job: the exit code is 1 where one is.
 */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createFailover } from 'tierfall';
import { httpError, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const anthropic = new Anthropic({ apiKey: 'not-a-key', baseURL: loopback.url('anthropic'), maxRetries: 0 });
const openai = new OpenAI({ apiKey: 'not-a-key', baseURL: loopback.url('openai'), maxRetries: 0 });

const failover = createFailover({
  chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2', 'openai/gpt-4-retired'],
});
loopback.on('gpt-5.2', httpError(401));
loopback.on('gpt-4-retired', httpError(404, { code: 'model_not_found' }));

const messages = [{ role: 'user' as const, content: 'Say ok.' }];
const results = await failover.drill(
  ({ provider, model }, { signal }) =>
    provider === 'anthropic'
      ? anthropic.messages.create({ model, max_tokens: 5, messages }, { signal })
      : openai.chat.completions.create({ model, messages }, { signal }),
  { timeoutMs: 10_000 },
);

for (const { tier, ok, kind, message } of results)
  console.log(ok ? `ok    ${tier}` : `dead  ${tier}: ${kind}: ${message}`);

// A job would end here, with: process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
check(results.map(({ kind }) => kind ?? 'ok').join() === 'ok,auth,model_unavailable', 'one answers, two are dead');
check((await failover.state('default')).lastFailureKind === null, 'the failover knows nothing of it');

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
