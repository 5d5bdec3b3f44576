import { describe, expect, it } from 'vitest';
import { CALLS, Tallies } from '../../src/health/tallies.js';
import { compileHealthRule } from '../../src/schema/health-rules.js';

const MINUTE = 60_000;
const now = 1_700_000_000_000;
const rule = compileHealthRule({ name: 'r', windows: [{ windowMs: 5 * MINUTE, count: 3, ratio: 0.5 }] });

function open() {
  const tallies = new Tallies([rule], () => 0);
  const count = (target: string, at: number) => tallies.count(target, [rule.series], 5 * MINUTE, at, 0);
  const fail = (target: string, at: number) => tallies.add(target, rule.series, at, 1);
  return { tallies, count, fail };
}

describe('what a process counts', () => {
  it('is counted the same after hours, and what is older than any window is kept no longer', () => {
    const { tallies, count, fail } = open();
    for (let minute = 0; minute < 600; minute++) fail('all', now + minute * MINUTE);
    const end = now + 599 * MINUTE;
    expect(count('all', end)).toBe(5);
    // Half of it is known nowhere any more, not even to a count that looks there.
    expect(count('all', now + 10 * MINUTE)).toBe(0);
    expect([...tallies.increments(end)].every(({ by }) => by === 1)).toBe(true);
  });

  it('is of a thousand targets, and the one that was counted longest ago makes room', () => {
    const { tallies, count, fail } = open();
    for (let each = 0; each < 1001; each++) fail(`instance:${each}`, now);
    expect([count('instance:0', now), count('instance:1', now), count('instance:1000', now)]).toEqual([0, 1, 1]);
    expect(tallies.targets).toHaveLength(1000);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0, -3])(
    'is not spoilt by %d calls, or by a time that is none',
    (by) => {
      const { tallies, count, fail } = open();
      fail('all', now);
      tallies.add('all', rule.series, now, by);
      tallies.spread('all', CALLS, Number.NaN, now, 5);
      expect(count('all', now)).toBe(1);
      expect(tallies.count('all', [CALLS], 5 * MINUTE, now, 0)).toBe(0);
    },
  );

  it('goes to the store once, and once more where the store did not take it', () => {
    const { tallies, fail } = open();
    fail('all', now);
    fail('all', now);
    const [first, ...others] = tallies.increments(now);
    expect([first?.by, others]).toEqual([2, []]);
    expect([...tallies.increments(now)]).toEqual([]);
    first?.settle(false);
    const [again] = tallies.increments(now);
    expect(again).toMatchObject({ target: 'all', bucket: first?.bucket, by: 2 });
    again?.settle(true);
    expect([...tallies.increments(now)]).toEqual([]);
  });
});
