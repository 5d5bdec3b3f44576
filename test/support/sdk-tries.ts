import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LoopbackProvider } from '../../examples/support/loopback-provider.ts';
import { answers, httpError, startLoopbackProvider } from '../../examples/support/loopback-provider.ts';
import type { SdkDriver } from './sdk-driver.ts';
import { handOvers } from './sdk-hand-over.ts';

/** How far the timers run ahead in each turn of the event loop; `PATIENCE_MS` is millions of such steps away. */
const STEP_MS = 500;

/** Holds how often an SDK asks on its own account, what stops it, and that a `fetch` handed in sees all of it. */
export function holdTries(sdk: keyof typeof handOvers, driver: SdkDriver): void {
  const handOver = handOvers[sdk];
  const call = driver.call?.bind(driver);
  if (call === undefined) throw new Error(`${sdk} needs a driver with a plain call`);

  describe(`tries of ${sdk}`, () => {
    let provider: LoopbackProvider;
    beforeAll(async () => {
      provider = await startLoopbackProvider();
    });
    afterEach(() => {
      vi.useRealTimers();
      provider.clear();
    });
    afterAll(() => provider.close());

    const tries = async (ownRetries: boolean): Promise<number> => {
      const asked = { url: provider.url(driver.wire), model: 'model-1' };
      // The pauses between the tries pass at once.
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      await settled(call(ownRetries ? { ...asked, ownRetries } : asked));
      return provider.calls();
    };

    test(`${handOver.tries} of its own when nobody sets anything`, async () => {
      provider.on('*', httpError(500));
      expect(await tries(true)).toBe(handOver.tries);
    });

    test('1 with its retries off', async () => {
      provider.on('*', httpError(500));
      expect(await tries(false)).toBe(1);
    });

    test(`x-should-retry: false ${handOver.heedsHeader ? 'ends them' : 'changes nothing'}`, async () => {
      provider.on('*', httpError(500, { headers: { 'x-should-retry': 'false' } }));
      expect(await tries(true)).toBe(handOver.heedsHeader ? 1 : handOver.tries);
    });

    if (handOver.fetch === undefined) return;
    test('the fetch handed in sees the response', async () => {
      const statuses: number[] = [];
      const watching: typeof fetch = async (input, init) => {
        const response = await fetch(input, init);
        statuses.push(response.status);
        return response;
      };
      provider.on('*', answers('hello there'));
      const asked = { url: provider.url(driver.wire), model: 'model-1', fetch: watching };
      expect(await call(asked)).toBe('hello there');
      expect(statuses).toEqual([200]);
    });
  });
}

/** Waits for the call to end while its timers run ahead. */
async function settled(call: Promise<unknown>): Promise<void> {
  const end = call.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([end, nextTurn(false)]))) vi.advanceTimersByTime(STEP_MS);
}
