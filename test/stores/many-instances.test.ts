import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StateStore } from '../../src/ports/state-store.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { databaseUrl, deleteKeys, dropSchemas, postgresServer, redisServer, redisUrl, uniqueName } from './servers.js';

const COUNT = 100_000;
/** Long enough that all names together, held at once, would be seen: 20 MB. */
const PADDING = '-'.padEnd(200, 'x');
const FLAT_BYTES = 6_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Reads every name; tells how many there were and how much more memory was in use on the way. */
async function stream(store: StateStore): Promise<{ names: number; isFlat: boolean }> {
  const before = heapUsed();
  let names = 0;
  let most = 0;
  for await (const name of store.instances()) {
    if (name.endsWith(PADDING)) names += 1;
    if (names % 20_000 === 0) most = Math.max(most, heapUsed() - before);
  }
  return { names, isFlat: most < FLAT_BYTES };
}

describe('100,000 instances are streamed with flat memory', { timeout: 120_000 }, () => {
  const everything = { names: COUNT, isFlat: true };

  test('memory', async () => {
    const store = createMemoryStore();
    // Joined, not added: an added text is put together when first read, and that would be counted as streaming.
    for (let index = 0; index < COUNT; index++) await store.commit(['instance:', index, PADDING].join(''), 0, {}, []);
    expect(await stream(store)).toEqual(everything);
  });

  test('SQLite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
    const path = join(folder, 'store.db');
    const store = createSqliteStore({ path });
    onTestFinished(async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    });
    await store.load('all');
    const database = new DatabaseSync(path);
    database.exec(`WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${COUNT})
      INSERT INTO tierfall_states SELECT NULL, 'instance:' || i || '${PADDING}', 1, 0, 1, 0, '{}' FROM numbers`);
    database.close();
    expect(await stream(store)).toEqual(everything);
  });

  test.skipIf(!redisServer.isThere)(`Redis${redisServer.note}`, async () => {
    const client = new Redis(redisUrl);
    const prefix = `${uniqueName('many')}:`;
    onTestFinished(async () => {
      await deleteKeys(client, prefix);
      client.disconnect();
    });
    await client.eval(
      `for i = 1, ${COUNT} do
         redis.call('HSET', ARGV[1] .. '{instance:' .. i .. ARGV[2] .. '}:state', 'schema', 1, 'version', 1, 'state', '{}', 'seq', 0, 'checkpoint', 0)
         redis.call('ZADD', ARGV[1] .. 'instances', 0, i .. ARGV[2])
       end`,
      0,
      prefix,
      PADDING,
    );
    expect(await stream(createRedisStore({ client, prefix }))).toEqual(everything);
  });

  test.skipIf(!postgresServer.isThere)(`Postgres${postgresServer.note}`, async () => {
    const pool = new Pool({ connectionString: databaseUrl, max: 2 });
    const schema = uniqueName('many');
    onTestFinished(async () => {
      await dropSchemas(pool, schema);
      await pool.end();
    });
    const store = createPostgresStore({ pool, schema });
    await store.createSchema();
    await pool.query(`INSERT INTO ${schema}.states (id, version, seq, first_seq, checkpoint_seq, state)
      SELECT 'instance:' || i || '${PADDING}', 1, 0, 1, 0, '{}' FROM generate_series(1, ${COUNT}) AS i`);
    expect(await stream(store)).toEqual(everything);
  });
});
