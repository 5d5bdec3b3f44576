import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createActivityLog,
  createPostgresActivitySource,
  createRedisActivitySource,
  createSqliteActivitySource,
  failureReport,
  runChecks,
  type ActivitySource,
  type ActivityTask,
} from '../../src/checks/index.js';
import { createFailover, isTierfallError } from '../../src/index.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { generateHistory } from '../../src/testing/index.js';
import {
  databaseUrl,
  deleteKeys,
  dropSchemas,
  postgresServer,
  redisServer,
  redisUrl,
  uniqueName,
} from '../stores/servers.js';
import { places, temporaryFolder, type Place } from './places.js';

const HOUR = 3_600_000;

/** Three agents with trouble of three kinds, in the order in which it was recorded, and when each can be seen. */
function troubled(): { tasks: ActivityTask[]; now: number; times: number[] } {
  const histories = [
    generateHistory({ seed: 21, shape: 'office-hours', fault: 'loop' }),
    generateHistory({ seed: 22, shape: 'round-the-clock', fault: 'rejections' }),
    generateHistory({ seed: 23, shape: 'six-days', fault: 'cost' }),
  ];
  const tasks = histories
    .flatMap((history) => history.tasks)
    .map((task, index) => (index % 7 === 0 ? { ...task, id: `own-${index}` } : task));
  const times = histories.map(({ fault }) => fault?.deadlineAt ?? 0);
  return { tasks, now: Math.max(...times), times };
}

async function fill({ store }: Pick<Place, 'store'>, tasks: readonly ActivityTask[]): Promise<void> {
  const log = createActivityLog({ store });
  log.record(tasks);
  await log.close();
}

async function resultOf(source: ActivitySource, now: number) {
  const result = await runChecks(source, { now });
  return { ...result, report: await failureReport(source, { instance: 'agent-21', now }) };
}

describe('the same records', () => {
  it.each(places.filter(({ isThere }) => isThere))('give the same results from $name as from memory', async (place) => {
    const { tasks, times } = troubled();
    const memory = places[0]!.open();
    const other = place.open();
    // In another order, in parts, and some of them twice.
    const shuffled = tasks.toSorted((one, two) => hash(one) - hash(two));
    await fill(memory, tasks);
    await fill(other, shuffled.slice(0, 3000));
    await fill(other, shuffled.slice(2500));
    const found = new Set<string>();
    for (const now of times) {
      const expected = await resultOf(memory.source, now);
      for (const { check } of expected.alerts) found.add(check);
      expect(await resultOf(other.source, now)).toEqual(expected);
      // Through the store itself, and once more from what is remembered.
      expect(await resultOf(createActivityLog({ store: other.store }).source, now)).toEqual(expected);
      expect(await resultOf(other.source, now)).toEqual(expected);
    }
    expect([...found]).toEqual(expect.arrayContaining(['stuck-loop', 'rejection-spike', 'cost-spike']));
  });

  it.each(places.filter(({ isThere }) => isThere))('are read on from $name as if from nothing', async (place) => {
    const { tasks } = troubled();
    const { store, source } = place.open();
    const log = createActivityLog({ store, retention: { maxRecords: 400 } });
    const order = tasks.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0) + (hash(one) % 3) * HOUR);
    for (let index = 0; index < order.length; index += 700) {
      log.record(order.slice(index, index + 700));
      await log.flush();
      const now = Math.max(...order.slice(0, index + 700).map(({ at = 0 }) => at));
      const fresh = createActivityLog({ store }).source;
      expect(await runChecks(source, { now })).toEqual(await runChecks(fresh, { now }));
    }
    await log.forget('agent-22');
    const now = Math.max(...order.map(({ at = 0 }) => at));
    const { alerts } = await runChecks(source, { now });
    expect(alerts).toEqual((await runChecks(createActivityLog({ store }).source, { now })).alerts);
    expect(alerts.map(({ instance }) => instance)).not.toContain('agent-22');
  });

  it.each(places.filter(({ isThere }) => isThere))('of failovers are read from $name', async (place) => {
    const { store, source } = place.open();
    const failover = createFailover({ chain: ['one/a', 'two/b'], store });
    await failover.record('bot {x}%', { tier: 0, ok: false, kind: 'auth' });
    await failover.close();
    const ledgers = [];
    for await (const ledger of source.readLedgers(10)) ledgers.push(ledger);
    expect(ledgers).toMatchObject([{ instance: 'bot {x}%', primary: 'one/a' }]);
    expect(ledgers[0]?.rows.map(({ type }) => type)).toContain('tier-failed');
  });

  it.each(places.filter(({ isThere }) => isThere))('go from $name with the agent that is forgotten', async (place) => {
    const { store, source } = place.open();
    const log = createActivityLog({ store });
    log.record([
      { instance: 'gone', task: 'a', outcome: 'rejected', at: 1000 },
      { instance: 'stays', task: 'a', outcome: 'rejected', at: 1000 },
    ]);
    await log.flush();
    await log.forget('gone');
    expect(await source.readAgent('gone', { since: 0, until: 2000 })).toEqual([]);
    expect(await source.readAgent('stays', { since: 0, until: 2000 })).toHaveLength(1);
  });
});

