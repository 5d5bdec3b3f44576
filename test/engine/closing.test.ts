import { expect, test } from 'vitest';
import { createFailover, createMemoryStore } from '../../src/index.js';

const chain = ['a/1', 'b/2'] as const;
const closed = { code: 'TIERFALL_CLOSED' };

test('calls are refused as soon as close() is called, also while it still stores what is pending', async () => {
  const stored = Promise.withResolvers<void>();
  const memory = createMemoryStore();
  const store = {
    ...memory,
    commit: async (...change: Parameters<typeof memory.commit>) => {
      await stored.promise;
      return memory.commit(...change);
    },
  };
  const failover = createFailover({ chain, store });
  await failover.run(() => 1);
  const pausing = failover.pause('other', { by: 'ann', reason: 'deploy' });
  const closing = failover.close();
  let asked = 0;
  await expect(failover.run(() => asked++)).rejects.toMatchObject(closed);
  await expect(failover.run(() => asked++, { instance: 'other' })).rejects.toMatchObject(closed);
  await expect(failover.state('default')).rejects.toMatchObject(closed);
  expect(asked).toBe(0);
  stored.resolve();
  await Promise.all([pausing, closing]);
  expect(await memory.load('instance:other')).toMatchObject({ state: { paused: { by: 'ann' } } });
});

test.each(['default', { provider: 'a' }, { all: true as const }])(
  'no ledger is read after close(): %j',
  async (target) => {
    const failover = createFailover({ chain });
    await failover.close();
    await expect(failover.history(target, { limit: 1 })).rejects.toMatchObject(closed);
  },
);
