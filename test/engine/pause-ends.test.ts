import { expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

test("a machine's pauses of every provider keep calls off until the first of them ends", async () => {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock });
  const pause = (provider: string, minutes: number) => {
    const until = clock.now() + minutes * 60_000;
    return failover.pause({ provider }, { by: 'pager', reason: 'a page', source: 'alert', until });
  };
  await Promise.all([pause('a', 3), pause('b', 1)]);
  await expect(failover.run(({ model }) => model)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
  await clock.advance(60_000);
  expect(await failover.run(({ model }) => model, { fallbacks: [] })).toMatchObject({ value: '2' });
  expect(await failover.drill(({ model }) => model)).toMatchObject([
    { tier: 'a/1', ok: false },
    { tier: 'b/2', ok: true },
  ]);
});
