import { describe, expect, test } from 'vitest';
import {
  applyOutcome,
  initialState,
  parseConfig,
  recordExternalTrigger,
  type FailoverConfig,
  type LedgerEvent,
  type SharedRests,
  type State,
} from '../../../src/index.js';
import { openRow } from '../../../src/core/tier/draft.js';
import { applyEvent } from '../../../src/core/tier/fold.js';
import { recordStartup } from '../../../src/core/tier/transitions/record-startup.js';
import type { TierState } from '../../../src/core/tier/state.js';

const now = 1_000_000;
const ladder = { initialMs: 10_000, factor: 2, maxMs: 80_000 };
const configOf = (chain: unknown[], policy: object = {}): FailoverConfig =>
  parseConfig({ chain, policy: { cooldown: ladder, ...policy } }).config;
const three = configOf(['p/a', 'q/b', 'r/c']);
const stateOf = (config: FailoverConfig, change: Partial<State> = {}, ...tiers: Partial<TierState>[]): State => {
  const state = initialState(config);
  return { ...state, tiers: state.tiers.map((tier, index) => ({ ...tier, ...tiers[index] })), ...change };
};
const fail = (state: State, tier: number, config = three, more: object = {}, at = now) =>
  applyOutcome(state, { tier, ok: false, kind: 'timeout', ...more }, config, at);
const answer = (state: State, tier: number, config = three, shared?: SharedRests) =>
  applyOutcome(state, { tier, ok: true }, config, now, shared);
const typesOf = (events: readonly LedgerEvent[]) => events.map(({ type }) => type);

const down: Partial<TierState> = {
  restUntil: now + 5000,
  cooldownUntil: now + 5000,
  modelRestUntil: now + 5000,
  failures: 1,
  lastFailureAt: now - 5000,
  lastFailureKind: 'timeout',
  recordedAt: now - 5000,
};
const held: Partial<TierState> = { heldUntil: now + 90_000 };
const keys = (order: string) =>
  ['one', 'two', 'three'].map((credential) => ({ provider: 'p', model: 'a', credential, order }));

