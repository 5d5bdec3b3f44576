import { describe, expect, it } from 'vitest';
import { initialState, kinds, parseConfig, type Pause, type State } from '../../src/index.js';
import { FOREVER, freshTierState, type TierState } from '../../src/core/tier/state.js';
import { BUDGET_ICON, PAUSED_BADGE, tierBadge } from '../../src/core/view/badge.js';
import { agoWords, durationWords, inWords } from '../../src/core/view/duration-words.js';
import { endOf, explainInstance, tierStanding } from '../../src/core/view/explain-instance.js';
import {
  activePauses,
  viewInstance,
  type InstanceFacts,
  type InstanceView,
  type TierView,
} from '../../src/core/view/instance-view.js';
import { kindWords, tierFailed } from '../../src/core/view/kind-words.js';

const { config } = parseConfig({ chain: ['a/one', { provider: 'b', model: 'two', credential: 'k' }, 'c/three'] });
const fresh = initialState(config);
const pauseOf = (source: string, until?: number): Pause =>
  ({ source, by: 'dana', reason: 'r', at: 5, ...(until === undefined ? {} : { until }) }) as Pause;
const stateOf = (change: Partial<State>, ...tiers: Partial<TierState>[]): State => ({
  ...fresh,
  ...change,
  tiers: fresh.tiers.map((_, index) => ({ ...freshTierState(), ...tiers[index] })),
});
const viewOf = (facts: Partial<InstanceFacts> = {}): InstanceView =>
  viewInstance({ name: 'bot', state: fresh, config, now: 100, ...facts });
const quiet: TierView = {
  id: 'a/one',
  index: 0,
  restUntil: null,
  retryAfterUntil: null,
  heldUntil: null,
  failures: 0,
  lastFailureKind: null,
  shared: null,
};

