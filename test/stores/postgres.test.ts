import { EventEmitter } from 'node:events';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createActivityLog } from '../../src/checks/index.js';
import type { StateStore } from '../../src/ports/state-store.js';
import { createPostgresStore, postgresSchemaSql, type PostgresPool } from '../../src/stores/postgres.js';
import { databaseUrl, dropSchemas, postgresServer, uniqueName } from './servers.js';

async function failureOf(action: Promise<unknown>): Promise<string> {
  const error = await action.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'StoreError', code: 'TIERFALL_STORE' });
  return String(error);
}

describe('Postgres store, bad options', () => {
  test('wants a pool and a schema', () => {
    for (const pool of [undefined, null, {}, 'postgres://127.0.0.1', { query: () => 1 }]) {
      expect(() => createPostgresStore({ pool: pool as unknown as PostgresPool })).toThrow(
        /Postgres store: pool must be a pool of pg/,
      );
    }
    for (const schema of ['', 'x'.repeat(51), 'nul\0']) {
      expect(() => createPostgresStore({ pool: new Pool(), schema })).toThrow(/schema must have 1 to 50 bytes/);
    }
  });

  test('a server that cannot be reached', async () => {
    const pool = new Pool({ host: '127.0.0.1', port: 1 });
    expect(await failureOf(createPostgresStore({ pool }).load('all'))).toMatch(/the server cannot be reached/);
    await pool.end();
    expect(await failureOf(createPostgresStore({ pool }).load('all'))).toMatch(/the pool has been ended/);
  });
});

