import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, type StateStore } from '../../src/index.js';
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

test.each(['bot', { provider: 'a' }, { all: true }] as const)(
  'a pause of %j until Infinity stands for other processes of a store that keeps JSON',
  async (target) => {
    const clock = createManualClock();
    const store = keepsJson(createMemoryStore());
    const chain = ['a/1'];
    const first = createFailover({ chain, clock, store });
    await first.pause(target, { by: 'ann', reason: 'until further notice', until: Infinity });
    await first.close();
    const second = createFailover({ chain, clock, store });
    await expect(second.run(() => 'asked', { instance: 'bot' })).rejects.toMatchObject({ retryAt: null });
    await second.close();
  },
);

/** As SQLite, Redis and Postgres keep it. */
function keepsJson(store: StateStore): StateStore {
  const commit: StateStore['commit'] = (key, version, state, events) =>
    store.commit(key, version, JSON.parse(JSON.stringify(state)), JSON.parse(JSON.stringify(events)));
  return new Proxy(store, {
    get: (of, name) => {
      const value: unknown = name === 'commit' ? commit : Reflect.get(of, name);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}
