import { describe, expect, test } from 'vitest';
import { initialState, parseConfig, type FailoverConfig } from '../../src/index.js';
import { openRow } from '../../src/core/tier/draft.js';
import { applyEvent } from '../../src/core/tier/fold.js';
import { resetTiers } from '../../src/core/tier/transitions/reset-tiers.js';
import { followAnswer } from '../../src/core/tier/rests/follow-answer.js';
import { recordStartup } from '../../src/core/tier/transitions/record-startup.js';
import {
  forgottenTier,
  freshTierState,
  isFreshTier,
  type Pause,
  type State,
  type TierState,
} from '../../src/core/tier/state.js';
import { completeState } from '../../src/core/tier/stored/complete-state.js';
import { isSpent } from '../../src/core/tier/stored/is-spent.js';
import { mergeState, mergeTier } from '../../src/core/tier/stored/merge-state.js';
import { fromSparse, LONG_CHAIN, toSparse, type SparseState } from '../../src/core/tier/stored/sparse-state.js';

const tier = (change: Partial<TierState> = {}): TierState => ({ ...freshTierState(), ...change });
const { config } = parseConfig({ chain: ['p/a', 'q/b', 'r/c'] });
const base = initialState(config);
const stateOf = (change: Partial<State>, first: Partial<TierState> = {}): State => ({
  ...base,
  tiers: [tier(first), tier(), tier()],
  ...change,
});
const pause = (source: Pause['source'], by = 'ops'): Pause => ({ source, by, reason: 'r', at: 0 });

describe('a tier of which nothing is known', () => {
  test('has nothing in any field', () => {
    expect(isFreshTier(tier())).toBe(true);
    const changes: Partial<TierState>[] = [
      { restUntil: 1 },
      { retryAfterUntil: 1 },
      { heldUntil: 1 },
      { failures: 1 },
      { lastFailureKind: 'timeout' },
      { lastFailureAt: 1 },
      { cooldownUntil: 1 },
      { retryAfterMs: 1 },
      { modelRestUntil: 1 },
      { modelRetryAfterUntil: 1 },
      { penalty: 1 },
      { recordedAt: 1 },
      { unrecorded: 0 },
      { recentFailures: [1] },
    ];
    for (const change of changes) expect(isFreshTier(tier(change)), JSON.stringify(change)).toBe(false);
    expect(isFreshTier(tier({ recentFailures: null }))).toBe(true);
    expect(forgottenTier(tier({ failures: 3, recentFailures: [1] }))).toEqual({ ...tier(), recentFailures: null });
    expect('recentFailures' in forgottenTier(tier({ failures: 3 }))).toBe(false);
  });
});

describe('a state made by hand, or of an earlier schema', () => {
  test('gets every field; a complete one comes back as it is', () => {
    expect(completeState(base)).toBe(base);
    expect(completeState({ ids: ['p/a'], tier: 0, tiers: [{ restUntil: null }], resetAt: 5 }).resetAt).toBe(5);
    const rest = { restUntil: 50, retryAfterUntil: 50, lastFailureAt: 10 };
    const whole = completeState({ ids: ['p/a/x', 'q'], tier: 1, returnedFrom: 0, tiers: [rest, { restUntil: 9 }] });
    expect(whole).toEqual({
      schema: 2,
      ids: ['p/a/x', 'q'],
      identities: [
        { provider: 'p', model: 'a/x', credential: null },
        { provider: 'q', model: '', credential: null },
      ],
      tier: 1,
      reportedTier: 0,
      exhaustedAt: null,
      tiers: [
        tier({ ...rest, modelRestUntil: 50, modelRetryAfterUntil: 50, cooldownUntil: null, retryAfterMs: 40 }),
        tier({ restUntil: 9, modelRestUntil: 9, cooldownUntil: 9 }),
      ],
      absent: [],
      pauses: [],
      paused: null,
      lastFailureKind: null,
    });
    expect(completeState({ ids: ['p/a'], tier: 0, tiers: [{ restUntil: 9, retryAfterUntil: 5 }] }).tiers).toEqual([
      tier({
        restUntil: 9,
        retryAfterUntil: 5,
        modelRestUntil: 9,
        modelRetryAfterUntil: 5,
        cooldownUntil: 9,
        retryAfterMs: null,
      }),
    ]);
    expect(
      completeState({ ids: ['p/a'], tier: 0, returnedFrom: null, tiers: [{ restUntil: null }] }).reportedTier,
    ).toBe(0);
  });

  test('knows no length of a wait that was not named, and names that begin with a slash', () => {
    const read = completeState({ ids: ['/a'], tier: 0, tiers: [{ restUntil: 9, lastFailureAt: 3 }] });
    expect(read.tiers[0]!.retryAfterMs).toBeNull();
    expect(read.identities).toEqual([{ provider: '', model: 'a', credential: null }]);
  });

  test.each(['identities', 'reportedTier', 'exhaustedAt', 'absent'] as const)('without %s it is completed', (field) => {
    const { [field]: _, ...partial } = base;
    expect(completeState(partial as State)).toEqual(base);
    expect(completeState(partial as State)).not.toBe(partial);
  });

  test.each(['unrecorded', 'penalty'] as const)('without %s of one tier it is completed', (field) => {
    const { [field]: _, ...partial } = tier();
    expect(completeState(stateOf({ tiers: [tier(), partial as TierState, tier()] }))).toEqual(base);
  });

  test('keeps what it has', () => {
    const kept = { pauses: [pause('operator')], paused: pause('operator'), lastFailureKind: 'timeout', exhaustedAt: 5 };
    const { reportedTier: _, ...partial } = stateOf(kept);
    expect(completeState(partial)).toEqual(stateOf(kept));
    expect(completeState({ ...base, schema: 1 })).toEqual(base);
  });
});

