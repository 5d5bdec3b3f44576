import { describe, expect, test } from 'vitest';
import {
  ConfigConflictError,
  ConfigError,
  createFailover,
  createMemoryStore,
  replay,
  startFailover,
  StoreError,
  usageOf,
  type ConfigUpdatedEvent,
  type Notifier,
  type StateStore,
  type Tier,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { apiError, rateLimited } from '../support/scripted.js';
import { usedHeap } from '../support/used-heap.js';

const by = { by: 'ops' };
const idOf = ({ provider, model }: Tier) => `${provider}/${model}`;
const answer = (tier: Tier) => idOf(tier);
/** A call that fails at some tiers. */
const failing =
  (errors: Record<string, () => unknown>) =>
  (tier: Tier): string => {
    const error = errors[idOf(tier)];
    if (error) throw error();
    return idOf(tier);
  };
const down = () => apiError(503);

const ignore = () => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A store without notifications, as a host may write one. */
function unwatched(store: StateStore): StateStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'watch') return undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Something that answers when the test says so. */
function gate<V>(): { promise: Promise<V>; open: (value: V) => void; fail: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<V>();
  return { promise, open: resolve, fail: reject };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe('update in one process', () => {
  test('the next call goes by the new chain, and the chain is the new one', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    expect((await failover.run(answer)).value).toBe('a/1');
    await failover.update({ chain: ['c/3', 'b/2'] }, by);
    expect(failover.chain.map(idOf)).toEqual(['c/3', 'b/2']);
    expect(await failover.run(answer)).toMatchObject({ value: 'c/3', index: 0, attempts: [{ tier: 'c/3' }] });
    expect((await failover.for('other').run(answer)).value).toBe('c/3');
    expect(failover.stats().tiers.map(({ id, ok }) => [id, ok])).toEqual([
      ['c/3', 2],
      ['b/2', 0],
    ]);
    expect(failover.stats().calls).toBe(3);
  });

  test('what is left out stays: the policy with a new chain, the chain and the other fields with a new policy', async () => {
    const failover = createFailover({
      chain: ['a/1', 'b/2'],
      policy: { onExhausted: 'throw', cooldown: { initialMs: 5000, factor: 1, maxMs: 5000 } },
    });
    await failover.update({ chain: ['b/2', 'a/1'] }, by);
    await expect(failover.run(failing({ 'a/1': down, 'b/2': down }))).rejects.toMatchObject({
      code: 'TIERFALL_CHAIN_EXHAUSTED',
    });
    await failover.update({ policy: { onExhausted: 'pause' } }, by);
    expect(failover.chain.map(idOf)).toEqual(['b/2', 'a/1']);
    const { tiers } = await failover.state('default');
    expect(tiers[0]!.restUntil! - tiers[0]!.lastFailureAt!).toBe(5000);
    await failover
      .for('two')
      .run(failing({ 'a/1': down, 'b/2': down }))
      .catch(() => undefined);
    expect((await failover.state('two')).paused).toMatchObject({ source: 'exhausted' });
    const two = await failover.state('two');
    expect(two.tiers[0]!.restUntil! - two.tiers[0]!.lastFailureAt!).toBe(5000);
  });

  test('a field of the policy that is undefined goes back to its default', async () => {
    const failover = createFailover({ chain: ['a/1'], policy: { triggers: ['auth'] } });
    await failover.update({ chain: ['a/1', 'b/2'], policy: { triggers: undefined } }, by);
    expect((await failover.run(failing({ 'a/1': down }))).value).toBe('b/2');
  });

  test("a tier keeps the host's own fields, and may bring new ones", async () => {
    const client = { ask: () => 'hello' };
    const first = { provider: 'a', model: '1', client, baseUrl: 'https://one.example' };
    const failover = createFailover({ chain: [first, 'b/2'] });
    const entry = failover.chain[0];
    const seen: unknown[] = [];
    await failover.update({ chain: ['b/2', { provider: 'a', model: '1' }] }, by);
    expect(failover.chain[1]).toBe(entry);
    await failover.run((tier) => void seen.push(tier), { pinned: 'a/1' });
    expect(seen).toEqual([first]);
    await failover.update({ chain: [{ provider: 'a', model: '1', baseUrl: 'https://two.example' }, 'b/2'] }, by);
    expect(failover.chain[0]).toEqual({ provider: 'a', model: '1', client, baseUrl: 'https://two.example' });
    await failover.update({ chain: [{ provider: 'a', model: '1', contextTokens: 1000 }] }, by);
    expect(failover.chain[0]).toEqual({
      provider: 'a',
      model: '1',
      client,
      baseUrl: 'https://two.example',
      contextTokens: 1000,
    });
  });

  test('rests, holds and pauses of tiers that stay are kept, whatever their place', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock });
    await failover.run(failing({ 'a/1': () => rateLimited(600) }));
    await failover.update({ chain: ['c/3', 'a/1'] }, by);
    const state = await failover.state('default');
    expect(state.ids).toEqual(['c/3', 'a/1']);
    expect(state.tiers[1]!.retryAfterUntil).toBe(clock.now() + 600_000);
    // Not even where nothing else answers.
    const refused = failover.run(failing({ 'c/3': down }));
    await expect(refused).rejects.toMatchObject({ attempts: [{ tier: 'c/3' }] });
    // A tier that is back in the chain is still at rest.
    await failover.update({ chain: ['d/4'] }, by);
    await failover.update({ chain: ['a/1', 'd/4'] }, by);
    expect((await failover.run(answer)).value).toBe('d/4');
  });

  test('a chain that has nothing in common with the old one', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    await failover.run(failing({ 'a/1': down }));
    await failover.update({ chain: ['c/3', 'd/4'] }, by);
    expect((await failover.run(answer)).value).toBe('c/3');
    const rows = await failover.history('default', { limit: 10 });
    expect(rows[0]).toMatchObject({ type: 'chain-changed', to: 'c/3' });
    expect((await failover.run(failing({ 'c/3': down }))).value).toBe('d/4');
  });

  test('a paused instance stays paused', async () => {
    const failover = createFailover({ chain: ['a/1'] });
    await failover.pause('default', { ...by, reason: 'deploy' });
    await failover.pause({ provider: 'c' }, { ...by, reason: 'their outage' });
    await failover.update({ chain: ['c/3', 'b/2'] }, by);
    await expect(failover.run(answer)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', by: 'ops' });
    await failover.resume('default', by);
    // The provider was paused before it was in the chain.
    expect((await failover.run(answer)).value).toBe('b/2');
  });
});

