/**
 * Two SDKs that stream through one chain. No option says what their chunks look like: each stream is recognised by its
 * own, so a failure before the first word and a cut after it are seen in both. The providers are a server on loopback: no
 * key, no network.
 */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createFailover, isTierfallError } from 'tierfall';
import { endsEarly, startLoopbackProvider, streamError } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const anthropic = new Anthropic({ apiKey: 'not-a-key', baseURL: loopback.url('anthropic'), maxRetries: 0 });
const openai = new OpenAI({ apiKey: 'not-a-key', baseURL: loopback.url('openai'), maxRetries: 0 });

const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'] });
failover.on('tier-change', ({ from, to, reason }) => console.log(`  (${from.model} -> ${to.model}: ${reason})`));

/** The words of an answer, as they come. */
async function* ask(prompt: string): AsyncGenerator<string> {
  const messages = [{ role: 'user' as const, content: prompt }];
  const { value } = await failover.run(async ({ provider, model }, { signal, fetch }) => {
    if (provider === 'openai') {
      const client = openai.withOptions({ fetch });
      return client.chat.completions.create({ model, messages, stream: true }, { signal });
    }
    const client = anthropic.withOptions({ fetch });
    return client.messages.create({ model, max_tokens: 1024, messages, stream: true }, { signal });
  });
  for await (const event of value) {
    if ('choices' in event) yield event.choices[0]?.delta.content ?? '';
    else if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
  }
}

async function read(words: AsyncIterable<string>): Promise<{ text: string; error?: unknown }> {
  let text = '';
  try {
    for await (const word of words) text += word;
    return { text };
  } catch (error) {
    return { text, error };
  }
}

console.log('All is well:');
const first = await read(ask('Say hello.'));
check(first.text === 'hello from claude-opus-4-8', first.text);

console.log('Anthropic is overloaded, which it says inside a stream that has begun:');
loopback.on('claude-opus-4-8', streamError({ status: 529 }));
const second = await read(ask('Say hello.'));
check(second.text === 'hello from gpt-5.2' && second.error === undefined, second.text);

console.log('The stream of OpenAI just ends after some words:');
loopback.on('gpt-5.2', endsEarly('hello from'));
const third = await read(ask('Say hello.'));
check(isTierfallError(third.error, 'TIERFALL_STREAM_CUT'), `"${third.text}", then an error`);
await failover.close();

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
