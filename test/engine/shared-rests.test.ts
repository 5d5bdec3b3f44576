import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, replay, resolveWithFallback, type StateStore } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { moodyStore } from '../support/fake-stores.js';
import { invalid, overloaded, rateLimited, revoked, scripted } from '../support/scripted.js';

const chain = ['a/1', 'b/2'] as const;
const quick = { recovery: 'probe', cooldown: { initialMs: 10_000, factor: 2 } } as const;

describe("Runtime: share: 'rests'", () => {
  const fleet = (recovery: 'on-success' | 'probe' = 'probe') => {
    const clock = createManualClock();
    const store = createMemoryStore();
    const make = () =>
      createFailover({
        chain,
        clock,
        store,
        share: 'rests',
        policy: { recovery, cooldown: { initialMs: 10_000, factor: 2 } },
      });
    return { clock, store, members: [make(), make(), make()] as const };
  };

  test('a revoked key or a wait the provider named spares all others the same failed call', async () => {
    for (const error of [revoked(), rateLimited(60)]) {
      const { members, clock } = fleet();
      const { call, asked } = scripted({ 'a/1': [error] });
      await resolveWithFallback(members[0], call, { instance: 'one' });
      await clock.settle();
      await resolveWithFallback(members[1], call, { instance: 'two' });
      await resolveWithFallback(members[0], call, { instance: 'three' });
      expect(asked).toEqual(['a/1', 'b/2', 'b/2', 'b/2']);
    }
  });

  test("a revoked key of the provider's own leaves a tier that names another key alone, and its answer proves nothing", async () => {
    const clock = createManualClock();
    const store = createMemoryStore();
    const keys = ['a/1', { provider: 'a', model: '2', credential: 'team-b' }, 'a/3'] as const;
    const policy = { onExhausted: 'throw' } as const;
    const make = () => createFailover({ chain: keys, clock, store, share: 'rests', policy });
    const { call, asked } = scripted({ 'a/1': [revoked()] });
    for (const instance of ['one', 'two', 'three']) {
      await resolveWithFallback(make(), call, { instance });
      await clock.settle();
    }
    expect(asked).toEqual(['a/1', 'a/2', 'a/2', 'a/2']);
    await make().record('four', { tier: 1, ok: false, kind: 'auth', scope: 'credential' });
    await clock.settle();
    expect(await make().select('five')).toMatchObject({ ok: false, reason: 'resting' });
  });

  test('what the others learn counts also after the store has lost all it had', async () => {
    const clock = createManualClock();
    let inner = createMemoryStore();
    const store: StateStore = {
      ...inner,
      load: (key) => inner.load(key),
      commit: (...facts) => inner.commit(...facts),
    };
    delete store.watch;
    const make = () => createFailover({ chain, clock, store, share: 'rests' });
    const [here, there] = [make(), make()];
    for (const kind of ['auth', 'permission'] as const) {
      await here.record('one', { tier: 0, ok: false, kind });
      await clock.advance(3000);
    }
    inner = createMemoryStore();
    await clock.advance(3000);
    await there.record('three', { tier: 0, ok: false, kind: 'quota' });
    await clock.advance(3000);
    expect(await here.select('two')).toMatchObject({ index: 1 });
  });

  test('an overload is shared once two instances saw it', async () => {
    const { members, clock } = fleet();
    const { call, asked } = scripted({ 'a/1': [overloaded()] });
    for (const [at, member] of members.entries()) {
      await resolveWithFallback(member, call, { instance: `agent-${at}` });
      await clock.settle();
    }
    expect(asked).toEqual(['a/1', 'b/2', 'a/1', 'b/2', 'b/2']);
  });

  test.each([
    ['a limit with its wait, by one', 'rate_limit', 30_000, 1],
    ['an overload with a wait, by one', 'overloaded', 30_000, 1],
    ['a limit that named no wait, by nobody', 'rate_limit', undefined, 0],
    ['an overload without a wait, by two', 'overloaded', undefined, 2],
  ] as const)('%s: so many have to see it', async (_, kind, retryAfterMs, needed) => {
    const { members, clock } = fleet();
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    const spared: boolean[] = [];
    for (const [at, member] of members.entries()) {
      await member.record(`agent-${at}`, { tier: 0, ok: false, kind, ...wait });
      await clock.settle();
      spared.push(((await members[2].select('fresh')) as { index: number }).index === 1);
    }
    expect(spared).toEqual([1, 2, 3].map((seenBy) => needed > 0 && seenBy >= needed));
  });

  test("what may be its own network's fault is never shared", async () => {
    const { members, clock } = fleet();
    for (const [at, member] of members.entries()) {
      await member.record(`agent-${at}`, {
        tier: 0,
        ok: false,
        kind: at % 2 === 0 ? 'network' : 'timeout',
        scope: 'provider',
      });
      await clock.settle();
    }
    expect(await members[0].select('fresh')).toMatchObject({ index: 0 });
  });

  test('with recovery probe the whole fleet sends one probe, and its answer frees everybody', async () => {
    const { members, clock } = fleet();
    const { call, asked } = scripted({ 'a/1': [revoked(), 'well'] });
    await resolveWithFallback(members[0], call, { instance: 'one' });
    await clock.advance(10_000);
    asked.length = 0;
    const all = () =>
      Promise.all(members.map((member, at) => resolveWithFallback(member, call, { instance: `agent-${at}` })));
    await all();
    await clock.settle();
    expect(asked.filter((id) => id === 'a/1')).toHaveLength(1);
    asked.length = 0;
    await all();
    expect(asked).toEqual(['a/1', 'a/1', 'a/1']);
  });

  test('those who fail together see one failure, and a later one climbs the ladder for all', async () => {
    const { members, clock } = fleet('on-success');
    const fail = async () => {
      for (const at of [0, 1] as const)
        await members[at].record(`agent-${at}`, { tier: 0, ok: false, kind: 'overloaded' });
      await clock.settle();
    };
    const restMs = async () => {
      let waitedMs = 0;
      for (; waitedMs < 60_000; waitedMs += 5000) {
        // Another one each time: an instance that was moved comes back only after an answer.
        const selection = await members[2].select(`fresh-${clock.now()}`);
        if (selection.ok && selection.index === 0) break;
        await clock.advance(5000);
      }
      return waitedMs;
    };
    await fail();
    expect(await restMs()).toBe(10_000);
    await fail();
    // As long as the default ladder allows.
    expect(await restMs()).toBe(15_000);
  });

  test("nothing but time ends a wait the provider named: no answer, and no other's failure without one", async () => {
    const { members, clock } = fleet('on-success');
    const until = clock.now() + 60_000;
    await members[0].record('zero', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 60_000 });
    await clock.settle();
    await members[1].record('one', { tier: 0, ok: true });
    await clock.settle();
    expect(await members[2].select('fresh')).toMatchObject({ index: 1 });
    await members[1].record('one', { tier: 0, ok: false, kind: 'overloaded' });
    await members[2].record('fresh', { tier: 1, ok: false, kind: 'rate_limit', retryAfterMs: 90_000 });
    await clock.settle();
    expect(await members[2].select('fresh')).toEqual({ ok: false, reason: 'resting', retryAt: until });
  });

  test('without a store there is no fleet to agree with: each tries by itself', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store, share: 'rests', policy: quick });
    await failover.record('default', { tier: 0, ok: false, kind: 'auth' });
    await clock.settle();
    mood.fails = true;
    await clock.advance(10_000);
    expect((await failover.run(() => 1)).index).toBe(0);
  });

  test('there is one trial at a time, also among the instances of one process', async () => {
    const { members, clock } = fleet();
    await members[0].record('zero', { tier: 0, ok: false, kind: 'auth' });
    await clock.advance(10_000);
    const goes = async (instance: string, call: (index: number) => unknown = () => 1) =>
      (await members[0].run((_tier, { index }) => call(index), { instance })).index;
    const { promise, resolve } = Promise.withResolvers();
    const trying = goes('one', (index) => (index === 0 ? promise : 1));
    await clock.settle();
    expect([await goes('two'), await goes('two'), await goes('three')]).toEqual([1, 1, 1]);
    resolve('well');
    expect(await trying).toBe(0);
  });

  test('a trial that found nothing out is free for the next call, of any process', async () => {
    const { members, clock } = fleet();
    await members[0].record('zero', { tier: 0, ok: false, kind: 'server_error' });
    await members[1].record('one', { tier: 0, ok: false, kind: 'server_error' });
    await clock.advance(10_000);
    const wrong = () => {
      throw invalid();
    };
    await expect(members[0].run(wrong, { instance: 'agent' })).rejects.toThrow("'messages' must not be empty");
    await clock.settle();
    expect((await members[2].run(() => 1, { instance: 'another' })).index).toBe(0);
  });

  test.each([false, true])(
    'behind a limit the members come back one by one within a minute (one that had met it itself: %s)',
    async (metItself) => {
      const clock = createManualClock();
      const store = createMemoryStore();
      const make = (chance: number) => {
        const policy = { recovery: 'probe' } as const;
        const failover = createFailover({ chain, clock, store, share: 'rests', random: () => chance, policy });
        return failover.for(`agent-${chance}`);
      };
      const [first, second] = [make(0), make(0.5)];
      const goes = async (member: typeof first) => {
        const { index } = await member.run(() => 1);
        await clock.settle();
        return index;
      };
      await (metItself ? second : first).record({ tier: 0, ok: false, error: rateLimited(30) });
      await clock.settle();
      expect([await goes(first), await goes(second)]).toEqual([1, 1]);
      await clock.advance(30_000);
      expect([await goes(first), await goes(second)]).toEqual([0, 1]);
      await clock.advance(29_999);
      expect(await goes(second)).toBe(1);
      await clock.advance(1);
      expect(await goes(second)).toBe(0);
    },
  );

  test('a state stays the fold of its own events', async () => {
    const { members, clock, store } = fleet();
    const { call } = scripted({ 'a/1': [revoked(), 'well'] });
    await resolveWithFallback(members[0], call, { instance: 'one' });
    await clock.settle();
    await members[1].record('two', { tier: 1, ok: false, kind: 'overloaded' });
    await resolveWithFallback(members[1], call, { instance: 'two' });
    await clock.settle();
    const history = await store.history('instance:two', { limit: 100 });
    expect(replay(history.toReversed(), { chain: members[1].chain })).toEqual(await members[1].state('two'));
  });
});
