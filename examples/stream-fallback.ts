/**
 * A stream that fails before its first word is started again elsewhere and the reader never knows. After the first word
 * the reader has the error: half an answer of one model is never continued by another.
 */
import Anthropic from '@anthropic-ai/sdk';
import { createFailover, isTierfallError } from 'tierfall';
import { answers, endsEarly, startLoopbackProvider, stalls, streamError } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const anthropic = new Anthropic({ apiKey: 'not-a-key', baseURL: loopback.url('anthropic'), maxRetries: 0 });

/** Opens a stream on a fresh chain of two models. Its chunks are recognised: which of them are content, which is the end. */
async function open(options: { idleTimeoutMs?: number } = {}) {
  const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'anthropic/claude-sonnet-5'] });
  const { value, tier } = await failover.run(
    ({ model }, { signal, fetch }) =>
      anthropic
        .withOptions({ fetch })
        .messages.create(
          { model, max_tokens: 99, messages: [{ role: 'user', content: 'Go on.' }], stream: true },
          { signal },
        ),
    options,
  );
  return { stream: value, model: tier.model, failover };
}

async function read(stream: AsyncIterable<Anthropic.RawMessageStreamEvent>): Promise<{ text: string; error: unknown }> {
  let text = '';
  try {
    for await (const event of stream) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
    }
    return { text, error: undefined };
  } catch (error) {
    return { text, error };
  }
}

loopback.on('claude-sonnet-5', answers('Once upon a time.'));

console.log('Overloaded, which it says inside a stream that began with 200 and a message_start:');
loopback.on('claude-opus-4-8', streamError({ status: 529 }));
const first = await open();
const whole = await read(first.stream);
check(first.model === 'claude-sonnet-5' && whole.text === 'Once upon a time.', `one whole answer: ${whole.text}`);

console.log('A stream that just ends after some words, as if all were well:');
loopback.on('claude-opus-4-8', endsEarly('Once upon'));
const second = await open();
const half = await read(second.stream);
check(
  half.text.startsWith('Once') && isTierfallError(half.error, 'TIERFALL_STREAM_CUT'),
  `"${half.text}", then an error`,
);
check((await second.failover.state('default')).tier === 1, 'it is recorded: the next call goes to the second model');

console.log('A stream that stalls after some words (the SDK itself would wait for ever):');
loopback.on('claude-opus-4-8', stalls('mid-stream'));
const third = await open({ idleTimeoutMs: 100 });
const stalled = await read(third.stream);
check(isTierfallError(stalled.error, 'TIERFALL_STREAM_STALLED'), `"${stalled.text}", then an error after 100 ms`);

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