describe('a failure', () => {
  test('of a tier that the chain has no more changes nothing', () => {
    const state = stateOf(three);
    expect(fail(state, 2, configOf(['p/a', 'q/b']))).toEqual({ state, events: [] });
  });

  test('of one tier says nothing about why others rest that it covers for a shorter reason', () => {
    const sameProvider = configOf(['p/a', 'p/b', 'q/c']);
    const later = now + 900_000;
    const rows: [kept: Partial<TierState>, kind: string, then: string][] = [
      [{ lastFailureKind: 'auth', restUntil: later }, 'timeout', 'auth'],
      [{ lastFailureKind: 'auth', restUntil: later }, 'quota', 'quota'],
      [{ lastFailureKind: 'auth', restUntil: now }, 'timeout', 'timeout'],
      [{ lastFailureKind: 'auth' }, 'timeout', 'timeout'],
      [{ lastFailureKind: 'token_budget', restUntil: later }, 'timeout', 'token_budget'],
      [{ lastFailureKind: 'token_budget', restUntil: later }, 'auth', 'token_budget'],
      [{ lastFailureKind: 'token_budget', restUntil: now }, 'timeout', 'timeout'],
      [{ lastFailureKind: 'overloaded', restUntil: later }, 'timeout', 'timeout'],
    ];
    for (const [other, kind, then] of rows) {
      const { tiers } = fail(stateOf(sameProvider, {}, {}, other), 0, sameProvider, { kind, scope: 'provider' }).state;
      expect(tiers[1]!.lastFailureKind, JSON.stringify([other, kind])).toBe(then);
    }
    // What has failed itself now rests for that.
    const own = stateOf(sameProvider, {}, { lastFailureKind: 'auth', restUntil: later, failures: 1 });
    expect(fail(own, 0, sameProvider).state.tiers[0]!.lastFailureKind).toBe('timeout');
  });

  test('leaves no trace of a threshold where there is none', () => {
    for (const tier of fail(stateOf(three), 0).state.tiers) expect('recentFailures' in tier).toBe(false);
  });

  test('reported from outside steps at once, whatever the threshold, and covers one key of a model', () => {
    const config = configOf([...keys('fill'), 'q/b'], {
      threshold: { failures: 3, windowMs: 60_000 },
      tokenBudget: { limit: 10, windowMs: 60_000 },
    });
    const told = (kind: string) => recordExternalTrigger(stateOf(config), { kind }, config, now).state;
    const resting = (state: State) => state.tiers.map(({ restUntil }) => restUntil !== null);
    expect(told('timeout').tier).toBe(1);
    expect(resting(told('timeout'))).toEqual([true, false, false, false]);
    expect(resting(told('token_budget'))).toEqual([true, true, true, false]);
  });

  test('that rests no tier moves no call', () => {
    const config = configOf(['p/a', 'q/b'], { cooldown: { initialMs: 0, factor: 1, maxMs: 0 } });
    const { state, events } = fail(stateOf(config, {}, {}, held), 0, config);
    expect(typesOf(events)).toEqual(['tier-failed']);
    expect(state).toMatchObject({ tier: 0, reportedTier: 0 });
  });

  test('of another tier than the one on trial leaves the trial as it is', () => {
    const trial = stateOf(three, { tier: 0, reportedTier: 2 });
    for (const tier of [1, 2]) {
      const { state, events } = fail(trial, tier);
      expect(typesOf(events)).toEqual(['tier-failed']);
      expect(state).toMatchObject({ tier: 0, reportedTier: 2 });
    }
    const failing = fail(stateOf(three, { tier: 0, reportedTier: 2 }, { failures: 1 }), 2);
    expect(typesOf(failing.events)).toEqual(['tier-failed']);
    // One that was told from outside moves where calls work, but no trial that is under way already.
    const home = stateOf(three, { tier: 0, reportedTier: 2 }, {}, held);
    const told = recordExternalTrigger(home, { kind: 'own', tier: 2 }, three, now);
    expect(typesOf(told.events)).toEqual(['tier-failed']);
    expect(told.state).toMatchObject({ tier: 0, reportedTier: 2 });
  });

  test('of a trial leads to a change that says why and until when the tier rests that is left', () => {
    const until = now + 70_000;
    const left = { ...down, restUntil: until, lastFailureKind: 'overloaded' };
    const { events } = fail(stateOf(three, { tier: 0, reportedTier: 1 }, {}, left), 0);
    expect(events[1]).toMatchObject({ type: 'tier-change', from: 'q/b', to: 'r/c', reason: 'overloaded', until });
  });

  test('leads to a change that ends when the tier may be asked again, also by an earlier wait', () => {
    const waits = { retryAfterUntil: now + 70_000, restUntil: now + 70_000, failures: 1, lastFailureAt: now - 1 };
    const { events } = fail(stateOf(three, {}, waits), 0);
    expect(events[1]).toMatchObject({ type: 'tier-change', reason: 'timeout', until: now + 70_000 });
  });

  test('after which nobody knows when a tier may be asked gives no time', () => {
    const endless: Partial<TierState> = { heldUntil: 8_640_000_000_000_000 };
    const { events } = fail(stateOf(three, {}, endless, endless, endless), 0);
    const exhausted = events.find(({ type }) => type === 'exhausted')!;
    expect('until' in exhausted).toBe(false);
  });
});

describe('of two waits', () => {
  test('the length of the one that ends last is kept when the clock is set back, of the later one where they end at once', () => {
    const waiting = (state: State, retryAfterMs: number, at: number) =>
      fail(state, 0, three, { retryAfterMs }, at).state;
    const both = waiting(waiting(stateOf(three), 60_000, now), 50_000, now + 10_000);
    expect(both.tiers[0]!.retryAfterUntil).toBe(now + 60_000);
    const setBack = (state: State) => fail(state, 2, three, {}, now - 500_000).state.tiers[0]!.retryAfterUntil;
    expect(setBack(both)).toBe(now - 500_000 + 50_000);
    const shorter = waiting(waiting(stateOf(three), 60_000, now), 20_000, now + 10_000);
    expect(shorter.tiers[0]!.retryAfterUntil).toBe(now + 60_000);
    expect(setBack(shorter)).toBe(now - 500_000 + 60_000);
  });
});

