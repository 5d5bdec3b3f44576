import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createActivityLog,
  createPostgresActivitySource,
  createRedisActivitySource,
  runChecks,
  type ActivitySource,
  type ActivityTask,
} from '../../src/checks/index.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import {
  databaseUrl,
  deleteKeys,
  dropSchemas,
  postgresServer,
  redisServer,
  redisUrl,
  uniqueName,
} from '../stores/servers.js';

const startAt = Date.UTC(2026, 0, 5);

function tasksOf(instance: string, from: number, count: number): ActivityTask[] {
  return Array.from({ length: count }, (_, index) => ({
    instance,
    id: `${from + index}`,
    task: 't',
    outcome: 'accepted',
    at: startAt + (from + index) * 1000,
  }));
}

/** What a reader holds of each agent, in the order in which it came. */
async function holdings(source: ActivitySource, during?: (count: number) => Promise<void>) {
  const held = new Map<string, string[]>();
  let pages = 0;
  for await (const { isFresh, agents } of source.readActivity({ since: 0 })) {
    if (isFresh) held.clear();
    for (const { instance, isAll, rows } of agents) {
      const known = isAll ? [] : (held.get(instance) ?? []);
      held.set(instance, [...known, ...rows.map(([id]) => id)]);
    }
    pages += 1;
    await during?.(pages);
  }
  return held;
}

describe.skipIf(!postgresServer.isThere)(`reading from Postgres${postgresServer.note}`, () => {
  /** A pool that gives out one connection at a time, and fails a test that waits for a second one. */
  function open() {
    const schema = uniqueName('reading').slice(0, 40);
    const admin = new Pool({ connectionString: databaseUrl, max: 2 });
    const pool = new Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 3000 });
    const store = createPostgresStore({ pool: admin, schema });
    onTestFinished(async () => {
      await store.close();
      await dropSchemas(admin, schema);
      await admin.end();
      await pool.end();
    });
    return { log: createActivityLog({ store }), source: createPostgresActivitySource({ pool, schema }), pool };
  }

  it('needs one connection, also when records come late', async () => {
    const { log, source } = open();
    const now = startAt + 3_600_000;
    log.record([...tasksOf('a', 100, 50), ...tasksOf('b', 0, 300)]);
    await log.flush();
    await runChecks(source, { now });
    log.record(tasksOf('a', 0, 100));
    await log.flush();
    const { alerts } = await runChecks(source, { now });
    expect(await runChecks(log.source, { now })).toMatchObject({ alerts });
    expect((await holdings(source)).get('a')).toHaveLength(150);
  });

  it('gives its connection back to a reader that leaves early, and after a failure', async () => {
    const { log, source, pool } = open();
    log.record(tasksOf('a', 0, 3000));
    await log.flush();
    for await (const { agents } of source.readActivity({ since: 0 })) if (agents.length > 0) break;
    expect((await holdings(source)).get('a')).toHaveLength(3000);
    await expect(
      holdings(source, async (pages) => {
        if (pages === 3) throw new Error('the reader fails');
      }),
    ).rejects.toThrow('the reader fails');
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

describe.skipIf(!redisServer.isThere)(`reading from Redis${redisServer.note}`, () => {
  it('an agent whose oldest records go meanwhile is read from its beginning', async () => {
    const prefix = `${uniqueName('reading')}:`;
    const client = new Redis(redisUrl);
    const store = createRedisStore({ client, prefix });
    onTestFinished(async () => {
      await store.close();
      await deleteKeys(client, prefix);
      client.disconnect();
    });
    const log = createActivityLog({ store });
    log.record(tasksOf('a', 0, 1000));
    await log.flush();
    const few = createActivityLog({ store, retention: { maxRecords: 500 } });
    const held = await holdings(createRedisActivitySource({ client, prefix }), async (pages) => {
      if (pages !== 3) return;
      few.record(tasksOf('a', 1000, 1));
      await few.flush();
    });
    // The newest five hundred as they were when reading began; the one that came since is the next reading's.
    expect(held.get('a')).toEqual(tasksOf('a', 501, 499).map(({ id }) => `=${id}`));
  });
});
