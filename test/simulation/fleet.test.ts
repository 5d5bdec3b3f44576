import { beforeAll, describe, expect, test } from 'vitest';
import { faults, fleetBars, judge } from '../../scripts/simulation-bars.ts';
import { createMemoryStore } from '../../src/stores/memory.js';
import { meanOfSimulations, simulate, type SimulationResult } from '../../src/testing/index.js';

/** The bars of the fleet, with fewer runs than `npm run simulate`; those that are chance for the most part take more. */
const isChance = (fault: string) => fault === 'hard-down' || fault === 'revoked key';
const minute = 60_000;

describe("a fleet of 8 workers, `share: 'rests'`, 20 calls/s for an hour", () => {
  const results: SimulationResult[] = [];
  beforeAll(async () => {
    for (const fault of faults) {
      const runs: SimulationResult[] = [];
      for (let seed = 1; seed <= (isChance(fault.name) ? 24 : 2); seed++) {
        runs.push(
          await simulate({
            fault,
            seed,
            // What these two are held to has been decided long before the hour is over.
            durationMs: isChance(fault.name) ? 25 * minute : 60 * minute,
            share: 'rests',
            store: (clock) => createMemoryStore({ now: () => clock.now() }),
          }),
        );
      }
      results.push(meanOfSimulations(runs));
    }
  }, 180_000);

  for (const [at, bar] of fleetBars.entries()) {
    test(`${bar.fault === 'all' ? 'every fault' : bar.fault}: ${bar.figure} ${bar.holds} ${bar.bar}`, () => {
      const { value } = judge(results, fleetBars)[at]!;
      if (bar.holds === 'at most') expect(value).toBeLessThanOrEqual(bar.bar);
      else expect(value).toBeGreaterThanOrEqual(bar.bar);
    });
  }
});
