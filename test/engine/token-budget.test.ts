import { expect, test } from 'vitest';
import { createFailover, createMemoryStore } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { moodyStore } from '../support/fake-stores.js';

const DAY = 86_400_000;
const tokens = (count: number) => ({ inputTokens: count, outputTokens: 0 });

function setUp() {
  const clock = createManualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const policy = { tokenBudget: { limit: 1000, windowMs: DAY } };
  const start = () => createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock, store, policy });
  return { clock, start };
}

test('a limit that was crossed during a pause, by a process that then stopped, counts for whoever reports next', async () => {
  const { clock, start } = setUp();
  const [first, second] = [start(), start()];
  await first.pause({ all: true }, { by: 'ann', reason: 'deploy' });
  await first.recordUsage('agent', tokens(1100));
  await first.resume({ all: true }, { by: 'ann' });
  await first.close();
  await clock.advance(3000);
  await second.recordUsage('agent', tokens(1));
  expect((await second.state('agent')).tier).toBe(1);
});

test('one window makes one step a tier, however many processes report', async () => {
  const { clock, start } = setUp();
  const [first, second] = [start(), start()];
  for (let each = 0; each < 10; each++) {
    for (const failover of [first, second]) await failover.recordUsage('agent', tokens(500));
    await clock.advance(3000);
  }
  // What the next tier uses is counted anew; after the last one the agent is paused until the window ends.
  const state = await second.state('agent');
  expect(state.paused).toMatchObject({ source: 'budget', until: Math.ceil(clock.now() / DAY) * DAY });
  const rows = await second.history('agent', { limit: 100, kind: 'token_budget', type: 'tier-failed' });
  expect(rows.map(({ tier }) => tier)).toEqual(['b/2', 'a/1']);
});

test('what an operator resets stays lifted until the window ends', async () => {
  const { clock, start } = setUp();
  const failover = start();
  await failover.recordUsage('agent', tokens(1100));
  expect((await failover.state('agent')).tier).toBe(1);
  await failover.reset('agent', { by: 'ann' });
  await failover.recordUsage('agent', tokens(500));
  expect((await failover.state('agent')).tier).toBe(0);
  await clock.advance(DAY);
  await failover.recordUsage('agent', tokens(1100));
  expect((await failover.state('agent')).tier).toBe(1);
});

test('what was used while the store was down is stored when it is back, also by a process that has nothing more to do', async () => {
  const clock = createManualClock();
  const inner = createMemoryStore({ now: () => clock.now() });
  const { store, mood } = moodyStore(inner);
  const policy = { tokenBudget: { limit: 1000, windowMs: DAY } };
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, store, policy });
  mood.fails = true;
  await failover.recordUsage('agent', tokens(400));
  await clock.advance(10_000);
  mood.fails = false;
  await clock.advance(60_000);
  const other = createFailover({ chain: ['a/1', 'b/2'], clock, store: inner, policy });
  expect((await other.budget('agent'))?.used).toBe(400);
});
