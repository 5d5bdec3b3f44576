import { describe, expect, test } from 'vitest';
import {
  initialState,
  parseConfig,
  selectTier,
  type FailoverConfig,
  type Pause,
  type SharedRests,
  type State,
} from '../../src/index.js';
import { applyLate } from '../../src/core/tier/transitions/apply-late.js';
import { isAhead, isOldNews } from '../../src/core/tier/begin.js';
import { lift, pause as pauseInstance, reset } from '../../src/core/tier/transitions/operator.js';
import { betterThan, isEqualRank, isSpread, nextTier, poolOf, tiersAfter } from '../../src/core/tier/pool.js';
import { followShared } from '../../src/core/tier/rests/follow-shared.js';
import { isLook } from '../../src/core/tier/select-tier.js';
import { FOREVER, freshTierState, type TierState } from '../../src/core/tier/state.js';
import { isCounted, tierAfterFailure, wrapAround } from '../../src/core/tier/step.js';
import { belowThreshold, countFailure, hasCounted } from '../../src/core/tier/threshold.js';
import { Draft } from '../../src/core/tier/draft.js';

const tier = (change: Partial<TierState> = {}): TierState => ({ ...freshTierState(), ...change });
const { config } = parseConfig({ chain: ['p/a', 'q/b', 'r/c'] });
const stateOf = (change: Partial<State>, ...tiers: Partial<TierState>[]): State => ({
  ...initialState(config),
  ...change,
  tiers: config.chain.map((_, index) => tier(tiers[index])),
});

describe('pools of keys', () => {
  const key = (credential: string, order?: 'fill' | 'least-used') => ({
    provider: 'p',
    model: 'a',
    credential,
    ...(order === undefined ? {} : { order }),
  });
  const other = { provider: 'q', model: 'b' };
  const spread = [
    other,
    key('one', 'least-used'),
    key('two', 'least-used'),
    key('three', 'least-used'),
    { provider: 'p', model: 'c' },
  ];
  const filled = [key('one', 'fill'), key('two'), other, key('three')];

  test('are the tiers of one model that stand together', () => {
    expect([0, 1, 2, 3, 4, 9].map((index) => poolOf(spread, index))).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 4 },
      { from: 1, to: 4 },
      { from: 1, to: 4 },
      { from: 4, to: 5 },
      { from: 9, to: 10 },
    ]);
    expect([0, 1, 3].map((index) => poolOf(filled, index))).toEqual([
      { from: 0, to: 2 },
      { from: 0, to: 2 },
      { from: 3, to: 4 },
    ]);
  });

  test('have better keys only where they are filled in order', () => {
    expect([isSpread(undefined), isSpread(other), isSpread(filled[0]), isSpread(spread[1])]).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect([
      isEqualRank(spread, 1, 3),
      isEqualRank(spread, 1, 0),
      isEqualRank(spread, 1, 4),
      isEqualRank(spread, 0, 0),
    ]).toEqual([true, false, false, true]);
    expect([isEqualRank(filled, 0, 1), isEqualRank(spread, 0, 1)]).toEqual([false, false]);
    expect([betterThan(spread, 3), betterThan(spread, 4), betterThan(filled, 1), betterThan(spread, 0)]).toEqual([
      1, 4, 1, 0,
    ]);
  });

  test('come first when another tier is looked for, then what is behind them, then the top', () => {
    expect(tiersAfter(spread, 2)).toEqual([3, 1, 4, 0]);
    expect(tiersAfter(spread, 0)).toEqual([1, 2, 3, 4]);
    expect(tiersAfter(spread, 4)).toEqual([0, 1, 2, 3]);
    expect(tiersAfter(spread, -1)).toEqual([0, 1, 2, 3, 4]);
    expect(nextTier(spread, 2, (index) => index === 1 || index === 4)).toBe(1);
    expect(nextTier(spread, 2, () => false)).toBe(-1);
  });
});

