import { describe, expect, test } from 'vitest';
import { parseConfig, type FailoverConfig, type Policy, type Tier } from '../../src/index.js';
import { isSpared } from '../../src/core/tier/rests/headroom.js';
import {
  clampTime,
  consecutiveFailures,
  cooldownMs,
  honouredRetryAfterMs,
  isTrigger,
  penaltyAt,
} from '../../src/core/tier/rests/ladder.js';
import {
  bestTier,
  budgetEnd,
  coveredTiers,
  coveringRest,
  firmRestEnd,
  isFailing,
  isFree,
  latest,
  nextLookAt,
  restEnd,
  restKeysOf,
  sharedRestEnd,
  soonestRestEnd,
  unlessOver,
  wrapRestEnd,
} from '../../src/core/tier/rests/rest.js';
import { sharedRestKey, witnessesNeeded } from '../../src/core/tier/rests/shared-rest.js';
import {
  isMonitors,
  pauseEnd,
  standingPause,
  standingPauses,
  strongestPause,
} from '../../src/core/tier/rests/standing-pauses.js';
import {
  FOREVER,
  freshTierState,
  initialState,
  type Pause,
  type State,
  type TierState,
} from '../../src/core/tier/state.js';

const never = Number.NEGATIVE_INFINITY;
const tier = (change: Partial<TierState> = {}): TierState => ({ ...freshTierState(), ...change });
const configOf = (policy: object = {}, chain: unknown = ['p/a', 'q/b', 'r/c']): FailoverConfig =>
  parseConfig({ chain, policy }).config;
const policyOf = (policy: object = {}): Policy => configOf(policy).policy;

describe('the end of a rest', () => {
  test('is the last of all ends', () => {
    expect([latest(), latest(null, undefined), latest(1, 3, 2), latest(null, -1)]).toEqual([never, never, 3, -1]);
    expect([unlessOver(5, 4), unlessOver(5, 5), unlessOver(5, 6)]).toEqual([5, null, null]);
    expect(restEnd(tier())).toBe(never);
    expect(restEnd(tier({ restUntil: 3, retryAfterUntil: 2, heldUntil: 1 }))).toBe(3);
    expect(restEnd(tier({ restUntil: 1, retryAfterUntil: 3, heldUntil: 2 }))).toBe(3);
    expect(restEnd(tier({ restUntil: 1, retryAfterUntil: 2, heldUntil: 3 }))).toBe(3);
  });

  test('has come at its own time', () => {
    expect([isFree(tier({ restUntil: 5 }), 4), isFree(tier({ restUntil: 5 }), 5)]).toEqual([false, true]);
    expect([isFree(undefined, 0), isFree(tier(), 0)]).toEqual([false, true]);
    expect([isFailing(undefined), isFailing(tier()), isFailing(tier({ failures: 1 }))]).toEqual([false, false, true]);
  });

  test('that no call may break is that of a wait or a hold', () => {
    expect(firmRestEnd(tier({ restUntil: 9, retryAfterUntil: 2, heldUntil: 1 }))).toBe(2);
    expect(firmRestEnd(tier({ restUntil: 9, retryAfterUntil: 1, heldUntil: 2 }))).toBe(2);
    const a: Tier = { provider: 'p', model: 'a' };
    const shared = {
      'provider:p': [
        { until: 5, firm: true, kind: 'paused' },
        { until: 8, firm: false, kind: 'timeout' },
      ],
    };
    expect(firmRestEnd(tier({ heldUntil: 2 }), a, shared)).toBe(5);
    expect(firmRestEnd(tier({ heldUntil: 7 }), a, shared)).toBe(7);
    expect(firmRestEnd(tier(), a)).toBe(never);
  });

  test('of what only a person mends is looked at once a minute', () => {
    const broken = { restUntil: 3_600_000, lastFailureAt: 1000, lastFailureKind: 'auth' };
    expect(nextLookAt(tier(broken))).toBe(61_000);
    expect(nextLookAt(tier({ ...broken, restUntil: 30_000 }))).toBe(30_000);
    expect(nextLookAt(tier({ ...broken, restUntil: null }))).toBeNull();
    expect(nextLookAt(tier({ ...broken, lastFailureAt: null }))).toBeNull();
    expect(nextLookAt(tier({ ...broken, lastFailureKind: 'timeout' }))).toBeNull();
  });

  test('under wrap: waits, holds, budgets and looks, of the tier and of the fleet', () => {
    expect(wrapRestEnd(tier({ restUntil: 9 }))).toBe(never);
    expect(wrapRestEnd(tier({ restUntil: 9, retryAfterUntil: 4 }))).toBe(4);
    expect(wrapRestEnd(tier({ restUntil: 9, lastFailureKind: 'token_budget' }))).toBe(9);
    expect(budgetEnd(tier({ restUntil: 9, lastFailureKind: 'timeout' }))).toBeNull();
    expect(wrapRestEnd(tier({ restUntil: 90_000, lastFailureAt: 0, lastFailureKind: 'quota' }))).toBe(60_000);
    const a: Tier = { provider: 'p', model: 'a' };
    const covered = (rest: object) =>
      wrapRestEnd(tier({ retryAfterUntil: 2 }), a, { 'provider:p': { until: 50, firm: false, kind: 'auth', ...rest } });
    expect(covered({})).toBe(2);
    expect(covered({ nextLookAt: 20 })).toBe(20);
    expect(covered({ nextLookAt: 90 })).toBe(50);
    expect(covered({ nextLookAt: 20, kind: 'timeout' })).toBe(2);
    expect(covered({ nextLookAt: 20, firm: true })).toBe(50);
    expect(
      wrapRestEnd(tier({ retryAfterUntil: 2 }), undefined, { 'provider:p': { until: 50, firm: true, kind: 'x' } }),
    ).toBe(2);
  });

  test.each<[string, object, Partial<TierState>[], number | null]>([
    ['nobody rests', {}, [{}, {}], null],
    ['the first that ends', { onExhausted: 'wait' }, [{ restUntil: 30 }, { restUntil: 20 }, { restUntil: 10 }], 20],
    ['a hold without an end', { onExhausted: 'throw' }, [{ heldUntil: FOREVER }], null],
    ['under wrap a wait', {}, [{ restUntil: 40, retryAfterUntil: 30 }], 30],
    ['under wrap the rest that was ended', {}, [{ cooldownUntil: 40 }], 40],
    [
      'under wrap a look',
      {},
      [{ restUntil: 90_000, lastFailureAt: 0, lastFailureKind: 'auth', cooldownUntil: 90_000 }],
      60_000,
    ],
    [
      'otherwise no look',
      { onExhausted: 'wait' },
      [{ restUntil: 90_000, lastFailureAt: 0, lastFailureKind: 'auth' }],
      90_000,
    ],
  ])('the soonest: %s', (_name, policy, tiers, soonest) => {
    const state = { ...initialState(configOf()), tiers: tiers.map(tier) };
    expect(soonestRestEnd(state, policyOf(policy), 10)).toBe(soonest);
  });

  test('the best tier of those that may be asked', () => {
    expect(bestTier(3, (index) => index > 0)).toBe(1);
    expect(bestTier(3, (index) => index > 2)).toBe(-1);
    expect(bestTier(0, () => true)).toBe(-1);
  });
});

