import { describe, expect, test } from 'vitest';
import {
  alertTarget,
  clearTarget,
  endCanary,
  evaluateTarget,
  FORGET_RELAPSES_MS,
  isForgettable,
  LONGEST_STANDBY_WAIT_MS,
  LONGEST_WAIT_MS,
  resumedByPerson,
  resumesAt,
  resumeWaitMs,
  type TargetFacts,
  type TargetState,
} from '../../src/core/health/target.js';

const minute = 60_000;
const times = { resumeAfterMs: 5 * minute, graceMs: 10 * minute };
const quiet: TargetFacts = { trip: undefined, standing: undefined, standsIn: false };
const trip = { rule: 'five', reason: '5 of 5' };
const standing = { source: 'health', by: 'health-monitor', reason: '5 of 5', at: 1000 } as const;
const clear = clearTarget('rules', 0);
const at = (state: Partial<TargetState>): TargetState => ({ ...clear, ...state });
const paused = at({
  phase: 'paused',
  by: 'health-monitor',
  reason: '5 of 5',
  rule: 'five',
  pausedAt: 1000,
  isPlaced: true,
  judgedFrom: 6000,
  checkedAt: 1000,
});

describe('a target that is clear', () => {
  test('says nothing, and need not be kept', () => {
    expect(clear).toEqual({
      phase: 'clear',
      source: 'health',
      by: '',
      reason: '',
      rule: null,
      pausedAt: null,
      isPlaced: false,
      clearSince: null,
      relapses: 0,
      resumedAt: null,
      judgedFrom: 0,
      graceUntil: null,
      ruleset: 'rules',
      checkedAt: 0,
    });
    expect(isForgettable(clear)).toBe(true);
    for (const change of [{ phase: 'paused' }, { relapses: 1 }, { graceUntil: 5 }, { resumedAt: 5 }] as const) {
      expect(isForgettable(at(change))).toBe(false);
    }
  });

  test('is paused by a rule that trips; what was under way is not judged', () => {
    expect(evaluateTarget(clear, { ...quiet, trip }, times, 1000)).toEqual({
      state: { ...paused, isPlaced: false },
      action: 'place',
    });
  });

  test('stays clear in the grace after a person resumed it, up to its end', () => {
    const resumed = resumedByPerson(paused, times, 2000);
    expect(resumed).toEqual({
      ...paused,
      phase: 'clear',
      pausedAt: null,
      isPlaced: false,
      resumedAt: 2000,
      judgedFrom: 2000,
      graceUntil: 2000 + 10 * minute,
      checkedAt: 2000,
    });
    const tripped = { ...quiet, trip };
    const during = evaluateTarget(resumed, tripped, times, 1999 + 10 * minute);
    expect(during).toMatchObject({ action: 'none', state: { phase: 'clear', graceUntil: 2000 + 10 * minute } });
    const after = evaluateTarget(resumed, tripped, times, 2000 + 10 * minute);
    // It went back to clear lately, but by a person: that is no relapse.
    expect(after).toMatchObject({ action: 'place', state: { relapses: 0, graceUntil: null } });
    expect(evaluateTarget(resumed, quiet, times, 2000 + 10 * minute).state.graceUntil).toBeNull();
  });

  test('adopts a pause that stands on it and that nobody remembers', () => {
    const { state, action } = evaluateTarget(
      clear,
      { ...quiet, standing: { ...standing, source: 'alert' } },
      times,
      9000,
    );
    expect(action).toBe('none');
    expect(state).toEqual({
      ...paused,
      source: 'alert',
      rule: null,
      judgedFrom: 1000,
      clearSince: 9000,
      checkedAt: 9000,
    });
    expect(evaluateTarget(clear, { ...quiet, standing }, times, 500).state).toMatchObject({
      pausedAt: 500,
      judgedFrom: 500,
    });
  });

  test('forgets relapses half an hour after it resumed', () => {
    const resumed = at({ resumedAt: 1000, relapses: 2 });
    expect(evaluateTarget(resumed, quiet, times, 999 + FORGET_RELAPSES_MS).state).toMatchObject({
      resumedAt: 1000,
      relapses: 2,
    });
    expect(evaluateTarget(resumed, quiet, times, 1000 + FORGET_RELAPSES_MS).state).toMatchObject({
      resumedAt: null,
      relapses: 0,
    });
  });

  test('relapses when it trips again within half an hour, and begins anew later', () => {
    const resumed = at({ resumedAt: 1000, relapses: 2 });
    const relapses = (now: number) => evaluateTarget(resumed, { ...quiet, trip }, times, now).state.relapses;
    expect(relapses(999 + FORGET_RELAPSES_MS)).toBe(3);
    expect(relapses(1000 + FORGET_RELAPSES_MS)).toBe(0);
    expect(evaluateTarget(at({ relapses: 2 }), { ...quiet, trip }, times, 1).state.relapses).toBe(0);
  });
});