describe('two states made from one', () => {
  const [one, other] = [tier({ failures: 1, lastFailureAt: 5 }), tier({ failures: 2, lastFailureAt: 9 })];

  test('a tier that only one of them changed is as that one has it', () => {
    expect(mergeTier(tier(), tier(), one)).toBe(one);
    expect(mergeTier(tier(), other, tier())).toBe(other);
    expect(mergeTier(tier(), undefined, one)).toBe(one);
  });

  test('of both the last failure counts, with the longest of all rests', () => {
    const ends = (change: Partial<TierState>) => ({ penalty: 1, ...change });
    const mine = tier(
      ends({
        lastFailureAt: 5,
        failures: 1,
        restUntil: 30,
        retryAfterUntil: 8,
        retryAfterMs: 3,
        heldUntil: 4,
        cooldownUntil: 7,
        modelRestUntil: 6,
        modelRetryAfterUntil: 2,
        penalty: 2,
      }),
    );
    const theirs = tier(
      ends({
        lastFailureAt: 9,
        failures: 3,
        restUntil: 20,
        retryAfterUntil: 9,
        retryAfterMs: 4,
        heldUntil: 3,
        cooldownUntil: 8,
        modelRestUntil: 7,
        modelRetryAfterUntil: 1,
        penalty: 1,
      }),
    );
    const merged = {
      ...theirs,
      restUntil: 30,
      retryAfterUntil: 9,
      retryAfterMs: 4,
      heldUntil: 4,
      cooldownUntil: 8,
      modelRestUntil: 7,
      modelRetryAfterUntil: 2,
      penalty: 2,
    };
    expect(mergeTier(tier(), theirs, mine)).toEqual(merged);
    expect(mergeTier(tier(), mine, theirs)).toEqual(merged);
    expect(mergeTier(tier(), tier({ heldUntil: 4 }), tier({ restUntil: 5, lastFailureAt: 1 }))).toEqual(
      tier({ heldUntil: 4, restUntil: 5, lastFailureAt: 1 }),
    );
    expect(mergeTier(tier(), tier({ restUntil: 5, lastFailureAt: 1 }), tier({ heldUntil: 4 }))).toEqual(
      tier({ heldUntil: 4, restUntil: 5, lastFailureAt: 1 }),
    );
  });

  test('what was counted on either side is counted once; where one of them left the tier, it starts over', () => {
    const merged = (a: number[] | null, b: number[] | null, failures = 0) =>
      mergeTier(
        tier(),
        tier({ recentFailures: a, lastFailureAt: 1 }),
        tier({ recentFailures: b, lastFailureAt: 2, failures }),
      );
    expect(merged([1, 5], [2, 5]).recentFailures).toEqual([1, 2, 5]);
    expect(merged([5, 5], [5]).recentFailures).toEqual([5, 5]);
    expect(merged(null, [5]).recentFailures).toEqual([5]);
    expect(merged([10, 9], null).recentFailures).toEqual([9, 10]);
    expect(merged([1], [2], 1).recentFailures).toBeNull();
    expect('recentFailures' in mergeTier(tier(), other, one)).toBe(false);
    expect(
      mergeTier(
        tier(),
        tier({ failures: 1, recentFailures: null, lastFailureAt: 1 }),
        tier({ recentFailures: [2], lastFailureAt: 2 }),
      ).recentFailures,
    ).toBeNull();
  });

  test('where calls go is as who moved them has it, and as ours has it where both did', () => {
    const moved = stateOf({ tier: 1, reportedTier: 1 });
    const where = ({ tier: at, reportedTier, exhaustedAt }: State) => [at, reportedTier, exhaustedAt];
    expect(where(mergeState(base, moved, base))).toEqual([1, 1, null]);
    expect(where(mergeState(base, base, moved))).toEqual([1, 1, null]);
    expect(where(mergeState(base, stateOf({ tier: 2, reportedTier: 2 }), moved))).toEqual([1, 1, null]);
    for (const change of [{ tier: 1 }, { reportedTier: 1 }, { exhaustedAt: 5 }]) {
      expect(where(mergeState(base, stateOf({ tier: 2, reportedTier: 2, exhaustedAt: 9 }), stateOf(change)))).toEqual(
        where(stateOf(change)),
      );
    }
  });

  test('the later of two resets counts, and none where there was none', () => {
    const at = (resetAt: number) => ({ ...base, resetAt });
    expect(mergeState(base, at(5), at(7)).resetAt).toBe(7);
    expect(mergeState(base, at(7), at(5)).resetAt).toBe(7);
    expect(mergeState(base, at(5), base).resetAt).toBe(5);
    expect('resetAt' in mergeState(base, base, base)).toBe(false);
  });

  test('pauses, absent tiers and the last kind are as who changed them has them', () => {
    const [ours, theirs] = [pause('operator', 'us'), pause('operator', 'them')];
    const merged = (before: Pause[], them: Pause[], us: Pause[]) =>
      mergeState(stateOf({ pauses: before }), stateOf({ pauses: them }), stateOf({ pauses: us }));
    expect(merged([], [theirs], [])).toMatchObject({ pauses: [theirs], paused: theirs });
    expect(merged([], [theirs], [ours])).toMatchObject({ pauses: [ours], paused: ours });
    expect(merged([theirs], [theirs], [])).toMatchObject({ pauses: [], paused: null });
    expect(merged([theirs], [], [theirs])).toMatchObject({ pauses: [], paused: null });
    expect(merged([], [pause('health')], [ours])).toMatchObject({ pauses: [ours, pause('health')], paused: ours });
    const gone = [{ ...base.identities[0]!, ...tier(), since: 1 }];
    expect(mergeState(base, stateOf({ absent: gone }), base).absent).toEqual(gone);
    expect(mergeState(base, base, stateOf({ absent: gone })).absent).toEqual(gone);
    const kindOf = (them: string | null, us: string | null) =>
      mergeState(base, stateOf({ lastFailureKind: them }), stateOf({ lastFailureKind: us })).lastFailureKind;
    expect([kindOf('auth', null), kindOf(null, 'quota'), kindOf('auth', 'quota')]).toEqual(['auth', 'quota', 'quota']);
  });
});

