import { describe, expect, it } from 'vitest';
import {
  applyOutcome,
  hold,
  initialState,
  parseConfig,
  pause,
  recordExternalTrigger,
  type SharedRests,
  type State,
} from '../../src/index.js';
import { tierBadge } from '../../src/core/view/badge.js';
import { durationWords, inWords } from '../../src/core/view/duration-words.js';
import { explainInstance } from '../../src/core/view/explain-instance.js';
import { viewInstance, type InstanceFacts } from '../../src/core/view/instance-view.js';

const MINUTE = 60_000;
const { config } = parseConfig({
  chain: ['a/one', 'b/two', 'c/three'],
  policy: { tokenBudget: { limit: 100, windowMs: 3_600_000 } },
});
const fresh = initialState(config);

function failed(
  state: State,
  tier: number,
  kind: 'rate_limit' | 'overloaded' | 'auth',
  now: number,
  retryAfterMs?: number,
): State {
  return applyOutcome(
    state,
    { tier, ok: false, kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    config,
    now,
  ).state;
}

const down = failed(fresh, 0, 'rate_limit', 0, 10 * MINUTE);
const downTwice = failed(down, 1, 'overloaded', 1000, 5 * MINUTE);
const allDown = failed(downTwice, 2, 'rate_limit', 2000, 20 * MINUTE);
const byOperator = { source: 'operator', by: 'dana', reason: 'r' } as const;
const pausedProvider: SharedRests = { 'provider:b': { until: Number.MAX_SAFE_INTEGER, firm: true, kind: 'paused' } };

interface Case {
  facts: Partial<InstanceFacts>;
  badge: string;
  index: number;
  trial?: number | null;
  retryAt?: number | null;
  icon?: string | null;
  paused?: string | null;
  why: string;
}

const table: Record<string, Case> = {
  'nothing happened': { facts: {}, badge: '①', index: 0, why: 'First choice' },
  'stepped down': {
    facts: { state: down, now: MINUTE },
    badge: '②',
    index: 1,
    retryAt: 10 * MINUTE,
    why: 'Tier 1 rate limited',
  },
  'stepped down twice': {
    facts: { state: downTwice, now: MINUTE },
    badge: '③',
    index: 2,
    retryAt: 5 * MINUTE + 1000,
    why: 'Tier 1 rate limited',
  },
  'a better tier may be tried': {
    facts: { state: down, now: 10 * MINUTE },
    badge: '②',
    index: 1,
    trial: 0,
    why: 'Trying tier 1',
  },
  'every tier waits as it was told': {
    facts: { state: allDown, now: MINUTE },
    badge: '③',
    index: 2,
    retryAt: 5 * MINUTE + 1000,
    why: 'No tier may be asked now',
  },
  'paused by a person': {
    facts: { state: pause(down, byOperator, 0).state, now: MINUTE },
    badge: '✕',
    index: 1,
    retryAt: null,
    paused: 'operator',
    why: 'Paused by dana',
  },
  'paused until then': {
    facts: { state: pause(fresh, { ...byOperator, until: 5 * MINUTE }, 0).state, now: MINUTE },
    badge: '✕',
    index: 0,
    retryAt: 5 * MINUTE,
    paused: 'operator',
    why: 'Paused by dana',
  },
  'a pause that has ended is none': {
    facts: { state: pause(fresh, { ...byOperator, until: 5 * MINUTE }, 0).state, now: 5 * MINUTE },
    badge: '①',
    index: 0,
    why: 'First choice',
  },
  'everything is paused': {
    facts: { pausedAll: { source: 'health', by: 'monitor', reason: 'r', at: 0 } },
    badge: '✕',
    index: 0,
    retryAt: null,
    paused: 'health',
    why: 'Paused by service health',
  },
  'a person outranks a machine': {
    facts: {
      state: pause(fresh, { source: 'health', by: 'm', reason: 'r', until: 9 * MINUTE }, 0).state,
      pausedAll: { source: 'operator', by: 'dana', reason: 'r', at: 0, until: 3 * MINUTE },
    },
    badge: '✕',
    index: 0,
    retryAt: 9 * MINUTE,
    paused: 'operator',
    why: 'Paused by dana',
  },
  'a provider is paused': {
    facts: { state: down, now: MINUTE, rests: pausedProvider },
    badge: '③',
    index: 2,
    retryAt: 10 * MINUTE,
    why: 'Tier 1 rate limited',
  },
  'the first provider is paused': {
    facts: { now: MINUTE, rests: { 'provider:a': { until: 9 * MINUTE, firm: true, kind: 'paused' } } },
    badge: '②',
    index: 1,
    retryAt: 9 * MINUTE,
    why: 'Tier 1 skipped: a is paused',
  },
  'another instance met a rate limit': {
    facts: { now: MINUTE, rests: { 'model:a/one': { until: 9 * MINUTE, firm: true, kind: 'rate_limit' } } },
    badge: '②',
    index: 1,
    retryAt: 9 * MINUTE,
    why: 'Tier 1 rate limited',
  },
  'held back': {
    facts: { state: hold(fresh, { tier: 0, by: 'dana', until: 8 * MINUTE }, 0).state, now: MINUTE },
    badge: '②',
    index: 1,
    retryAt: 8 * MINUTE,
    why: 'Tier 1 held back',
  },
  'held back until a reset': {
    facts: { state: hold(fresh, { tier: 0, by: 'dana' }, 0).state, now: MINUTE },
    badge: '②',
    index: 1,
    retryAt: null,
    why: 'Tier 1 held back',
  },
  'a budget is used up': {
    facts: {
      state: recordExternalTrigger(fresh, { kind: 'token_budget', tier: 0, until: 30 * MINUTE }, config, 0).state,
      now: MINUTE,
    },
    badge: '②',
    index: 1,
    retryAt: 30 * MINUTE,
    icon: '⛽',
    why: 'Tier 1 is out of budget',
  },
  'a budget was used up in a window that is over': {
    facts: {
      state: recordExternalTrigger(fresh, { kind: 'token_budget', tier: 0, until: 30 * MINUTE }, config, 0).state,
      now: 31 * MINUTE,
    },
    badge: '②',
    index: 1,
    trial: 0,
    icon: null,
    why: 'Trying tier 1',
  },
  'out of budget everywhere': {
    facts: { state: pause(fresh, { source: 'budget', by: 'budget', reason: 'r', until: 40 * MINUTE }, 0).state },
    badge: '✕',
    index: 0,
    retryAt: 40 * MINUTE,
    icon: '⛽',
    paused: 'budget',
    why: 'Out of budget on every tier',
  },
  'used up and paused': {
    facts: { state: pause(fresh, { source: 'exhausted', by: 'tierfall', reason: 'r' }, 0).state },
    badge: '✕',
    index: 0,
    retryAt: null,
    paused: 'exhausted',
    why: 'Stopped: no tier left',
  },
};

describe('the view of an instance', () => {
  it.each(Object.entries(table))(
    '%s',
    (_, { facts, badge, index, trial = null, retryAt = null, icon = null, paused = null, why }) => {
      const view = viewInstance({ name: 'x', state: fresh, config, now: 0, ...facts });
      expect({
        badge: view.badge,
        index: view.tier.index,
        trial: view.trial,
        retryAt: view.retryAt,
        icon: view.icon,
        paused: view.paused?.source ?? null,
        why: explainInstance(view).why,
      }).toEqual({ badge, index, trial, retryAt, icon, paused, why });
    },
  );

  it('leaves its input as it was, and gives the same again', () => {
    const before = structuredClone(allDown);
    const facts = { name: 'x', state: allDown, config, now: MINUTE };
    expect(viewInstance(facts)).toEqual(viewInstance(facts));
    expect(allDown).toEqual(before);
  });

  it('says what is over by null', () => {
    expect(viewInstance({ name: 'x', state: down, config, now: 11 * MINUTE }).tiers[0]).toMatchObject({
      restUntil: null,
      retryAfterUntil: null,
      failures: 1,
      lastFailureKind: 'rate_limit',
    });
  });
});

describe('what is shown of a pause', () => {
  const view = (facts: Partial<InstanceFacts>) => viewInstance({ name: 'x', state: fresh, config, now: 0, ...facts });

  it('is its reason without secrets', () => {
    const { state } = pause(fresh, { ...byOperator, reason: 'key sk-live-abcdefgh12345678 leaked' }, 0);
    expect(view({ state }).paused?.reason).toBe('key [redacted] leaked');
  });

  it('is, of several pauses of everything, the strongest, and the end of the last', () => {
    const alert = { source: 'alert', by: 'grafana', reason: 'r', at: 0, until: 20 * MINUTE } as const;
    const pausedAll = [alert, { ...byOperator, at: 1, until: 10 * MINUTE }];
    expect(view({ pausedAll })).toMatchObject({ paused: { by: 'dana', until: 10 * MINUTE }, retryAt: 20 * MINUTE });
  });
});

describe('badges', () => {
  it.each([
    [0, '①'],
    [19, '⑳'],
    [20, '㉑'],
    [34, '㉟'],
    [35, '㊱'],
    [49, '㊿'],
    [50, '51'],
    [99, '100'],
  ])('of index %i: %s', (index, badge) => {
    expect(tierBadge(index)).toBe(badge);
  });
});

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [1, '1 s'],
    [45_001, '46 s'],
    [59_001, '1 min'],
    [61_000, '2 min'],
    [3_540_001, '1 h'],
    [3_600_000, '1 h'],
    [11_100_000, '3 h 5 min'],
    [86_400_000, '1 d'],
    [180_000_000, '2 d 2 h'],
  ])('%i ms: %s, never too early', (ms, words) => {
    expect(durationWords(ms)).toBe(words);
  });

  it('counts what has passed the other way', () => {
    expect(durationWords(59_999, 'down')).toBe('59 s');
    expect(durationWords(119_999, 'down')).toBe('1 min');
    expect(inWords(0)).toBe('now');
  });
});
