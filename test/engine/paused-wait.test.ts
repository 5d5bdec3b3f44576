import { expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded } from '../support/scripted.js';

test('a call that waited while its machine slept ends at its deadline, also where a monitor has paused meanwhile', async () => {
  const time = createManualClock();
  let sleptMs = 0;
  const clock = { ...time, now: () => time.now() + sleptMs };
  const policy = { onExhausted: 'wait', deadlineMs: 60_000 } as const;
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy });
  const run = failover.run(() => Promise.reject(overloaded())).catch((error: { code?: string }) => error.code);
  await time.settle();
  sleptMs = 3_600_000;
  await failover.pause('default', { by: 'machine', reason: 'errors', source: 'health', until: clock.now() + 30_000 });
  await time.advance(1000);
  expect(await run).toBe('TIERFALL_DEADLINE');
});