describe('calls under way', () => {
  test('end on the chain they began with', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { promise, fail } = gate<string>();
    const asked: string[] = [];
    const call = failover.run((tier, { remaining }) => {
      asked.push(idOf(tier));
      if (tier.model === '1') return promise;
      return `${idOf(tier)} of ${remaining.length}`;
    });
    await settle();
    await failover.update({ chain: ['c/3'] }, by);
    fail(down());
    expect(await call).toMatchObject({ value: 'b/2 of 0', index: 1, tier: { provider: 'b' } });
    expect(asked).toEqual(['a/1', 'b/2']);
    expect((await failover.run(answer)).value).toBe('c/3');
  });

  test('first, fallbacks and pinned name tiers of the chain a call began with', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'] });
    const { promise, fail } = gate<string>();
    const asked: string[] = [];
    const call = (tier: Tier) => {
      asked.push(idOf(tier));
      return tier.model === '3' ? promise : idOf(tier);
    };
    const options = { first: 'c/3', fallbacks: ['b/2'], deadlineMs: 60_000 };
    const running = failover.run(call, options);
    await settle();
    await failover.update({ chain: ['b/2', 'd/4'] }, by);
    fail(down());
    expect((await running).value).toBe('b/2');
    expect(asked).toEqual(['c/3', 'b/2']);
    await expect(failover.run(answer, { first: 'c/3' })).rejects.toThrow(ConfigError);
    expect((await failover.run(answer, { pinned: 'd/4' })).value).toBe('d/4');
  });

  test('what they find out counts for tiers that are still there, at their new place', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { promise, fail } = gate<string>();
    const call = failover.run((tier) => (tier.model === '1' ? promise : idOf(tier)));
    await settle();
    await failover.update({ chain: ['b/2', 'a/1'] }, by);
    fail(rateLimited(600));
    expect((await call).value).toBe('b/2');
    const { tiers } = await failover.state('default');
    expect(tiers.map(({ failures }) => failures)).toEqual([0, 1]);
    expect(failover.stats().tiers).toMatchObject([
      { id: 'b/2', ok: 1, failed: 0 },
      { id: 'a/1', ok: 0, failed: 1 },
    ]);
  });

  test('a failure of a tier that is gone touches nobody', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const exhausted: unknown[] = [];
    failover.on('exhausted', (event) => exhausted.push(event));
    const { promise, fail } = gate<string>();
    const call = failover.run(() => promise);
    await settle();
    await failover.update({ chain: ['c/3', 'd/4'] }, by);
    fail(down());
    await expect(call).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    expect(exhausted).toEqual([]);
    const { tiers, lastFailureKind } = await failover.state('default');
    expect(tiers.map(({ failures }) => failures)).toEqual([0, 0]);
    expect(lastFailureKind).toBeNull();
  });

  test.each([undefined, 'rests'] as const)(
    'a wait that a tier names which is gone by then holds when it is back, share: %s',
    async (share) => {
      const clock = createManualClock();
      const failover = createFailover({ chain: ['a/1', 'b/2'], clock, ...(share ? { share } : {}) });
      const { promise, fail } = gate<string>();
      const call = failover.run((tier) => (tier.model === '1' ? promise : idOf(tier)));
      await clock.settle();
      await failover.update({ chain: ['b/2'] }, by);
      fail(rateLimited(120));
      expect((await call).value).toBe('b/2');
      await failover.update({ chain: ['a/1', 'b/2'] }, by);
      expect((await failover.run(answer)).value).toBe('b/2');
      // Where the fleet shares it, nobody else comes too early either.
      expect((await failover.for('other').run(answer)).value).toBe(share ? 'b/2' : 'a/1');
      await clock.advance(121_000);
      expect((await failover.run(answer)).value).toBe('a/1');
      const rows = await failover.history('default', { limit: 100 });
      const replayed = replay(rows.toReversed(), { chain: [...failover.chain] });
      expect(replayed.tiers).toEqual((await failover.state('default')).tiers);
    },
  );

  test('a wait of a key that a tier names which is gone by then covers the tiers of that key that stay', async () => {
    const failover = createFailover({ chain: ['a/1', 'a/2', 'b/3'], clock: createManualClock() });
    const { promise, fail } = gate<string>();
    const call = failover.run((tier) => (tier.model === '1' ? promise : idOf(tier)));
    await settle();
    await failover.update({ chain: ['a/2', 'b/3'] }, by);
    fail(rateLimited(120));
    expect((await call).value).toBe('b/3');
    expect((await failover.run(answer)).value).toBe('b/3');
  });

  test.each([[['a/5', 'b/2']], [['a/1', 'a/5', 'b/2']]])(
    'a wait that was named for a key holds for a tier of it that an update adds: %j',
    async (chain) => {
      const clock = createManualClock();
      const failover = createFailover({ chain: ['a/1', 'b/2'], clock });
      await failover.run(failing({ 'a/1': () => rateLimited(120) }));
      await failover.update({ chain }, by);
      expect((await failover.run(answer)).value).toBe('b/2');
      await clock.advance(121_000);
      expect((await failover.run(answer)).value).toBe(chain[0]);
    },
  );

  test('what the fleet knows of a tier that an update takes out holds when the next one brings it back', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'], share: 'rests', clock: createManualClock() });
    await failover.for('one').run(failing({ 'a/1': () => rateLimited(120) }));
    await failover.update({ chain: ['b/2'] }, by);
    await failover.update({ chain: ['a/1', 'b/2'] }, by);
    expect((await failover.for('other').run(answer)).value).toBe('b/2');
  });

  test('a stream that began before ends as it would have', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { promise, open } = gate<void>();
    const { value } = await failover.run(async function* () {
      yield { choices: [{ delta: { content: 'Hel' } }] };
      await promise;
      yield { choices: [{ delta: { content: 'lo' }, finish_reason: 'stop' }] };
    });
    await failover.update({ chain: ['c/3'] }, by);
    open();
    let count = 0;
    for await (const _ of value) count++;
    expect(count).toBe(2);
    expect((await failover.state('default')).tiers.map(({ failures }) => failures)).toEqual([0]);
  });

  test('under `wait` they go on with the new chain at once, and say all that they have asked', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1'], policy: { onExhausted: 'wait' }, clock });
    const call = failover.run(failing({ 'a/1': () => rateLimited(3600) }), { promptTokens: 10 });
    await clock.advance(1000);
    await failover.update({ chain: ['c/3', 'a/1'] }, by);
    await clock.settle();
    expect(await call).toMatchObject({
      value: 'c/3',
      index: 0,
      attempts: [
        { tier: 'a/1', ok: false },
        { tier: 'c/3', ok: true },
      ],
    });
    expect(clock.pending).toBe(0);
  });

  test('under `wait` those that have named tiers of the old chain wait on', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1', 'b/2'], policy: { onExhausted: 'wait' }, clock });
    let isUp = false;
    const asked: string[] = [];
    const call = failover.run(
      (tier) => {
        asked.push(idOf(tier));
        if (!isUp) throw rateLimited(60);
        return idOf(tier);
      },
      { first: 'a/1', fallbacks: [] },
    );
    await clock.advance(1000);
    await failover.update({ chain: ['c/3'] }, by);
    await clock.advance(1000);
    expect(asked).toEqual(['a/1']);
    isUp = true;
    await clock.advance(60_000);
    expect((await call).value).toBe('a/1');
  });

  test('under `wait` they ask nobody of the new chain inside a wait, do not spin, and hear a pause', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1'], policy: { onExhausted: 'wait' }, clock });
    const asked: string[] = [];
    const call = failover.run((tier) => {
      asked.push(idOf(tier));
      throw down();
    });
    call.catch(() => undefined);
    await clock.advance(10);
    await failover.update({ chain: ['c/3', 'a/1'] }, by);
    await clock.advance(1000);
    expect(asked).toEqual(['a/1', 'c/3']);
    await failover.update({ chain: ['a/1'] }, by);
    await clock.advance(1000);
    expect(asked).toEqual(['a/1', 'c/3']);
    await failover.pause('default', { ...by, reason: 'stop' });
    await clock.advance(1000);
    await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/PAUSED|EXHAUSTED/u) });
  });

  test('under `wait` a reset wakes them, also where the fleet shares its rests', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1'], policy: { onExhausted: 'wait' }, share: 'rests', clock });
    let asked = 0;
    const call = failover.run((tier) => {
      if (asked++ === 0) throw rateLimited(3600);
      return idOf(tier);
    });
    await clock.advance(1000);
    await failover.update({ policy: { attemptTimeoutMs: 30_000 } }, by);
    await failover.reset('default', by);
    await clock.advance(1);
    expect(asked).toBe(2);
    expect((await call).value).toBe('a/1');
  });

  test('`ready` follows the new chain', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1'], clock, policy: { onExhausted: 'throw' } });
    await failover.run(failing({ 'a/1': () => rateLimited(3600) })).catch(() => undefined);
    let isReady = false;
    const ready = failover.ready('default').then(() => (isReady = true));
    await clock.advance(1000);
    expect(isReady).toBe(false);
    await failover.update({ chain: ['c/3', 'a/1'] }, by);
    await clock.advance(1);
    await ready;
    expect(isReady).toBe(true);
  });
});

