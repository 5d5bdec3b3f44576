import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, type Failover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, rateLimited } from '../support/scripted.js';

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

test.each([
  ['reset', 'an answer'],
  ['pause', 'TIERFALL_PAUSED'],
] as const)(
  'a call that waits notices the %s of another process, also on a store without a watch',
  async (act, end) => {
    const clock = createManualClock();
    const store = Object.assign(createMemoryStore({ now: () => clock.now() }), { watch: undefined });
    const [failover, other] = [0, 1].map(() =>
      createFailover({ chain: ['a/1'], clock, store, policy: { onExhausted: 'wait' } }),
    ) as [Failover, Failover];
    let asked = 0;
    const call = failover.run(
      () => {
        if (asked++ === 0) throw rateLimited(3600);
        return 'an answer';
      },
      { instance: 'bot' },
    );
    const ended = call.then(
      ({ value }) => value,
      ({ code }: { code: string }) => code,
    );
    await clock.advance(5000);
    await other[act]('bot', { by: 'ann', reason: 'a deploy' });
    await clock.advance(5000);
    expect(await Promise.race([ended, Promise.resolve('still waits')])).toBe(end);
  },
);