describe('a view', () => {
  it('of an instance of which nothing is known', () => {
    expect(viewOf()).toStrictEqual({
      name: 'bot',
      tier: { index: 0, provider: 'a', model: 'one' },
      badge: '①',
      cause: null,
      icon: null,
      trial: null,
      since: null,
      paused: null,
      tiers: [quiet, { ...quiet, id: 'b/two', index: 1 }, { ...quiet, id: 'c/three', index: 2 }],
      retryAt: null,
      budget: null,
    });
  });

  it('of one that is on its second tier, with all that is known', () => {
    const budget = { used: 1, reserved: 0, limit: 10, softLimit: 8, windowStartAt: 0, windowEndAt: 9, exceeded: false };
    const state = stateOf(
      { tier: 1, reportedTier: 1, lastFailureKind: 'auth' },
      { restUntil: 300, retryAfterUntil: 200, heldUntil: 101, failures: 2, lastFailureKind: 'auth' },
      {},
      { restUntil: 100, retryAfterUntil: 100, heldUntil: 100, failures: 1, lastFailureKind: 'timeout' },
    );
    expect(viewOf({ state, since: 50, budget })).toEqual({
      name: 'bot',
      tier: { index: 1, provider: 'b', model: 'two', credential: 'k' },
      badge: '②',
      cause: 'auth',
      icon: null,
      trial: null,
      since: 50,
      paused: null,
      tiers: [
        { ...quiet, restUntil: 300, retryAfterUntil: 200, heldUntil: 101, failures: 2, lastFailureKind: 'auth' },
        { ...quiet, id: 'b/two', index: 1 },
        { ...quiet, id: 'c/three', index: 2, failures: 1, lastFailureKind: 'timeout' },
      ],
      retryAt: 300,
      budget,
    });
  });

  it('of a state that knows fewer tiers than the chain', () => {
    const state = {
      ...fresh,
      ids: fresh.ids.slice(0, 1),
      tiers: fresh.tiers.slice(0, 1),
      identities: fresh.identities.slice(0, 1),
    };
    expect(viewOf({ state }).tiers).toEqual([
      quiet,
      { ...quiet, id: 'b/two', index: 1 },
      { ...quiet, id: 'c/three', index: 2 },
    ]);
    const beyond = viewOf({
      state: {
        ...fresh,
        tier: 7,
        reportedTier: 7,
        tiers: fresh.tiers.map(() => ({ ...freshTierState(), heldUntil: 200 })),
      },
    });
    expect(beyond.tier).toEqual({ index: 7, provider: '', model: '' });
  });

  it('shows the rest from outside that lasts longest, while it lasts', () => {
    const rests = {
      'provider:a': { until: 101, firm: false, kind: 'timeout' },
      'provider:b': { until: 100, firm: true, kind: 'paused' },
    };
    expect(viewOf({ rests }).tiers.map(({ shared }) => shared)).toEqual([{ kind: 'timeout', until: 101 }, null, null]);
  });

  it('the soonest of the better tiers comes back first', () => {
    const rests = { 'provider:a': { until: 400, firm: false, kind: 'timeout' } };
    const state = stateOf({ tier: 2, reportedTier: 2 }, { restUntil: 300 }, { restUntil: 350 });
    expect([viewOf({ state }).retryAt, viewOf({ state, rests }).retryAt]).toEqual([300, 350]);
    const worse = stateOf({ tier: 1, reportedTier: 1 }, { restUntil: 400 }, {}, { restUntil: 300 });
    expect(viewOf({ state: worse }).retryAt).toBe(400);
    const held = stateOf({ tier: 1, reportedTier: 1 }, { heldUntil: FOREVER });
    expect(viewOf({ state: held }).retryAt).toBeNull();
  });

  it('a budget is the cause where a better tier rests for it, or the pause is its', () => {
    const used = { restUntil: 300, lastFailureKind: 'token_budget' };
    expect(viewOf({ state: stateOf({ tier: 1, reportedTier: 1 }, used) }).icon).toBe('⛽');
    expect(viewOf({ state: stateOf({ tier: 1, reportedTier: 1 }, { ...used, restUntil: 100 }) }).icon).toBeNull();
    expect(viewOf({ state: stateOf({}, {}, used) }).icon).toBeNull();
    expect(viewOf({ state: stateOf({}, used, used, used) }).icon).toBeNull();
    expect(viewOf({ state: stateOf({ pauses: [pauseOf('budget')] }) }).icon).toBe('⛽');
    expect(viewOf({ state: stateOf({ pauses: [pauseOf('health')] }) }).icon).toBeNull();
    expect([BUDGET_ICON, PAUSED_BADGE]).toEqual(['⛽', '✕']);
  });

  it('the strongest pause counts, and the last end of all', () => {
    const paused = (...pauses: Pause[]) => viewOf({ state: stateOf({ pauses }) });
    expect(paused(pauseOf('exhausted', 300), pauseOf('operator', 200))).toMatchObject({
      badge: '✕',
      paused: { source: 'operator', by: 'dana', reason: 'r', since: 5, until: 200 },
      retryAt: 300,
    });
    expect(paused(pauseOf('newer'), pauseOf('exhausted', 300))).toMatchObject({
      paused: { source: 'exhausted' },
      retryAt: null,
    });
    expect(paused(pauseOf('operator'))).toMatchObject({ paused: { until: null }, retryAt: null });
    expect(paused(pauseOf('operator', 100))).toMatchObject({ badge: '①', paused: null });
    expect(viewOf({ pausedAll: pauseOf('health', 101) })).toMatchObject({ paused: { source: 'health' }, retryAt: 101 });
    expect(viewOf({ pausedAll: null })).toMatchObject({ paused: null });
    expect(activePauses([pauseOf('health', 100), pauseOf('alert', 101), pauseOf('budget')], 100)).toHaveLength(2);
  });

  it('where calls go while a better tier is on trial', () => {
    const state = stateOf({ tier: 0, reportedTier: 1 }, { failures: 1 });
    expect(viewOf({ state })).toMatchObject({ trial: 0, tier: { index: 1 }, badge: '②' });
    // A trial with nowhere else to go.
    const alone = stateOf({}, { failures: 1 }, { heldUntil: 300 }, { heldUntil: 300 });
    expect(viewOf({ state: alone })).toMatchObject({ trial: null, tier: { index: 0 } });
    const cornered = stateOf({ tier: 0, reportedTier: 1 }, { failures: 1 }, { heldUntil: 300 }, { heldUntil: 300 });
    expect(viewOf({ state: cornered })).toMatchObject({ trial: null, tier: { index: 0 } });
    const resting = stateOf({ tier: 1, reportedTier: 1 }, { heldUntil: 300 }, { heldUntil: 200 }, { heldUntil: 400 });
    expect(viewOf({ state: resting })).toMatchObject({ trial: null, tier: { index: 1 }, retryAt: 200 });
  });
});