describe('pools of keys', () => {
  test('come and go with an update, in every process, and keep their order and the fingerprints of the code', async () => {
    const store = createMemoryStore();
    const team = { provider: 'a', model: '1', credential: 'team', fingerprint: 'hash-of-team' };
    const make = () => createFailover({ chain: [team, 'b/2'], store });
    const [one, two] = [make(), make()];
    await two.run(answer);
    const pool = { provider: 'a', model: '1', credentials: ['team', 'own', 'spare'], order: 'least-used' as const };
    await one.update({ chain: [pool, 'b/2'] }, by);
    await settle();
    for (const failover of [one, two]) {
      expect(failover.chain).toHaveLength(4);
      expect(failover.chain[0]).toMatchObject({ ...team, order: 'least-used' });
      const used: unknown[] = [];
      for (let count = 0; count < 3; count++) await failover.run(({ credential }) => used.push(credential));
      expect(new Set(used).size).toBe(3);
    }
    expect(JSON.stringify(await store.load('config:chain'))).not.toContain('hash-of-team');
    const limited = ({ credential }: Tier) => {
      if (credential === 'team') throw rateLimited(600);
      return credential;
    };
    expect(await two.run(limited, { pinned: 0 }).catch(() => 'failed')).toBe('failed');
    await one.update({ chain: ['b/2', { provider: 'a', model: '1', credential: 'team' }] }, by);
    await settle();
    expect((await two.state('default')).tiers.map(({ failures }) => failures)).toEqual([0, 1]);
  });
});

