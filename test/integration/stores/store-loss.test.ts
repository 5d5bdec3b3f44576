import { describe, expect, test } from 'vitest';
import { storeLoss } from '../../chaos/store-loss.js';
import { hasPostgresBinary, hasRedisBinary } from '../../stores/own-servers.js';

/** Killed servers are in test/chaos; `npm run chaos` takes longer over each. */
describe('instances at work lose their store and get it back: no call fails or waits, and nothing is lost', () => {
  // Under CI both servers must be installed: own-servers.ts throws where they are not.
  const losses = [
    { backend: 'sqlite', trouble: 'locked', isThere: true },
    { backend: 'redis', trouble: 'frozen', isThere: hasRedisBinary },
    { backend: 'redis', trouble: 'cut off', isThere: hasRedisBinary },
    { backend: 'postgres', trouble: 'frozen', isThere: hasPostgresBinary },
    { backend: 'postgres', trouble: 'cut off', isThere: hasPostgresBinary },
  ] as const;
  for (const { backend, trouble, isThere } of losses) {
    const title = `${backend}, ${trouble}${isThere ? '' : ' (skipped: not installed)'}`;
    test.skipIf(!isThere)(title, { timeout: 90_000 }, async () => {
      const { failedCalls, addedMs, told, rows } = await storeLoss(backend, trouble, 100);
      expect(failedCalls).toBe(0);
      expect(addedMs).toBeLessThan(1);
      expect([told[0], told.at(-1)]).toEqual(['failing', 'recovered']);
      expect(rows).toBeGreaterThan(50);
    });
  }
});