describe('an explanation', () => {
  const paused = (source: string, change: Partial<InstanceView> = {}, until: number | null = null): InstanceView => ({
    ...viewOf(),
    paused: { source, by: 'dana', reason: 'r', since: 5, until } as InstanceView['paused'],
    ...change,
  });
  const tiers = (...changes: Partial<TierView>[]): TierView[] =>
    viewOf().tiers.map((tier, index) => ({ ...tier, ...changes[index] }));
  const on = (index: number, change: Partial<InstanceView>): InstanceView => ({
    ...viewOf(),
    tier: { index, provider: 'x', model: 'y' },
    ...change,
  });

  it.each<[string, InstanceView, object]>([
    ['all is well', viewOf(), { why: 'First choice', next: null, group: null }],
    [
      'a person paused',
      paused('operator'),
      { why: 'Paused by dana', next: { text: 'Until someone resumes it' }, group: 'decided' },
    ],
    [
      'a person paused for a time',
      paused('operator', {}, 200),
      { why: 'Paused by dana', next: { text: 'Resumes by itself', at: 200, style: 'at' }, group: 'decided' },
    ],
    [
      'used up and paused',
      paused('exhausted'),
      { why: 'Stopped: no tier left', next: { text: 'Until someone resumes it' }, group: 'person' },
    ],
    [
      'used up and paused, with an end',
      paused('exhausted', { retryAt: 300 }),
      { why: 'Stopped: no tier left', next: { text: 'The next try is', at: 300, style: 'in' }, group: 'itself' },
    ],
    [
      'the monitor paused',
      paused('health'),
      { why: 'Paused by service health', next: { text: 'Not clear yet' }, group: 'itself' },
    ],
    [
      'the monitor will try',
      paused('health', { retryAt: 300 }),
      { why: 'Paused by service health', next: { text: 'One trial call', at: 300, style: 'in' }, group: 'itself' },
    ],
    [
      'an alert',
      paused('alert'),
      { why: 'Paused by alert dana', next: { text: 'Resumes when clear' }, group: 'itself' },
    ],
    [
      'an alert with an end',
      paused('alert', { retryAt: 300, tiers: tiers({}, { heldUntil: 300 }) }),
      { why: 'Paused by alert dana', next: { text: 'Tier 2 is tried again', at: 300, style: 'in' }, group: 'itself' },
    ],
    [
      'a budget',
      paused('budget'),
      { why: 'Out of budget on every tier', next: { text: 'Until someone resumes it' }, group: 'person' },
    ],
    [
      'a budget with an end',
      paused('budget', { retryAt: 300 }),
      {
        why: 'Out of budget on every tier',
        next: { text: 'Budget window ends', at: 300, style: 'in' },
        group: 'itself',
      },
    ],
    [
      'a source of a newer version',
      paused('weather'),
      { why: 'Paused by dana', next: { text: 'Until someone resumes it' }, group: 'person' },
    ],
    [
      'a source of a newer version, with an end',
      paused('weather', { retryAt: 300 }, 300),
      { why: 'Paused by dana', next: { text: 'Ends', at: 300, style: 'in' }, group: 'itself' },
    ],
    [
      'no tier may be asked',
      on(1, { retryAt: 300, tiers: tiers({ restUntil: 400 }, { retryAfterUntil: 300 }, { heldUntil: 500 }) }),
      {
        why: 'No tier may be asked now',
        next: { text: 'Tier 2 is tried again', at: 300, style: 'in' },
        group: 'itself',
      },
    ],
    [
      'no tier may be asked, and nobody knows when',
      on(1, { tiers: tiers({ restUntil: 400 }, { retryAfterUntil: 300 }, { heldUntil: 500 }) }),
      { why: 'No tier may be asked now', next: null, group: 'person' },
    ],
    [
      'on a tier that the chain has no more',
      on(3, { tiers: tiers({ heldUntil: 400 }, { heldUntil: 400 }, { heldUntil: 400 }), retryAt: 400 }),
      { why: 'Tier 1 held back', next: { text: 'Hold ends', at: 400, style: 'at' }, group: 'decided' },
    ],
    ['without tiers', on(0, { tiers: [] }), { why: 'First choice', next: null, group: null }],
    [
      'a trial',
      on(1, { trial: 0 }),
      { why: 'Trying tier 1', next: { text: 'The next answer decides' }, group: 'itself' },
    ],
    [
      'a record that cannot be read',
      on(0, { cause: 'unreadable' }),
      { why: 'Its record cannot be read', next: { text: 'Until someone resets it' }, group: 'person' },
    ],
    [
      'nothing keeps it here',
      on(1, {}),
      { why: 'On tier 2', next: { text: 'One comes back with its next answer' }, group: 'itself' },
    ],
    [
      'held',
      on(1, { tiers: tiers({ heldUntil: 400, restUntil: 300 }) }),
      { why: 'Tier 1 held back', next: { text: 'Hold ends', at: 400, style: 'at' }, group: 'decided' },
    ],
    [
      'held without an end',
      on(1, { tiers: tiers({ heldUntil: FOREVER }) }),
      { why: 'Tier 1 held back', next: { text: 'Until someone resets it' }, group: 'decided' },
    ],
    [
      'held, and at rest for longer',
      on(1, { tiers: tiers({ heldUntil: 300, restUntil: 400, lastFailureKind: 'auth' }), retryAt: 400 }),
      { why: 'Tier 1 key refused', next: { text: 'Tier 1 is tried again', at: 400, style: 'in' }, group: 'itself' },
    ],
    [
      'its provider is paused',
      on(1, { tiers: tiers({ shared: { kind: 'paused', until: 400 } }), retryAt: 400 }),
      {
        why: 'Tier 1 skipped: a is paused',
        next: { text: 'Tier 1 is tried again', at: 400, style: 'in' },
        group: 'itself',
      },
    ],
    [
      'another instance learnt of it',
      on(2, { tiers: tiers({}, { shared: { kind: 'quota', until: 400 } }) }),
      { why: 'Tier 2 out of quota', next: null, group: 'itself' },
    ],
    [
      'another instance learnt of it, and it rests for longer',
      on(1, { tiers: tiers({ shared: { kind: 'quota', until: 300 }, restUntil: 400, lastFailureKind: 'timeout' }) }),
      { why: 'Tier 1 timed out', next: null, group: 'itself' },
    ],
    [
      'its budget is used up',
      on(1, { tiers: tiers({ restUntil: 400, lastFailureKind: 'token_budget' }) }),
      { why: 'Tier 1 is out of budget', next: { text: 'Budget window ends', at: 400, style: 'in' }, group: 'itself' },
    ],
    [
      'it is at rest for nothing known',
      on(1, { tiers: tiers({ restUntil: 400 }) }),
      { why: 'Tier 1 is at rest', next: null, group: 'itself' },
    ],
    [
      'the provider of another instance’s is paused, by its name',
      on(1, { tiers: tiers({ id: 'openai/gpt', shared: { kind: 'paused', until: 400 } }) }),
      { why: 'Tier 1 skipped: openai is paused', next: null, group: 'itself' },
    ],
    [
      'it rests itself, and a better one does not',
      on(1, { tiers: tiers({}, { restUntil: 400 }) }),
      { why: 'On tier 2', next: { text: 'One comes back with its next answer' }, group: 'itself' },
    ],
    [
      'the first of those that are blocked counts, and none that is worse',
      on(1, { tiers: tiers({}, {}, { restUntil: 400 }) }),
      { why: 'On tier 2', next: { text: 'One comes back with its next answer' }, group: 'itself' },
    ],
  ])('where %s', (_name, view, explanation) => expect(explainInstance(view)).toEqual(explanation));

  it('the end of what keeps calls off a tier is the last of all', () => {
    expect(endOf(quiet)).toBeNull();
    for (const field of ['restUntil', 'retryAfterUntil', 'heldUntil'] as const) {
      const all = { restUntil: 3, retryAfterUntil: 3, heldUntil: 3, shared: { kind: 'x', until: 3 } };
      expect(endOf({ ...quiet, ...all, [field]: 4 })).toBe(4);
      expect(endOf({ ...quiet, [field]: 1 })).toBe(1);
    }
    expect(endOf({ ...quiet, restUntil: 3, shared: { kind: 'x', until: 4 } })).toBe(4);
  });

  it.each<[string, Partial<InstanceView>, Partial<TierView>, object]>([
    ['answers', {}, {}, { text: 'answers now', until: null, detail: '' }],
    [
      'answers, and failed lately',
      {},
      { failures: 1, lastFailureKind: 'timeout' },
      { text: 'answers now', until: null, detail: '1 failure, last: timed out' },
    ],
    ['answers again', {}, { lastFailureKind: 'timeout' }, { text: 'answers now', until: null, detail: '' }],
    [
      'would answer, but it is paused',
      { paused: paused('operator').paused },
      {},
      { text: 'ready', until: null, detail: '' },
    ],
    [
      'is tried',
      { trial: 0, tier: { index: 1, provider: 'b', model: 'two' } },
      {},
      { text: 'on trial', until: null, detail: '' },
    ],
    [
      'is ready',
      { tier: { index: 1, provider: 'b', model: 'two' } },
      { failures: 2 },
      { text: 'ready', until: null, detail: '' },
    ],
    [
      'is held',
      { tier: { index: 1, provider: 'b', model: 'two' } },
      { heldUntil: 400, restUntil: 300, failures: 2, lastFailureKind: 'auth' },
      { text: 'held back', until: 400, detail: '2 failures in a row, last: key refused' },
    ],
    [
      'is held without an end',
      { tier: { index: 1, provider: 'b', model: 'two' } },
      { heldUntil: FOREVER },
      { text: 'held back', until: null, detail: '' },
    ],
    [
      'is skipped',
      { tier: { index: 1, provider: 'b', model: 'two' } },
      { shared: { kind: 'paused', until: 400 } },
      { text: 'skipped', until: 400, detail: 'its provider is paused' },
    ],
    [
      'is skipped, and failed',
      { tier: { index: 1, provider: 'b', model: 'two' } },
      { shared: { kind: 'overloaded', until: 400 }, failures: 1, lastFailureKind: 'timeout' },
      { text: 'skipped', until: 400, detail: '1 failure, last: timed out; overloaded' },
    ],
    [
      'waits',
      { tier: { index: 1, provider: 'b', model: 'two' } },
      { restUntil: 400, retryAfterUntil: 400, shared: { kind: 'overloaded', until: 300 } },
      { text: 'waits as told', until: 400, detail: '' },
    ],
    [
      'rests',
      { tier: { index: 1, provider: 'b', model: 'two' } },
      { restUntil: 400, retryAfterUntil: 300 },
      { text: 'rests', until: 400, detail: '' },
    ],
  ])('a tier that %s', (_name, view, tier, standing) => {
    expect(tierStanding({ ...viewOf(), ...view }, { ...quiet, ...tier })).toEqual(standing);
  });
});