describe('what is refused', () => {
  test.each([
    [{ chain: [] }, by, 'chain'],
    [{ chain: ['a'] }, by, 'chain[0].model'],
    [{ chain: ['a/1', 'a/1'] }, by, 'chain[1]'],
    [{ policy: { triggers: ['drained'] } }, by, 'policy.triggers[0]'],
    [{ policy: null }, by, 'policy'],
    [{}, by, 'config'],
    [{ chains: ['a/1'] }, by, 'chains'],
    [{ onExhausted: 'wait' }, by, 'onExhausted'],
    [null, by, 'config'],
    [{ chain: ['a/1'] }, {}, 'by'],
    [{ chain: ['a/1'] }, { by: ' ' }, 'by'],
    [{ chain: ['a/1'] }, undefined, 'by'],
    [{ chain: ['a/1'] }, { by: 'x', force: true }, 'force'],
    [{ chain: ['a/1'] }, { by: 'x', expectedVersion: -1 }, 'expectedVersion'],
  ])('%j with %j: names %3$s, and nothing changes', async (config, options, path) => {
    const store = createMemoryStore();
    const failover = createFailover({ chain: ['a/1', 'b/2'], store });
    const error = await failover.update(config as never, options as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).issues.map((issue) => issue.path)).toContain(path);
    expect(failover.chain.map(idOf)).toEqual(['a/1', 'b/2']);
    expect(await store.load('config:chain')).toBeUndefined();
  });

  test('a store that fails takes nothing, and nothing has changed', async () => {
    const store = createMemoryStore();
    const failover = createFailover({ chain: ['a/1'], store, storeTimeoutMs: 20 });
    const commit = store.commit.bind(store);
    store.commit = (key, ...rest) =>
      key === 'config:chain' ? Promise.reject(new Error('disk full')) : commit(key, ...rest);
    const error = await failover.update({ chain: ['b/2'] }, by).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as Error).cause).toMatchObject({ message: 'disk full' });
    expect((await failover.run(answer)).value).toBe('a/1');
    store.commit = commit;
    await failover.update({ chain: ['b/2'] }, by);
    expect((await failover.run(answer)).value).toBe('b/2');
  });

  test('a closed failover', async () => {
    const failover = createFailover({ chain: ['a/1'] });
    await failover.close();
    await expect(failover.update({ chain: ['b/2'] }, by)).rejects.toMatchObject({ code: 'TIERFALL_CLOSED' });
  });
});

