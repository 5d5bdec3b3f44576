/**
 * Retries that an SDK makes by itself. By default one call of the OpenAI SDK makes up to three requests, also when the
 * provider has just asked it to wait. The `fetch` of the call's context stops them and keeps the wait that was named.
 */
import OpenAI from 'openai';
import { createFailover } from 'tierfall';
import { httpError, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const failover = createFailover({ chain: ['openai/gpt-5.2', 'backup/gpt-5.2-mini'] });
const messages = [{ role: 'user' as const, content: 'Say hello.' }];

function connect(fetch?: typeof globalThis.fetch): OpenAI {
  // No `maxRetries: 0` here: the SDK would try three times.
  return new OpenAI({ apiKey: 'not-a-key', baseURL: loopback.url('openai'), ...(fetch ? { fetch } : {}) });
}

console.log('The first provider breaks, and the SDK is on its own:');
loopback.on('gpt-5.2', httpError(500, { headers: { 'retry-after-ms': '1' } }));
const alone = await connect()
  .chat.completions.create({ model: 'gpt-5.2', messages })
  .then(
    () => 'an answer',
    (error: unknown) => String(error),
  );
check(loopback.calls('gpt-5.2') === 3, `${loopback.calls('gpt-5.2')} requests for one call, and then: ${alone}`);

console.log('The same with the fetch of the failover:');
loopback.clear();
loopback.on('gpt-5.2', httpError(429, { retryAfterSeconds: 30 }));
const { value, attempts } = await failover.run((tier, { fetch, signal }) =>
  connect(fetch).chat.completions.create({ model: tier.model, messages }, { signal }),
);
check(loopback.calls('gpt-5.2') === 1, 'one request to the first provider');
check(attempts[0]?.retryAfterMs === 30_000, 'the wait it named is known, and will be kept');
check(value.choices[0]?.message.content === 'hello from gpt-5.2-mini', 'the second provider answered');

console.log('A client that heeds nothing and just tries again:');
const another = createFailover({ chain: ['openai/gpt-5.2'] });
await another
  .run(async (tier, { fetch }) => {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const response = await fetch(`${loopback.url('openai')}/chat/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer not-a-key', 'content-type': 'application/json' },
        body: JSON.stringify({ model: tier.model, messages }),
      });
      if (response.ok) return response.json();
    }
    throw Object.assign(new Error('three tries, no answer'), { status: 429 });
  })
  .catch(() => undefined);
check(loopback.calls('gpt-5.2') === 2, 'the provider saw one of its three tries: it had asked for 30 s of peace');
await Promise.all([failover.close(), another.close()]);

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
