import { expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, rateLimited } from '../support/scripted.js';

const chain = [
  { provider: 'openai', model: 'gpt', credential: 'main' },
  { provider: 'openai', model: 'gpt', credential: 'spare' },
  { provider: 'b', model: '2', credential: 'main' },
] as const;

test('one model under two keys: attempts, errors and rows name a tier by its id, events by what it is made of', async () => {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock });
  const told: unknown[] = [];
  failover.on('tier-change', ({ from, to }) => told.push(from, to));
  failover.on('attempt-failed', ({ tier }) => told.push(tier));
  const { attempts, tier } = await failover.run(async (_, { index }) => {
    if (index === 0) throw rateLimited(60);
    return 'answer';
  });
  expect(tier).toEqual(chain[1]);
  expect(attempts.map(({ tier: id }) => id)).toEqual(['openai/gpt@main', 'openai/gpt@spare']);
  const [main, spare] = chain.slice(0, 2).map((each, index) => ({ index, ...each }));
  expect(told).toEqual([main, main, spare]);
  const rows = await failover.history('default', { limit: 10 });
  expect(rows.find(({ type }) => type === 'tier-change')).toMatchObject({
    from: 'openai/gpt@main',
    to: 'openai/gpt@spare',
  });
});

test('a retired model rests under both keys, a rate limit under its own only', async () => {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock });
  const retired = apiError(404, { code: 'model_not_found', message: 'The model `gpt` does not exist' });
  const ask = (error: unknown, instance: string) =>
    failover.run(
      async (_, { index }) => {
        if (index === 0) throw error;
        return index;
      },
      { instance },
    );
  expect((await ask(retired, 'one')).value).toBe(2);
  expect((await ask(rateLimited(60), 'two')).value).toBe(1);
});

test('pinned names one of them by index, id, or provider, model and credential', async () => {
  const failover = createFailover({ chain, clock: createManualClock() });
  const indexes = [];
  for (const pinned of [1, 'openai/gpt@spare', { provider: 'openai', model: 'gpt', credential: 'spare' }] as const) {
    indexes.push((await failover.run(async () => 1, { pinned })).index);
  }
  expect(indexes).toEqual([1, 1, 1]);
  await expect(failover.run(async () => 1, { pinned: 'openai/gpt@none' })).rejects.toThrow(
    'pinned: no such tier in this chain; known: 0 (openai/gpt@main), 1 (openai/gpt@spare), 2 (b/2)',
  );
});