describe('rests from outside', () => {
  const a: Tier = { provider: 'p', model: 'a', credential: 'k', fingerprint: 'x' };

  test('have the keys of what they cover', () => {
    expect(restKeysOf({ provider: 'p', model: 'a' })).toEqual([
      'provider:p',
      'own-credential:p',
      'model:p/a',
      'limit:own-credential:p|p/a',
    ]);
    expect(restKeysOf(a)).toEqual([
      'provider:p',
      'credential:p/k',
      expect.stringMatching(/^fingerprint:\w{22}\|credential:p\/k$/),
      'model:p/a',
      'limit:credential:p/k|p/a',
    ]);
    const [provider, key, own, model, limit] = restKeysOf(a);
    expect(key).toBe('credential:p/k');
    expect([sharedRestKey(a, 'provider', 'timeout'), sharedRestKey(a, 'credential', 'auth')]).toEqual([provider, own]);
    expect([sharedRestKey(a, 'model', 'timeout'), sharedRestKey(a, undefined, 'overloaded')]).toEqual([model, model]);
    expect([sharedRestKey(a, 'model', 'rate_limit'), sharedRestKey(a, undefined, 'quota')]).toEqual([limit, limit]);
  });

  test('the one that lasts longest counts, of those that are asked for', () => {
    const short = { until: 5, firm: true, kind: 'paused' };
    const long = { until: 9, firm: false, kind: 'timeout' };
    const shared = {
      'provider:p': [short],
      'model:p/a': long,
      'provider:q': { until: 99, firm: true, kind: 'paused' },
    };
    expect(coveringRest(a, shared)).toBe(long);
    expect(coveringRest(a, shared, ({ firm }) => firm)).toBe(short);
    expect(coveringRest(a, shared, () => false)).toBeUndefined();
    expect(coveringRest(a, undefined)).toBeUndefined();
    expect([sharedRestEnd(a, shared), sharedRestEnd(a, {}), sharedRestEnd(a, undefined)]).toEqual([9, never, never]);
    expect(coveringRest({ provider: 'x', model: 'y' }, Object.create({ 'provider:x': short }))).toBeUndefined();
    // Of two that end together the first.
    expect(coveringRest(a, { 'provider:p': [short, { ...short, kind: 'other' }] })).toBe(short);
  });

  test('leave a tier alone whose limit is nearly used up', () => {
    const near = { 'provider:p': { until: 5, firm: false, kind: 'headroom' } };
    expect([
      isSpared(a, near, 4),
      isSpared(a, near, 5),
      isSpared(undefined, near, 4),
      isSpared(a, undefined, 4),
    ]).toEqual([true, false, false, false]);
    expect(isSpared(a, { 'provider:p': { until: 5, firm: false, kind: 'timeout' } }, 4)).toBe(false);
  });

  test.each<[string, boolean, 1 | 2 | null]>([
    ['auth', false, 1],
    ['quota', false, 1],
    ['rate_limit', true, 1],
    ['rate_limit', false, null],
    ['overloaded', false, 2],
    ['overloaded', true, 1],
    ['server_error', false, 2],
    ['server_error', true, 1],
    ['timeout', true, null],
    ['network', false, null],
    ['unknown', true, null],
  ])('%s (with a wait: %s) needs %s witnesses', (kind, hasWait, needed) => {
    expect(witnessesNeeded(kind, hasWait)).toBe(needed);
  });

  test('a failure covers what its scope says', () => {
    const chain = [
      { provider: 'p', model: 'a', credential: 'one' },
      { provider: 'p', model: 'a', credential: 'two' },
      { provider: 'p', model: 'b', credential: 'one' },
      { provider: 'q', model: 'a', credential: 'one' },
    ];
    expect(coveredTiers({ chain }, 0, 'provider', 'timeout')).toEqual([0, 1, 2]);
    expect(coveredTiers({ chain }, 0, 'credential', 'auth')).toEqual([0, 2]);
    expect(coveredTiers({ chain }, 0, 'model', 'overloaded')).toEqual([0, 1]);
    expect(coveredTiers({ chain }, 0, 'model', 'rate_limit')).toEqual([0]);
    expect(coveredTiers({ chain }, 0, 'model', 'quota')).toEqual([0]);
    expect(coveredTiers({ chain }, 1, undefined, 'timeout')).toEqual([1]);
    expect(coveredTiers({ chain }, 1, 'request', 'timeout')).toEqual([1]);
    expect(coveredTiers({ chain }, 7, 'provider', 'timeout')).toEqual([7]);
  });
});

