import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  replay,
  resolveWithFallback,
  type Failover,
  type StateStore,
} from '../../src/index.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, scripted } from '../support/scripted.js';
import { deleteKeys, redisServer, redisUrl, uniqueName } from './servers.js';

const chain = ['a/1', 'b/2'] as const;

interface Damage {
  store: StateStore;
  /** Changes what is stored as another program, or a later version, would. */
  damage: () => Promise<void>;
  stored: () => Promise<unknown>;
  remove: () => Promise<void>;
}

describe('one record that the store cannot read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
  const prefix = `${uniqueName('damaged')}:`;
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(redisUrl, { lazyConnect: true });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    if (redisServer.isThere) await deleteKeys(redis, prefix);
    redis.disconnect();
  });
  const failovers: Failover[] = [];
  afterEach(async () => {
    for (const failover of failovers.splice(0)) await failover.close();
  });

  function onSqlite(): Damage {
    const path = join(folder, 'store.db');
    const store = createSqliteStore({ path });
    onTestFinished(async () => store.close());
    const database = new DatabaseSync(path);
    onTestFinished(() => database.close());
    const where = `FROM tierfall_states WHERE key = 'instance:bad'`;
    return {
      store,
      damage: async () => database.exec(`UPDATE tierfall_states SET state = '{"' WHERE key = 'instance:bad'`),
      stored: async () => ({ ...database.prepare(`SELECT state ${where}`).get() }),
      remove: async () => database.exec(`DELETE ${where}`),
    };
  }
  function onRedis(field: string, value: string): Damage {
    const key = `${prefix}${field}:{instance:bad}:state`;
    const store: StateStore = createRedisStore({ client: redis, prefix: `${prefix}${field}:` });
    // As with SQLite: read again from time to time.
    delete store.watch;
    return {
      store,
      damage: async () => void (await redis.hset(key, field, value)),
      stored: async () => redis.hget(key, field),
      remove: async () => void (await redis.unlink(key)),
    };
  }

  const kinds: [string, () => Damage, RegExp][] = [
    ['SQLite: no JSON', onSqlite, /the record of "instance:bad" is damaged/],
    ...(redisServer.isThere
      ? ([
          ['Redis: no JSON', () => onRedis('state', '{"'), /the record of "instance:bad" is damaged/],
          ['Redis: of a later version', () => onRedis('schema', '2'), /written by a later tierfall; update this one/],
        ] satisfies [string, () => Damage, RegExp][])
      : []),
  ];

  test.for(kinds)('%s: told once, left as it is, and no other instance feels it', async ([, open, message]) => {
    const { store, damage, stored, remove } = open();
    const clock = createManualClock();
    const make = () => {
      const failover = createFailover({ chain, store, clock });
      failovers.push(failover);
      return failover;
    };
    const before = make();
    for (const instance of ['bad', 'good']) {
      await resolveWithFallback(before, scripted({ 'a/1': [overloaded()] }).call, { instance });
      await before.recordExternalTrigger(instance, 'quota');
    }
    await before.close();
    await damage();
    const left = await stored();

    const failover = make();
    const told: string[] = [];
    failover.on('store-error', (event) => told.push(event.error?.message ?? event.state));
    for (let turn = 0; turn < 10; turn++) {
      for (const instance of ['bad', 'good']) {
        expect((await resolveWithFallback(failover, () => 'answer', { instance })).value).toBe('answer');
      }
      await clock.advance(2000);
    }
    await failover.pause('good', { by: 'ann', reason: 'audit' });
    await expect(failover.pause('bad', { by: 'ann', reason: 'audit' })).rejects.toMatchObject({
      code: 'TIERFALL_STORE',
    });
    expect((await failover.state('bad')).paused).toMatchObject({ by: 'ann' });
    await expect(failover.reset('bad', { by: 'ann' })).rejects.toThrow(message);
    expect(told).toEqual([expect.stringMatching(message)]);
    expect(await stored()).toEqual(left);

    // Deleted by hand, as the message says: the instance begins anew.
    await remove();
    await clock.advance(2000);
    expect((await failover.state('bad')).tier).toBe(0);
    await failover.pause('bad', { by: 'bob', reason: 'audit' });
    const rows = await failover.history('bad', { limit: 100 });
    expect(replay(rows.toReversed(), failover)).toEqual((await store.load('instance:bad'))?.state);
    expect(rows.some((row) => row.type === 'tier-change')).toBe(false);
  });

  test('what a fleet shares: told once', async () => {
    const clock = createManualClock();
    const store = createMemoryStore();
    delete store.watch;
    await store.commit('rest:model:a/1', 0, { theirs: true }, []);
    const failover = createFailover({ chain, store, clock, share: 'rests' });
    failovers.push(failover);
    const told: string[] = [];
    failover.on('store-error', (event) => told.push(event.error?.message ?? event.state));
    for (let turn = 0; turn < 10; turn++) {
      await resolveWithFallback(failover, () => 'answer');
      await clock.advance(2000);
    }
    expect(told).toEqual(['the stored rest rest:model:a/1 cannot be read']);
  });
});
