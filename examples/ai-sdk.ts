/**
 * The AI SDK on a chain of three providers. The SDK's functions are called as ever; who answers is the failover's
 * business. The providers are the real ones of the AI SDK, talking to a server on loopback: no key, no network.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText } from 'ai';
import { createFailover, isTierfallError, type Tier } from 'tierfall';
import { failoverModel } from 'tierfall/ai-sdk';
import { answers, httpError, startLoopbackProvider, streamError } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const apiKey = 'not-a-key';
const anthropic = createAnthropic({ baseURL: `${loopback.url('anthropic')}/v1`, apiKey });
const openai = createOpenAI({ baseURL: loopback.url('openai'), apiKey });
const google = createGoogle({ baseURL: `${loopback.url('gemini')}/v1beta`, apiKey });

const failover = createFailover({
  chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2', 'google/gemini-3-pro'],
});
failover.on('tier-change', ({ from, to, reason }) => console.log(`  (${from.model} -> ${to.model}: ${reason})`));

const model = failoverModel(failover, ({ provider, model: id }: Tier) => {
  if (provider === 'anthropic') return anthropic(id);
  return provider === 'openai' ? openai(id) : google(id);
});

console.log('All is well:');
const well = await generateText({ model, prompt: 'Say hello.', maxRetries: 0 });
check(well.text === 'hello from claude-opus-4-8', well.text);

console.log('Anthropic is overloaded, which it says inside a stream that began with 200:');
loopback.on('claude-opus-4-8', streamError({ status: 529 }));
loopback.on('gpt-5.2', answers('Hello, a little later.'));
const streamed = streamText({ model, prompt: 'Say hello.', maxRetries: 0 });
let text = '';
for await (const delta of streamed.textStream) text += delta;
const metadata = await streamed.providerMetadata;
check(text === 'Hello, a little later.' && metadata?.['tierfall']?.['index'] === 1, text);

console.log('Ten calls at once find the new place without asking Anthropic again:');
const before = loopback.calls('claude-opus-4-8');
const ten = await Promise.all(
  Array.from({ length: 10 }, () => generateText({ model, prompt: 'Say hello.', maxRetries: 0 })),
);
const asked = loopback.calls('claude-opus-4-8') - before;
check(asked === 0 && ten.every((answer) => answer.text === 'Hello, a little later.'), `${ten.length} answers`);

console.log('OpenAI asks for a minute of peace, and Google is down: no tier is left.');
loopback.on('gpt-5.2', httpError(429, { retryAfterSeconds: 60 }));
loopback.on('gemini-3-pro', httpError(503));
const error: unknown = await generateText({ model, prompt: 'Say hello.', maxRetries: 0 }).then(
  undefined,
  (e: unknown) => e,
);
check(
  isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED'),
  error instanceof Error ? `${error.name}, after one try at each` : 'no error',
);
check(loopback.calls('gpt-5.2') === 12 && loopback.calls('gemini-3-pro') === 1, 'nobody was asked twice');
await failover.close();

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