describe('the ladder', () => {
  const cooldown = { initialMs: 1000, factor: 2, maxMs: 9000 };
  const policy = policyOf({ cooldown });

  test('grows with each failure up to its end; a penalty above one moves it there', () => {
    expect([1, 2, 3, 4, 5, 99].map((failures) => cooldownMs('timeout', failures, policy))).toEqual([
      1000, 2000, 4000, 8000, 9000, 9000,
    ]);
    expect([0, 1, 2, 3, 9].map((penalty) => cooldownMs('timeout', 1, policy, penalty))).toEqual([
      1000, 1000, 5000, 9000, 9000,
    ]);
    expect(cooldownMs('timeout', 5, policyOf({ cooldown: { initialMs: 0, factor: 2, maxMs: 9000 } }), 3)).toBe(0);
  });

  test('is that of the kind, and of no kind of ours the one for what a host names', () => {
    const own = policyOf({ cooldown: { timeout: cooldown, token_budget: { ...cooldown, initialMs: 3000 } } });
    expect(cooldownMs('timeout', 1, own)).toBe(1000);
    expect(cooldownMs('token_budget', 1, own)).toBe(3000);
    expect(cooldownMs('drained', 1, own)).toBe(15_000);
  });

  test('starts over after an hour, and after twice the last rest', () => {
    const after = (change: Partial<TierState>, now: number) =>
      consecutiveFailures(tier({ failures: 3, ...change }), now);
    const short = { lastFailureAt: 0, cooldownUntil: 10_000 };
    expect([after(short, 3_609_999), after(short, 3_610_000)]).toEqual([4, 1]);
    const long = { lastFailureAt: 0, cooldownUntil: 7_200_000 };
    expect([after(long, 7_200_000 * 3), after(long, 7_200_000 * 3 + 1)]).toEqual([4, 1]);
    expect(after({ lastFailureAt: 0, restUntil: 10_000 }, 3_610_000)).toBe(1);
    expect(after({ lastFailureAt: 0, retryAfterUntil: 10_000 }, 3_610_000)).toBe(1);
    expect(after({ lastFailureAt: null, cooldownUntil: 10_000 }, 3_610_000)).toBe(4);
    expect(after({ lastFailureAt: 0 }, 99_999_999)).toBe(4);
    expect(consecutiveFailures(tier({ lastFailureAt: 0, cooldownUntil: 0 }), 99_999_999)).toBe(1);
  });

  test('a penalty halves every ten minutes', () => {
    const at = (now: number, change: Partial<TierState> = {}) =>
      penaltyAt(tier({ penalty: 2, lastFailureAt: 1000, ...change }), now);
    expect([at(1000), at(601_000), at(1_201_000), at(0)]).toEqual([2, 1, 0.5, 2]);
    expect(at(1000 + 60_000)).toBe(1.866);
    expect([at(5, { lastFailureAt: null }), at(5, { penalty: 0 })]).toEqual([0, 0]);
  });

  test('a wait is at least a second, at most what the policy allows, and none where it makes no sense', () => {
    const waits = [undefined, -1, Number.NaN, '5', 0, 999, 1001].map((each) =>
      honouredRetryAfterMs(each as number, policy),
    );
    expect(waits).toEqual([null, null, null, null, 1000, 1000, 1001]);
    expect(honouredRetryAfterMs(60_000, policyOf({ maxRetryAfterMs: 30_000 }))).toBe(30_000);
    expect(honouredRetryAfterMs(Number.POSITIVE_INFINITY, policy)).toBe(FOREVER);
    expect([clampTime(1.2), clampTime(Number.POSITIVE_INFINITY), clampTime(FOREVER + 1)]).toEqual([
      2,
      FOREVER,
      FOREVER,
    ]);
  });

  test('what steps the chain down', () => {
    const few = policyOf({ triggers: ['auth', 'token_budget'] });
    expect(['auth', 'token_budget', 'timeout', 'drained', 'unknown'].map((kind) => isTrigger(kind, few))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(isTrigger('token_budget', policyOf({ triggers: ['auth'] }))).toBe(false);
  });
});

describe('pauses', () => {
  const pause = (source: string, until?: number | null): Pause =>
    ({ source, by: 'b', reason: 'r', at: 0, ...(until === undefined ? {} : { until }) }) as Pause;
  const stateOf = (...pauses: Pause[]): Pick<State, 'pauses' | 'paused'> => ({
    pauses,
    paused: strongestPause(pauses),
  });

  test('the strongest is a person’s, then a budget’s, an alert’s, the monitor’s, that of a used-up chain', () => {
    const weakestFirst = ['other', 'exhausted', 'health', 'alert', 'budget', 'operator'];
    for (let count = 1; count <= weakestFirst.length; count++) {
      const pauses = weakestFirst.slice(0, count).map((source) => pause(source));
      expect(strongestPause(pauses)).toBe(pauses.at(-1));
    }
    expect(strongestPause([])).toBeNull();
    expect(['health', 'alert', 'operator', 'budget', 'exhausted'].map((source) => isMonitors(pause(source)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('stand until their time has come', () => {
    const [open, ends, none] = [pause('budget'), pause('operator', 5), pause('health', null)];
    expect(standingPauses(stateOf(open, ends, none), 4)).toEqual([open, ends, none]);
    expect(standingPauses(stateOf(open, ends, none), 5)).toEqual([open, none]);
    expect(standingPause(stateOf(open, ends), 4)).toBe(ends);
    expect(standingPause(stateOf(open, ends), 5)).toBe(open);
    expect(standingPause(stateOf(ends), 5)).toBeNull();
    expect(standingPause(stateOf(), 5)).toBeNull();
    // A state made by hand may have only the one that counts.
    expect(standingPauses({ pauses: [], paused: open }, 5)).toEqual([open]);
    expect(standingPauses({ pauses: [], paused: ends }, 5)).toEqual([]);
    expect(standingPauses({ pauses: [], paused: null }, 5)).toEqual([]);
  });

  test('end together with the last of them, or with none', () => {
    expect(pauseEnd([pause('budget', 5), pause('health', 9), pause('alert', 7)])).toBe(9);
    expect(pauseEnd([pause('budget', 5), pause('health')])).toBeNull();
    expect(pauseEnd([])).toBeNull();
    expect(pauseEnd([pause('budget', -5)])).toBe(-5);
  });
});