describe('a state that can be forgotten', () => {
  test.each<[string, Partial<State>, Partial<TierState>, boolean]>([
    ['nothing ever happened', {}, {}, true],
    ['a rest that runs', {}, { restUntil: 101 }, false],
    ['a wait that runs', {}, { retryAfterUntil: 101 }, false],
    ['a hold that runs', {}, { heldUntil: 101 }, false],
    ['a cooldown that was ended', {}, { cooldownUntil: 101 }, false],
    ['a rest that is over, without a failure', {}, { restUntil: 100 }, true],
    ['over for as long as it lasted', {}, { restUntil: 60, lastFailureAt: 20 }, true],
    ['over for less', {}, { restUntil: 61, lastFailureAt: 20 }, false],
    ['a failure that was only counted', {}, { lastFailureAt: 100 }, true],
    ['a failure of a clock that is ahead', {}, { lastFailureAt: 101 }, true],
    ['a pause', { pauses: [pause('operator')], paused: pause('operator') }, {}, false],
    ['an absent tier', { absent: [{ ...base.identities[0]!, ...tier(), since: 1 }] }, {}, false],
  ])('%s', (_name, change, first, spent) => expect(isSpent(stateOf(change, first), 100)).toBe(spent));

  test('all its tiers must be spent', () => {
    expect(isSpent(stateOf({ tiers: [tier(), tier({ restUntil: 101 })] }), 100)).toBe(false);
  });
});

