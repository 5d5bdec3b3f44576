import { Pool } from 'pg';
import { expect, test } from 'vitest';
import { StoreError } from '../../src/core/errors.js';
import { createPostgresStore, type PostgresPool } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { redisCommands } from '../../src/stores/redis/commands.js';
import { isBusy, sqliteError } from '../../src/stores/sqlite/errors.js';

/** What an ioredis client rejects with. */
function redisThatFails(cause: unknown) {
  const fail = () => Promise.reject(cause);
  return { eval: fail, evalsha: fail, call: fail, duplicate: () => undefined as never };
}

test.each<[string, unknown, string]>([
  ['a string', 'ECONNRESET', 'Redis store: the server cannot be reached'],
  ['nothing', undefined, 'Redis store: now failed: unknown'],
  ['an error that has only a code', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'cannot be reached'],
  ['an error that has only a name', Object.assign(new Error(''), { name: 'MaxRetriesPerRequestError' }), 'cannot be'],
  ['an error with a code that is a number', Object.assign(new Error('odd'), { code: 7 }), 'now failed: odd  Error'],
])('a Redis client that rejects with %s', async (_, cause, message) => {
  const error: unknown = await createRedisStore({ client: redisThatFails(cause) })
    .now?.()
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'TIERFALL_STORE', cause });
  expect(String(error)).toContain(message);
});

test.each<[string, unknown, string]>([
  ['a string', 'gone', 'Postgres store: now failed (unknown)'],
  ['an error without a message', new RangeError(''), 'Postgres store: now failed (RangeError)'],
])('a Postgres pool that rejects with %s', async (_, cause, message) => {
  const pool: PostgresPool = Object.assign(new Pool(), { query: () => Promise.reject(cause) });
  const error: unknown = await createPostgresStore({ pool })
    .now?.()
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'TIERFALL_STORE', cause, message });
});

test('Postgres: where the connection breaks under a group of commits nobody is told that it was written', async () => {
  const pool: PostgresPool = {
    async query({ name = '' }) {
      if (name.includes(':update')) throw new Error('Connection terminated unexpectedly');
      return { rows: [{ value: 1 }] };
    },
    connect: async () => Promise.reject(new Error('not needed here')),
  };
  const store = createPostgresStore({ pool });
  const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((key) => store.commit(key, 1, {}, [])));
  expect(results.map((result) => result.status === 'rejected' && String(result.reason))).toEqual(
    Array.from({ length: 4 }, () => expect.stringMatching(/the server cannot be reached/)),
  );
});

test.each<[string, unknown, string]>([
  ['a disk that is full, as Bun says it', Object.assign(new Error('x'), { errno: 13 }), 'the disk is full'],
  ['a code that is no number', Object.assign(new Error('odd'), { errcode: 'x' }), 'load failed: odd'],
  ['no error', 'boom', 'load failed: unknown'],
])('what SQLite throws: %s', (_, cause, message) => {
  const error = sqliteError('load', 'k', { path: 'a.db', busyTimeoutMs: 1 }, cause);
  expect(error).toBeInstanceOf(StoreError);
  expect(error.message).toMatch(`SQLite store (a.db): ${message}`);
  expect(isBusy(cause)).toBe(false);
});

test('plain commands go through a Cluster of node-redis by their key', async () => {
  const sent: unknown[][] = [];
  const sendCommand = async (...args: unknown[]) => sent.push(args);
  const evalSha = async () => undefined;
  await redisCommands({ sendCommand, evalSha, slots: [] }, 'test').ask('key', 'HMGET', 'key', 'n');
  await redisCommands({ sendCommand, evalSha }, 'test').ask('key', 'HMGET', 'key', 'n');
  expect(sent).toEqual([['key', true, ['HMGET', 'key', 'n']], [['HMGET', 'key', 'n']]]);
});

test('a client that sends no plain commands can keep states, and says why it reads no activity', async () => {
  const { eval: script, evalsha, duplicate } = redisThatFails(new Error('no server'));
  const store = createRedisStore({ client: { eval: script, evalsha, duplicate } });
  await expect(store.readAgent?.('bot', { since: 0, until: 1 })).rejects.toThrow(
    'Redis store: client must be one of ioredis or node-redis',
  );
});