describe('the ledger and the listeners', () => {
  test('one row and one event for each update, with the name, the version and no secret', async () => {
    const store = createMemoryStore();
    const failover = createFailover({ chain: [{ provider: 'a', model: '1', apiKey: 'sk-live-123' }, 'b/2'], store });
    const other = createFailover({ chain: ['a/1', 'b/2'], store });
    await other.run(answer);
    const events: ConfigUpdatedEvent[] = [];
    failover.on('config-updated', (event) => events.push(event));
    const told: ConfigUpdatedEvent[] = [];
    other.on('config-updated', (event) => told.push(event));
    await failover.update({ chain: [{ provider: 'c', model: '3', apiKey: 'sk-live-456', credential: 'team' }] }, by);
    await failover.update({ policy: { onExhausted: 'throw' } }, { by: 'dana' });
    await settle();
    const rows = await store.history('config:chain', { limit: 10 });
    expect(rows).toMatchObject([
      { seq: 2, type: 'config-updated', by: 'dana', detail: 'version 2 (policy: onExhausted): c/3' },
      { seq: 1, type: 'config-updated', by: 'ops', detail: 'version 1: c/3' },
    ]);
    expect(events).toMatchObject([
      {
        version: 1,
        by: 'ops',
        before: [
          { index: 0, provider: 'a', model: '1' },
          { index: 1, provider: 'b', model: '2' },
        ],
        chain: [{ index: 0, provider: 'c', model: '3', credential: 'team' }],
        origin: 'local',
      },
      { version: 2, by: 'dana', policyFields: ['onExhausted'], origin: 'local' },
    ]);
    expect(events[0]).not.toHaveProperty('policyFields');
    expect(told.map(({ version, origin, policyFields }) => [version, origin, policyFields])).toEqual([
      [1, 'remote', undefined],
      [2, 'remote', ['onExhausted']],
    ]);
    const kept = [await store.load('config:chain'), rows, events, told, await store.load('instance:default')];
    expect(JSON.stringify(kept)).not.toContain('sk-live');
  });
});

test('of a policy it tells the fields whose values have changed, also those that went back to their default', async () => {
  const policy = { onExhausted: 'throw', threshold: { failures: 3, windowMs: 60_000 } } as const;
  const lines: string[] = [];
  const logger = { ...silent, info: (line: string) => void lines.push(line) };
  const failover = createFailover({ chain: ['a/1'], policy, logger });
  const told: (readonly string[] | undefined)[] = [];
  failover.on('config-updated', ({ policyFields }) => told.push(policyFields));
  await failover.update({ policy: { threshold: { windowMs: 60_000, failures: 3 } } }, by);
  await failover.update({ policy: { threshold: { windowMs: 60_000, failures: 2 }, onExhausted: undefined } }, by);
  expect(told).toEqual([undefined, ['onExhausted', 'threshold']]);
  expect(lines).toEqual([
    'tierfall: version 1 of the chain by ops: a/1, local',
    'tierfall: version 2 of the chain by ops: a/1, policy: onExhausted, threshold, local',
  ]);
});

test('a notifier given to createFailover hears of it, from the process that made it and from no other', async () => {
  const store = createMemoryStore();
  const told: string[] = [];
  const notifier = (process: string): Notifier => ({
    name: process,
    attach: () => ({ notify: ({ event }) => void told.push(`${process} ${event}`), close: async () => undefined }),
  });
  const make = (process: string) => createFailover({ chain: ['a/1'], store, notifiers: [notifier(process)] });
  const [one, two] = [make('one'), make('two')];
  await two.run(answer);
  await one.update({ chain: ['b/2'] }, by);
  await settle();
  expect(told).toEqual(['one config-updated']);
});