describe('a long chain of keys', () => {
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
  const long: FailoverConfig = parseConfig({
    chain: [
      { provider: 'p', model: 'a', credentials: keys(15) },
      'q/b',
      { provider: 'r', model: 'c', credentials: keys(4) },
    ],
  }).config;
  const whole = initialState(long);

  test('is stored without the keys of which nothing is known, and read whole', () => {
    const state: State = {
      ...whole,
      tier: 17,
      reportedTier: 2,
      tiers: whole.tiers.map((each, index) => (index === 5 ? tier({ failures: 1 }) : each)),
    };
    const stored = toSparse(state) as SparseState;
    expect(stored.sparse).toEqual({ length: 20, at: [0, 2, 5, 15, 16, 17] });
    expect(stored.ids).toEqual(['p/a@k0', 'p/a@k2', 'p/a@k5', 'q/b', 'r/c@k0', 'r/c@k1']);
    expect(stored.identities.map(({ credential }) => credential)).toEqual(['k0', 'k2', 'k5', null, 'k0', 'k1']);
    expect([stored.tier, stored.reportedTier, stored.tiers[2]!.failures]).toEqual([5, 1, 1]);
    expect(fromSparse(stored, state)).toEqual(state);
  });

  test('one that is short, or has no fresh keys, is stored as it is', () => {
    const short = initialState({ chain: long.chain.slice(0, LONG_CHAIN) });
    expect(LONG_CHAIN).toBe(16);
    expect(toSparse(short)).toBe(short);
    const used = { ...whole, tiers: whole.tiers.map(() => tier({ failures: 1 })) };
    expect(toSparse(used)).toBe(used);
  });

  test('read without a chain, the keys that are not stored have names of their own', () => {
    const { sparse, ...stored } = toSparse({ ...whole, tier: 16, reportedTier: 16 }) as SparseState;
    const read = fromSparse({ sparse, ...stored });
    expect(read.ids).toEqual([
      'p/a@k0',
      ...Array.from({ length: 14 }, (_, index) => `p/a@key ${index + 2}`),
      'q/b',
      'r/c@k0',
      ...[18, 19, 20].map((number) => `r/c@key ${number}`),
    ]);
    expect([read.tier, read.reportedTier, read.tiers.length]).toEqual([16, 16, 20]);
    expect('sparse' in read).toBe(false);
    const unnamed = initialState({ chain: [{ provider: 'p', model: 'a' }, ...long.chain] });
    expect(fromSparse(toSparse(unnamed) as SparseState).ids.slice(0, 2)).toEqual(['p/a', 'p/a@key 2']);
  });

  test('read for another chain it is what was stored', () => {
    const stored = toSparse(whole) as SparseState;
    const { sparse: _, ...rest } = stored;
    const shorter = { ids: whole.ids.slice(0, 19), identities: whole.identities.slice(0, 19) };
    expect(fromSparse(stored, shorter)).toEqual(rest);
    const renamed = whole.identities.map((each, index) => (index === 16 ? { ...each, credential: 'other' } : each));
    expect(fromSparse(stored, { ids: whole.ids, identities: renamed })).toEqual(rest);
    const remodelled = whole.identities.map((each, index) => (index === 15 ? { ...each, model: 'other' } : each));
    expect(fromSparse(stored, { ids: whole.ids, identities: remodelled })).toEqual(rest);
    // A key that is not stored may have another name by now.
    const fresh = whole.identities.map((each, index) => (index === 3 ? { ...each, credential: 'other' } : each));
    expect(fromSparse(stored, { ids: whole.ids, identities: fresh }).identities[3]!.credential).toBe('other');
  });
});