describe('old news', () => {
  test('is an attempt that began before the last failure', () => {
    const failed = tier({ lastFailureAt: 100 });
    expect([
      isOldNews(failed, 99, 200),
      isOldNews(failed, 100, 200),
      isOldNews(tier(), 0, 200),
      isOldNews(undefined, 0, 200),
    ]).toEqual([true, false, false, false]);
    // The clock was set back by more than a second since: what began at the new time is newer.
    const ahead = tier({ lastFailureAt: 5000 });
    expect([
      isOldNews(ahead, 3000, 4000),
      isOldNews(ahead, 3000, 3999),
      isOldNews(ahead, 3999, 3999),
      isOldNews(ahead, 4500, 3999),
    ]).toEqual([true, false, false, true]);
    const at = (lastFailureAt: number | null) => isAhead(stateOf({}, {}, { lastFailureAt }), 1000);
    expect([at(null), at(2000), at(2001)]).toEqual([false, false, true]);
  });
});

describe('what was counted', () => {
  const withThreshold = parseConfig({
    chain: ['p/a', 'q/b', 'r/c'],
    policy: { threshold: { failures: 3, windowMs: 1000 } },
  }).config;
  const recent = (state: State, failure: object = {}, now = 2000) =>
    belowThreshold(state, { index: 1, kind: 'overloaded', ...failure }, withThreshold.policy, now);

  test('is every failure of the window, this one included, until they are enough', () => {
    const on1 = (change: Partial<TierState>, more: Partial<State> = {}) =>
      stateOf({ tier: 1, reportedTier: 1, ...more }, {}, change);
    expect(recent(on1({}))).toEqual([2000]);
    expect(recent(on1({ recentFailures: [1000, 1001] }))).toEqual([1001, 2000]);
    expect(recent(on1({ recentFailures: [1001, 1002] }))).toBeUndefined();
    expect(recent(on1({}), { kind: 'auth' })).toBeUndefined();
    expect(recent(on1({}), { index: 7 })).toBeUndefined();
    expect(recent(on1({ failures: 1 }))).toBeUndefined();
    expect(recent(on1({ failures: 1 }), { isStraggler: true })).toEqual([2000]);
    expect(recent(stateOf({ tier: 1, reportedTier: 2 }))).toBeUndefined();
    expect(recent(stateOf({ tier: 1, reportedTier: 2 }), { isStraggler: true })).toEqual([2000]);
    expect(recent(on1({}, { exhaustedAt: 5 }))).toBeUndefined();
    expect(belowThreshold(on1({}), { index: 1, kind: 'overloaded' }, config.policy, 2000)).toBeUndefined();
    expect([
      hasCounted(undefined),
      hasCounted(tier()),
      hasCounted(tier({ recentFailures: [] })),
      hasCounted(tier({ recentFailures: [1] })),
    ]).toEqual([false, false, false, true]);
  });

  test('is told, and changes nothing else', () => {
    const draft = new Draft(stateOf({}, { penalty: 2, lastFailureAt: 0, unrecorded: 1 }));
    countFailure(draft, { index: 0, kind: 'timeout' }, [1, 2], 600_000);
    expect(draft.events).toMatchObject([
      { type: 'failure-counted', at: 600_000, tier: 'p/a', kind: 'timeout', counted: true },
    ]);
    expect(draft.state).toMatchObject({ tier: 0, lastFailureKind: 'timeout' });
    expect(draft.state.tiers[0]).toEqual(
      tier({ recentFailures: [1, 2], lastFailureKind: 'timeout', lastFailureAt: 600_000, penalty: 1, unrecorded: 2 }),
    );
    countFailure(draft, { index: 9, kind: 'timeout' }, [1], 600_001);
    expect(draft.events).toHaveLength(1);
  });
});

