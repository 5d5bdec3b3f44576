import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { MINUTE, provider, SECOND, setUp } from './set-up.js';

test('a store that answered late once keeps no provider from its return', async () => {
  const clock = createManualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  let isSlow = false;
  const { monitor, failover, call, calls, fail } = setUp({
    failoverOptions: {
      clock,
      store: {
        ...store,
        async acquire(...lease) {
          if (isSlow) await new Promise<void>((resolve) => void clock.setTimeout(resolve, SECOND));
          else await Promise.resolve();
          return store.acquire(...lease);
        },
      },
    },
  });
  await calls(5);
  fail(undefined);
  await clock.advance(6 * MINUTE);
  isSlow = true;
  const refused = call();
  await clock.advance(5 * SECOND);
  expect(await refused).toBe('TIERFALL_PAUSED');
  isSlow = false;
  // Rarer than the right to the trial lasts.
  await clock.advance(30 * SECOND);
  expect(await call()).toBe('a');
  expect(monitor.status().pauses).toEqual([]);
  expect((await failover.history(provider, { limit: 1 }))[0]).toMatchObject({ type: 'resumed', source: 'health' });
});
