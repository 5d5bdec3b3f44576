import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, type PolicyOptions, type Usage } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const HOUR = 3_600_000;
const tokens = (inputTokens: number, outputTokens = 0): Usage => ({ inputTokens, outputTokens });

function setUp(budget: Partial<NonNullable<PolicyOptions['tokenBudget']>> = {}, price?: () => number) {
  const clock = createManualClock();
  const troubles: unknown[] = [];
  const tokenBudget = { limit: 1000, windowMs: HOUR, ...budget };
  const store = createMemoryStore({ now: () => clock.now() });
  const failover = createFailover({
    chain: ['a/1', 'b/2'],
    clock,
    store,
    policy: { tokenBudget },
    ...(price ? { price } : {}),
  });
  failover.on('store-error', (error) => troubles.push(error));
  const call = async (usage: Usage) => {
    const { index } = await failover.run(async () => 'x', { usage: () => usage });
    await clock.settle();
    return index;
  };
  return { failover, call, troubles, clock };
}

test.each([
  ['whose sum is infinite', 'total', tokens(1e308, 1e308), undefined],
  ['that no counter of a store can hold', 'total', tokens(1e300), undefined],
  ['whose dollars are infinite in parts', 'costUsd', { ...tokens(1), costUsd: 1e305 }, undefined],
  ['whose price is', 'costUsd', tokens(1), () => 1e305],
] as const)('usage %s uses the budget up, and neither breaks it nor the store', async (_, count, usage, price) => {
  const { failover, call, troubles, clock } = setUp({ count }, price);
  expect(await call(usage)).toBe(0);
  await clock.advance(2000);
  const { used, reserved, exceeded } = (await failover.budget('default'))!;
  expect([Number.isFinite(used), reserved, troubles]).toEqual([true, 0, []]);
  expect(used).toBeGreaterThanOrEqual(1000);
  expect(used).toBeLessThanOrEqual(1e15);
  expect(exceeded).toBe(false);
  expect(await call(tokens(1))).toBe(1);
});

test.each([1.07, 4.03, 0.134, 5, 1e-10])('dollars add up to a limit of %d exactly', async (limit) => {
  const { failover, call } = setUp({ count: 'costUsd', limit });
  await call({ ...tokens(1), costUsd: limit / 2 });
  expect((await failover.state('default')).tier).toBe(0);
  await call({ ...tokens(1), costUsd: Math.max(limit / 2, 1e-9) });
  expect((await failover.state('default')).tier).toBe(1);
});

test('fractions of tokens leave nothing held', async () => {
  const { failover, call } = setUp();
  for (const count of [0.1, 0.2, 0.7, 1.3]) await call(tokens(count));
  const calls = [0.3, 0.3, 0.3].map((count) => call(tokens(count)));
  await Promise.all(calls);
  expect(await failover.budget('default')).toMatchObject({ reserved: 0 });
});