describe('while a chain is used up', () => {
  const used: Partial<State> = { exhaustedAt: now - 1000 };

  test('a failure moves calls to the next tier that is free, also to the best', () => {
    const config = configOf(['p/a', 'q/b'], { onExhausted: 'wait' });
    expect(fail(stateOf(config, { ...used, tier: 1, reportedTier: 0 }), 1, config).state.tier).toBe(0);
    expect(fail(stateOf(three, { ...used, tier: 1, reportedTier: 0 }, {}, {}, down), 1).state.tier).toBe(0);
    expect(fail(stateOf(three, { ...used, tier: 1, reportedTier: 0 }), 0).state.tier).toBe(1);
  });

  test('what a failure that is only counted does to other tiers is in the row that the ledger lacks', () => {
    const often = { ...down, failures: 3 };
    const before = stateOf(three, { ...used, tier: 1, reportedTier: 1 }, down, often, down);
    const { state, events } = fail(before, 1);
    expect(events.map(({ type, counted }) => [type, counted])).toEqual([['tier-failed', true]]);
    expect(state.tiers.map(({ restUntil }) => restUntil)).toEqual([null, null, null]);
    expect(applyEvent(before, openRow(state)!)).toEqual(state);
  });

  test('an answer of a tier that is held ends nothing and tries nothing', () => {
    const { state, events } = answer(
      stateOf(three, { ...used, tier: 2, reportedTier: 2 }, {}, {}, { ...down, ...held }),
      2,
    );
    expect(typesOf(events)).toEqual(['tier-recovered']);
    expect(state).toMatchObject({ tier: 2, exhaustedAt: now - 1000 });
  });

  test('calls go to a tier that answers, also to one whose limit is nearly used up', () => {
    const spared = { 'provider:q': { until: now + 1000, firm: false, kind: 'headroom' } };
    const { state } = answer(stateOf(three, used, down, down, down), 1, three, spared);
    expect(state).toMatchObject({ tier: 1, reportedTier: 1, exhaustedAt: null });
    const rests = stateOf(three, {}, down);
    expect(answer(rests, 1, three, spared).state.reportedTier).toBe(0);
    expect(answer(rests, 1).state.reportedTier).toBe(1);
  });
});

describe('an answer of a key', () => {
  test('that is as good as the one that rests is no way up', () => {
    const config = configOf([...keys('least-used'), 'q/b']);
    const { events } = answer(stateOf(config, { tier: 1, reportedTier: 1 }, {}, down), 0, config);
    expect(events).toMatchObject([{ type: 'tier-change', direction: 'down', reason: 'resting', to: 'p/a@one' }]);
    expect(answer(stateOf(config, { tier: 1, reportedTier: 1 }), 0, config).events).toEqual([]);
  });
});

describe('what was only counted', () => {
  test('of one tier stays to be recorded while another is counted', () => {
    const config = configOf(['p/a', 'q/b'], { threshold: { failures: 3, windowMs: 60_000 } });
    const { state, events } = fail(stateOf(config, {}, {}, { ...down, unrecorded: 0 }), 0, config);
    expect(events.map(({ type, counted }) => [type, counted])).toEqual([['failure-counted', true]]);
    expect(state.tiers.map(({ unrecorded }) => unrecorded)).toEqual([1, 0]);
  });

  test('is in the next row, with the trial that calls go to meanwhile', () => {
    const trial = stateOf(
      three,
      { tier: 0, reportedTier: 1 },
      { ...down, restUntil: null, failures: 3, unrecorded: 0 },
    );
    const { events } = fail(trial, 2);
    expect(events).toMatchObject([
      { type: 'tier-failed', tier: 'r/c', set: { tier: 0, tiers: { 0: { failures: 3 } } } },
    ]);
  });

  test('is in the next row, also in one that sets nothing itself', () => {
    const state = stateOf(three, {}, { ...down, failures: 3, unrecorded: 2 });
    const { events } = recordStartup(state, [{ index: 0, tier: 'x/y', ok: true, durationMs: 1 }], three, now);
    expect(events).toEqual([
      {
        type: 'startup',
        at: now,
        tier: 'x/y',
        set: { tier: 0, lastFailureKind: null, tiers: { 0: state.tiers[0] } },
      },
    ]);
  });
});

test('a state made by hand comes back as it is where nothing happens to it, and fails at no tier that it lacks', () => {
  const { ids, tier, tiers } = stateOf(three);
  const made = { ids, tier, tiers } as State;
  expect(applyOutcome(made, { tier: 7, ok: true }, three, now).state).toBe(made);
  // One that names a tier which is not there steps on all the same.
  expect(fail(stateOf(three, { reportedTier: 9 }), 0).state.tier).toBe(1);
});