describe('what other instances and operators change', () => {
  const resting = { failures: 2, restUntil: 50, cooldownUntil: 50, lastFailureAt: 10, lastFailureKind: 'overloaded' };

  test('an answer elsewhere ends the cooldown, not the ladder and no wait', () => {
    const { state, events } = followAnswer(stateOf({}, { ...resting, retryAfterUntil: 40 }), 0, 30);
    expect(state.tiers[0]).toEqual(
      tier({ ...resting, restUntil: 40, retryAfterUntil: 40, cooldownUntil: 30, unrecorded: 0 }),
    );
    expect(events).toEqual([
      { type: 'tier-recovered', at: 30, tier: 'p/a', source: 'shared', counted: true, set: expect.anything() },
    ]);
    expect(followAnswer(stateOf({}, { ...resting, unrecorded: 3 }), 0, 30).state.tiers[0]).toMatchObject({
      restUntil: null,
      unrecorded: 3,
    });
    expect(followAnswer(stateOf({}, { restUntil: 50 }), 0, 30).state.tiers[0]).toMatchObject({ cooldownUntil: null });
    expect(followAnswer(stateOf({}, { restUntil: 50, cooldownUntil: 20 }), 0, 30).state.tiers[0]).toMatchObject({
      cooldownUntil: 20,
    });
    expect(
      followAnswer(stateOf({}, { ...resting, modelRestUntil: 50, modelRetryAfterUntil: 45 }), 0, 30).state.tiers[0],
    ).toMatchObject({
      modelRestUntil: 45,
      modelRetryAfterUntil: 45,
    });
    // The wait is its key's, the cooldown its model's.
    const both = { ...resting, restUntil: 60, retryAfterUntil: 60, modelRestUntil: 50 };
    expect(followAnswer(stateOf({}, both), 0, 30).state.tiers[0]).toMatchObject({
      restUntil: 60,
      modelRestUntil: null,
    });
  });

  test.each<[string, Partial<TierState>, number]>([
    ['no rest', {}, 0],
    ['a rest that is over', { restUntil: 30 }, 0],
    ['a wait that the provider named', { restUntil: 50, retryAfterUntil: 50 }, 0],
    ['no such tier', { restUntil: 50 }, 7],
  ])('with %s it changes nothing', (_name, first, index) => {
    const state = stateOf({}, first);
    expect(followAnswer(state, index, 30)).toEqual({ state, events: [] });
  });

  test('tiers are forgotten by what they share; holds, pauses and the place stay', () => {
    const state = stateOf({ tier: 1, reportedTier: 1 }, { ...resting, heldUntil: 90 });
    const all = resetTiers(state, { by: 'ops', reason: 'new key', concerns: () => true }, 30);
    expect(all.state).toEqual(stateOf({ tier: 1, reportedTier: 1 }, { heldUntil: 90 }));
    expect(all.events).toEqual([
      { type: 'reset', at: 30, by: 'ops', reason: 'new key', set: { tiers: { 0: tier({ heldUntil: 90 }) } } },
    ]);
    const none = { state, events: [] };
    expect(resetTiers(state, { by: 'ops', concerns: ({ provider }) => provider === 'q' }, 30)).toEqual(none);
    expect(resetTiers(state, { by: 'ops', concerns: ({ provider }) => provider === 'p' }, 30).events).toEqual([
      { type: 'reset', at: 30, by: 'ops', set: { tiers: { 0: tier({ heldUntil: 90 }) } } },
    ]);
    for (const first of [{ restUntil: 50 }, { lastFailureAt: 10 }]) {
      expect(resetTiers(stateOf({}, first), { by: 'ops', concerns: () => true }, 30).events).toHaveLength(1);
    }
    expect(resetTiers(stateOf({}, { heldUntil: 5 }), { by: 'ops', concerns: () => true }, 30).events).toEqual([]);
  });

  test('what a startup tried is a row each, and failed tiers of this chain rest', () => {
    const attempt = { index: 0, durationMs: 1 };
    const attempts = [
      { ...attempt, tier: 'x/y', ok: false, kind: 'timeout' as const },
      { ...attempt, tier: 'p/a', ok: false, kind: 'rate_limit' as const, retryAfterMs: 5000 },
      { ...attempt, tier: 'q/b', ok: false },
      { ...attempt, tier: 'r/c', ok: true },
    ];
    const { state, events } = recordStartup(base, attempts, config, 30);
    expect(events.map(({ set: _set, ...event }) => event)).toEqual([
      { type: 'startup', at: 30, tier: 'x/y', kind: 'timeout' },
      { type: 'startup', at: 30, tier: 'p/a', kind: 'rate_limit' },
      { type: 'tier-failed', at: 30, tier: 'p/a', kind: 'rate_limit', until: 5030 },
      {
        type: 'tier-change',
        at: 30,
        from: 'p/a',
        to: 'q/b',
        direction: 'down',
        reason: 'rate_limit',
        until: 5030,
        source: 'auto',
      },
      { type: 'startup', at: 30, tier: 'q/b', kind: 'unknown' },
      { type: 'startup', at: 30, tier: 'r/c' },
    ]);
    expect(state).toMatchObject({ tier: 1, tiers: [{ retryAfterUntil: 5030 }, { failures: 0 }, { failures: 0 }] });
    expect(recordStartup(base, [], config, 30)).toEqual({ state: base, events: [] });
  });

  test('of what a startup tried, an id without its key puts no named key to rest', () => {
    const failed = { index: 0, durationMs: 1, ok: false, kind: 'auth' as const };
    const restsOf = (credentials: string[], id: string) => {
      const keys = parseConfig({
        chain: [...credentials.map((credential) => ({ provider: 'p', model: 'a', credential })), 'q/b'],
      }).config;
      const { state } = recordStartup(initialState(keys), [{ ...failed, tier: id }], keys, 30);
      return state.tiers.map(({ restUntil }) => restUntil !== null);
    };
    expect(restsOf(['x'], 'p/a')).toEqual([false, false]);
    expect(restsOf(['x', 'y'], 'p/a@y')).toEqual([false, true, false]);
  });
});

