import { describe, expect, test } from 'vitest';
import { alignState, initialState, parseConfig, type FailoverConfig, type State } from '../../../src/index.js';
import { freshTierState, type AbsentTier, type TierState } from '../../../src/core/tier/state.js';

const day = 24 * 60 * 60_000;
const now = 10 * day;
const configOf = (...chain: unknown[]): FailoverConfig => parseConfig({ chain }).config;
const stateOf = (chain: unknown[], change: Partial<State> = {}, ...tiers: Partial<TierState>[]): State => {
  const state = initialState(configOf(...chain));
  return { ...state, tiers: state.tiers.map((tier, index) => ({ ...tier, ...tiers[index] })), ...change };
};
const absentTier = (model: string, credential: string | null, change: Partial<TierState> = {}): AbsentTier => ({
  ...freshTierState(),
  provider: 'p',
  model,
  credential,
  since: now,
  ...change,
});
const align = (state: State, ...chain: unknown[]) => alignState(state, configOf(...chain), now);
const down: Partial<TierState> = { restUntil: now + 1000, failures: 1, lastFailureAt: now - 1 };
const a = { provider: 'p', model: 'a' };

describe('where calls go once a chain has changed', () => {
  const three = ['p/a', 'q/b', 'r/c'];
  const places: [string, State, unknown[], number, number][] = [
    [
      'as before, where both tiers are still there',
      stateOf(three, { tier: 1, reportedTier: 2 }),
      ['x/y', ...three],
      2,
      3,
    ],
    ['as before, though the best tier rests', stateOf(['p/a'], {}, down), ['p/a', 'q/b'], 0, 0],
    ['as before, though a better one is free', stateOf(three, { tier: 1, reportedTier: 1 }), [...three, 'x/y'], 1, 1],
    ['the best tier on trial stays on trial', stateOf(three, { tier: 0, reportedTier: 2 }), ['p/a', 'r/c'], 0, 1],
    [
      'what is a trial no more ends where calls work',
      stateOf(three, { tier: 0, reportedTier: 1 }),
      ['q/b', 'p/a'],
      0,
      0,
    ],
    ['a trial whose tier is gone ends there too', stateOf(three, { tier: 0, reportedTier: 2 }), ['q/b', 'r/c'], 1, 1],
    [
      'on trial, where the tier they worked at is gone',
      stateOf(three, { tier: 1, reportedTier: 2 }),
      ['p/a', 'q/b'],
      1,
      1,
    ],
    [
      'in a chain that is used up as before, also to a worse one',
      stateOf(three, { tier: 2, reportedTier: 0, exhaustedAt: now - 1 }),
      ['p/a', 'x/y', 'r/c'],
      2,
      0,
    ],
    [
      'the best that is free, where both are gone',
      stateOf(three, { tier: 2, reportedTier: 2 }, down),
      ['p/a', 'q/b'],
      1,
      1,
    ],
    ['the best of all, where none is free', stateOf(three, { tier: 2, reportedTier: 2 }, down), ['p/a'], 0, 0],
  ];

  test.each(places)('%s', (_name, state, chain, tier, reportedTier) => {
    expect(align(state, ...chain).state).toMatchObject({ tier, reportedTier });
  });

  test('stays as it is when all that changes is what is forgotten', () => {
    const absent = [{ ...absentTier('old', null, down), since: now - 8 * day }];
    const state = stateOf(three, { tier: 1, reportedTier: 1, absent });
    expect(align(state, ...three).state).toEqual({ ...state, absent: [] });
  });
});

describe('a state fits a chain', () => {
  const three = ['p/a', 'q/b', 'r/c'];

  test('whose tiers it has, all of them and under their names', () => {
    const state = stateOf(three);
    expect(align(state, ...three)).toEqual({ state, events: [] });
    expect(align(state, 'p/a', 'q/b').state.ids).toEqual(['p/a', 'q/b']);
    expect(align({ ...state, ids: ['p/a', 'q/b', 'third'] }, ...three).state).toEqual(state);
    expect(align({ ...state, identities: state.identities.slice(0, 1) }, ...three).state.identities).toEqual(
      state.identities,
    );
  });
});

describe('the keys of a chain', () => {
  test('whose fingerprints are known keep them under a process that knows none', () => {
    const keyed = (hash?: string) => ({ ...a, ...(hash === undefined ? {} : { fingerprint: hash }) });
    const state = stateOf([keyed('one'), 'q/b'], {}, down);
    const { identities, tiers } = align(state, 'x/y', keyed(), 'q/b').state;
    expect(identities.slice(1)).toEqual(state.identities);
    expect(tiers[1]).toEqual(state.tiers[0]);
    // One that knows another says so, also where none was known.
    expect(align(state, keyed('two'), 'q/b').state.identities).toEqual(
      initialState(configOf(keyed('two'), 'q/b')).identities,
    );
    expect(align(stateOf(['p/a']), keyed('two')).state.identities).toEqual(
      initialState(configOf(keyed('two'))).identities,
    );
  });

  test('of a pool are kept when they leave it only where something is known of them', () => {
    const pool = ['one', 'two', 'three'].map((credential) => ({ ...a, credential }));
    const left = (...tiers: Partial<TierState>[]) =>
      align(stateOf([...pool, 'q/b'], {}, ...tiers), 'q/b').state.absent.map(({ credential }) => credential);
    expect(left()).toEqual([]);
    expect(left({}, down)).toEqual(['two']);
    expect(align(stateOf(['p/a', 'q/b']), 'q/b').state.absent.map(({ model }) => model)).toEqual(['a']);
  });

  test('are told apart by name where a model has several, and what was absent goes to no other', () => {
    const waits = { ...down, modelRestUntil: now + 1000 };
    const known = (absent: AbsentTier[], ...chain: unknown[]) =>
      align(stateOf(['q/b'], { absent }), 'q/b', ...chain)
        .state.tiers.slice(1)
        .map(({ restUntil }) => restUntil);
    const old = absentTier('a', 'old', waits);
    expect(known([old], { ...a, credential: 'new' })).toEqual([now + 1000]);
    expect(known([old], { ...a, credential: 'new' }, { ...a, credential: 'newer' })).toEqual([null, null]);
    expect(known([old, absentTier('a', 'older', waits)], { ...a, credential: 'new' })).toEqual([null]);
    expect(known([old], 'p/other')).toEqual([null]);
  });
});
