import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
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
    await expect(own.end()).resolves.toBeUndefined();
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