describe('where calls go after a failure', () => {
  const next = (state: Partial<State>, ...tiers: Partial<TierState>[]) => {
    const whole = stateOf(state, ...tiers);
    return tierAfterFailure(whole, whole.tiers, config.chain, 100);
  };
  const down = { heldUntil: 200 };

  test('the next that is free, also one that has failed', () => {
    expect(next({}, down)).toBe(1);
    expect(next({}, down, { failures: 1 })).toBe(1);
    expect(next({ tier: 2, reportedTier: 2 }, {}, {}, down)).toBe(0);
    expect(next({}, down, down, down)).toBe(-1);
  });

  test('after a trial where they work, then where others work, then what is free at all', () => {
    const trial = { tier: 0, reportedTier: 2 };
    expect(next(trial, down)).toBe(2);
    expect(next(trial, down, {}, { failures: 1 })).toBe(1);
    expect(next(trial, down, { failures: 1 }, { failures: 1 })).toBe(2);
    expect(next(trial, down, { failures: 1 }, down)).toBe(1);
    expect(next({ tier: 1, reportedTier: 2 }, {}, down, { failures: 1 })).toBe(0);
    expect(next(trial, down, down, down)).toBe(-1);
  });

  test('in a pool without better keys first to one that works', () => {
    const pool = { provider: 'p', model: 'a', order: 'least-used' as const };
    const chain = [
      { ...pool, credential: 'one' },
      { ...pool, credential: 'two' },
      { ...pool, credential: 'three' },
      { provider: 'q', model: 'b' },
    ];
    const after = (...tiers: Partial<TierState>[]) => {
      const whole = { ...initialState({ chain }), tiers: chain.map((_, index) => tier(tiers[index])) };
      return tierAfterFailure(whole, whole.tiers, chain, 100);
    };
    expect([after(down, { failures: 1 }), after(down, { failures: 1 }, down), after(down, down, down)]).toEqual([
      2, 1, 3,
    ]);
    const onSecond = (...tiers: Partial<TierState>[]) => {
      const longer = [{ provider: 'x', model: 'y' }, ...chain];
      const whole = { ...initialState({ chain: longer }), tiers: longer.map((_, index) => tier(tiers[index])) };
      return tierAfterFailure({ ...whole, tier: 2, reportedTier: 2 }, whole.tiers, longer, 100);
    };
    expect([
      onSecond({}, {}, down, { failures: 1 }),
      onSecond({}, { failures: 1 }, down),
      onSecond({}, down, down, down),
      onSecond({}, down, down, down, down),
    ]).toEqual([1, 3, 4, 0]);
    const onFirst = { ...initialState({ chain }), tiers: [tier(), tier(down), tier({ failures: 1 }), tier()], tier: 1 };
    expect(tierAfterFailure({ ...onFirst, reportedTier: 1 }, onFirst.tiers, chain, 100)).toBe(0);
    const filled = chain.map((each) => ({ ...each, order: 'fill' as const }));
    const whole = { ...initialState({ chain: filled }), tiers: [tier(down), tier({ failures: 1 }), tier(), tier()] };
    expect(tierAfterFailure(whole, whole.tiers, filled, 100)).toBe(1);
  });

  test('failures in a row are counted for twenty minutes after a row', () => {
    const counted = (change: Partial<TierState>, now: number) =>
      isCounted(tier({ failures: 2, recordedAt: 0, ...change }), now);
    expect([
      counted({}, 1_199_999),
      counted({}, 1_200_000),
      counted({ failures: 1 }, 1),
      counted({ recordedAt: null }, 1),
    ]).toEqual([true, false, false, false]);
  });

  test('a chain that wraps around ends cooldowns, but for budgets and what only a person mends', () => {
    const tiers = [
      tier({ restUntil: 500, retryAfterUntil: 300, lastFailureKind: 'overloaded' }),
      tier({ restUntil: 500, lastFailureKind: 'auth', lastFailureAt: 99 }),
      tier({ restUntil: 500, lastFailureKind: 'token_budget' }),
      tier({ restUntil: 500, lastFailureKind: 'timeout', modelRestUntil: 500 }),
      tier(),
    ];
    const { best, patches } = wrapAround(tiers, 100);
    expect(best).toBe(3);
    expect(patches).toEqual({
      0: { restUntil: 300, retryAfterUntil: 300, modelRestUntil: null, modelRetryAfterUntil: null },
      3: { restUntil: null, retryAfterUntil: null, modelRestUntil: null, modelRetryAfterUntil: null },
    });
    expect(wrapAround([tier({ retryAfterUntil: 100 })], 100).best).toBe(0);
    expect(wrapAround([tiers[0]!, tiers[2]!], 100)).toEqual({ best: -1, patches: {} });
  });
});

