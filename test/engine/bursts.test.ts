import { describe, expect, test } from 'vitest';
import { createFailover, type FailoverEvents } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { overloaded, rateLimited, scripted } from '../support/scripted.js';

const chain = ['a/1', 'b/2', 'c/3'] as const;

/** The clock stands still: whatever happens at once happens within one millisecond. */
function setUp() {
  const clock = createManualClock();
  const policy = { cooldown: { initialMs: 1000, factor: 2, maxMs: 60_000 } };
  const failover = createFailover({ chain, clock, policy });
  const changes: FailoverEvents['tier-change'][] = [];
  failover.on('tier-change', (event) => changes.push(event));
  return { clock, failover, changes };
}

describe('Runtime: fifty calls that are under way when their tier fails are one incident', () => {
  test('fifty that fail in one millisecond make one step and climb one rung', async () => {
    const { failover, clock, changes } = setUp();
    const { call } = scripted({ 'a/1': [overloaded()] });
    const results = await Promise.all(Array.from({ length: 50 }, () => failover.run(call)));
    expect(results.every(({ index }) => index === 1)).toBe(true);
    expect(changes).toHaveLength(1);
    const { tiers } = await failover.state('default');
    expect(tiers[0]).toMatchObject({ failures: 1, restUntil: clock.now() + 1000 });
  });

  test('fifty throttles that name a wait rest the tier for that wait, not for a rung of fifty', async () => {
    const { failover, clock } = setUp();
    const { call } = scripted({ 'a/1': [rateLimited(3)] });
    await Promise.all(Array.from({ length: 50 }, () => failover.run(call, { signal: new AbortController().signal })));
    const { tiers } = await failover.state('default');
    expect(tiers[0]).toMatchObject({ failures: 1, restUntil: clock.now() + 3000 });
  });

  test('an answer to a call that began before the failure does not end the rest', async () => {
    const { failover, changes } = setUp();
    const { call } = scripted({ 'a/1': [overloaded(), () => settle().then(() => 'late answer')] });
    const results = await Promise.all(Array.from({ length: 50 }, () => failover.run(call)));
    expect(results.filter(({ value }) => value === 'late answer')).toHaveLength(49);
    expect(changes.map(({ direction }) => direction)).toEqual(['down']);
    expect(await failover.state('default')).toMatchObject({ tier: 1, tiers: [{ failures: 1 }, {}, {}] });
  });

  test('the tier they go on to fails them all as well: one step, one rung there too', async () => {
    const { failover, changes } = setUp();
    const { call } = scripted({ 'a/1': [overloaded()], 'b/2': [overloaded()] });
    await Promise.all(Array.from({ length: 50 }, () => failover.run(call)));
    expect(changes.map(({ to }) => to.index)).toEqual([1, 2]);
    const { tiers } = await failover.state('default');
    expect(tiers.map(({ failures }) => failures)).toEqual([1, 1, 0]);
  });

  test('a call that began after the failure is a new one, also within that millisecond', async () => {
    const { failover, changes } = setUp();
    const { call } = scripted({ 'a/1': [overloaded()] });
    await failover.run(call);
    await failover.reset('default', { by: 'ann' });
    await failover.run(call);
    expect(changes.map(({ direction }) => direction)).toEqual(['down', 'reset', 'down']);
    expect((await failover.state('default')).tier).toBe(1);
  });
});