describe('several processes of one store', () => {
  const both = (share?: 'rests') => {
    const store = createMemoryStore();
    const make = () => createFailover({ chain: ['a/1', 'b/2'], store, ...(share ? { share } : {}) });
    return { store, one: make(), two: make() };
  };

  test.each([undefined, 'rests' as const])('a watching store tells the others at once (share: %s)', async (share) => {
    const { one, two } = both(share);
    await two.run(answer);
    await one.update({ chain: ['c/3', 'a/1'] }, by);
    await settle();
    expect(two.chain.map(idOf)).toEqual(['c/3', 'a/1']);
    expect((await two.run(failing({ 'c/3': down }))).value).toBe('a/1');
  });

  test('without a watch the others read it within the staleness, at their next call', async () => {
    const clock = createManualClock();
    const store = unwatched(createMemoryStore());
    const make = () => createFailover({ chain: ['a/1', 'b/2'], store, clock, stalenessMs: 2000 });
    const [one, two] = [make(), make()];
    await two.run(answer);
    await one.update({ chain: ['c/3'] }, by);
    expect((await two.run(answer)).value).toBe('a/1');
    await clock.advance(2000);
    expect((await two.run(answer)).value).toBe('c/3');
    await one.update({ chain: ['d/4'] }, by);
    await clock.advance(2000);
    expect((await two.select('default')).ok).toBe(true);
    expect(two.chain.map(idOf)).toEqual(['d/4']);
  });

  test('without expectedVersion the last one to update wins, and both are in the ledger', async () => {
    const { store, one, two } = both();
    await Promise.all([
      one.update({ chain: ['c/3'] }, { by: 'one' }),
      two.update({ policy: { onExhausted: 'throw' } }, { by: 'two' }),
    ]);
    await settle();
    const rows = await store.history('config:chain', { limit: 10 });
    expect(new Set(rows.map((row) => row.by))).toEqual(new Set(['one', 'two']));
    expect(one.chain).toEqual(two.chain);
    const stored = (await store.load('config:chain'))!.state as Record<string, unknown>;
    expect(stored['version']).toBe(2);
    expect(stored['policy']).toMatchObject({ onExhausted: 'throw' });
  });

  test('with expectedVersion one wins, and the other is told', async () => {
    const { one, two } = both();
    const results = await Promise.allSettled([
      one.update({ chain: ['c/3'] }, { by: 'one', expectedVersion: 0 }),
      two.update({ chain: ['d/4'] }, { by: 'two', expectedVersion: 0 }),
    ]);
    const [lost] = results.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(lost).toBeInstanceOf(ConfigConflictError);
    expect(lost).toMatchObject({ code: 'TIERFALL_CONFIG_CONFLICT', expectedVersion: 0, version: 1 });
    await settle();
    expect(one.chain).toEqual(two.chain);
  });

  test('each process gives a stored tier its own fields', async () => {
    const store = createMemoryStore();
    const chainOf = (baseUrl: string) => [{ provider: 'a', model: '1', baseUrl }, 'b/2' as const];
    const one = createFailover({ chain: chainOf('one'), store });
    const two = createFailover({ chain: chainOf('two'), store });
    await two.run(answer);
    await one.update({ chain: ['b/2', 'a/1'] }, by);
    await settle();
    expect(one.chain[1]).toMatchObject({ baseUrl: 'one' });
    expect(two.chain[1]).toMatchObject({ baseUrl: 'two' });
  });
});

