import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LoopbackProvider, Reply } from '../../../examples/support/loopback-provider.ts';
import { answers, httpError, startLoopbackProvider } from '../../../examples/support/loopback-provider.ts';
import { createFailover, type CallOptions } from '../../../src/index.js';

let provider: LoopbackProvider;
beforeAll(async () => {
  provider = await startLoopbackProvider();
});
afterEach(() => provider.clear());
afterAll(() => provider.close());

const messages = [{ role: 'user' as const, content: 'Say hello.' }];

/** The real SDK, one client a key; each key is answered by what `replies` has for it. */
function setUp(order: 'fill' | 'least-used' | 'session', replies: Record<string, Reply>) {
  const failover = createFailover({
    chain: [{ provider: 'openai', model: 'gpt-5', credentials: ['a', 'b', 'c'], order }, 'openai/gpt-5-mini'],
  });
  provider.on('gpt-5', ({ account = '' }) => replies[account] ?? answers(`from ${account}`));
  const run = async (options: CallOptions = {}) => {
    const { value, attempts } = await failover.run(({ model, credential }, { signal, fetch }) => {
      const client = new OpenAI({ apiKey: `key-of-${credential ?? 'mini'}`, baseURL: provider.url('openai'), fetch });
      return client.chat.completions.create({ model, messages }, { signal });
    }, options);
    return { text: value.choices[0]?.message.content, attempts };
  };
  const asked = () => provider.requests.map(({ account }) => account);
  return { failover, run, asked };
}

describe('several keys for one model, with the OpenAI SDK', () => {
  test.each([
    ['its limit is reached', httpError(429, { retryAfterSeconds: 30 }), 'rate_limit'],
    ['it was revoked', httpError(401), 'auth'],
    ['its money is spent', httpError(429, { code: 'insufficient_quota' }), 'quota'],
  ])('%s: one request to it, and the next key answers', async (_, reply, kind) => {
    const { run, asked, failover } = setUp('fill', { a: reply });
    const { text, attempts } = await run();
    expect(text).toBe('from b');
    expect(attempts).toMatchObject([
      { tier: 'openai/gpt-5@a', ok: false, kind },
      { tier: 'openai/gpt-5@b', ok: true },
    ]);
    await run();
    expect(asked()).toEqual(['a', 'b', 'b']);
    await failover.close();
  });

  test('the provider is overloaded: no second key is asked for the same', async () => {
    const busy = httpError(529);
    const { run, asked, failover } = setUp('fill', { a: busy, b: busy, c: busy });
    expect((await run()).attempts.at(-1)).toMatchObject({ tier: 'openai/gpt-5-mini', ok: true });
    expect(asked()).toEqual(['a', 'mini']);
    await failover.close();
  });

  test('session: the key of a session is the same for each of its requests', async () => {
    const { run, asked, failover } = setUp('session', {});
    for (const session of ['x', 'y', 'z', 'x', 'y', 'z']) await run({ session });
    expect(asked().slice(3)).toEqual(asked().slice(0, 3));
    await failover.close();
  });

  test('least-used: requests go round the keys that answer', async () => {
    const { run, asked, failover } = setUp('least-used', { b: httpError(429, { retryAfterSeconds: 30 }) });
    for (let call = 0; call < 5; call++) await run();
    expect(asked().filter((key) => key === 'b')).toHaveLength(1);
    expect(asked().filter((key) => key === 'a').length).toBeGreaterThan(1);
    expect(asked().filter((key) => key === 'c').length).toBeGreaterThan(1);
    await failover.close();
  });
});
