import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, type PolicyOptions, usageOf } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const HOUR = 3_600_000;
const tokens = (count: number) => ({ inputTokens: count, outputTokens: 0 });
const answer = (count: number) => ({ usage: { prompt_tokens: count, completion_tokens: 0 } });

function setUp(budget: Partial<NonNullable<PolicyOptions['tokenBudget']>> = {}) {
  const clock = createManualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const tokenBudget = { limit: 1000, windowMs: HOUR, onExceeded: 'pause' as const, ...budget };
  const start = (handed: object = store) =>
    createFailover({ chain: ['a/1', 'b/2'], clock, store: handed as typeof store, policy: { tokenBudget } });
  const failover = start();
  const isPaused = async (instance = 'agent') => (await failover.state(instance)).paused !== null;
  return { clock, store, start, failover, isPaused };
}

test('the limit of one group that a person has waived does not waive that of another', async () => {
  const { failover, isPaused } = setUp({ scope: 'group' });
  await failover.recordUsage('agent', tokens(1000), { group: 'coders' });
  await failover.resume('agent', { by: 'ann' });
  await failover.recordUsage('agent', tokens(1), { group: 'coders' });
  expect(await isPaused()).toBe(false);
  await failover.recordUsage('agent', tokens(1000), { group: 'writers' });
  expect(await isPaused()).toBe(true);
});

test('a resume waives the limit of the group that paused, also where a call of another group came meanwhile', async () => {
  const { failover, isPaused } = setUp({ scope: 'group' });
  await failover.recordUsage('agent', tokens(1000), { group: 'coders' });
  const call = failover.run(async () => 'x', { instance: 'agent', group: 'writers' });
  await expect(call).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
  await failover.resume('agent', { by: 'ann' });
  await failover.recordUsage('agent', tokens(1), { group: 'coders' });
  expect(await isPaused()).toBe(false);
});

test('what a person waived for one of several instances stands after a restart, whichever calls first', async () => {
  const { clock, start, failover } = setUp({ scope: 'failover' });
  await failover.recordUsage('one', tokens(1000));
  await failover.recordUsage('two', tokens(1));
  await failover.resume('two', { by: 'ann' });
  await failover.close();
  const after = start();
  const call = (instance: string) => after.run(async () => answer(1), { instance, usage: usageOf.any });
  await expect(call('one')).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
  await after.recordUsage('three', tokens(1));
  expect(await call('two')).toMatchObject({ index: 0 });
  await clock.settle();
  expect((await after.state('two')).paused).toBeNull();
});

test('what a person waived stands after a change of the chain', async () => {
  const { failover, isPaused } = setUp();
  await failover.recordUsage('agent', tokens(1000));
  await failover.resume('agent', { by: 'ann' });
  await failover.update({ chain: ['a/1', 'c/3'] }, { by: 'ann' });
  await failover.recordUsage('agent', tokens(1));
  expect(await isPaused()).toBe(false);
});

test('each call that comes before the first reading of a window waits for it', async () => {
  const { store, start, failover } = setUp({ onExceeded: 'step' });
  await failover.pause({ all: true }, { by: 'ann', reason: 'deploy' });
  await failover.recordUsage('agent', tokens(1000));
  await failover.resume({ all: true }, { by: 'ann' });
  await failover.close();
  const reading = Promise.withResolvers<void>();
  const slow = {
    ...store,
    sum: (...args: Parameters<typeof store.sum>) => reading.promise.then(() => store.sum(...args)),
  };
  const after = start(slow);
  const calls = [1, 2].map(() => after.run(async () => answer(1), { instance: 'agent', usage: usageOf.any }));
  setImmediate(() => reading.resolve());
  expect((await Promise.all(calls)).map(({ index }) => index)).toEqual([1, 1]);
});
