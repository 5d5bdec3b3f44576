import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, replay, type State, type StateStore } from '../../src/index.js';
import type { SharedTroubles } from '../../src/core/tier/rests/shared-trouble.js';
import { createManualClock, type ManualClock } from '../../src/testing/manual-clock.js';
import { remoteStore } from '../support/fake-stores.js';

const chain = ['a/1', 'b/2'] as const;

function member(clock: ManualClock, store: StateStore, options: object = {}) {
  return createFailover({ chain, clock, store, ...options });
}

async function rowsOf(store: StateStore, key = 'instance:bot') {
  return (await store.history(key, { limit: 1000 })).toReversed();
}

describe('what another process stores is not missed where the store tells of it', () => {
  const pause = { by: 'ann', reason: 'r' };

  test.each(['load', 'commit'] as const)('while a %s is on its way back', async (step) => {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, stop } = remoteStore(shared);
    const here = member(clock, store);
    const there = member(clock, shared);
    await there.state('bot');
    if (step === 'commit') await here.state('bot');
    const letGo = stop(step);
    const busy = step === 'load' ? here.state('bot') : here.record('bot', { tier: 0, ok: false, kind: 'quota' });
    await clock.settle();
    await there.pause('bot', pause);
    letGo();
    await busy;
    await clock.settle();
    expect((await here.state('bot')).paused).toMatchObject(pause);
    await expect(here.run(() => 1, { instance: 'bot' })).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
  });

  test.each(['bot', { all: true }, { provider: 'a' }] as const)(
    'when the read that follows fails: %j is read again once the store works',
    async (target) => {
      const clock = createManualClock();
      const shared = createMemoryStore();
      const { store, network } = remoteStore(shared);
      const here = member(clock, store);
      const there = member(clock, shared);
      const serving = async () => (await here.run((tier) => tier.provider, { instance: 'bot' })).value;
      expect(await serving()).toBe('a');
      network.isDown = true;
      await there.pause(target, pause);
      await clock.settle();
      expect(await serving()).toBe('a');
      network.isDown = false;
      await clock.advance(60_000);
      if (typeof target === 'object' && 'provider' in target) expect(await serving()).toBe('b');
      else await expect(serving()).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
    },
  );
});

test('a history has what has just happened, also where that is still on its way', async () => {
  const clock = createManualClock();
  const { store, stop } = remoteStore(createMemoryStore());
  const here = member(clock, store);
  await here.state('bot');
  const letGo = stop('commit');
  await here.record('bot', { tier: 0, ok: false, kind: 'quota' });
  await here.record('bot', { tier: 1, ok: false, kind: 'overloaded' });
  const rows = here.history('bot', { limit: 10 });
  await clock.settle();
  letGo();
  expect((await rows).flatMap(({ type, kind }) => (type === 'tier-failed' ? kind : []))).toEqual([
    'overloaded',
    'quota',
  ]);
});

test('one commit is on its way at a time, and what gathers meanwhile is one commit', async () => {
  const clock = createManualClock();
  const shared = createMemoryStore();
  const { store, stop } = remoteStore(shared);
  const here = member(clock, store);
  await here.state('bot');
  const letGo = stop('commit');
  await here.record('bot', { tier: 0, ok: false, kind: 'quota' });
  await clock.settle();
  const holds = Array.from({ length: 20 }, (_, each) =>
    here.hold('bot', each % 2, { by: `ann ${each}`, until: clock.now() + 1000 + each }),
  );
  await clock.settle();
  expect((await shared.load('instance:bot'))?.version).toBe(1);
  letGo();
  await Promise.all(holds);
  expect(await shared.load('instance:bot')).toEqual({ version: 2, state: await here.state('bot') });
  expect(new Set((await rowsOf(shared)).flatMap(({ by }) => by ?? [])).size).toBe(20);
});

