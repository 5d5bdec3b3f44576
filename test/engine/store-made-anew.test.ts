import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, replay, type StateStore } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { without } from '../support/fake-stores.js';

const chain = ['a/1', 'b/2'] as const;
const ann = { by: 'ann', reason: 'incident' };
/** Another process forgets an instance, and as many commits later the versions are what they were. */
async function madeAnew(seen: (store: StateStore) => StateStore) {
  const clock = createManualClock();
  const inner = createMemoryStore({ now: () => clock.now() });
  const failover = createFailover({ chain, clock, store: seen(inner) });
  const other = createFailover({ chain, clock, store: inner });
  await failover.pause('bot', ann);
  await settle();
  await other.forget('bot');
  await other.hold('bot', 0, { by: 'bob' });
  await clock.advance(2000);
  return { inner, failover };
}

test.each([
  ['read again after a while', (store: StateStore) => without(store, 'watch')],
  [
    'reported, of a store that was emptied without a word',
    (store: StateStore): StateStore => ({
      ...store,
      watch: (listener, ...rest) =>
        store.watch!((key, version) => version !== undefined && listener(key, version), ...rest),
    }),
  ],
])('a record that was removed and made anew has the same versions: %s', async (_, seen) => {
  const { inner, failover } = await madeAnew(seen);
  expect((await failover.run(({ provider }) => provider, { instance: 'bot' })).value).toBe('b');
  expect((await failover.state('bot')).paused).toBeNull();
  await failover.pause('bot', ann);
  const rows = await inner.history('instance:bot', { limit: 10 });
  expect(rows.map(({ type }) => type)).toContain('held');
  expect(replay(rows.toReversed(), failover)).toEqual((await inner.load('instance:bot'))?.state);
});
