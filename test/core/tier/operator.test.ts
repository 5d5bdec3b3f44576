import { describe, expect, test } from 'vitest';
import {
  applyOutcome,
  hold,
  initialState,
  parseConfig,
  pause,
  reset,
  resume,
  selectTier,
  type Pause,
  type State,
} from '../../../src/index.js';
import { resetForAll } from '../../../src/core/tier/transitions/operator.js';
import { resetTiers } from '../../../src/core/tier/transitions/reset-tiers.js';
import type { TierState } from '../../../src/core/tier/state.js';

const now = 1_000_000;
const stateOf = (chain: unknown[], change: Partial<State> = {}, ...tiers: Partial<TierState>[]): State => {
  const state = initialState(parseConfig({ chain }).config);
  return { ...state, tiers: state.tiers.map((tier, index) => ({ ...tier, ...tiers[index] })), ...change };
};
const keys = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ provider: 'p', model: 'a', credential: `key ${index}` }));
const failed: Partial<TierState> = { restUntil: now + 1, failures: 1, lastFailureAt: now - 1, lastFailureKind: 'auth' };
const held: Partial<TierState> = { heldUntil: now + 90_000 };

describe('a hold', () => {
  const three = ['p/a', 'q/b', 'r/c'];
  const onTier = (state: State, tier: number, until?: number) =>
    hold(state, { tier, by: 'ops', ...(until === undefined ? {} : { until }) }, now);

  test('of the present tier begins a trial of a better one where no other is free', () => {
    const { state, events } = onTier(stateOf(three, { tier: 1, reportedTier: 1 }, {}, {}, held), 1);
    expect(events.map(({ type }) => type)).toEqual(['held', 'trial']);
    expect(state).toMatchObject({ tier: 0, reportedTier: 1 });
  });

  test('moves calls to another key of the same model first, whoever knows the chain', () => {
    const { state } = onTier(stateOf([...keys(2), 'q/b'], { tier: 1, reportedTier: 1 }), 1);
    expect(state.tier).toBe(0);
  });

  test('that ends moves no call, also in a chain that is used up', () => {
    const used = stateOf(three, { exhaustedAt: now - 5 }, held);
    expect(onTier(used, 0, now).state).toMatchObject({ tier: 0, tiers: [{ heldUntil: null }, {}, {}] });
    expect(onTier({ ...used, exhaustedAt: null }, 0, now).state.tier).toBe(0);
    expect(onTier(stateOf(three, { exhaustedAt: now - 5 }), 0).state.tier).toBe(1);
  });
});

test.each([Infinity, 1e300])('a pause until %d ends when somebody resumes, and its state is plain JSON', (until) => {
  const request = { source: 'operator', by: 'ops', reason: 'until further notice' } as const;
  const paused = pause(stateOf(['p/a']), { ...request, until }, now);
  expect(JSON.parse(JSON.stringify(paused))).toEqual(paused);
  expect(paused).toEqual(pause(stateOf(['p/a']), request, now));
});

describe('a reset', () => {
  test.each([16, 17])('of %i tiers leaves nothing known of any', (count) => {
    const state = stateOf(keys(count), { tier: 3, reportedTier: 3 }, failed, held);
    expect(reset(state, { by: 'ops' }, now).state).toEqual(stateOf(keys(count)));
    expect(resetForAll(state, { by: 'ops' }, now).state).toEqual({ ...stateOf(keys(count)), resetAt: now });
  });

  test('of a long chain is a short row', () => {
    const setBy = (count: number) => reset(stateOf(keys(count)), { by: 'ops' }, now).events[0]!.set!;
    expect(Object.keys(setBy(16).tiers!)).toHaveLength(16);
    expect(setBy(17)).toMatchObject({ fresh: true });
    expect(setBy(17).tiers).toBeUndefined();
  });

  test('of some tiers gives the reason that it was told, and none else', () => {
    const event = (reason?: string) =>
      resetTiers(stateOf(['p/a'], {}, failed), { by: 'ops', reason, concerns: () => true }, now).events[0]!;
    expect(event('new key').reason).toBe('new key');
    expect('reason' in event()).toBe(false);
  });

  const usedUp = (change: Partial<State> = {}, second: Partial<TierState> = failed) =>
    stateOf(
      ['p/a', 'q/b', 'r/c'],
      { tier: 1, reportedTier: 1, exhaustedAt: now - 1, ...change },
      failed,
      second,
      failed,
    );
  const forget = (state: State, only?: string) =>
    resetTiers(state, { by: 'ops', concerns: ({ provider }) => only === undefined || provider === only }, now).state;

  test('of the tier that calls were at before all failed ends that the chain is used up, and calls are there again', () => {
    expect(forget(usedUp({ tier: 2 }))).toMatchObject({ exhaustedAt: null, tier: 1, reportedTier: 1 });
    expect(forget(usedUp({ tier: 2 }), 'q')).toMatchObject({ exhaustedAt: null, tier: 1, reportedTier: 1 });
  });

  test('of another one does not, nor of one that is held besides', () => {
    expect(forget(usedUp(), 'p').exhaustedAt).toBe(now - 1);
    expect(forget(usedUp({}, { ...failed, ...held })).exhaustedAt).toBe(now - 1);
  });

  test('of all tiers leaves calls where they are, whoever answers a late one', () => {
    const state = forget(usedUp());
    const { config } = parseConfig({ chain: ['p/a', 'q/b', 'r/c'] });
    const late = applyOutcome(state, { tier: 2, ok: true, startedAt: now - 5000 }, config, now);
    expect(late.state.reportedTier).toBe(1);
    expect(late.events.map(({ type }) => type)).not.toContain('tier-change');
  });
});

test('the end of the pause of a used-up chain lets calls go to a tier whose wait ends now', () => {
  const paused: Pause = { source: 'exhausted', by: 'tierfall', reason: 'r', at: 0 };
  const waits = { restUntil: now, retryAfterUntil: now };
  const state = stateOf(['p/a', 'q/b'], { tier: 1, exhaustedAt: 5, pauses: [paused], paused }, waits, held);
  expect(resume(state, { source: 'operator', by: 'ops' }, now).state.tier).toBe(0);
});

test('under `on-success`, of one whose best tier has answered since and is held, calls go back there after the hold', () => {
  const paused: Pause = { source: 'exhausted', by: 'tierfall', reason: 'r', at: 0 };
  const { config } = parseConfig({ chain: ['p/a', 'q/b'], policy: { recovery: 'on-success' } });
  const stopped = stateOf(['p/a', 'q/b'], { pauses: [paused], paused }, { heldUntil: now + 60_000 }, failed);
  const { state } = resume(stopped, { source: 'operator', by: 'ops' }, now);
  expect(selectTier(state, config, now)).toMatchObject({ ok: true, index: 1 });
  expect(selectTier(state, config, now + 60_000)).toMatchObject({ ok: true, index: 0, probe: false });
});
