import { beforeAll, describe, expect, test } from 'vitest';
import { defaultBars, faults, judge } from '../../scripts/simulation-bars.ts';
import { meanOfSimulations, simulate, standardFaults, type SimulationResult } from '../../src/testing/index.js';

/**
 * The bars of `npm run simulate`, with fewer runs so that they stay quick. How soon the last of eight workers meets a
 * fault is chance for the most part, so that figure and the return from an outage take more of them.
 */
const isChance = (fault: string) => fault === 'hard-down';
const minute = 60_000;

describe('every default, 8 workers that know nothing of each other, 20 calls/s for an hour', () => {
  const results: SimulationResult[] = [];
  beforeAll(async () => {
    for (const fault of faults) {
      const runs: SimulationResult[] = [];
      // What an outage is held to has been decided long before the hour is over.
      const durationMs = isChance(fault.name) ? 25 * minute : 60 * minute;
      for (let seed = 1; seed <= (isChance(fault.name) ? 12 : 2); seed++) {
        runs.push(await simulate({ fault, seed, durationMs }));
      }
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
    for (const fault of standardFaults) {
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
