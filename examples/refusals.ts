/**
 * A refusal comes with status 200: to an SDK it is an answer. With a judge and `reroute` it is for the next model, streamed
 * or not. Nothing is put to rest. Where every model refuses, the first refusal is the answer.
 */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createFailover, judges } from 'tierfall';
import { answers, httpError, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const anthropic = new Anthropic({ apiKey: 'not-a-key', baseURL: loopback.url('anthropic'), maxRetries: 0 });
const openai = new OpenAI({ apiKey: 'not-a-key', baseURL: loopback.url('openai'), maxRetries: 0 });

const failover = createFailover({
  chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'],
  policy: { reroute: ['content_policy'] },
});

const messages = [{ role: 'user' as const, content: 'How do vaccines work?' }];
const ask = () =>
  failover.run(
    async ({ provider, model }, { signal }) =>
      provider === 'anthropic'
        ? anthropic.messages.create({ model, max_tokens: 99, messages }, { signal })
        : openai.chat.completions.create({ model, messages }, { signal }),
    { judge: judges.refusal },
  );

/** What Anthropic sends when a classifier of theirs stops the model. */
const refusal = { id: 'msg_1', type: 'message', role: 'assistant', content: [], stop_reason: 'refusal' };

console.log('The first model refuses, with status 200:');
loopback.on('claude-opus-4-8', httpError(200, { body: refusal }));
loopback.on('gpt-5.2', answers('They train the immune system.'));
const first = await ask();
check(first.tier.model === 'gpt-5.2', `${first.tier.model} answers`);
check(first.attempts[0]?.kind === 'content_policy', `the first attempt was ${first.attempts[0]?.kind}`);
check((await failover.state('default')).tier === 0, 'the next call begins at the first model again');

console.log('Every model refuses:');
const filtered = { choices: [{ message: { role: 'assistant', content: '' }, finish_reason: 'content_filter' }] };
loopback.on('gpt-5.2', httpError(200, { body: filtered }));
const second = await ask();
check(second.index === 0 && second.attempts[0]?.ok === true, 'the first refusal is the answer');

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
