import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { Stretches } from '../../src/checks/agent/stretches.js';
import { shareChartDefaults } from '../../src/checks/checks/rejection-spike.js';
import { BernoulliCusum } from '../../src/checks/statistics/bernoulli-cusum.js';
import { DayShares } from '../../src/checks/statistics/day-shares.js';
import { ChartMemory, HELD } from '../../src/checks/statistics/chart-memory.js';
import { parseInPieces, parseRows, ROW_SEPARATOR } from '../../src/core/activity/activity-row.js';

describe('charts that share their memory', () => {
  const events = fc.array(fc.record({ isHit: fc.boolean(), chart: fc.nat(4), count: fc.nat(80) }), { maxLength: 60 });

  it('each know every event once, and nothing of each other', () => {
    fc.assert(
      fc.property(events, (runs) => {
        const memory = new ChartMemory(2);
        const together = Array.from({ length: 5 }, () => new BernoulliCusum(shareChartDefaults, memory));
        const alone = together.map(() => new BernoulliCusum(shareChartDefaults, new ChartMemory(1)));
        const taken = together.map(() => ({ events: 0, hits: 0 }));
        let at = 0;
        for (const { isHit, chart, count } of runs) {
          for (let index = 0; index < count; index++) {
            at += 1;
            for (const of of [together, alone]) of[chart]?.add(isHit, at, Math.floor(at / 50));
            taken[chart]!.events += 1;
            taken[chart]!.hits += isHit ? 1 : 0;
          }
        }
        for (const [place, chart] of together.entries()) {
          expect(figuresOf(chart)).toEqual(figuresOf(alone[place]!));
          expect(chart.baseline.count).toBeLessThanOrEqual(taken[place]!.events);
          expect(chart.baseline.hits).toBeLessThanOrEqual(taken[place]!.hits);
          expect(chart.sum).toBeLessThanOrEqual(2 * shareChartDefaults.threshold);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('take a rise into the baseline once it is over, however long it was', () => {
    for (const length of [5, HELD, HELD + 1, 3 * HELD, 140]) {
      const chart = new BernoulliCusum(shareChartDefaults, new ChartMemory(1));
      const add = (count: number, isHit: (index: number) => boolean) => {
        for (let index = 0; index < count; index++) chart.add(isHit(index), index, 0);
      };
      add(100, (index) => index % 10 === 0);
      add(length, () => true);
      expect(chart.baseline.count).toBeLessThanOrEqual(100);
      // Long enough for the chart to start over and for all to leave the newest events.
      add(400, () => false);
      expect([chart.sum, chart.isRaised]).toEqual([0, false]);
      expect(chart.baseline.count).toBe(100 + length + 400 - shareChartDefaults.lag);
      expect(chart.baseline.hits).toBe(10 + length);
    }
  });

  it('learn nothing of how days differ from days with one event each', () => {
    const days = new DayShares(new Float64Array(9), 0);
    for (let day = 0; day < 20; day++) days.add(day % 2 === 0, day);
    expect(days.varianceBetweenDays()).toBe(0);
    for (let index = 0; index < 20; index++) days.add(true, 20);
    expect(days.varianceBetweenDays()).toBeGreaterThan(0);
  });

  function figuresOf({ sum, isRaised, begunAt, lastHitAt, runCount, runHits, usual, baseline }: BernoulliCusum) {
    const variance = baseline.varianceBetweenDays();
    const { count, hits, days } = baseline;
    return { sum, isRaised, begunAt, lastHitAt, runCount, runHits, usual, count, hits, days, variance };
  }
});

describe('stretches of time', () => {
  const DAY = 86_400_000;

  it('say which is the longest by any measure that is no longer than the clock', () => {
    const startAt = Date.UTC(2026, 0, 5);
    const stretch = fc
      .tuple(fc.nat(29 * DAY - 1), fc.nat(29 * DAY - 1))
      .map(([one, other]): [number, number] => [Math.min(one, other), Math.max(one, other)]);
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 200 }), fc.nat(29 * DAY), (given, before) => {
        const stretches = new Stretches(startAt);
        for (const [from, to] of given) stretches.push(startAt + from, startAt + to);
        // Counts every other day.
        const until = (at: number) =>
          Math.floor((at - startAt) / (2 * DAY)) * DAY + Math.min(DAY, (at - startAt) % (2 * DAY));
        const measure = (from: number, to: number) => until(to) - until(from);
        const past = given.filter(([, to]) => to <= before);
        const lengths = past.map(([from, to]) => measure(startAt + from, startAt + to));
        expect(stretches.longest(measure, startAt + before)).toBe(Math.max(0, ...lengths));
      }),
      { numRuns: 200 },
    );
  });
});

describe('joined texts of rows', () => {
  it('give the same rows piece by piece as all at once', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('],\n[', ',\n', '"', '\\'));
    const row = fc.tuple(text, fc.nat(1e6), fc.nat(2), text, text).map(([id, at, ...rest]) => [`=${id}`, at, ...rest]);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.nat(60), (rows, times) => {
        const many = Array.from({ length: times + 1 }, () => rows).flat();
        const texts = many.map((each) => JSON.stringify(each)).join(ROW_SEPARATOR);
        const pieces = [...parseInPieces(texts)];
        expect(pieces.length).toBeGreaterThanOrEqual(1);
        expect(pieces.flat().toSorted(byRow)).toEqual(parseRows(texts).toSorted(byRow));
        for (const piece of pieces) expect(piece.length).toBeLessThan(3000);
      }),
      { numRuns: 60 },
    );
  });

  function byRow(one: object, other: object): number {
    const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
    return left < right ? -1 : left > right ? 1 : 0;
  }
});