describe('what gathered while the store was away lands when it is back', () => {
  test('also what came while the try that found it back was under way', async () => {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, network, stop } = remoteStore(shared);
    const here = member(clock, store);
    await here.state('bot');
    network.isDown = true;
    await here.history('bot', { limit: 1 }).catch(() => undefined);
    network.isDown = false;
    const letGo = stop('load', 'all');
    await clock.advance(500);
    await here.record('bot', { tier: 0, ok: false, kind: 'quota' });
    letGo();
    await clock.settle();
    expect((await shared.load('instance:bot'))?.state).toEqual(await here.state('bot'));
  });

  test('also what is on its way when the failover is closed, and what has not set out', async () => {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, stop } = remoteStore(shared);
    const here = member(clock, store);
    await here.state('bot');
    const letGo = stop('commit');
    await here.record('bot', { tier: 0, ok: false, kind: 'quota' });
    await here.record('bot', { tier: 1, ok: false, kind: 'quota' });
    let closed = false;
    const closing = here.close().then(() => (closed = true));
    await clock.settle();
    expect(closed).toBe(false);
    letGo();
    await closing;
    const { tiers } = (await shared.load('instance:bot'))!.state as State;
    expect(tiers.map(({ failures }) => failures)).toEqual([1, 1]);
  });

  test('although another instance keeps what can never land', async () => {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, network } = remoteStore(shared);
    await shared.commit('instance:spoilt', 0, { schema: 99 }, []);
    const here = member(clock, store);
    const told: string[] = [];
    await here.state('bot');
    await here.record('spoilt', { tier: 0, ok: false, kind: 'quota' });
    await clock.settle();
    here.on('store-error', ({ state }) => told.push(state));
    network.isDown = true;
    await expect(here.history('bot', { limit: 1 })).rejects.toMatchObject({ code: 'TIERFALL_STORE' });
    network.isDown = false;
    await clock.advance(60_000);
    expect(told).toEqual(['failing', 'recovered']);
    await here.record('bot', { tier: 0, ok: false, kind: 'quota' });
    await clock.settle();
    expect((await shared.load('instance:bot'))?.state).toMatchObject({ tier: 1 });
  });

  test('once: a commit that landed unheard is not applied again, also with more behind it', async () => {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, network, stop } = remoteStore(shared);
    const here = member(clock, store, { storeTimeoutMs: 1000 });
    await here.state('bot');
    stop('commit');
    await here.record('bot', { tier: 0, ok: false, kind: 'overloaded' });
    await here.record('bot', { tier: 1, ok: false, kind: 'overloaded' });
    await clock.settle();
    await clock.advance(1000);
    network.isDown = true;
    await here.pause('bot', { by: 'ann', reason: 'r' }).catch(() => undefined);
    const before = await here.state('bot');
    network.isDown = false;
    await clock.advance(60_000);
    expect(await here.state('bot')).toEqual(before);
    const rows = await rowsOf(shared);
    expect((await shared.load('instance:bot'))?.state).toEqual(before);
    expect(replay(rows, { chain: here.chain })).toEqual(before);
    expect(rows.map(({ type, tier }) => [type, tier]).filter(([type]) => type === 'tier-failed')).toEqual([
      ['tier-failed', 'a/1'],
      ['tier-failed', 'b/2'],
    ]);
  });

  test('what the fleet is to know of a revoked key too', async () => {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, network } = remoteStore(shared);
    const here = member(clock, store, { share: 'rests' });
    await here.state('bot');
    network.isDown = true;
    await here.record('bot', { tier: 0, ok: false, kind: 'auth', scope: 'credential' });
    await clock.settle();
    network.isDown = false;
    await clock.advance(2000);
    const there = member(clock, shared, { share: 'rests' });
    expect(await there.select('another')).toMatchObject({ index: 1 });
  });
});

