import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, type Failover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { revoked } from '../support/scripted.js';

type Untyped = Record<string, (...values: unknown[]) => Promise<unknown>>;

const HOUR = 3_600_000;

function setUp(chain: unknown[] = ['a/1', 'b/2']) {
  const clock = createManualClock();
  const failover = createFailover({ chain: chain as ['a/1'], clock });
  return { clock, failover, untyped: failover as unknown as Untyped };
}

describe("An operator's action refuses by name", () => {
  const now = createManualClock().now();
  const by = 'ann';
  test.each<[string, (failover: Untyped) => Promise<unknown>, string]>([
    [
      'reset',
      (it) => it['reset']!('x', { by, resaon: 'new key' }),
      'resaon: unknown option; known: by, reason; did you mean reason?',
    ],
    ['hold', (it) => it['hold']!('x', 0, { by, untill: now + HOUR }), 'untill: unknown option'],
    ['hold in the past', (it) => it['hold']!('x', 0, { by, until: now - 1 }), 'until: expected a time that is to come'],
    [
      'hold in seconds',
      (it) => it['hold']!('x', 0, { by, until: Math.round((now + HOUR) / 1000) }),
      'looks like seconds',
    ],
    [
      'pause in the past',
      (it) => it['pause']!('x', { by, reason: 'r', until: now }),
      'until: expected a time that is to come',
    ],
    ['pause', (it) => it['pause']!('x', { by, reason: 'deploy', sorce: 'health' }), 'did you mean source?'],
    ['pause with nothing', (it) => it['pause']!(), 'target: expected an instance name, { provider } or { all: true }'],
    ['resume', (it) => it['resume']!('x', { by, until: now + HOUR }), 'until: unknown option'],
    [
      'a trigger in seconds',
      (it) => it['recordExternalTrigger']!('x', 'k', { until: Math.round(now / 1000) }),
      'looks like seconds',
    ],
    ['a trigger', (it) => it['recordExternalTrigger']!('x', 'k', { details: 'd' }), 'did you mean detail?'],
    ['a report', (it) => it['record']!('x', { tier: 0, ok: true, startAt: now }), 'did you mean startedAt?'],
    ['a report of an index', (it) => it['record']!('x', { index: 0, ok: true }), 'report.index: unknown option'],
    [
      'a report of a kind',
      (it) => it['record']!('x', { tier: 0, ok: false, kind: 'ratelimit' }),
      'did you mean rate_limit?',
    ],
    [
      'a report in seconds',
      (it) => it['record']!('x', { tier: 0, ok: true, startedAt: Math.round(now / 1000) }),
      'report.startedAt: expected epoch milliseconds; this looks like seconds',
    ],
    [
      'usage',
      (it) => it['recordUsage']!('x', { inputTokens: 1, outputTokens: 1, cost: 1 }),
      'usage.cost: unknown option',
    ],
    ['history', (it) => it['history']!('x', { limit: 5, kinds: ['auth'] }), 'kinds: unknown option'],
    [
      'a target of two things',
      (it) => it['pause']!({ provider: 'a', all: true }, { by, reason: 'r' }),
      'target: expected',
    ],
    ['a target that is misspelt', (it) => it['reset']!({ provder: 'a' }, { by }), 'target.provder: unknown option'],
  ])('%s', async (_, act, message) => {
    const { untyped } = setUp();
    await expect(act(untyped)).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining(message),
    });
  });
});

describe('A pause that ends by itself', () => {
  test.each([
    ['of an instance', (it: Failover, until: number) => it.pause('default', { by: 'ann', reason: 'deploy', until })],
    ['of everything', (it: Failover, until: number) => it.pause({ all: true }, { by: 'ann', reason: 'deploy', until })],
  ])('%s', async (_, pause) => {
    const { clock, failover } = setUp();
    await failover.run(async () => 1);
    const until = clock.now() + 60_000;
    await pause(failover, until);
    await expect(failover.run(async () => 1)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', retryAt: until });
    expect(await failover.select('default')).toEqual({ ok: false, reason: 'paused', retryAt: until });
    await clock.advance(60_000);
    expect((await failover.run(async () => 1)).index).toBe(0);
  });

  test('of a provider: its tiers are tried again after it', async () => {
    const { clock, failover } = setUp();
    await failover.pause({ provider: 'a' }, { by: 'ann', reason: 'incident', until: clock.now() + 60_000 });
    expect((await failover.run(async () => 1)).index).toBe(1);
    await clock.advance(60_000);
    expect((await failover.run(async () => 1)).index).toBe(0);
  });
});

describe('A reset of more than one instance', () => {
  const chain = [
    { provider: 'a', model: '1', credential: 'main' },
    { provider: 'a', model: '2', credential: 'spare' },
    { provider: 'b', model: '3', credential: 'main' },
    { provider: 'c', model: '4' },
  ];

  test.each([
    [{ provider: 'a' }, [0, 1]],
    [{ credential: 'main' }, [0, 2]],
    [{ provider: 'a', credential: 'main' }, [0]],
    [{ all: true }, [0, 1, 2, 3]],
  ] as const)('%o ends what instances have learnt of its tiers, and no hold and no pause', async (target, ended) => {
    const { failover } = setUp(chain);
    for (const instance of ['one', 'other']) {
      for (const tier of [0, 1, 2]) await failover.record(instance, { tier, ok: false, kind: 'auth' });
      await failover.record(instance, { tier: 3, ok: false, kind: 'auth' });
      await failover.hold(instance, 0, { by: 'ann' });
      await failover.pause(instance, { by: 'ann', reason: 'r' });
    }
    await failover.reset(target, { by: 'ann', reason: 'new key' });
    for (const instance of ['one', 'other']) {
      const { tiers, paused } = await failover.state(instance);
      const free = tiers.flatMap(({ lastFailureAt }, index) => (lastFailureAt === null ? [index] : []));
      expect(free).toEqual(ended);
      expect(tiers[0]!.heldUntil).not.toBeNull();
      expect(paused).not.toBeNull();
    }
  });

  test('of a credential ends what the fleet shares about it', async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const member = () => createFailover({ chain: ['a/1', 'b/2'], clock, store, share: 'rests' });
    const [finder, other] = [member(), member()];
    const call = async (_tier: unknown, { index }: { index: number }) => {
      if (index === 0) throw revoked();
      return index;
    };
    await finder.run(call, { instance: 'finder' });
    await clock.settle();
    expect((await other.run(async (_, { index }) => index, { instance: 'other' })).value).toBe(1);
    const operator = createFailover({ chain: ['z/9'], clock, store });
    await operator.reset({ provider: 'a' }, { by: 'ann' });
    await clock.advance(2000);
    expect((await other.run(async (_, { index }) => index, { instance: 'third' })).value).toBe(0);
  });
});

describe('forget', () => {
  test('drops what is kept of an instance, here and in the store', async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock, store });
    await failover.record('gone', { tier: 0, ok: false, kind: 'auth' });
    await clock.settle();
    await failover.forget('gone');
    expect(await store.load('instance:gone')).toBeUndefined();
    expect(await failover.history('gone', { limit: 10 })).toEqual([]);
    expect((await failover.state('gone')).tier).toBe(0);
    expect((await failover.run(async () => 1, { instance: 'gone' })).index).toBe(0);
  });
});
