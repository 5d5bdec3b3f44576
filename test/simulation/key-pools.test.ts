import { describe, expect, test } from 'vitest';
import { keyPoolRuns, runKeyPool } from '../../scripts/key-pools.ts';

const minutes = 60_000;

describe('four keys with a limit each, and more asked than they allow together', () => {
  for (const run of keyPoolRuns) {
    const { name, order, limit, bar } = run;
    test(`${name}, limit by ${limit}, ${order}: at least ${bar} % of what they allow, no wait violated`, async () => {
      const result = await runKeyPool(run, 5 * minutes, 7);
      expect((result.answered / result.allowed) * 100).toBeGreaterThanOrEqual(bar);
      expect(result).toMatchObject({ violatedWaits: 0, failedCalls: 0, ok: true });
    });
  }

  test('the bar tells policies apart: waits that are cut short are violated', async () => {
    const policy = { maxRetryAfterMs: 1000 };
    const { violatedWaits, ok } = await runKeyPool({ ...keyPoolRuns[0]!, policy }, 5 * minutes, 7);
    expect(violatedWaits).toBeGreaterThan(0);
    expect(ok).toBe(false);
  });
});
