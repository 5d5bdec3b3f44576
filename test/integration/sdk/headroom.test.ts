import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LoopbackProvider } from '../../../examples/support/loopback-provider.ts';
import { answers, startLoopbackProvider } from '../../../examples/support/loopback-provider.ts';
import type { CallContext, Failover, Tier, TierChangeEvent } from '../../../src/index.js';
import { createFailover } from '../../../src/index.js';
import { createManualClock } from '../../../src/testing/manual-clock.js';
import { ANSWER } from '../../support/sdk-cases.ts';

let provider: LoopbackProvider;
const open: Failover[] = [];

beforeAll(async () => {
  provider = await startLoopbackProvider();
});
afterEach(async () => {
  provider.clear();
  await Promise.all(open.splice(0).map((failover) => failover.close()));
});
afterAll(() => provider.close());

const messages = [{ role: 'user' as const, content: 'Say hello.' }];

async function ask(tier: Tier, { fetch, signal }: CallContext, streams: boolean): Promise<unknown> {
  if (tier.provider === 'openai') {
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: provider.url('openai'), maxRetries: 0, fetch });
    return client.chat.completions.create({ model: tier.model, messages, stream: streams }, { signal });
  }
  const client = new Anthropic({ apiKey: 'sk-test', baseURL: provider.url('anthropic'), maxRetries: 0, fetch });
  return client.messages.create({ model: tier.model, max_tokens: 100, messages, stream: streams }, { signal });
}

const openai = {
  'x-ratelimit-limit-requests': '500',
  'x-ratelimit-remaining-requests': '499',
  'x-ratelimit-reset-requests': '120ms',
  'x-ratelimit-limit-tokens': '30000',
  'x-ratelimit-remaining-tokens': '1200',
  'x-ratelimit-reset-tokens': '57.6s',
};
/** Times of day, read against the clock of the answer that names them. */
const anthropic = () => ({
  'anthropic-ratelimit-requests-limit': '50',
  'anthropic-ratelimit-requests-remaining': '49',
  'anthropic-ratelimit-requests-reset': new Date(Date.now() + 1000).toISOString(),
  'anthropic-ratelimit-input-tokens-limit': '30000',
  'anthropic-ratelimit-input-tokens-remaining': '1000',
  'anthropic-ratelimit-input-tokens-reset': new Date(Date.now() + 58_000).toISOString(),
});

test.each([
  ['openai', false, () => openai],
  ['openai', true, () => openai],
  ['anthropic', false, anthropic],
  ['anthropic', true, anthropic],
] as const)(
  '%s, streamed: %s: what its answer says of its limits moves the next call',
  async (name, streams, limits) => {
    const other = name === 'openai' ? 'anthropic' : 'openai';
    const clock = createManualClock();
    const chain = [name, other].map((each) => ({ provider: each, model: `${each}-model` }));
    const failover = createFailover({ chain, clock, policy: { headroom: { share: 0.05 } } });
    open.push(failover);
    const changes: TierChangeEvent[] = [];
    failover.on('tier-change', (event) => changes.push(event));
    const run = async () => {
      const { value, index } = await failover.run((tier, context) => ask(tier, context, streams));
      if (streams) for await (const _ of value as AsyncIterable<unknown>);
      return index;
    };
    provider.on(`${name}-model`, answers(ANSWER, { headers: limits() }));

    expect([await run(), await run(), await run()]).toEqual([0, 1, 1]);
    expect(changes).toMatchObject([{ from: { provider: name }, direction: 'down', reason: 'headroom' }]);
    const leftMs = changes[0]!.until! - clock.now();
    expect(leftMs).toBeGreaterThan(55_000);
    expect(leftMs).toBeLessThan(60_000);

    provider.on(`${name}-model`, answers(ANSWER));
    await clock.advance(60_000);
    expect(await run()).toBe(0);
  },
);