describe('selection', () => {
  const rest = (until: number, kind = 'timeout') => ({ until, firm: false, kind });
  const select = (state: State, shared?: SharedRests, policy: object = {}, now = 100) =>
    selectTier(state, parseConfig({ chain: ['p/a', 'q/b', 'r/c'], policy }).config, now, shared);
  const at = (index: number, probe = false, otherwise: number | null = null) => ({ ok: true, index, probe, otherwise });
  const down = { restUntil: 200, failures: 1 };

  test('goes where calls work, and tries a better tier once its rest is over', () => {
    expect(select(stateOf({}))).toEqual(at(0));
    expect(select(stateOf({ tier: 1, reportedTier: 1 }, down))).toEqual(at(1));
    expect(select(stateOf({ tier: 1, reportedTier: 1 }, { failures: 1, restUntil: 100 }))).toEqual(at(0, true, 1));
    expect(
      select(stateOf({ tier: 1, reportedTier: 1 }, { failures: 1 }), undefined, { recovery: 'on-success' }),
    ).toEqual(at(1));
    expect(
      select(stateOf({ tier: 0, reportedTier: 1 }, { failures: 1 }), undefined, { recovery: 'on-success' }),
    ).toEqual(at(0, true, 1));
    expect(select(stateOf({ tier: 0, reportedTier: 2 }, { failures: 1 }, {}, down))).toEqual(at(0, true, 1));
    expect(select(stateOf({ tier: 0, reportedTier: 2 }, { failures: 1 }, { failures: 1 }, { failures: 1 }))).toEqual(
      at(0, true, 2),
    );
    expect(select(stateOf({ tier: 0, reportedTier: 2 }, { failures: 1 }, { failures: 1 }, down))).toEqual(
      at(0, true, 1),
    );
    expect(select(stateOf({ tier: 0, reportedTier: 2 }, { failures: 1 }, down, down))).toEqual(at(0, true, null));
  });

  test('a tier that failed and has not answered is tried by one, where another works', () => {
    expect(select(stateOf({}, { failures: 1 }))).toEqual(at(0, true, 1));
    expect(select(stateOf({}, { failures: 1 }, { failures: 1 }, { failures: 1 }))).toEqual(at(0));
    expect(select(stateOf({}, { failures: 1 }, down, down))).toEqual(at(0));
  });

  test('one that works is found wherever it stands, the first one too', () => {
    const failing = { tier: 1, reportedTier: 1 };
    const later = { recovery: 'on-success' };
    expect(select(stateOf(failing, {}, { failures: 1 }, down), undefined, later)).toEqual(at(1, true, 0));
    expect(select(stateOf(failing, {}, { failures: 1 }, { failures: 1 }), undefined, later)).toEqual(at(1, true, 0));
  });

  test('a tier that rests, by itself or by the fleet, is left out', () => {
    expect(select(stateOf({}), { 'provider:p': rest(101) })).toEqual(at(1));
    expect(select(stateOf({}), { 'provider:p': rest(100) })).toEqual(at(0));
    expect(select(stateOf({ tier: 0, reportedTier: 1 }, down))).toEqual(at(1));
    expect(select(stateOf({ tier: 0, reportedTier: 1 }, down, down))).toEqual(at(2));
    const short = { ...stateOf({}, { heldUntil: 200 }), tiers: [tier({ heldUntil: 200 })] };
    expect(select(short)).toEqual({ ok: false, reason: 'resting', retryAt: 200 });
    expect(selectTier(stateOf({}, { heldUntil: 200 }), { ...config, chain: config.chain.slice(0, 1) }, 100)).toEqual({
      ok: false,
      reason: 'resting',
      retryAt: 200,
    });
  });

  test('while nothing works: under wrap what rests by choice, looks one at a time, else the soonest end', () => {
    const used = { exhaustedAt: 50 };
    expect(select(stateOf(used, { ...down, heldUntil: 300 }, { ...down, retryAfterUntil: 150 }, down))).toEqual(at(2));
    expect(select(stateOf(used, { heldUntil: 300 }, { heldUntil: 150 }, { heldUntil: FOREVER }))).toEqual({
      ok: false,
      reason: 'resting',
      retryAt: 150,
    });
    const forever = { heldUntil: FOREVER };
    expect(select(stateOf(used, forever, forever, forever))).toEqual({ ok: false, reason: 'resting', retryAt: null });
    expect(select(stateOf(used, down, down, down), undefined, { onExhausted: 'wait' })).toEqual({
      ok: false,
      reason: 'resting',
      retryAt: 200,
    });
    expect(select(stateOf(used, { failures: 1 }, {}), undefined)).toEqual(at(0, true, 1));
    expect(select(stateOf(used, {}, {}))).toEqual(at(0));
    expect(select(stateOf(used, { failures: 1 }, down, down))).toEqual(at(0));
    const broken = { restUntil: 900_000, lastFailureAt: 0, lastFailureKind: 'auth', failures: 1 };
    expect(select(stateOf(used, broken, broken, broken), undefined, {}, 60_000)).toEqual(at(0, true, null));
    expect(select(stateOf(used, broken, broken, { ...down, restUntil: 90_000 }), undefined, {}, 60_000)).toEqual(
      at(0, true, 2),
    );
    expect(select(stateOf(used, broken, broken, { heldUntil: 90_000 }), undefined, {}, 60_000)).toEqual(
      at(0, true, null),
    );
    expect(select(stateOf(used, broken, broken, broken), undefined, {}, 59_999)).toEqual({
      ok: false,
      reason: 'resting',
      retryAt: 60_000,
    });
    expect(select(stateOf(used, broken, down, down), undefined, { onExhausted: 'throw' })).toMatchObject({ ok: false });
    expect(
      select(stateOf(used), {
        'provider:p': rest(300),
        'provider:q': { ...rest(200), firm: true },
        'provider:r': { ...rest(300), firm: true },
      }),
    ).toEqual(at(0));
    expect([
      isLook(stateOf({}, broken), 0, 100),
      isLook(stateOf({}, broken), 0, 900_000),
      isLook(stateOf({}, down), 0, 100),
      isLook(stateOf({}), 9, 100),
    ]).toEqual([true, false, false, false]);
  });

  test('nobody is asked while paused, until the last pause ends', () => {
    const pause = (until?: number): Pause => ({
      source: 'operator',
      by: 'b',
      reason: 'r',
      at: 0,
      ...(until === undefined ? {} : { until }),
    });
    const paused = (...pauses: Pause[]) => select(stateOf({ pauses, paused: pauses[0]! }));
    expect(paused(pause())).toEqual({ ok: false, reason: 'paused', retryAt: null });
    expect(paused(pause(150), pause(160))).toEqual({ ok: false, reason: 'paused', retryAt: 160 });
    expect(paused(pause(100))).toEqual(at(0));
  });
});

