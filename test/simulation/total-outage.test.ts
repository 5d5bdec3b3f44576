import { describe, expect, test } from 'vitest';
import { ratesPerSecond, requestsPerCall, totalOutages } from '../../scripts/total-outage.ts';

describe('a total outage under wrap: requests per call of one instance', () => {
  for (const outage of totalOutages) {
    for (const rate of ratesPerSecond) {
      const bar = outage.bars[rate];
      if (bar === undefined) continue;
      test(`${outage.name}, ${rate} calls/s: at most ${bar}`, async () => {
        const value = await requestsPerCall(outage, rate);
        expect(value).toBeLessThanOrEqual(bar);
        // A chain that is merely overloaded is asked by every call.
        if (!outage.name.includes('revoked')) expect(value).toBeGreaterThanOrEqual(1);
      });
    }
  }
});