describe('a process that starts later', () => {
  async function updated(options: { serves?: boolean } = {}) {
    const store = createMemoryStore();
    const failover = createFailover({ chain: ['a/1', 'b/2'], store });
    if (options.serves !== false) await failover.run(answer);
    await failover.update({ chain: ['c/3'] }, by);
    await failover.close();
    const start = (chain: string[], lines: string[] = []) =>
      createFailover({
        chain,
        store,
        logger: { ...silent, warn: (line) => void lines.push(line) },
      });
    return { store, start };
  }

  test('goes on with the stored chain, from its first call on', async () => {
    const { start } = await updated();
    const lines: string[] = [];
    const failover = start(['a/1', 'b/2'], lines);
    expect((await failover.run(answer)).value).toBe('c/3');
    expect((await start(['a/1', 'b/2']).run(answer, { pinned: 'c/3' })).value).toBe('c/3');
    expect(await start(['a/1', 'b/2']).select('default')).toMatchObject({ tier: { provider: 'c' } });
    expect(lines).toEqual([]);
  });

  test('whose code has another chain goes by that, in that process only, and says so once', async () => {
    const { start } = await updated();
    const lines: string[] = [];
    const deployed = start(['d/4', 'a/1'], lines);
    expect((await deployed.run(answer)).value).toBe('d/4');
    await deployed.run(answer);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('version 1');
    const old = start(['a/1', 'b/2']);
    expect((await old.run(answer)).value).toBe('c/3');
    // An update that is made while it runs holds for it, too, and for its next start.
    await old.update({ chain: ['e/5'] }, by);
    await settle();
    expect((await deployed.run(answer)).value).toBe('e/5');
    expect((await start(['d/4', 'a/1']).run(answer)).value).toBe('e/5');
  });

  test('whose code only writes the same chain in another way is no other', async () => {
    const { store } = await updated();
    const failover = createFailover({ chain: [{ model: '1', provider: 'a', client: {} }, 'b/2'], policy: {}, store });
    expect((await failover.run(answer)).value).toBe('c/3');
  });

  test('goes back by an update with the configuration of the code', async () => {
    const { start } = await updated();
    const failover = start(['a/1', 'b/2']);
    await failover.update({ chain: ['a/1', 'b/2'] }, by);
    expect((await failover.run(answer)).value).toBe('a/1');
    expect((await start(['a/1', 'b/2']).run(answer)).value).toBe('a/1');
  });

  test('a failover made only to operate may have any chain', async () => {
    const { store, start } = await updated();
    const operator = createFailover({ chain: ['any/thing'], store });
    await operator.update({ chain: ['x/9'] }, by);
    await operator.close();
    expect((await start(['a/1', 'b/2']).run(answer)).value).toBe('x/9');

    const fresh = createMemoryStore();
    const script = createFailover({ chain: ['any/thing'], store: fresh });
    await script.update({ chain: ['x/9', 'a/1'] }, by);
    const worker = createFailover({ chain: ['a/1'], store: fresh });
    expect((await worker.run(answer)).value).toBe('x/9');
    await settle();
    const again = createFailover({ chain: ['a/1'], store: fresh });
    expect((await again.run(answer)).value).toBe('x/9');
    const deployed = createFailover({ chain: ['b/2'], store: fresh });
    expect((await deployed.run(answer)).value).toBe('b/2');
  });

  test('a worker that starts with what is left of its chain is recognised by the whole', async () => {
    const store = createMemoryStore();
    const start = (broken: string[]) =>
      startFailover({
        chain: ['a/1', 'b/2', 'e/5'],
        store,
        resolve: ({ provider }) => {
          if (broken.includes(provider)) throw apiError(401);
          return provider;
        },
      });
    const { failover } = await start([]);
    await failover.run(answer);
    await failover.update({ chain: ['c/3', 'b/2'] }, by);
    await failover.close();
    const restarted = await start(['a']);
    expect(restarted.tier).toMatchObject({ provider: 'b' });
    expect((await restarted.failover.run(answer)).value).toBe('c/3');
  });

  test.each(['run', 'select', 'drill'] as const)(
    'keeps off what the stored chain has and its code lacks, where the fleet rests it or a person has paused it: %s',
    async (how) => {
      const clock = createManualClock();
      const store = createMemoryStore({ now: () => clock.now() });
      const options = { chain: ['a/1', 'b/2'], store, share: 'rests' as const, clock };
      const first = createFailover(options);
      await first.run(answer);
      await first.update({ chain: ['c/3', 'd/4', 'b/2'] }, by);
      await first.run(failing({ 'c/3': () => rateLimited(600) }));
      await first.pause({ provider: 'd' }, { ...by, reason: 'an invoice' });
      const asked: string[] = [];
      const later = createFailover(options).for('other');
      const call = (tier: Tier) => asked.push(idOf(tier));
      if (how === 'run') await later.run(call);
      else if (how === 'drill') await later.drill(call);
      else {
        const selected = await later.select();
        asked.push(selected.ok ? idOf(selected.tier) : selected.reason);
      }
      expect(asked).toEqual(['b/2']);
    },
  );

  test('a store that is down at the start leaves it with its code until it is back', async () => {
    const { store, start } = await updated();
    const load = store.load.bind(store);
    store.load = () => Promise.reject(new Error('no route'));
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1', 'b/2'], store, clock, logger: silent });
    expect((await failover.run(answer)).value).toBe('a/1');
    expect((await failover.run(answer, { pinned: 'b/2' })).value).toBe('b/2');
    store.load = load;
    await clock.advance(60_000);
    expect((await failover.run(answer)).value).toBe('c/3');
    expect((await start(['a/1', 'b/2']).run(answer)).value).toBe('c/3');
  });

  test('a configuration that this version cannot read changes nothing', async () => {
    const store = createMemoryStore();
    await store.commit('config:chain', 0, { schema: 9, chain: ['z/1'] }, []);
    const failover = createFailover({ chain: ['a/1'], store });
    const errors: unknown[] = [];
    failover.on('store-error', ({ error }) => errors.push(error?.message));
    expect((await failover.run(answer)).value).toBe('a/1');
    expect(errors).toEqual([expect.stringContaining('config:chain')]);
  });
});