describe('words', () => {
  it.each([
    ['auth', 'Tier 1 key refused', 'key refused'],
    ['permission', 'Tier 1 not permitted', 'not permitted'],
    ['quota', 'Tier 1 out of quota', 'out of quota'],
    ['rate_limit', 'Tier 1 rate limited', 'rate limited'],
    ['overloaded', 'Tier 1 overloaded', 'overloaded'],
    ['server_error', 'Tier 1 server error', 'server error'],
    ['timeout', 'Tier 1 timed out', 'timed out'],
    ['network', 'Tier 1 unreachable', 'unreachable'],
    ['model_unavailable', 'Tier 1 model unavailable', 'model unavailable'],
    ['context_overflow', 'Tier 1 context too long', 'context too long'],
    ['content_policy', 'Tier 1 refused by policy', 'refused by policy'],
    ['invalid_request', 'Tier 1 request invalid', 'request invalid'],
    ['aborted', 'Tier 1: aborted', 'aborted'],
    ['unknown', 'Tier 1 failed, unknown why', 'failed, unknown why'],
    ['token_budget', 'Tier 1 is out of budget', 'out of budget'],
    ['headroom', 'Tier 1 is near its limit', 'near its limit'],
    ['unreadable', 'Tier 1 unknown: its record cannot be read', 'unknown: its record cannot be read'],
    ['drained is low', 'Tier 1: drained is low', 'drained is low'],
    ['toString', 'Tier 1: toString', 'toString'],
  ])('for %s', (kind, sentence, words) => {
    expect(tierFailed(0, kind)).toBe(sentence);
    expect(kindWords(kind)).toBe(words);
  });

  it('for every kind, and for none', () => {
    expect(kinds.filter((kind) => tierFailed(1, kind) === `Tier 2: ${kind}`)).toEqual(['aborted']);
    expect(tierFailed(1, null)).toBe('Tier 2 is at rest');
  });

  it.each([
    [-5, '0 s', '0 s'],
    [59_000, '59 s', '59 s'],
    [59_001, '1 min', '59 s'],
    [60_000, '1 min', '1 min'],
    [3_540_000, '59 min', '59 min'],
    [3_599_999, '1 h', '59 min'],
    [3_660_000, '1 h 1 min', '1 h 1 min'],
    [86_340_000, '23 h 59 min', '23 h 59 min'],
    [86_340_001, '1 d', '23 h 59 min'],
    [86_400_000, '1 d', '1 d'],
    [90_000_001, '1 d 2 h', '1 d 1 h'],
    [172_799_999, '2 d', '1 d 23 h'],
  ])('for %d ms: %s, %s', (ms, up, down) => {
    expect([durationWords(ms), durationWords(ms, 'down')]).toEqual([up, down]);
    expect(agoWords(ms)).toBe(`${down} ago`);
  });

  it('for a time to come', () => {
    expect([inWords(-1), inWords(0), inWords(1), inWords(90_000)]).toEqual(['now', 'now', 'in 1 s', 'in 2 min']);
  });

  it('for tiers in circles as far as there are any', () => {
    const badges = Array.from({ length: 51 }, (_, index) => tierBadge(index));
    expect(badges.join('')).toBe('①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿51');
    expect(tierBadge(-1)).toBe('0');
  });
});