describe('the row that a ledger lacks', () => {
  test('is none where every failure has a row', () => {
    expect(openRow(stateOf({}, { failures: 3, lastFailureAt: 10 }))).toBeUndefined();
  });

  test('stands for all that were only counted, at the time of the last', () => {
    const first = tier({ failures: 3, lastFailureAt: 10, lastFailureKind: 'timeout', restUntil: 20, unrecorded: 2 });
    const second = tier({
      failures: 2,
      lastFailureAt: 15,
      lastFailureKind: 'overloaded',
      restUntil: 40,
      unrecorded: 1,
    });
    const state = stateOf({ tier: 2, tiers: [first, second, tier()], lastFailureKind: 'overloaded' });
    expect(openRow(state)).toEqual({
      type: 'tier-failed',
      at: 15,
      tier: 'q/b',
      kind: 'overloaded',
      until: 40,
      count: 3,
      set: { tier: 2, lastFailureKind: 'overloaded', tiers: { 0: first, 1: second } },
    });
    expect(openRow({ ...state, tiers: [second, first, tier()] })).toMatchObject({ tier: 'p/a', at: 15 });
  });

  test('of one failure it has no count, and without a kind or a rest none of those', () => {
    const { set: _, ...row } = openRow(stateOf({}, { unrecorded: 1 }))!;
    expect(row).toEqual({ type: 'tier-failed', at: 0, tier: 'p/a' });
  });

  test('of a trial alone it is a trial', () => {
    const { set: _, ...row } = openRow(stateOf({}, { unrecorded: 0, lastFailureAt: 7, restUntil: 9 }))!;
    expect(row).toEqual({ type: 'trial', at: 7, tier: 'p/a' });
  });
});

describe('a state after one event', () => {
  const at = { type: 'reset', at: 1 } as const;

  test('has what the event set', () => {
    expect(applyEvent(base, at)).toBe(base);
    const absent = [{ ...base.identities[0]!, ...tier(), since: 1 }];
    const set = { tier: 1, reportedTier: 2, exhaustedAt: 5, absent, lastFailureKind: 'auth' };
    expect(applyEvent(base, { ...at, set })).toEqual({ ...base, ...set });
    const cleared = { exhaustedAt: null, lastFailureKind: null };
    expect(applyEvent(stateOf({ exhaustedAt: 5, lastFailureKind: 'auth' }), { ...at, set: cleared })).toEqual(base);
    const pauses = [pause('health'), pause('operator')];
    expect(applyEvent(base, { ...at, set: { pauses } })).toEqual({ ...base, pauses, paused: pause('operator') });
    expect(applyEvent(stateOf({ pauses, paused: pauses[1]! }), { ...at, set: { pauses: [] } })).toEqual(base);
    expect(applyEvent(stateOf({}, { failures: 3 }), { ...at, set: { fresh: true } })).toEqual(base);
    const patched = applyEvent(stateOf({}, { failures: 3 }), {
      ...at,
      set: { tiers: { 0: { penalty: 1 }, 3: { failures: 1 } } },
    });
    expect(patched.tiers).toEqual([tier({ failures: 3, penalty: 1 }), tier(), tier(), tier({ failures: 1 })]);
    expect(applyEvent(stateOf({ tier: 1 }), { ...at, state: base, set: { tier: 2 } })).toEqual({ ...base, tier: 2 });
  });

  test('reads rows of schema 1, which say where calls came back from', () => {
    expect(applyEvent(base, { ...at, set: { tier: 1, returnedFrom: 2 } })).toMatchObject({ tier: 1, reportedTier: 2 });
    expect(applyEvent(stateOf({ reportedTier: 2 }), { ...at, set: { tier: 1, returnedFrom: null } })).toMatchObject({
      reportedTier: 1,
    });
  });
});