describe('rests from outside move an instance', () => {
  const rests = (kind = 'overloaded', until = 500): SharedRests => ({ 'provider:p': { until, firm: true, kind } });
  const told = (state: State, shared: SharedRests | undefined, now = 100, chain: FailoverConfig = config) => {
    const { state: after, events } = followShared(state, chain, shared, now);
    return { tier: after.tier, events: events.map(({ set: _set, ...event }) => event) };
  };
  const moved = { type: 'tier-change', at: 100, from: 'p/a', to: 'q/b', direction: 'down', until: 500 };

  test('to the next tier, with what for and until when', () => {
    expect(told(stateOf({}), rests())).toEqual({
      tier: 1,
      events: [{ ...moved, reason: 'overloaded', source: 'shared' }],
    });
    expect(told(stateOf({}), rests('headroom'))).toEqual({
      tier: 1,
      events: [{ ...moved, reason: 'headroom', source: 'auto' }],
    });
    const endless = { ...moved, reason: 'paused', source: 'shared' };
    expect(told(stateOf({}), rests('paused', FOREVER))).toEqual({
      tier: 1,
      events: [{ ...endless, until: undefined }],
    });
    expect(told(stateOf({}, {}, { failures: 1 }), rests()).tier).toBe(2);
  });

  test.each<[string, State, SharedRests | undefined]>([
    ['none', stateOf({}), undefined],
    ['one of another provider', stateOf({}), { 'provider:q': { until: 500, firm: true, kind: 'paused' } }],
    ['one that is over', stateOf({}), rests('overloaded', 100)],
    [
      'one that is over, of a tier that has not answered since it failed',
      stateOf({}, { failures: 1 }),
      rests('overloaded', 100),
    ],
    ['one of a tier that rests by itself', stateOf({}, { restUntil: 200 }), rests()],
    ['one while nothing works', stateOf({ exhaustedAt: 5 }), rests()],
    ['one, with nowhere to go', stateOf({}, {}, { heldUntil: 500 }, { heldUntil: 500 }), rests()],
    [
      'one that a call may break, with nowhere to go',
      stateOf({}, {}, { heldUntil: 500 }, { heldUntil: 500 }),
      { 'provider:p': { until: 500, firm: false, kind: 'overloaded' } },
    ],
  ])('not by %s', (_name, state, shared) => {
    expect(followShared(state, config, shared, 100)).toEqual({ state, events: [] });
  });

  test('to another key that is as good, wherever it stands', () => {
    const pool = ['one', 'two'].map((credential) => ({ provider: 'p', model: 'a', credential, order: 'session' }));
    const keyed = parseConfig({ chain: [...pool, 'q/b'] }).config;
    const on1 = { ...initialState(keyed), tier: 1, reportedTier: 1 };
    const key: SharedRests = { 'credential:p/two': { until: 500, firm: true, kind: 'paused' } };
    expect(told(on1, key, 100, keyed)).toMatchObject({ tier: 0, events: [{ type: 'tier-change', rotation: true }] });
  });

  test('not to a better tier, which is tried first', () => {
    const on1 = stateOf({ tier: 1, reportedTier: 1 }, {}, {}, { heldUntil: 500 });
    expect(told(on1, { 'provider:q': { until: 500, firm: true, kind: 'paused' } })).toEqual({ tier: 1, events: [] });
    expect(told(stateOf({ reportedTier: 9, tier: 9 }), rests())).toEqual({ tier: 9, events: [] });
  });
});

