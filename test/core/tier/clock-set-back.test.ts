import { expect, test } from 'vitest';
import { alignState, initialState, parseConfig } from '../../../src/index.js';
import type { TierState } from '../../../src/core/tier/state.js';

const now = 1_000_000;
const { config } = parseConfig({ chain: ['p/a', 'q/b', 'r/c'] });
/** The state after the next transition of a clock that shows `now`, and what its row says. */
function after(change: { exhaustedAt?: number }, ...tiers: Partial<TierState>[]) {
  const state = initialState(config);
  const known = state.tiers.map((tier, index) => ({ ...tier, ...tiers[index] }));
  return alignState({ ...state, tiers: known, ...change }, config, now);
}
const ahead = { failures: 1, lastFailureAt: now + 60_000 };

test('a clock that is set back shortens rests to their lengths, in a row about the tiers that it concerns', () => {
  const counted = { failures: 0, lastFailureAt: now - 5, recentFailures: [now - 9, now - 5] };
  const cooldown = { restUntil: now + 90_000, cooldownUntil: now + 90_000, modelRestUntil: now + 90_000 };
  const { state, events } = after({}, { ...ahead, ...cooldown }, counted);
  expect(events.map(({ type }) => type)).toEqual(['rebased']);
  expect(Object.keys(events[0]!.set!.tiers!)).toEqual(['0']);
  expect(state.tiers[0]).toMatchObject({
    lastFailureAt: now,
    restUntil: now + 30_000,
    cooldownUntil: now + 30_000,
    modelRestUntil: now + 30_000,
  });
  expect(state.tiers[1]).toMatchObject(counted);
});

test('a wait whose length is not known is shortened by as much as the clock, and one whose length is known to that', () => {
  const wait = { restUntil: now + 90_000, retryAfterUntil: now + 90_000 };
  const left = (retryAfterMs: number | null) => after({}, { ...ahead, ...wait, retryAfterMs }).state.tiers[0];
  expect(left(null)).toMatchObject({ restUntil: now + 30_000, retryAfterUntil: now + 30_000 });
  expect(left(40_000)).toMatchObject({ restUntil: now + 40_000, retryAfterUntil: now + 40_000 });
});

test('a chain that is used up has been so since now at most', () => {
  expect(after({}, ahead).state.exhaustedAt).toBeNull();
  expect(after({ exhaustedAt: now - 1 }, ahead).state.exhaustedAt).toBe(now - 1);
  expect(after({ exhaustedAt: now + 1 }, ahead).state.exhaustedAt).toBe(now);
});
