import { describe, expect, test } from 'vitest';
import { hasPostgresBinary, hasRedisBinary } from '../stores/own-servers.js';
import { outage } from './outages.js';

/** The short form; `npm run chaos` also freezes the servers and cuts the network. */
describe('a store that dies in the middle of load fails no call, delays none, and holds everything afterwards', () => {
  const backends = [
    { backend: 'redis' as const, isThere: hasRedisBinary },
    { backend: 'postgres' as const, isThere: hasPostgresBinary },
  ];
  for (const { backend, isThere } of backends) {
    test.skipIf(!isThere)(`${backend}${isThere ? '' : ' (skipped: not installed)'}`, { timeout: 90_000 }, async () => {
      const { failedCalls, medianMs, told } = await outage(backend, 'killed', 200);
      expect(failedCalls).toBe(0);
      expect(medianMs).toBeLessThan(1);
      expect([told[0], told.at(-1)]).toEqual(['failing', 'recovered']);
    });
  }
});