describe('more changes than are kept, while the store is away and others go on', () => {
  const ann = { by: 'ann', reason: 'r' };

  /** Two processes that know the same, of which one then loses the store. */
  async function apart(prepare: (there: ReturnType<typeof member>) => Promise<void>) {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, network } = remoteStore(shared);
    const here = member(clock, store);
    const there = member(clock, shared);
    await prepare(there);
    await clock.settle();
    await here.state('bot');
    network.isDown = true;
    return {
      clock,
      here,
      there,
      /** An operator changes the end of a hold, again and again. */
      goOn: async () => {
        for (let change = 0; change < 1200; change++) {
          const until = clock.now() + 3_600_000 * (1 + (change % 2));
          await here.hold('bot', 1, { by: 'eve', until }).catch(() => undefined);
        }
      },
      meet: async () => {
        network.isDown = false;
        await clock.advance(60_000);
        const state = await here.state('bot');
        expect(await there.state('bot')).toEqual(state);
        expect(replay(await rowsOf(shared), { chain: here.chain })).toEqual(state);
        return state;
      },
    };
  }

  test('what an operator resumed here stays resumed', async () => {
    const { clock, here, there, goOn, meet } = await apart((other) => other.pause('bot', ann));
    await expect(here.resume('bot', ann)).rejects.toMatchObject({ code: 'TIERFALL_STORE' });
    await goOn();
    await there.hold('bot', 1, { by: 'bob', until: clock.now() + 1000 });
    await there.pause('bot', { ...ann, source: 'health' });
    expect((await meet()).pauses.map(({ source }) => source)).toEqual(['health']);
  });

  test('what an operator resumed there stays resumed', async () => {
    const { there, goOn, meet } = await apart((other) => other.pause('bot', ann));
    await goOn();
    await there.resume('bot', ann);
    expect((await meet()).paused).toBeNull();
  });

  test('a reset here ends what it ended, and what was learnt there since stands', async () => {
    const { here, there, goOn, meet } = await apart((other) =>
      other.record('bot', { tier: 0, ok: false, kind: 'auth' }),
    );
    await expect(here.reset('bot', ann)).rejects.toMatchObject({ code: 'TIERFALL_STORE' });
    await goOn();
    await there.pause('bot', { ...ann, source: 'health' });
    const state = await meet();
    expect(state).toMatchObject({ tier: 0, paused: { source: 'health' } });
    expect(state.tiers[0]).toMatchObject({ restUntil: null, failures: 0 });
  });

  test.each(['here', 'there'] as const)(
    'a hold put on %s and a wait met on the other side both stand',
    async (where) => {
      const { here, there, goOn, meet } = await apart((other) => other.pause('bot', ann));
      const [holding, waiting] = where === 'here' ? [here, there] : [there, here];
      await waiting.record('bot', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 3_600_000 });
      await holding.hold('bot', 0, { by: 'ann' }).catch(() => undefined);
      await goOn();
      const [tier] = (await meet()).tiers;
      expect(tier).toMatchObject({ failures: 1, heldUntil: expect.any(Number), retryAfterUntil: expect.any(Number) });
    },
  );

  test.each(['rate_limit', 'overloaded'] as const)(
    'a wait met there since is not made shorter by what was changed here before: %s',
    async (kind) => {
      const { clock, here, there, meet } = await apart(() => Promise.resolve());
      await expect(here.hold('bot', 1, ann)).rejects.toMatchObject({ code: 'TIERFALL_STORE' });
      await here.record('bot', { tier: 1, ok: false, kind: 'quota' });
      await clock.advance(400_000);
      const until = clock.now() + 300_000;
      await there.record('bot', { tier: 0, ok: false, kind, retryAfterMs: 300_000 });
      const { tiers } = await meet();
      expect(tiers[0]).toMatchObject({ retryAfterUntil: until, restUntil: until, lastFailureAt: until - 300_000 });
      expect(tiers[1]).toMatchObject({ heldUntil: expect.any(Number), failures: 1 });
    },
  );

  test('a step made there is not taken back by one who never left', async () => {
    const { there, goOn, meet } = await apart((other) => other.pause('bot', ann));
    await goOn();
    await there.record('bot', { tier: 0, ok: false, kind: 'auth' });
    expect(await meet()).toMatchObject({ tier: 1, lastFailureKind: 'auth', paused: { by: 'ann' } });
  });
});

describe('what has changed here before the first read of the store', () => {
  /** One process knows that `b/2` rests and that the instance is paused; another has not read of it. */
  async function unaware() {
    const clock = createManualClock();
    const store = createMemoryStore();
    const there = member(clock, store, { chain: ['a/1', 'b/2', 'c/3'] });
    await there.record('bot', { tier: 1, ok: false, kind: 'quota', retryAfterMs: 600_000 });
    await there.pause('bot', { by: 'ann', reason: 'r', source: 'health' });
    const here = member(clock, store, { chain: ['a/1', 'b/2', 'c/3'] });
    const told: string[] = [];
    here.on('tier-change', ({ from, to, direction, reason, origin }) =>
      told.push(`${from.index} to ${to.index}, ${direction}, ${reason}, ${origin}`),
    );
    here.on('paused', ({ source, origin }) => told.push(`paused, ${source}, ${origin}`));
    return { clock, here, there, told };
  }

  test('is announced as it happened, then how what was found differs: each step begins where the last ended', async () => {
    const { clock, here, there, told } = await unaware();
    await here.hold('bot', 0, { by: 'bob', until: clock.now() + 60_000 });
    await clock.settle();
    await there.resume('bot', { by: 'ann' });
    await here.reset('bot', { by: 'bob' });
    expect(told).toEqual([
      '0 to 1, down, hold, local',
      '1 to 2, down, quota, remote',
      'paused, health, remote',
      '2 to 0, reset, reset, local',
    ]);
  });

  test('and where nothing has, what is found is no change', async () => {
    const { here, told } = await unaware();
    expect(await here.state('bot')).toMatchObject({ tier: 0, paused: { source: 'health' } });
    expect(told).toEqual([]);
  });
});

