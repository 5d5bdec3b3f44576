import { expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { MONITOR_ACCESS } from '../../src/core/monitor-access-key.js';
import type { MonitorAccess } from '../../src/ports/monitor-access.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

test('work elsewhere that tries out two providers at once decides about each when it is reported', async () => {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock });
  const access = (failover as unknown as Record<symbol, MonitorAccess>)[MONITOR_ACCESS]!;
  const ends: string[] = [];
  for (const provider of ['a', 'b']) {
    const pause = { source: 'health', by: 'monitor', reason: 'errors' } as const;
    await access.place({ provider }, pause);
    access.admit({ provider }, 'monitor', {
      acquire: async () => true,
      release: () => undefined,
      onEnd: (end) => ends.push(`${provider} ${end}`),
    });
  }
  expect(await failover.select('w')).toMatchObject({ index: 0, probe: true });
  expect(await failover.select('w')).toMatchObject({ index: 1, probe: true });
  await failover.record('w', { tier: 0, ok: true });
  expect(ends).toEqual(['a answered']);
  await failover.record('w', { tier: 1, ok: false, kind: 'overloaded' });
  expect(ends).toEqual(['a answered', 'b failed']);
});