describe.skipIf(!postgresServer.isThere)(`Postgres store${postgresServer.note}`, () => {
  const root = uniqueName('store').slice(0, 34);
  let pool: Pool;
  let schemas = 0;
  beforeAll(() => {
    pool = new Pool({ connectionString: databaseUrl, max: 5 });
  });
  afterAll(async () => {
    await dropSchemas(pool, root);
    await pool.end();
  });

  /** A schema of the test's own, with whatever `sql` makes in it. */
  async function schemaWith(sql = ''): Promise<string> {
    const schema = `${root}_${schemas++}`;
    if (sql !== '') await pool.query(`CREATE SCHEMA ${schema}; SET LOCAL search_path TO ${schema}; ${sql}`);
    return schema;
  }

  test('tables of another program under our names', async () => {
    const states = await schemaWith('CREATE TABLE states (theirs integer)');
    const meta = await schemaWith('CREATE TABLE meta (theirs integer)');
    for (const schema of [states, meta]) {
      expect(await failureOf(createPostgresStore({ pool, schema }).load('all'))).toMatch(
        /has tables of another program; choose another schema/,
      );
    }
    const { rows } = await pool.query(`SELECT * FROM ${states}.states`);
    expect(rows).toEqual([]);
  });

  test('a cause that goes away: the next use looks again', async () => {
    const schema = await schemaWith('CREATE TABLE meta (theirs integer)');
    const store = createPostgresStore({ pool, schema });
    expect(await failureOf(store.load('all'))).toMatch(/has tables of another program/);
    await pool.query(`DROP TABLE ${schema}.meta`);
    expect(await store.load('all')).toBeUndefined();
  });

  test('tables that were dropped meanwhile are made again', async () => {
    const schema = await schemaWith();
    const store = createPostgresStore({ pool, schema });
    await store.commit('instance:a', 0, { step: 1 }, []);
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    expect(await failureOf(store.load('instance:a'))).toMatch(/the tables are missing/);
    expect(await store.commit('instance:a', 1, { step: 2 }, [])).toEqual({ ok: false, current: undefined });
    expect((await store.commit('instance:a', 0, { step: 2 }, [])).ok).toBe(true);
    const rows = [{ instance: 'a', id: '1', at: 1, text: '{}' }];
    const append = async () => store.appendActivity!(rows, { maxAgeMs: 1000, cutoffAt: -1, maxRecords: 10 });
    await append();
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    expect(await failureOf(append())).toMatch(/the tables are missing/);
    await append();
  });

  test('counters whose time is over go away by themselves', async () => {
    const schema = await schemaWith();
    const store = createPostgresStore({ pool, schema });
    for (let bucket = 0; bucket < 510; bucket++) await store.increment('tokens', String(bucket), 1, 1);
    const { rows } = await pool.query(`SELECT count(*)::int AS count FROM ${schema}.counters`);
    expect((rows[0] as { count: number }).count).toBeLessThan(100);
  });

  test('tables of another program beside ours are left alone', async () => {
    const schema = await schemaWith('CREATE TABLE theirs (id integer); INSERT INTO theirs VALUES (7)');
    await createPostgresStore({ pool, schema }).commit('instance:a', 0, {}, []);
    expect((await pool.query(`SELECT id FROM ${schema}.theirs`)).rows).toEqual([{ id: 7 }]);
  });

  test('a layout of a later version', async () => {
    const schema = await schemaWith();
    await createPostgresStore({ pool, schema }).createSchema();
    await pool.query(`UPDATE ${schema}.meta SET value = 99`);
    const store = createPostgresStore({ pool, schema });
    expect(await failureOf(store.load('all'))).toMatch(/later tierfall \(layout 99, this one knows 1\); update it/);
    expect(await failureOf(store.createSchema())).toMatch(/layout 99/);
  });

  test('tables made by hand, and the hint where they are missing', async () => {
    const schema = await schemaWith();
    const store = createPostgresStore({ pool, schema, migrate: false });
    expect(await failureOf(store.load('all'))).toMatch(
      /call createSchema\(\), or run what postgresSchemaSql\(\) returns/,
    );
    await pool.query(postgresSchemaSql(schema));
    expect(await store.commit('instance:a', 0, { step: 1 }, [])).toEqual({ ok: true, version: 1 });
  });

  test('tables made by many processes at once', async () => {
    const schema = await schemaWith();
    const stores = Array.from({ length: 8 }, () => createPostgresStore({ pool, schema }));
    await Promise.all(stores.map(async (store) => store.createSchema()));
    const others = Array.from({ length: 8 }, () => createPostgresStore({ pool, schema }));
    await Promise.all(others.map(async (store, index) => store.commit(`instance:${index}`, 0, {}, [])));
    const { rows } = await pool.query(`SELECT count(*)::int AS count FROM ${schema}.states`);
    expect(rows).toEqual([{ count: 8 }]);
  });

  test('a schema whose name is hostile', async () => {
    const schema = `${root}"; DROP TABLE x`;
    const store = createPostgresStore({ pool, schema });
    await store.commit('instance:a', 0, { step: 1 }, [{ type: 'reset', at: 1 }]);
    expect(await store.load('instance:a')).toEqual({ state: { step: 1 }, version: 1 });
    expect(await store.history('instance:a', { limit: 1 })).toEqual([{ type: 'reset', at: 1, seq: 1 }]);
  });

  test('a user who lacks a permission, and one who may only read', async () => {
    const schema = await schemaWith();
    await createPostgresStore({ pool, schema }).createSchema();
    const role = `${schema}_guest`;
    await pool.query(
      `CREATE ROLE ${role}; GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
    );
    onTestFinished(async () => void (await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
    const options = { connectionString: databaseUrl, max: 1 };
    const guests = new Pool({ ...options, options: `-c role=${role}` });
    const readers = new Pool({ ...options, options: '-c default_transaction_read_only=on' });
    onTestFinished(async () => void (await Promise.all([guests.end(), readers.end()])));
    const guest = createPostgresStore({ pool: guests, schema });
    expect(await guest.load('instance:a')).toBeUndefined();
    expect(await failureOf(guest.commit('instance:a', 0, {}, []))).toMatch(
      /lacks a permission; grant it usage on the schema/,
    );
    const reader = createPostgresStore({ pool: readers, schema });
    expect(await failureOf(reader.commit('instance:a', 0, {}, []))).toMatch(
      /read-only standby; connect to the primary/,
    );
  });

  test('a user who may not make the tables, and tables that user cannot see', async () => {
    const [hidden, given, theirs] = [
      `${await schemaWith()}_new`,
      await schemaWith('SELECT'),
      await schemaWith('SELECT'),
    ];
    const role = `${given}_guest`;
    await pool.query(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA ${given}, ${theirs} TO ${role}`);
    await pool.query(`GRANT CREATE ON SCHEMA ${theirs} TO ${role}; CREATE TABLE ${theirs}.states (theirs integer)`);
    onTestFinished(async () => void (await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
    const guests = new Pool({ connectionString: databaseUrl, max: 1, options: `-c role=${role}` });
    onTestFinished(async () => guests.end());
    for (const schema of [hidden, given]) {
      expect(await failureOf(createPostgresStore({ pool: guests, schema }).load('all'))).toMatch(
        /may not make its tables; grant it create on the database or on the schema, or have their owner run what postgresSchemaSql\(\) returns/,
      );
    }
    expect(await failureOf(createPostgresStore({ pool: guests, schema: theirs }).load('all'))).toMatch(
      /belongs to another program; choose another schema/,
    );
  });

  test('limits of time, and a database whose encoding lacks a character', async () => {
    const schema = await schemaWith();
    await createPostgresStore({ pool, schema }).commit('instance:a', 0, {}, []);
    const other = await pool.connect();
    onTestFinished(() => other.release(true));
    await other.query(`BEGIN; SELECT 1 FROM ${schema}.states FOR UPDATE`);
    for (const limit of [{ statement_timeout: 30 }, { lock_timeout: 30 }]) {
      const limited = new Pool({ connectionString: databaseUrl, max: 1, ...limit });
      expect(await failureOf(createPostgresStore({ pool: limited, schema }).commit('instance:a', 1, {}, []))).toMatch(
        /the server ended the statement at its time limit \(statement_timeout, lock_timeout\)/,
      );
      await limited.end();
    }
    const name = `${schema}_latin`;
    await pool.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    const latin = new Pool({ connectionString: Object.assign(new URL(databaseUrl), { pathname: name }).href, max: 1 });
    onTestFinished(async () => {
      await latin.end();
      await pool.query(`DROP DATABASE ${name}`);
    });
    expect(await failureOf(createPostgresStore({ pool: latin }).commit('instance:🦊', 0, {}, []))).toMatch(
      /this database cannot hold every character; use one whose encoding is UTF8/,
    );
  });

  test('a pool of one connection has no watch, and works', async () => {
    const single = new Pool({ connectionString: databaseUrl, max: 1 });
    onTestFinished(async () => single.end());
    const store = createPostgresStore({ pool: single, schema: await schemaWith() });
    expect('watch' in store).toBe(false);
    expect(await store.commit('instance:a', 0, {}, [])).toEqual({ ok: true, version: 1 });
  });

  test('a closed store gives its connection back, so that the pool can end', async () => {
    const own = new Pool({ connectionString: databaseUrl, max: 3 });
    const store = createPostgresStore({ pool: own, schema: await schemaWith() });
    await store.createSchema();
    let live = false;
    store.watch?.(
      () => undefined,
      (isLive) => (live = isLive),
    );
    await expect.poll(() => live).toBe(true);
    await store.close();
    // Whoever still reads through it must not believe that changes are told.
    expect(live).toBe(false);
    await expect(own.end()).resolves.toBeUndefined();
  });

  test('behind a pooler that shares connections, a watch that hears nothing is not live', async () => {
    const schema = await schemaWith();
    const other = createPostgresStore({ pool, schema });
    await other.createSchema();
    const own = new Pool({ connectionString: databaseUrl, max: 3 });
    onTestFinished(async () => own.end());
    const asked: string[] = [];
    // Each statement meets whichever connection is free, and what arrives between two of them reaches nobody.
    const query: PostgresPool['query'] = async (statement) => {
      const answer = await own.query(statement);
      asked.push(statement.text);
      return answer;
    };
    const connect = async () => ({ query, on: () => undefined, release: () => undefined });
    const store = createPostgresStore({ pool: { query, connect }, schema, prepare: false });
    const live: boolean[] = [];
    store.watch?.(
      () => undefined,
      (isLive) => live.push(isLive),
    );
    await expect.poll(() => asked.some((text) => text.startsWith('LISTEN'))).toBe(true);
    await other.commit('instance:a', 0, {}, []);
    expect(await store.load('instance:a')).toMatchObject({ version: 1 });
    expect(live).toEqual([false]);
    await store.close();
  });

  test('a connection that the server ends while activity is read ends the reading, and not the process', async () => {
    const schema = await schemaWith();
    const own = new Pool({ connectionString: databaseUrl, max: 3 });
    own.on('error', () => undefined);
    onTestFinished(async () => own.end());
    let used: PoolClient | undefined;
    own.on('acquire', (client) => (used = client));
    const log = createActivityLog({ store: createPostgresStore({ pool: own, schema }) });
    log.record({ instance: 'agent', task: 't', outcome: 'accepted' });
    await log.close();
    const pages = log.source.readActivity({ since: 0 })[Symbol.asyncIterator]();
    const read = async () => {
      for (let page = await pages.next(); !page.done; page = await pages.next()) {
        if (page.value.agents.length > 0) break;
      }
    };
    await read();
    const ended = new Promise((resolve) => void used!.once('end', () => resolve(undefined)));
    await pool.query('SELECT pg_terminate_backend($1)', [(used as unknown as { processID: number }).processID]);
    await ended;
    await expect(read()).rejects.toMatchObject({ code: 'TIERFALL_STORE' });
    expect(await createPostgresStore({ pool: own, schema }).load('instance:a')).toBeUndefined();
  });

  test('one that breaks in the moment it is handed out ends no process either, nor one that is handed out again', async () => {
    const schema = await schemaWith();
    class Client extends EventEmitter {
      query = () => Promise.reject(new Error('Connection terminated unexpectedly'));
      release = vi.fn();
    }
    const client = new Client();
    const connect = (callback?: (error: unknown, client: Client) => void) => {
      callback?.(undefined, client);
      client.emit('error', new Error('terminating connection due to administrator command'));
    };
    const query = () => Promise.resolve({ rows: [] });
    const store = createPostgresStore({ pool: { query, connect } as unknown as PostgresPool, schema });
    for (let time = 0; time < 3; time++) {
      await expect(store.createSchema()).rejects.toThrow('the server cannot be reached');
    }
    expect(client.release.mock.calls).toEqual([[true], [true], [true]]);
  });

  test.for(['repeatable read', 'serializable'])('transactions that are %s by default', async (isolation) => {
    const options = `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`;
    const strict = new Pool({ connectionString: databaseUrl, max: 5, options });
    onTestFinished(async () => strict.end());
    const schema = await schemaWith();
    const stores = Array.from({ length: 5 }, () => createPostgresStore({ pool: strict, schema }));
    await Promise.all(stores.map(async (store) => store.createSchema()));
    const count = async (store: StateStore): Promise<void> => {
      let found = await store.load('instance:a');
      while (true) {
        const result = await store.commit('instance:a', found?.version ?? 0, { some: 'state' }, []);
        if (result.ok) return;
        found = result.current;
      }
    };
    await Promise.all(stores.flatMap((store) => [count(store), count(store), count(store)]));
    await Promise.all(stores.map(async (store) => store.increment('k', 'b', 1, 60_000)));
    const leases = await Promise.all(stores.map(async (store, index) => store.acquire('k', `holder ${index}`, 60_000)));
    expect(await stores[0]?.load('instance:a')).toMatchObject({ version: 15 });
    expect(await stores[0]?.sum('k', ['b'])).toBe(5);
    expect(leases.filter(Boolean)).toHaveLength(1);
  });

  test('a pooler that does not keep prepared statements', async () => {
    const single = new Pool({ connectionString: databaseUrl, max: 1 });
    onTestFinished(async () => single.end());
    const store = createPostgresStore({ pool: single, schema: await schemaWith() });
    await store.load('instance:a');
    // As it is on another connection than the one that prepared it.
    await single.query('DEALLOCATE ALL');
    expect(await failureOf(store.load('instance:a'))).toMatch(
      /shares connections between transactions; pass prepare: false/,
    );
  });

  test('statements that are not prepared, for poolers', async () => {
    const single = new Pool({ connectionString: databaseUrl, max: 1 });
    onTestFinished(async () => single.end());
    const store = createPostgresStore({ pool: single, schema: await schemaWith(), prepare: false });
    await store.commit('instance:a', 0, {}, []);
    expect(await store.load('instance:a')).toMatchObject({ version: 1 });
    expect((await single.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([]);
  });
});
