import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createActivityLog,
  createPostgresActivitySource,
  createRedisActivitySource,
  createSqliteActivitySource,
  type ActivitySource,
} from '../../src/checks/index.js';
import type { ActivityPage, InstanceLedger } from '../../src/ports/activity.js';
import type { StateStore } from '../../src/ports/state-store.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import {
  databaseUrl,
  deleteKeys,
  dropSchemas,
  postgresServer,
  redisServer,
  redisUrl,
  uniqueName,
} from '../stores/servers.js';
import { places, temporaryFolder } from './places.js';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function agentsOf(pages: AsyncIterable<ActivityPage>): Promise<string[]> {
  const found = await all(pages);
  return found.flatMap(({ agents }) => agents.map(({ instance, rows }) => `${instance} ${rows.length}`));
}

async function record(store: StateStore, ...instances: string[]): Promise<void> {
  const log = createActivityLog({ store });
  log.record(instances.map((instance) => ({ instance, task: 'a task', outcome: 'accepted' as const, at: 1000 })));
  await log.close();
}

function ledgersOf(source: ActivitySource, limit = 10): Promise<InstanceLedger[]> {
  return all(source.readLedgers(limit));
}

describe.each(places.filter(({ isThere }) => isThere))('activity in $name', ({ open }) => {
  it('of an agent that never was is none, and can be forgotten', async () => {
    const { store } = open();
    expect(await store.readAgent?.('nobody', { since: 0, until: Infinity })).toEqual([]);
    await store.forgetActivity?.('nobody');
    expect(await agentsOf(store.readActivity!({ since: 0 }))).toEqual([]);
    await record(store, 'bot');
    await store.forgetActivity?.('nobody');
    expect(await agentsOf(store.readActivity!({ since: 0 }))).toEqual(['bot 1']);
  });

  it('of the last agent is gone once it is forgotten', async () => {
    const { store } = open();
    await record(store, 'bot');
    const [page] = await all(store.readActivity!({ since: 0 }));
    await store.forgetActivity?.('bot');
    const after = await all(store.readActivity!({ since: 0, after: page?.cursor }));
    expect(after.map(({ isFresh, agents }) => [isFresh, agents])).toEqual([[true, []]]);
  });

  it('older than what is asked for is said to be none, for each agent', async () => {
    const { store } = open();
    await record(store, 'one', 'two');
    expect((await agentsOf(store.readActivity!({ since: 2000 }))).toSorted()).toEqual(['one 0', 'two 0']);
  });

  it('of many agents comes in pages, each agent once', async () => {
    const { store } = open();
    const instances = Array.from({ length: 45 }, (_, index) => `bot-${index}`);
    await record(store, ...instances);
    expect((await agentsOf(store.readActivity!({ since: 0 }))).toSorted()).toEqual(
      instances.map((instance) => `${instance} 1`).toSorted(),
    );
  });

  it('is read from ledgers again only where a state has changed, and leaves out one that is damaged', async () => {
    const { store, source } = open();
    const event = { type: 'reset', at: 1, by: 'ann' } as const;
    await store.commit('instance:kept', 0, { ids: ['a/1'] }, [event]);
    await store.commit('instance:changed', 0, { ids: 'none' }, [event]);
    await store.commit(
      'instance:long',
      0,
      { ids: [7] },
      Array.from({ length: 101 }, () => event),
    );
    await store.commit('instance:gone', 0, {}, [event]);
    await store.commit('other:kept', 0, {}, [event]);
    const byName = async () =>
      new Map((await ledgersOf(source, 200)).map((ledger) => [ledger.instance, ledger] as const));
    const before = await byName();
    expect([...before.keys()].toSorted()).toEqual(['changed', 'gone', 'kept', 'long']);
    expect(before.get('kept')).toMatchObject({ primary: 'a/1', rows: [{ type: 'reset', seq: 1 }] });
    expect([before.get('changed')?.primary, before.get('long')?.primary]).toEqual([null, null]);
    await store.commit('instance:changed', 1, { ids: ['b/2'] }, [event]);
    await store.forget?.('instance:gone');
    const after = await byName();
    expect([...after.keys()].toSorted()).toEqual(['changed', 'kept', 'long']);
    // The same object: it was not read again.
    expect(after.get('kept')).toBe(before.get('kept'));
    expect(after.get('long')).toEqual(before.get('long'));
    expect(after.get('changed')).toMatchObject({ primary: 'b/2', rows: [{ seq: 2 }, { seq: 1 }] });
  });
});

