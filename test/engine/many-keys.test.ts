import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import { StoredInstances } from '../../src/cli/stored-instances.js';
import {
  createFailover,
  createMemoryStore,
  initialState,
  parseConfig,
  replay,
  type StateStore,
} from '../../src/index.js';
import { fromSparse, toSparse, type SparseState } from '../../src/core/tier/stored/sparse-state.js';
import { applyOutcome } from '../../src/core/tier/transitions/apply-outcome.js';
import { parseState } from '../../src/schema/stored/parse-state.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { rateLimited } from '../support/scripted.js';

const manyKeys = (count: number) => Array.from({ length: count }, (_, at) => `key-${at}`);
const chainOf = (count: number) =>
  [
    { provider: 'p', model: 'm', credentials: manyKeys(count), order: 'session' },
    { provider: 'q', model: 'n' },
  ] as const;

/** What one failure writes, with so many keys in the pool. */
async function committed(count: number) {
  const clock = createManualClock();
  const inner = createMemoryStore({ now: () => clock.now() });
  const bytes: number[] = [];
  const store: StateStore = {
    ...inner,
    load: (key) => inner.load(key),
    commit: (key, version, state, events) => {
      bytes.push(JSON.stringify([state, events]).length);
      return inner.commit(key, version, state, events);
    },
  };
  const make = () => createFailover({ chain: chainOf(count), clock, store });
  const failover = make();
  let failed = '';
  const run = () =>
    failover.run(async (tier) => {
      const name = tier.credential ?? tier.provider;
      if (failed !== '') return name;
      failed = name;
      throw rateLimited(60);
    });
  await run();
  await clock.settle();
  return { bytes, store, clock, failover, make, failed, run };
}

describe('A thousand keys', () => {
  test('that are fresh cost nothing per commit', async () => {
    const [few, many] = [await committed(20), await committed(1000)];
    expect(Math.max(...many.bytes)).toBeLessThan(Math.max(...few.bytes) + 100);
  });

  test('what is stored comes back whole, without a row that says that the chain has changed', async () => {
    const { failover, make, store, clock, failed } = await committed(1000);
    const state = await failover.state('default');
    expect(state.tiers).toHaveLength(1001);
    const again = make();
    expect(await again.state('default')).toEqual(state);
    await again.hold('default', 'q/n', { by: 'ann' });
    await clock.settle();
    const rows = await again.history('default', { limit: 10 });
    expect(rows.map(({ type }) => type)).not.toContain('chain-changed');
    expect((await again.run(async ({ credential = 'q' }) => credential)).value).not.toBe(failed);
    const { config } = parseConfig({ chain: chainOf(1000) });
    expect(replay(rows.toReversed(), config)).toEqual(await again.state('default'));
    expect(JSON.stringify(await store.load('instance:default')).length).toBeLessThan(5000);
  });

  test('a reset is one short row', async () => {
    const { failover, clock, bytes } = await committed(1000);
    bytes.length = 0;
    await failover.reset('default', { by: 'ann' });
    await clock.settle();
    expect(Math.max(...bytes)).toBeLessThan(3000);
    const { config } = parseConfig({ chain: chainOf(1000) });
    const forgotten = { ...initialState(config), resetAt: clock.now() };
    expect(await failover.state('default')).toEqual(forgotten);
    const rows = await failover.history('default', { limit: 100 });
    expect(replay(rows.toReversed(), config)).toEqual(forgotten);
  });

  test('all calls go to one key that has not failed', async () => {
    const { run, failed } = await committed(1000);
    const keys = new Set<string>();
    for (let call = 0; call < 1000; call++) keys.add((await run()).value);
    expect([keys.size, keys.has(failed)]).toEqual([1, false]);
  });

  test('a reader that has no chain finds each tier at its place', async () => {
    const { store, clock, failover } = await committed(1000);
    const view = await new StoredInstances(store, () => clock.now()).view('default');
    const { tier, reportedTier, ids } = await failover.state('default');
    expect(view).toMatchObject({ tier: { index: reportedTier, provider: 'p', model: 'm' } });
    expect(view?.tiers).toHaveLength(1001);
    expect(view?.tiers[tier]?.id).toBe(ids[tier]);
    expect(view?.tiers[1000]?.id).toBe('q/n');
  });
});

describe('A sparse state', () => {
  test('is the same state again, whatever has failed, and for another chain what it knows', () => {
    const { config } = parseConfig({ chain: [...chainOf(30), { provider: 'r', model: 'o', credentials: ['x', 'y'] }] });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(32), fc.boolean()), { maxLength: 12 }), (outcomes) => {
        let state = initialState(config);
        let now = 1e6;
        for (const [tier, ok] of outcomes) {
          const outcome = ok ? { tier, ok } : { tier, ok, kind: 'rate_limit', scope: 'credential' as const };
          state = applyOutcome(state, outcome, config, (now += 1000)).state;
        }
        const stored = JSON.parse(JSON.stringify(toSparse(state))) as SparseState;
        expect(stored.tiers.length).toBeLessThan(20);
        expect(parseState(stored, 'k', state)).toEqual(state);
        const unnamed = fromSparse(stored);
        expect({ ...unnamed, ids: [], identities: [] }).toEqual({ ...state, ids: [], identities: [] });
        const other = initialState(parseConfig({ chain: ['a/b'] }).config);
        expect(parseState(stored, 'k', other).ids).toEqual(stored.ids);
      }),
    );
  });

  test.each([
    [{ length: 3, at: [0, 1] }],
    [{ length: 40, at: [5, 2, 9] }],
    [{ length: 1, at: [0, 1, 2] }],
    [{ length: 1e12, at: [0, 1, 2] }],
  ])('that does not fit itself is refused by name: %j', (sparse) => {
    const { config } = parseConfig({ chain: ['a/b', 'c/d', 'e/f'] });
    const broken = { ...initialState(config), sparse };
    expect(() => parseState(broken, 'instance:x')).toThrow('sparse: does not fit the list of ids');
  });
});