describe('processes with different chains on one store, as while a new one is rolled out', () => {
  test('do not outbid each other, and each takes in what the other learns of the tiers they share', async () => {
    const clock = createManualClock();
    const store = createMemoryStore();
    const older = createFailover({ chain: ['a/1', 'b/2'], clock, store });
    const newer = createFailover({ chain: ['z/0', 'b/2', 'a/1'], clock, store });
    const commits = async () => (await store.load('instance:bot'))?.version;
    await older.state('bot');
    await newer.state('bot');
    await older.record('bot', { tier: 0, ok: false, kind: 'quota', retryAfterMs: 60_000 });
    await clock.settle();
    expect(await commits()).toBe(1);
    expect((await newer.state('bot')).tiers[2]).toMatchObject({ lastFailureKind: 'quota' });
    await newer.record('bot', { tier: 'b/2', ok: false, kind: 'overloaded' });
    await clock.settle();
    expect(await commits()).toBe(2);
    const { ids, tiers } = await older.state('bot');
    expect(ids).toEqual(['a/1', 'b/2']);
    expect(tiers.map(({ lastFailureKind }) => lastFailureKind)).toEqual(['quota', 'overloaded']);
  });
});

describe("what was met here holds here, whatever is on its way to the store: share: 'rests'", () => {
  const record = 'rest:model:a/1';

  /** Two instances fail at once; the report of the first is written, and that of the second waits behind it. */
  async function overtaken(second: 'overloaded' | 'model_unavailable') {
    const clock = createManualClock();
    const shared = createMemoryStore();
    const { store, network, stop } = remoteStore(shared);
    const failover = member(clock, store, { share: 'rests' });
    const startsAt = async (instance: string) => {
      const selection = await failover.select(instance);
      return selection.ok && selection.index;
    };
    for (const instance of ['one', 'two', 'three', 'four']) await startsAt(instance);
    const letSecondGo = stop('commit', record);
    await failover.record('one', { tier: 0, ok: false, kind: 'overloaded' });
    await clock.settle();
    await failover.record('two', { tier: 0, ok: false, kind: second });
    await clock.settle();
    const witnesses = async () =>
      (((await shared.load(record))?.state as SharedTroubles | undefined)?.troubles ?? []).map(({ kind, seenBy }) => [
        kind,
        ...seenBy,
      ]);
    return { clock, network, startsAt, letSecondGo, witnesses };
  }

  test.each(['overloaded', 'model_unavailable'] as const)('%s of the second concerns a third at once', async (kind) => {
    const { clock, startsAt, letSecondGo, witnesses } = await overtaken(kind);
    expect(await witnesses()).toEqual([['overloaded', 'one']]);
    expect(await startsAt('three')).toBe(1);
    letSecondGo();
    await clock.settle();
    expect(await startsAt('four')).toBe(1);
    expect(await witnesses()).toEqual(
      kind === 'overloaded'
        ? [['overloaded', 'one', 'two']]
        : [
            ['overloaded', 'one'],
            ['model_unavailable', 'two'],
          ],
    );
  });

  test('also where the store goes away before it is written, and it is written when the store is back', async () => {
    const { clock, network, startsAt, letSecondGo, witnesses } = await overtaken('overloaded');
    network.isDown = true;
    letSecondGo();
    await clock.settle();
    expect(await startsAt('three')).toBe(1);
    network.isDown = false;
    await clock.advance(600);
    expect(await startsAt('four')).toBe(1);
    expect(await witnesses()).toEqual([['overloaded', 'one', 'two']]);
  });
});