describe('a target that is paused', () => {
  const facts = { ...quiet, standing };

  test('is tried once all rules have been clear for long enough, and not while one is tripped', () => {
    const first = evaluateTarget(paused, facts, times, 20_000);
    expect(first).toMatchObject({ action: 'none', state: { phase: 'paused', clearSince: 20_000, checkedAt: 20_000 } });
    expect(evaluateTarget(first.state, facts, times, 19_999 + 5 * minute).state.phase).toBe('paused');
    const trying = evaluateTarget(first.state, facts, times, 20_000 + 5 * minute).state;
    expect(trying).toMatchObject({ phase: 'trying', clearSince: 20_000 });
    expect(evaluateTarget(trying, { ...facts, trip }, times, 400_000)).toMatchObject({
      action: 'none',
      state: { phase: 'paused', clearSince: null, pausedAt: 1000, rule: 'five' },
    });
  });

  test('was resumed by a person when its pause is gone', () => {
    expect(evaluateTarget(paused, quiet, times, 20_000)).toEqual({
      action: 'none',
      state: resumedByPerson({ ...paused, checkedAt: 20_000 }, times, 20_000),
    });
  });

  test('counts as placed once the pause stands; when nobody placed it in five seconds the next one does', () => {
    const begun = { ...paused, isPlaced: false, checkedAt: 10_000 };
    expect(evaluateTarget(begun, facts, times, 11_000)).toMatchObject({
      action: 'none',
      state: { isPlaced: true, clearSince: 11_000 },
    });
    expect(evaluateTarget(begun, quiet, times, 14_999)).toEqual({
      action: 'none',
      state: { ...begun, checkedAt: 14_999 },
    });
    expect(evaluateTarget(begun, quiet, times, 15_000)).toEqual({
      action: 'place',
      state: { ...begun, checkedAt: 15_000 },
    });
  });

  test('is lifted by a canary that answers; one that fails doubles the wait from then on', () => {
    const trying = { ...paused, phase: 'trying', clearSince: 20_000, relapses: 1 } as const;
    expect(endCanary(trying, true, 90_000)).toEqual({
      action: 'lift',
      state: {
        ...trying,
        phase: 'clear',
        pausedAt: null,
        isPlaced: false,
        clearSince: null,
        resumedAt: 90_000,
        judgedFrom: 90_000,
        checkedAt: 90_000,
      },
    });
    expect(endCanary(trying, false, 90_000)).toEqual({
      action: 'none',
      state: { ...trying, phase: 'paused', relapses: 2, clearSince: 90_000, judgedFrom: 90_000, checkedAt: 90_000 },
    });
    expect(endCanary(clear, true, 90_000)).toEqual({ state: clear, action: 'none' });
    expect(endCanary(clear, false, 90_000)).toEqual({ state: clear, action: 'none' });
  });

  test('an alert takes its place, and the wait begins anew', () => {
    const alert = { by: 'pager', reason: 'on fire', rule: 'fire' };
    expect(alertTarget({ ...paused, clearSince: 5000, relapses: 2 }, alert, 9000)).toEqual({
      action: 'place',
      state: {
        ...paused,
        ...alert,
        source: 'alert',
        isPlaced: false,
        relapses: 2,
        judgedFrom: 14_000,
        checkedAt: 9000,
      },
    });
    expect(alertTarget(at({ resumedAt: 8000, graceUntil: 10_000 }), alert, 9000).state).toMatchObject({
      pausedAt: 9000,
      relapses: 0,
      graceUntil: null,
    });
  });

  test('a clock that was set back makes no wait longer', () => {
    const ahead = { ...paused, pausedAt: 90_000, clearSince: 80_000, resumedAt: 70_000, judgedFrom: 95_000 };
    expect(evaluateTarget(ahead, facts, times, 50_000).state).toMatchObject({
      pausedAt: 50_000,
      clearSince: 50_000,
      resumedAt: 50_000,
      judgedFrom: 55_000,
    });
    expect(alertTarget(ahead, { by: 'p', reason: 'r', rule: 'f' }, 50_000).state).toMatchObject({
      pausedAt: 50_000,
      resumedAt: 50_000,
    });
    expect(evaluateTarget(ahead, facts, times, 99_000).state).toMatchObject({ pausedAt: 90_000, judgedFrom: 95_000 });
    expect(evaluateTarget(at({ graceUntil: 99 * minute }), quiet, times, 0).state.graceUntil).toBe(10 * minute);
  });
});

describe('the wait before a canary', () => {
  const wait = (relapses: number, standsIn: boolean, resumeAfterMs = minute) =>
    resumeWaitMs(at({ relapses }), { ...times, resumeAfterMs }, standsIn);

  test('doubles with each relapse, up to an hour, or a quarter of one where another tier stands in', () => {
    expect([0, 1, 2, 3].map((relapses) => wait(relapses, false))).toEqual([1, 2, 4, 8].map((each) => each * minute));
    expect([wait(6, false), wait(99, false), wait(4, true), wait(5000, true)]).toEqual([
      LONGEST_WAIT_MS,
      LONGEST_WAIT_MS,
      LONGEST_STANDBY_WAIT_MS,
      LONGEST_STANDBY_WAIT_MS,
    ]);
    expect([LONGEST_WAIT_MS, LONGEST_STANDBY_WAIT_MS, FORGET_RELAPSES_MS]).toEqual([3_600_000, 900_000, 1_800_000]);
    // A longer one that was asked for is kept.
    expect([wait(0, true, 20 * minute), wait(3, false, 90 * minute)]).toEqual([20 * minute, 90 * minute]);
  });

  test('ends at a time only while paused, and all rules are clear', () => {
    expect(resumesAt(clear, times, false)).toBeNull();
    expect(resumesAt(at({ clearSince: 5 }), times, false)).toBeNull();
    expect(resumesAt(paused, times, false)).toBeNull();
    expect(resumesAt({ ...paused, clearSince: 1000 }, times, false)).toBe(1000 + 5 * minute);
  });
});
