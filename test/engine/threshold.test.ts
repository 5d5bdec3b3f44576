import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, parseConfig, type PolicyOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, overloaded } from '../support/scripted.js';

const policy: PolicyOptions = { threshold: { failures: 3, windowMs: 60_000 } };

/** Tiers fail with what `fails` has for their provider, as long as it has something. */
function setUp(given: PolicyOptions = policy, more: object = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/m', 'b/m'], clock, policy: given, ...more });
  const fails: Record<string, (() => unknown) | undefined> = {};
  const told: string[] = [];
  failover.on('attempt-failed', ({ tier, kind }) => told.push(`failed ${tier.provider} ${kind}`));
  failover.on('tier-change', ({ from, to, reason }) => told.push(`${from.provider}-${to.provider} ${reason}`));
  failover.on('exhausted', () => told.push('exhausted'));
  const run = (instance = 'default') =>
    failover.run(
      async ({ provider }) => {
        const fail = fails[provider];
        if (fail) throw fail();
        return provider;
      },
      { instance },
    );
  return { clock, failover, fails, told, run };
}

describe('threshold', () => {
  test('each call goes on at once, the third failure steps, and what came before is told', async () => {
    const { failover, fails, told, run } = setUp();
    fails['a'] = overloaded;
    const calls = [await run(), await run(), await run(), await run()];
    expect(calls.map(({ value, attempts }) => [value, attempts.length])).toEqual([
      ['b', 2],
      ['b', 2],
      ['b', 2],
      ['b', 1],
    ]);
    expect(told).toEqual(['failed a overloaded', 'failed a overloaded', 'failed a overloaded', 'a-b overloaded']);
    const rows = await failover.history('default', { limit: 10 });
    expect(rows.map(({ type, count }) => [type, count])).toEqual([
      ['tier-change', undefined],
      ['tier-failed', 3],
    ]);
  });

  test('a failure now and then leaves the tier where it is, and no row', async () => {
    const { clock, failover, fails, told, run } = setUp();
    for (let minute = 0; minute < 20; minute++) {
      fails['a'] = overloaded;
      expect((await run()).value).toBe('b');
      fails['a'] = undefined;
      expect((await run()).value).toBe('a');
      await clock.advance(30_001);
    }
    expect(told.filter((line) => !line.startsWith('failed'))).toEqual([]);
    expect(await failover.state('default')).toMatchObject({ tier: 0, tiers: [{ failures: 0, restUntil: null }, {}] });
  });

  test('calls that fail together count each', async () => {
    const { fails, told, run } = setUp();
    fails['a'] = overloaded;
    const values = await Promise.all(Array.from({ length: 5 }, () => run().then(({ value }) => value)));
    expect(values).toEqual(['b', 'b', 'b', 'b', 'b']);
    expect(told.filter((line) => line === 'a-b overloaded')).toHaveLength(1);
  });

  test('when every tier fails the call fails, and the next one begins at the top, while nothing is used up', async () => {
    const { fails, told, run } = setUp();
    fails['a'] = overloaded;
    fails['b'] = () => apiError(503);
    await expect(run()).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED', attempts: [{}, {}] });
    expect(told).not.toContain('exhausted');
    await expect(run()).rejects.toMatchObject({ attempts: [{ tier: 'a/m' }, { tier: 'b/m' }] });
  });

  test('a wait that the provider names is kept all the same', async () => {
    const { clock, fails, run } = setUp();
    fails['a'] = () => apiError(503, { headers: { 'retry-after': '20' } });
    expect((await run()).attempts).toHaveLength(2);
    fails['a'] = undefined;
    expect((await run()).attempts).toEqual([expect.objectContaining({ tier: 'b/m' })]);
    await clock.advance(20_000);
    expect((await run()).value).toBe('a');
  });

  test('processes of one store count together, and a restart does not start over', async () => {
    const store = createMemoryStore();
    const one = setUp(policy, { store, stalenessMs: 0 });
    const other = setUp(policy, { store, stalenessMs: 0 });
    for (const each of [one, other]) each.fails['a'] = overloaded;
    await one.run();
    await one.failover.close();
    await other.run();
    expect(other.told).toEqual(['failed a overloaded']);
    await other.run();
    expect(other.told.at(-1)).toBe('a-b overloaded');
  });

  test('what is counted in one instance keeps no other off the tier', async () => {
    const { fails, told, run } = setUp(policy, { store: createMemoryStore(), share: 'rests' });
    fails['a'] = overloaded;
    for (const instance of ['one', 'two', 'three']) expect((await run(instance)).attempts).toHaveLength(2);
    expect(told.filter((line) => !line.startsWith('failed'))).toEqual([]);
  });
});

describe('threshold: what may be given', () => {
  test('the kinds have a default, and all of it stays when it is parsed again', () => {
    const { config } = parseConfig({ chain: ['a/m', 'b/m'], policy });
    expect(config.policy.threshold).toEqual({
      failures: 3,
      windowMs: 60_000,
      kinds: ['overloaded', 'server_error', 'timeout', 'network'],
    });
    expect(parseConfig(config).config).toEqual(config);
    expect(parseConfig({ chain: ['a/m'], policy: { threshold: { failures: 3, windowMs: 60 } } }).warnings).toEqual([
      'policy.threshold.windowMs: 60 is 60 milliseconds; 60 seconds are 60000',
    ]);
  });

  test.each([
    [{ failures: 0, windowMs: 1000 }, 'policy.threshold.failures'],
    [{ failures: 1.5, windowMs: 1000 }, 'policy.threshold.failures'],
    [{ failures: 101, windowMs: 1000 }, 'policy.threshold.failures'],
    [{ failures: 3, windowMs: 0 }, 'policy.threshold.windowMs'],
    [{ failures: 3 }, 'policy.threshold.windowMs'],
    [{ failures: 3, windowMs: 1000, kinds: ['nonsense'] }, 'policy.threshold.kinds[0]'],
    [{ failures: 3, windowMs: 1000, window: 5 }, 'policy.threshold.window'],
    [3, 'policy.threshold'],
  ])('%j is refused by name', (threshold, path) => {
    const input = { chain: ['a/m'], policy: { threshold } };
    expect(() => parseConfig(input)).toThrow(
      expect.objectContaining({ code: 'TIERFALL_CONFIG', issues: [expect.objectContaining({ path })] }) as Error,
    );
  });
});