describe('a source of SQLite', () => {
  function onFile() {
    const path = join(temporaryFolder(), 'store.db');
    const source = createSqliteActivitySource({ path });
    const open = (at = path) => {
      const store = createSqliteStore({ path: at });
      onTestFinished(async () => store.close());
      return store;
    };
    onTestFinished(async () => source.close());
    return { path, source, open };
  }

  it('has no ledgers in a file without a store', async () => {
    const { path, source } = onFile();
    new DatabaseSync(path).exec('CREATE TABLE theirs (x)');
    expect(await ledgersOf(source)).toEqual([]);
  });

  it('leaves out a ledger that is damaged and reads the others', async () => {
    const { path, source, open } = onFile();
    const store = open();
    for (const name of ['bad', 'good'])
      await store.commit(`instance:${name}`, 0, {}, [{ type: 'reset', at: 1, by: 'a' }]);
    const database = new DatabaseSync(path);
    database.exec(`UPDATE tierfall_ledger SET event = '{"at":1}' WHERE n = (SELECT n FROM tierfall_states
                   WHERE key = 'instance:bad')`);
    database.close();
    expect((await ledgersOf(source)).map(({ instance }) => instance)).toEqual(['good']);
    await expect(store.history('instance:bad', { limit: 1 })).rejects.toThrow(
      'row 1 of the ledger of "instance:bad" is damaged: no type or no time',
    );
  });

  it('reads the file that has taken the place of another', async () => {
    const { path, source, open } = onFile();
    await open().commit('instance:old', 0, {}, []);
    expect((await ledgersOf(source)).map(({ instance }) => instance)).toEqual(['old']);
    const next = open(`${path}.next`);
    await next.commit('instance:new', 0, {}, []);
    await next.close?.();
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    renameSync(`${path}.next`, path);
    expect((await ledgersOf(source)).map(({ instance }) => instance)).toEqual(['new']);
  });

  it('that was closed says so, and a file that does not exist is an error of its own', async () => {
    const { source } = onFile();
    await expect(ledgersOf(source)).rejects.toThrow('the file does not exist or cannot be read');
    await source.close();
    await expect(ledgersOf(source)).rejects.toThrow('SQLite activity source: it has been closed');
  });
});

describe.skipIf(!postgresServer.isThere)('a source of Postgres', () => {
  it('finds nothing where there is no store, and says whose tables stand in its place', async () => {
    const schema = uniqueName('src').slice(0, 40);
    const pool = new Pool({ connectionString: databaseUrl, max: 2 });
    onTestFinished(async () => {
      await dropSchemas(pool, schema);
      await pool.end();
    });
    const source = createPostgresActivitySource({ pool, schema });
    expect(await ledgersOf(source)).toEqual([]);
    expect(await agentsOf(source.readActivity({ since: 0 }))).toEqual([]);
    await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.activity_head (theirs int)`);
    await expect(agentsOf(source.readActivity({ since: 0 }))).rejects.toThrow('belongs to another program');
    // The failed transaction is in none of the connections that were given back.
    await expect(pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  it.each([
    ['no version', ''],
    ['a version that is none', "INSERT INTO %.meta VALUES ('schema', 0)"],
  ])('a table of ours with %s is taken for one of another program', async (_, fill) => {
    const schema = uniqueName('meta').slice(0, 40);
    const pool = new Pool({ connectionString: databaseUrl, max: 2 });
    onTestFinished(async () => {
      await dropSchemas(pool, schema);
      await pool.end();
    });
    await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.meta (name text, value int)`);
    if (fill !== '') await pool.query(fill.replace('%', schema));
    await expect(createPostgresStore({ pool, schema }).load('instance:bot')).rejects.toThrow(
      `Postgres store: schema ${schema} has tables of another program; choose another schema`,
    );
  });

  it('gives the connection back where watching ends before it began', async () => {
    const pool = new Pool({ connectionString: databaseUrl, max: 2 });
    const store = createPostgresStore({ pool, schema: uniqueName('watch').slice(0, 40) });
    const stop = store.watch?.(() => undefined);
    stop?.();
    // Waits for every connection that is out.
    await pool.end();
    expect(pool.totalCount).toBe(0);
  });
});

describe.skipIf(!redisServer.isThere)('a source of Redis', () => {
  function onServer() {
    const prefix = `${uniqueName('src')}:`;
    const client = new Redis(redisUrl);
    onTestFinished(async () => {
      await deleteKeys(client, prefix);
      client.disconnect();
    });
    return {
      prefix,
      client,
      store: createRedisStore({ client, prefix }),
      source: createRedisActivitySource({ client, prefix }),
    };
  }

  it('leaves out a name whose state has lapsed', async () => {
    const { prefix, client, store, source } = onServer();
    for (const name of ['lapsed', 'there']) await store.commit(`instance:${name}`, 0, {}, []);
    await client.unlink(`${prefix}{instance:lapsed}:state`);
    expect((await ledgersOf(source)).map(({ instance }) => instance)).toEqual(['there']);
  });

  it('reads more instances than one command lists', async () => {
    const { store, source } = onServer();
    const names = Array.from({ length: 501 }, (_, index) => `bot-${index}`);
    await Promise.all(names.map(async (name) => store.commit(`instance:${name}`, 0, {}, [])));
    const found = (await ledgersOf(source)).map(({ instance }) => instance);
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  it('forgets what is of no instance too', async () => {
    const { store } = onServer();
    await store.commit('rest:model:a/1', 0, {}, []);
    await store.forget?.('rest:model:a/1');
    expect(await store.load('rest:model:a/1')).toBeUndefined();
    expect(await all(store.instances())).toEqual([]);
  });
});
