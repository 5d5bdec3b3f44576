import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, describe, expect, test } from 'vitest';
import { createRedisStore } from '../../src/stores/redis.js';
import { storeConformance } from '../../src/testing/store-conformance.js';
import { deleteKeys, redisServer, redisUrl, uniqueName } from '../stores/servers.js';

describe.skipIf(!redisServer.isThere)(`Redis store${redisServer.note}`, async () => {
  if (!redisServer.isThere) return;
  const root = uniqueName('conformance');
  const clients = { ioredis: new Redis(redisUrl), 'node-redis': await createClient({ url: redisUrl }).connect() };
  afterAll(async () => {
    await deleteKeys(clients.ioredis, root);
    clients.ioredis.disconnect();
    clients['node-redis'].destroy();
  });
  describe.for(Object.entries(clients))('through %s', ([, client]) => {
    const open = (place: string) => createRedisStore({ client, prefix: `${root}:${place}:`, historyLimit: 8 });
    test.for(storeConformance({ open, historyLimit: 8 }))('$name', async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    });
  });
});
