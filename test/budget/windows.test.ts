import { describe, expect, test } from 'vitest';
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

describe('usage that is reported beside the call', () => {
  const spend = { inputTokens: 50, outputTokens: 0 };

  test.each(['step', 'pause'] as const)(
    'is held to the limit in every window, not only in the first (%s)',
    async (onExceeded) => {
      const clock = createManualClock();
      const policy = { tokenBudget: { limit: 100, windowMs: 3_600_000, onExceeded } };
      const failover = createFailover({ chain: ['a/1', 'b/2'], policy, clock });
      for (const window of [1, 2, 3]) {
        let used = 0;
        for (let call = 0; call < 10; call++) {
          const selection = await failover.select('default');
          if (!selection.ok) continue;
          used += 50;
          await failover.recordUsage('default', spend, { tier: selection.tier });
          await clock.advance(10);
        }
        expect([window, used]).toEqual([window, onExceeded === 'step' ? 200 : 100]);
        await expect(failover.run(() => 1)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', source: 'budget' });
        await clock.advance(3_600_000);
      }
    },
  );

  test('is held to the limit after a pause of a person that ended by itself', async () => {
    const clock = createManualClock();
    const policy = { tokenBudget: { limit: 100, windowMs: 3_600_000 } };
    const failover = createFailover({ chain: ['a/1', 'b/2'], policy, clock });
    await failover.pause('default', { by: 'ann', reason: 'a deploy', until: clock.now() + 60_000 });
    await clock.advance(60_000);
    for (let call = 0; call < 2; call++) await failover.recordUsage('default', spend);
    expect((await failover.run(({ model }) => model)).value).toBe('2');
  });
});
