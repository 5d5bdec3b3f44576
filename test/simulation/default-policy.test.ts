import { beforeAll, describe, expect, test } from 'vitest';
import { defaultBars, faults, judge } from '../../scripts/simulation-bars.ts';
import { meanOfSimulations, simulate, type SimulationResult } from '../../src/testing/index.js';

/** The bars of `npm run simulate`, with fewer runs where that tells the mean as well. */
const runsOf: Readonly<Record<string, number>> = { 'hard-down': 24, flapping: 3 };

describe('every default, 8 workers that know nothing of each other, 20 calls/s for an hour', () => {
  const results: SimulationResult[] = [];
  beforeAll(async () => {
    for (const fault of faults) {
      const runs: SimulationResult[] = [];
      for (let seed = 1; seed <= (runsOf[fault.name] ?? 2); seed++) runs.push(await simulate({ fault, seed }));
      results.push(meanOfSimulations(runs));
    }
  }, 180_000);

  for (const [at, bar] of defaultBars.entries()) {
    test(`${bar.fault === 'all' ? 'every fault' : bar.fault}: ${bar.figure} ${bar.holds} ${bar.bar}`, () => {
      const judged = judge(results, defaultBars)[at]!;
      if (bar.holds === 'at most') expect(judged.value).toBeLessThanOrEqual(bar.bar);
      else expect(judged.value).toBeGreaterThanOrEqual(bar.bar);
    });
  }
});

describe('the bars tell policies apart', () => {
  const missed = async (policy: Parameters<typeof simulate>[0]['policy'], names: readonly string[]) => {
    const results: SimulationResult[] = [];
    for (const fault of faults) {
      if (names.includes(fault.name)) results.push(await simulate({ fault, ...(policy ? { policy } : {}), seed: 1 }));
    }
    const bars = defaultBars.filter(({ fault }) => names.includes(fault));
    return judge(results, bars)
      .filter(({ ok }) => !ok)
      .map(({ bar }) => `${bar.fault}: ${bar.figure}`);
  };

  test('a fixed short rest knocks too often', async () => {
    const cooldown = { initialMs: 1000, factor: 1, maxMs: 1000 };
    expect(await missed({ cooldown }, ['flapping', 'revoked key'])).toEqual([
      'flapping: failed attempts',
      'revoked key: failed attempts',
    ]);
  }, 60_000);

  test('a ladder that doubles stays away too long', async () => {
    const cooldown = { initialMs: 5000, factor: 2, maxMs: 600_000 };
    expect(await missed({ cooldown }, ['flapping'])).toEqual(['flapping: good time used, %']);
  }, 60_000);
});
