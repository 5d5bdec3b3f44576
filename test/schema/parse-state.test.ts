import { describe, expect, test } from 'vitest';
import { alignState, initialState, parseConfig, replay, selectTier, type LedgerEvent } from '../../src/index.js';
import { completeState } from '../../src/core/tier/stored/complete-state.js';
import { parseState } from '../../src/schema/stored/parse-state.js';

const { config } = parseConfig({ chain: ['a/1', 'b/2', 'c/3'] });
const key = 'instance:agent-7';
const at = 1_790_000_000_000;

/** As the first edition of this library stored it: tier 1 has failed, and tier 3 named a wait. */
const firstEdition = {
  schema: 1,
  ids: ['a/1', 'b/2', 'c/3'],
  tier: 1,
  returnedFrom: null,
  tiers: [
    {
      restUntil: at + 6500,
      retryAfterUntil: null,
      heldUntil: null,
      failures: 1,
      lastFailureKind: 'overloaded',
      lastFailureAt: at,
    },
    {
      restUntil: null,
      retryAfterUntil: null,
      heldUntil: null,
      failures: 0,
      lastFailureKind: null,
      lastFailureAt: null,
    },
    {
      restUntil: at + 60_000,
      retryAfterUntil: at + 60_000,
      heldUntil: at + 90_000,
      failures: 2,
      lastFailureKind: 'rate_limit',
      lastFailureAt: at - 1000,
    },
  ],
  pauses: [{ source: 'health', by: 'monitor', reason: 'errors', at }],
  paused: { source: 'health', by: 'monitor', reason: 'errors', at },
  lastFailureKind: 'overloaded',
};

describe('A stored state', () => {
  test('of the present schema comes back as it was stored', () => {
    const state = initialState(config);
    expect(parseState(JSON.parse(JSON.stringify(state)), key)).toEqual(state);
  });

  test('of the first edition is read, and nothing it knew is lost', () => {
    const state = parseState(structuredClone(firstEdition), key);
    expect(state).toMatchObject({
      schema: 2,
      tier: 1,
      reportedTier: 1,
      exhaustedAt: null,
      absent: [],
      identities: [
        { provider: 'a', model: '1', credential: null },
        { provider: 'b', model: '2', credential: null },
        { provider: 'c', model: '3', credential: null },
      ],
    });
    state.tiers.forEach((tier, index) => expect(tier).toMatchObject(firstEdition.tiers[index]!));
    expect(state.paused).toEqual(firstEdition.paused);
    expect(state.tiers[2]).toMatchObject({ retryAfterMs: 61_000, modelRetryAfterUntil: at + 60_000 });
    expect(alignState(state, config, at).events).toEqual([]);
    const now = at + 6500;
    const unpaused = { ...state, pauses: [], paused: null };
    expect(selectTier(unpaused, config, now)).toEqual({ ok: true, index: 0, probe: true, otherwise: 1 });
  });

  test('of the first edition that had come back to a tier is one with that tier on trial', () => {
    const state = parseState({ ...structuredClone(firstEdition), tier: 0, returnedFrom: 1 }, key);
    expect(state).toMatchObject({ tier: 0, reportedTier: 1 });
  });

  test('of the first edition fits a chain that has named its credentials since, and keeps its rests there', () => {
    const named = parseConfig({ chain: [{ provider: 'a', model: '1', credential: 'team' }, 'b/2', 'c/3'] }).config;
    const { state, events } = alignState(parseState(structuredClone(firstEdition), key), named, at);
    expect(events.map(({ type }) => type)).toEqual(['chain-changed']);
    expect(state.tiers[0]).toMatchObject({ failures: 1, restUntil: at + 6500 });
  });

  test('with a pause that ends by itself, and of a newer source, is read', () => {
    const pauses = [{ source: 'budget', by: 'tierfall', reason: 'spent', at, until: at + 1000 }];
    const state = parseState({ ...initialState(config), pauses }, key);
    expect(state.paused).toEqual(pauses[0]);
  });

  test.each([
    ['a newer schema', { schema: 3 }, /schema 3, this version reads up to 2; upgrade tierfall here/],
    ['a tier too few', { tiers: [] }, /tier: does not fit the list of ids/],
    ['an identity too few', { identities: [] }, /tier: does not fit the list of ids/],
    ['a tier that is not there', { reportedTier: 3 }, /reportedTier: does not fit/],
    ['a time that is none', { exhaustedAt: 'soon' }, /exhaustedAt: /],
  ])('that is none is a StoreError: %s', (_what, change, message) => {
    const broken = { ...initialState(config), ...change };
    expect(() => parseState(broken, key)).toThrow(expect.objectContaining({ name: 'StoreError', scope: 'record' }));
    expect(() => parseState(broken, key)).toThrow(message);
  });
});

describe('A ledger of the first edition', () => {
  test('replays: its rows say where calls came back from in the place of who was told', () => {
    const rest = { restUntil: at + 6500, failures: 1, lastFailureKind: 'overloaded', lastFailureAt: at };
    const rows: LedgerEvent[] = [
      { seq: 1, type: 'tier-failed', at, tier: 'a/1', set: { tiers: { 0: rest }, lastFailureKind: 'overloaded' } },
      {
        seq: 2,
        type: 'tier-change',
        at,
        from: 'a/1',
        to: 'b/2',
        direction: 'down',
        set: { tier: 1, returnedFrom: null },
      },
      { seq: 3, type: 'tier-change', at: at + 6500, from: 'b/2', to: 'a/1', set: { tier: 0, returnedFrom: 1 } },
    ];
    expect(replay(rows.slice(0, 2), config)).toMatchObject({ tier: 1, reportedTier: 1 });
    expect(replay(rows, config)).toMatchObject({ tier: 0, reportedTier: 1 });
    const recovered = { type: 'tier-recovered' as const, at: at + 7000, set: { returnedFrom: null } };
    expect(replay([...rows, recovered], config)).toMatchObject({ tier: 0, reportedTier: 0 });
  });

  test('a snapshot in it is completed', () => {
    const snapshot = { type: 'snapshot', at, state: structuredClone(firstEdition) } as unknown as LedgerEvent;
    expect(replay([snapshot], config)).toEqual(completeState(firstEdition as never));
  });
});
