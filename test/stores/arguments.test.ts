import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import type { LedgerEvent } from '../../src/core/tier/state.js';
import type { StateStore } from '../../src/ports/state-store.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { temporarySqliteStore } from './temporary-sqlite.js';

/** Clients that never get to ask a server: what is wrong is found before. */
const stores: Record<string, () => StateStore> = {
  memory: () => createMemoryStore(),
  SQLite: () => temporarySqliteStore(),
  Redis: () => createRedisStore({ client: new Redis({ lazyConnect: true }) }),
  Postgres: () => createPostgresStore({ pool: new Pool() }),
};

describe.each(Object.entries(stores))('%s store, wrong arguments', (name, open) => {
  const event = (at: unknown) => [{ type: 'reset', at }] as LedgerEvent[];
  test.for<[string, (store: Record<string, (...values: unknown[]) => Promise<unknown>>) => Promise<unknown>, RegExp]>([
    [
      'an event of no time',
      (store) => store['commit']!('all', 0, {}, event(Number.NaN)),
      /each with a type and a time/,
    ],
    [
      'an event of all times',
      (store) => store['commit']!('all', 0, {}, event(Infinity)),
      /each with a type and a time/,
    ],
    ['a state that is a list', (store) => store['commit']!('all', 0, [], []), /state must be an object/],
    [
      'a state that says it is nothing',
      (store) => store['commit']!('all', 0, { toJSON: () => undefined }, []),
      /state and events must be plain JSON/,
    ],
    ['a sum of no list', (store) => store['sum']!('tokens'), /buckets must be an array of texts/],
    ['a sum of what has no name', (store) => store['sum']!('tokens', ['a', undefined]), /bucket must be a text/],
    ['a sum of no key', (store) => store['sum']!('', ['a']), /key must be a text/],
    ['a release by nobody', (store) => store['release']!('lease'), /holder must be a text/],
  ])('%s', async ([, act, message]) => {
    const error: unknown = await act(open() as never).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'StoreError', code: 'TIERFALL_STORE' });
    expect(String(error)).toMatch(message);
    expect(String(error)).toMatch(`${name} store: `);
  });
});

test.each<[string, () => unknown, RegExp]>([
  [
    'memory',
    () => createMemoryStore({ historyLimt: 10 } as object),
    /^ConfigError: historyLimt: .*mean historyLimit\?/,
  ],
  ['SQLite', () => createSqliteStore({ file: 'a.db' } as never), /^ConfigError: file: .*mean path\?/],
  ['Redis', () => createRedisStore({ url: 'redis://127.0.0.1' } as never), /^ConfigError: url: .*mean client\?/],
  ['Postgres', () => createPostgresStore({ shema: 'x' } as never), /^ConfigError: shema: .*mean schema\?/],
])('an option that the %s store does not know is refused by name', (_, create, message) => {
  let error: unknown;
  try {
    create();
  } catch (caught) {
    error = caught;
  }
  expect(String(error)).toMatch(message);
});

test('a heartbeat beyond what a timer counts', () => {
  const message = /heartbeatMs must be a number above 0 and below 2147483648, not 1e\+21/;
  expect(() => createRedisStore({ client: new Redis({ lazyConnect: true }), heartbeatMs: 1e21 })).toThrow(message);
  expect(() => createPostgresStore({ pool: new Pool(), heartbeatMs: 1e21 })).toThrow(message);
});

test.each<[string, (error: Error) => StateStore]>([
  ['Redis', (error) => createRedisStore({ client: failingRedis(error) })],
  ['Postgres', (error) => createPostgresStore({ pool: failingPool(error) })],
])('%s store: what it quotes of a client that failed has no secret', async (_name, open) => {
  const error = new Error('odd: redis://user:hunter2hunter2@db.example.test/0 with token=abcdefghijklmnop1234');
  const thrown = await open(error)
    .load('instance:bot')
    .catch((each: unknown) => each as Error);
  expect(thrown).toMatchObject({ code: 'TIERFALL_STORE', cause: error });
  expect((thrown as Error).message).toContain('odd: ');
  expect((thrown as Error).message).not.toMatch(/hunter2|abcdefgh/u);
});

function failingPool(error: Error): Pool {
  const fail = rejecting(error);
  return Object.assign(new Pool(), { connect: fail, query: fail });
}

function failingRedis(error: Error): Redis {
  const fail = rejecting(error);
  return Object.assign(new Redis({ lazyConnect: true }), { call: fail, sendCommand: fail });
}

function rejecting(error: Error): () => Promise<never> {
  return async () => {
    throw error;
  };
}

test('a store that is handed the client itself says what it takes, and names nothing of the client', () => {
  const client = new Redis({ lazyConnect: true });
  expect(() => createRedisStore(client as never)).toThrow(
    /^options: expected \{ client \}; known: client, prefix, historyLimit, instanceTtlMs, heartbeatMs$/,
  );
});