describe('what a monitor lifts', () => {
  const pause = (source: Pause['source']): Pause => ({ source, by: 'm', reason: 'r', at: 0 });
  const pauses = [pause('health'), pause('operator'), pause('alert')];

  test('are the pauses it covers, and no other', () => {
    const state = stateOf({ pauses, paused: pauses[1]! });
    const { state: after, events } = lift(state, { by: 'm', covers: ({ source }) => source !== 'operator' }, 100);
    expect(after.pauses).toEqual([pauses[1]]);
    expect(events).toEqual([
      {
        type: 'resumed',
        at: 100,
        by: 'm',
        source: 'health',
        lifted: ['health', 'alert'],
        set: { pauses: [pauses[1]] },
      },
    ]);
    expect(lift(state, { by: 'm', covers: () => false }, 100)).toEqual({ state, events: [] });
  });
});

describe('a change that reaches the store after failures of others', () => {
  const waiting = { failures: 1, lastFailureAt: 5000, retryAfterUntil: 9000, restUntil: 9000, retryAfterMs: 4000 };
  const state = stateOf({}, waiting);
  const request = { source: 'operator', by: 'ops', reason: 'r' } as const;

  test('shortens no wait: what is newer than it is no sign of a clock that was set back', () => {
    const { state: after, events } = applyLate(state, 1000, 6000, (present) => pauseInstance(present, request, 1000));
    expect(events.map(({ type, at }) => [type, at])).toEqual([['paused', 1000]]);
    expect(after.tiers).toEqual(state.tiers);
    expect(after.paused).toMatchObject({ by: 'ops', at: 1000 });
    // By its own time alone it would be re-based.
    expect(pauseInstance(state, request, 1000).events.map(({ type }) => type)).toEqual(['rebased', 'paused']);
  });

  test('hands over the time of a failure as late as it may be, and keeps the real one in what repeats it', () => {
    const seen: (number | null)[] = [];
    const repeats = (present: State) => {
      seen.push(...present.tiers.map(({ lastFailureAt }) => lastFailureAt));
      const tiers = { 0: { lastFailureAt: present.tiers[0]!.lastFailureAt, penalty: 1 }, 1: { penalty: 2 } };
      const started = { type: 'startup' as const, at: 1000, tier: 'q/b' };
      return { state: present, events: [started, { type: 'held' as const, at: 1000, set: { tier: 1, tiers } }] };
    };
    const both = stateOf({}, waiting, { lastFailureAt: 1500 });
    const { state: after, events } = applyLate(both, 1000, 6000, repeats);
    expect(seen).toEqual([2000, 1500, null]);
    expect(events).toEqual([
      { type: 'startup', at: 1000, tier: 'q/b' },
      {
        type: 'held',
        at: 1000,
        set: { tier: 1, tiers: { 0: { lastFailureAt: 5000, penalty: 1 }, 1: { penalty: 2 } } },
      },
    ]);
    expect(after).toMatchObject({ tier: 1, tiers: [{ lastFailureAt: 5000, penalty: 1 }, { penalty: 2 }, {}] });
  });

  test('is applied as it is where nothing is newer, or it was made now', () => {
    const shown: State[] = [];
    const look = (present: State) => {
      shown.push(present);
      return reset(present, { by: 'ops' }, 4000);
    };
    applyLate(state, 4000, 6000, look);
    applyLate(state, 1000, 1000, look);
    expect(shown).toEqual([state, state]);
    expect(shown[0]).toBe(state);
    expect(shown[1]).toBe(state);
  });
});
