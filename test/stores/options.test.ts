import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createPostgresActivitySource,
  createRedisActivitySource,
  createSqliteActivitySource,
} from '../../src/checks/index.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { openDatabase } from '../../src/stores/sqlite/database.js';
import { temporaryFolder } from '../checks/places.js';
import { databaseUrl, deleteKeys, dropSchemas, postgresServer, redisServer, redisUrl, uniqueName } from './servers.js';

function refusal(create: () => unknown): string {
  try {
    create();
  } catch (error) {
    return String(error);
  }
  return 'accepted';
}

const redis = new Redis({ lazyConnect: true });
const pool = new Pool();

describe('a wrong option is refused by name', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['no options for Redis', () => createRedisStore(undefined as never), /Redis store: client must be a client of/],
    ['no client at all', () => createRedisStore({ client: 7 as never }), /Redis store: client must be a client of/],
    [
      'a client that runs no scripts',
      () => createRedisStore({ client: { duplicate: () => undefined } as never }),
      /Redis store: client must be a client of/,
    ],
    ['no options for Postgres', () => createPostgresStore(undefined as never), /Postgres store: pool must be a pool/],
    ['no options for SQLite', () => createSqliteStore(undefined as never), /SQLite store: path must/],
    [
      'a source of Redis without options',
      () => createRedisActivitySource(undefined as never),
      /Redis activity source: client must be a client of/,
    ],
    [
      'a source of Redis with no client',
      () => createRedisActivitySource({ client: 'redis://a' as never }),
      /Redis activity source: client must be a client of/,
    ],
    [
      'a source of Redis with another option',
      () => createRedisActivitySource({ client: redis, prefx: 'a' } as never),
      /Redis activity source: prefx: unknown option/,
    ],
    [
      'a source of Redis with braces',
      () => createRedisActivitySource({ client: redis, prefix: '{a}' }),
      /Redis activity source: prefix must be a text without braces/,
    ],
    [
      'a source of Postgres without options',
      () => createPostgresActivitySource(undefined as never),
      /Postgres activity source: pool must be a pool/,
    ],
    [
      'a source of Postgres with another option',
      () => createPostgresActivitySource({ pool, shema: 'a' } as never),
      /Postgres activity source: shema: unknown option/,
    ],
    [
      'a source of Postgres without a name',
      () => createPostgresActivitySource({ pool, schema: '' }),
      /Postgres activity source: schema must be a text that is not empty/,
    ],
    [
      'a source of SQLite without options',
      () => createSqliteActivitySource(undefined as never),
      /SQLite activity source: path must name the file of a store/,
    ],
    [
      'a source of SQLite that lives in memory',
      () => createSqliteActivitySource({ path: ':memory:' }),
      /SQLite activity source: path must name the file of a store/,
    ],
    [
      'a source of SQLite with another option',
      () => createSqliteActivitySource({ path: 'a', timeout: 1 } as never),
      /SQLite activity source: timeout: unknown option/,
    ],
    [
      'a source of SQLite with no time',
      () => createSqliteActivitySource({ path: 'a', busyTimeoutMs: Number.NaN }),
      /SQLite activity source: busyTimeoutMs must be a number, 0 or more, not NaN/,
    ],
  ])('%s', (_, create, message) => {
    expect(refusal(create)).toMatch(message);
  });
});

describe('an argument', () => {
  test('no version means that there is none yet', async () => {
    const store = createMemoryStore();
    const commit = (version: unknown) => store.commit('instance:bot', version as never, {}, []);
    expect(await commit(undefined)).toEqual({ ok: true, version: 1 });
    expect(await commit(null)).toEqual({ ok: false, current: { state: {}, version: 1 } });
    await expect(commit('1')).rejects.toThrow('expectedVersion must be a whole number from 0 up, not 1');
  });

  test('a history is asked for with a limit, and before a row', async () => {
    const store = createMemoryStore();
    await expect(store.history('instance:bot', undefined as never)).rejects.toThrow('limit must be a number from 1 up');
    await expect(store.history('instance:bot', { limit: 1, before: Number.NaN })).rejects.toThrow(
      'before must be the seq of a row, not NaN',
    );
    await expect(store.history('instance:bot', { limit: 1, before: '7' as never })).rejects.toThrow('not 7');
  });

  test('what is no ledger event is not written', async () => {
    const store = createMemoryStore();
    for (const event of [null, 'reset', { type: 'reset' }, { at: 1 }]) {
      await expect(store.commit('instance:bot', 0, {}, [event as never])).rejects.toThrow(
        'each with a type and a time',
      );
    }
    expect(await store.load('instance:bot')).toBeUndefined();
  });
});

test('a SQLite store that is to survive a power cut waits for the disk at each commit', async () => {
  const levels: unknown[] = [];
  for (const synchronous of ['normal', 'full'] as const) {
    const use = await openDatabase({ path: `${temporaryFolder()}/store.db`, busyTimeoutMs: 0, synchronous });
    levels.push(use.one('PRAGMA synchronous')?.['synchronous']);
    use.database.close();
  }
  expect(levels).toEqual([1, 2]);
});

test.skipIf(!redisServer.isThere)('Redis: an instance that is kept for ever gets no end', async () => {
  const client = new Redis(redisUrl);
  const prefix = `${uniqueName('ttl')}:`;
  onTestFinished(async () => {
    await deleteKeys(client, prefix);
    client.disconnect();
  });
  const left = async (instanceTtlMs: number) => {
    const key = `instance:${instanceTtlMs}`;
    await createRedisStore({ client, prefix, instanceTtlMs }).commit(key, 0, {}, []);
    return client.pttl(`${prefix}{${key}}:state`);
  };
  expect(await left(Infinity)).toBe(-1);
  expect(await left(60_000)).toBeGreaterThan(0);
});

test.skipIf(!postgresServer.isThere)('Postgres: a history without a limit is kept whole', async () => {
  const schema = uniqueName('all').slice(0, 40);
  const own = new Pool({ connectionString: databaseUrl });
  onTestFinished(async () => {
    await dropSchemas(own, schema);
    await own.end();
  });
  const store = createPostgresStore({ pool: own, schema, historyLimit: Infinity });
  for (let version = 0; version < 5; version++) {
    await store.commit('instance:bot', version, { version }, [{ type: 'reset', at: version, by: 'ann' }]);
  }
  const rows = await store.history('instance:bot', { limit: 100 });
  expect(rows.map(({ type, seq }) => `${type} ${seq}`)).toEqual([
    'reset 5',
    'reset 4',
    'reset 3',
    'reset 2',
    'reset 1',
  ]);
});
