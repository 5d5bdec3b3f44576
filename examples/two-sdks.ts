/**
 * Two SDKs in one chain: the call uses the SDK of its tier and returns the same kind of answer for both. A server on
 * loopback replaces the providers: no key, no network.
 */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createFailover } from 'tierfall';
import { httpError, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const anthropic = new Anthropic({ apiKey: 'not-a-key', baseURL: loopback.url('anthropic'), maxRetries: 0 });
const openai = new OpenAI({ apiKey: 'not-a-key', baseURL: loopback.url('openai'), maxRetries: 0 });

const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'] });
failover.on('tier-change', ({ from, to, reason }) => console.log(`  (${from.model} -> ${to.model}: ${reason})`));

async function ask(prompt: string): Promise<string> {
  const { value } = await failover.run(async ({ provider, model }, { signal, fetch }) => {
    if (provider === 'openai') {
      const client = openai.withOptions({ fetch });
      const { output_text } = await client.responses.create({ model, input: prompt }, { signal });
      return output_text;
    }
    const client = anthropic.withOptions({ fetch });
    const messages = [{ role: 'user' as const, content: prompt }];
    const { content } = await client.messages.create({ model, max_tokens: 1024, messages }, { signal });
    return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  });
  return value;
}

console.log('All is well:');
const first = await ask('Say hello.');
check(first === 'hello from claude-opus-4-8', first);

console.log('Anthropic is overloaded:');
loopback.on('claude-opus-4-8', httpError(529));
const second = await ask('Say hello.');
check(second === 'hello from gpt-5.2', second);
await failover.close();

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