describe('a source cannot write', () => {
  it('SQLite: its connection refuses, the file stays as it is, and one that is not there is not made', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const source = createSqliteActivitySource({ path });
    await expect(runChecks(source, { now: 1 })).rejects.toSatisfy((error) => isTierfallError(error, 'TIERFALL_STORE'));
    expect(existsSync(path)).toBe(false);

    const store = createSqliteStore({ path });
    const { tasks, now } = troubled();
    await fill({ store }, tasks);
    await store.close();
    const before = digest(path);
    const { alerts } = await runChecks(source, { now });
    expect(alerts.length).toBeGreaterThan(0);
    // The very way it opens the file does not let a statement write.
    const readOnly = new DatabaseSync(path, { readOnly: true });
    expect(() => readOnly.exec('DELETE FROM tierfall_activity')).toThrow(/readonly/u);
    readOnly.close();
    await source.close();
    expect(digest(path)).toBe(before);
  });

  it.skipIf(!postgresServer.isThere)(
    'Postgres: a user that may only select is enough, and each read says so',
    async () => {
      const schema = uniqueName('readonly').slice(0, 40);
      const role = `${schema}_reader`;
      const owner = new Pool({ connectionString: databaseUrl, max: 2 });
      const store = createPostgresStore({ pool: owner, schema });
      const { tasks, now } = troubled();
      await fill({ store }, tasks);
      const failover = createFailover({ chain: ['one/a', 'two/b'], store });
      await failover.record('bot', { tier: 0, ok: false, kind: 'auth' });
      await failover.close();
      await owner.query(`CREATE ROLE "${role}" LOGIN`);
      await owner.query(`GRANT USAGE ON SCHEMA "${schema}" TO "${role}"`);
      await owner.query(`GRANT SELECT ON ALL TABLES IN SCHEMA "${schema}" TO "${role}"`);
      const reader = new Pool({ connectionString: databaseUrl.replace(/\/\/[^@/]*@/u, `//${role}@`), max: 2 });
      onTestFinished(async () => {
        await reader.end();
        await dropSchemas(owner, schema);
        await owner.query(`DROP ROLE "${role}"`);
        await owner.end();
      });
      await expect(reader.query(`DELETE FROM "${schema}".activity`)).rejects.toThrow(/permission denied/u);
      const said: string[] = [];
      const told = {
        query: (query: { text: string; values?: unknown[] }) => reader.query(query),
        connect: async () => {
          const client = await reader.connect();
          return {
            query: async (query: { text: string; values?: unknown[] }) => {
              said.push(query.text);
              return client.query(query);
            },
            on: () => undefined,
            release: (destroy?: boolean) => client.release(destroy),
          };
        },
      };
      const { alerts } = await runChecks(createPostgresActivitySource({ pool: told, schema }), { now });
      expect(alerts.length).toBeGreaterThan(0);
      // Each transaction says so, and nothing is said outside of one.
      const transactions = said.join(';').split('COMMIT');
      expect(transactions.pop()).toBe('');
      for (const each of transactions) expect(each.replace(/^;/, '')).toMatch(/^BEGIN TRANSACTION READ ONLY;/);
      expect(said.filter((text) => text.startsWith('BEGIN'))).toHaveLength(transactions.length);
      expect(said.some((text) => /INSERT|UPDATE|DELETE|CREATE|DROP/u.test(text))).toBe(false);
    },
  );

  it.skipIf(!redisServer.isThere).each(['ioredis', 'node-redis'] as const)(
    'Redis: a user without any writing command or script is enough, through %s',
    async (client) => {
      const prefix = `${uniqueName('acl')}:`;
      const user = `reader-${process.pid}-${client}`;
      const owner = new Redis(redisUrl);
      const store = createRedisStore({ client: owner, prefix });
      const { tasks, now } = troubled();
      await fill({ store }, tasks);
      const failover = createFailover({ chain: ['one/a', 'two/b'], store });
      await failover.record('bot', { tier: 0, ok: false, kind: 'auth' });
      await failover.close();
      await owner.call(
        'ACL',
        'SETUSER',
        user,
        'reset',
        'on',
        '>secret',
        `~${prefix}*`,
        '+@read',
        '+@connection',
        '+info',
        '-@write',
        '-@scripting',
      );
      const address = new URL(redisUrl);
      const reader =
        client === 'ioredis'
          ? new Redis(Number(address.port || 6379), address.hostname, { username: user, password: 'secret' })
          : await createClient({ url: `redis://${user}:secret@${address.host}` }).connect();
      onTestFinished(async () => {
        if (reader instanceof Redis) reader.disconnect();
        else reader.destroy();
        await owner.call('ACL', 'DELUSER', user);
        await deleteKeys(owner, prefix);
        owner.disconnect();
      });
      const write = reader instanceof Redis ? reader.set(`${prefix}x`, '1') : reader.set(`${prefix}x`, '1');
      await expect(write).rejects.toThrow(/NOPERM/u);
      const source = createRedisActivitySource({ client: reader, prefix });
      const { alerts } = await runChecks(source, { now });
      expect(alerts.length).toBeGreaterThan(0);
      const ledgers = [];
      for await (const { instance } of source.readLedgers(10)) ledgers.push(instance);
      expect(ledgers).toEqual(['bot']);
    },
  );

  it('a log’s source calls reading methods of the store alone', async () => {
    const { store } = places[0]!.open();
    const { tasks, now } = troubled();
    await fill({ store }, tasks);
    const called = new Set<string>();
    const reading = new Proxy(store, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          called.add(String(name));
          return Reflect.apply(value, target, given) as unknown;
        };
      },
    });
    const log = createActivityLog({ store: reading });
    expect((await runChecks(log.source, { now })).alerts.length).toBeGreaterThan(0);
    await failureReport(log.source, { instance: 'agent-21', now });
    expect([...called].toSorted()).toEqual(['instances', 'readActivity', 'readAgent']);
  });
});

function hash(task: ActivityTask): number {
  return createHash('md5').update(JSON.stringify(task)).digest().readUInt32BE();
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
