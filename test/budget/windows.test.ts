import { expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

test('in the first millisecond of a window, too, all is counted, also where its length is no whole number', async () => {
  // A seventh of a day: the window's beginning, a multiple of it, is computed as a hair after this millisecond.
  const windowMs = 86_400_000 / 7;
  const clock = createManualClock({ now: 1_900_022_400_000 });
  const policy = { tokenBudget: { limit: 1000, windowMs } };
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy });
  for (let report = 0; report < 3; report++) {
    await failover.recordUsage('default', { inputTokens: 300, outputTokens: 0 });
  }
  expect(await failover.budget('default')).toMatchObject({ used: 900 });
});