describe('budgets', () => {
  test('what was used counts on in the new chain', async () => {
    const store = createMemoryStore();
    const clock = createManualClock();
    const policy = { tokenBudget: { limit: 100, windowMs: 3_600_000 } };
    const failover = createFailover({ chain: ['a/1', 'b/2'], policy, store, clock });
    await failover.recordUsage('default', { inputTokens: 60, outputTokens: 0 });
    await failover.update({ chain: ['c/3', 'a/1'] }, by);
    await clock.advance(2000);
    expect((await failover.budget('default'))!.used).toBe(60);
    await failover.update({ chain: ['c/3'] }, by);
    await failover.recordUsage('default', { inputTokens: 5, outputTokens: 0 });
    await clock.advance(2000);
    // What a tier used that has left the chain is part of it, also to a process that never knew that tier.
    const other = createFailover({ chain: ['c/3'], policy, store, clock });
    for (const each of [failover, other]) expect((await each.budget('default'))!.used).toBe(65);
    await failover.update({ policy: { tokenBudget: undefined } }, by);
    expect(await failover.budget('default')).toBeNull();
  });
});

describe('many updates', () => {
  const tokenBudget = { limit: 1e9, windowMs: 3_600_000 };

  test.each([{}, { tokenBudget }])('leave nothing of the chains before behind (policy %j)', async (policy) => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1', 'b/2'], policy, clock });
    const heaps: number[] = [];
    for (let round = 0; round < 4; round++) {
      for (let count = 1; count <= 400; count++) {
        await failover.update({ policy: { attemptTimeoutMs: 1000 * count } }, by);
        await failover.run(() => ({ usage: { prompt_tokens: 3, completion_tokens: 1 } }), { usage: usageOf.openai });
      }
      await clock.advance(2000);
      heaps.push(usedHeap());
    }
    // 800 updates: each kept some kilobytes.
    expect(heaps[3]! - heaps[1]!).toBeLessThan(600_000);
  });

  test('what a call used that began before them reaches the store, also where that was away', async () => {
    const clock = createManualClock();
    const memory = createMemoryStore({ now: () => clock.now() });
    let isAway = false;
    const store: StateStore = {
      ...memory,
      increment: (...args) => (isAway ? Promise.reject(new Error('ECONNREFUSED')) : memory.increment(...args)),
    };
    const failover = createFailover({ chain: ['a/1', 'b/2'], policy: { tokenBudget }, store, clock, logger: silent });
    await failover.recordUsage('default', { inputTokens: 60, outputTokens: 0 });
    const running = gate<object>();
    const run = failover.run(() => running.promise, { usage: usageOf.openai });
    await clock.advance(2000);
    for (const model of ['b/2', 'c/3']) await failover.update({ chain: ['a/1', model] }, by);
    isAway = true;
    running.open({ usage: { prompt_tokens: 40, completion_tokens: 0 } });
    await run;
    await clock.advance(2000);
    isAway = false;
    await failover.close();
    const other = createFailover({ chain: ['a/1', 'c/3'], policy: { tokenBudget }, store, clock });
    expect((await other.budget('default'))!.used).toBe(100);
  });
});

test('updates back and forth lose no call', async () => {
  const failover = createFailover({ chain: ['a/1', 'b/2'] });
  for (let count = 0; count < 5; count++) {
    await failover.update({ chain: count % 2 === 0 ? ['b/2', 'a/1'] : ['a/1', 'b/2'] }, by);
    expect((await failover.run(answer)).index).toBe(0);
  }
  expect(failover.stats()).toMatchObject({ calls: 5, tiers: [{ ok: 3 }, { ok: 2 }] });
});

test('a call that began before an update does not come to a provider that a person has paused and the new chain lacks', async () => {
  const failover = createFailover({ chain: ['a/1', 'b/2', 'a/3'], clock: createManualClock() });
  await failover.pause({ provider: 'b' }, { ...by, reason: 'an invoice' });
  const { promise, reject } = Promise.withResolvers<string>();
  const asked: string[] = [];
  const run = failover.run((tier) => {
    asked.push(idOf(tier));
    return tier.model === '1' ? promise : idOf(tier);
  });
  await Promise.resolve();
  await failover.update({ chain: ['a/1', 'c/4', 'a/3'] }, by);
  reject(down());
  expect((await run).value).toBe('a/3');
  expect(asked).toEqual(['a/1', 'a/3']);
});
