import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StateStore } from '../../src/ports/state-store.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { databaseUrl, deleteKeys, dropSchemas, postgresServer, redisServer, redisUrl, uniqueName } from './servers.js';
import { temporarySqliteStore } from './temporary-sqlite.js';

const page = readFileSync(new URL('../../docs/stores.md', import.meta.url), 'utf8');

/** The cells of the table of stores that begin with `label`: memory, SQLite, Redis, Postgres. */
function figures(label: string): number[] {
  const row = page.split('\n').find((line) => line.startsWith(`| ${label} |`));
  return (row ?? '')
    .split('|')
    .slice(2, 6)
    .map((cell) => Number(cell.replaceAll(',', '')));
}

function openRedis() {
  const client = new Redis(redisUrl);
  const prefix = `${uniqueName('figures')}:`;
  onTestFinished(async () => {
    await deleteKeys(client, prefix);
    client.disconnect();
  });
  return { client, prefix, store: createRedisStore({ client, prefix }) };
}

const stores: Record<string, { open: () => StateStore; isThere: boolean; note: string }> = {
  memory: { open: () => createMemoryStore(), isThere: true, note: '' },
  SQLite: {
    open: () => temporarySqliteStore(),
    isThere: true,
    note: '',
  },
  Redis: { open: () => openRedis().store, ...redisServer },
  Postgres: {
    open() {
      const pool = new Pool({ connectionString: databaseUrl });
      const schema = uniqueName('figures');
      onTestFinished(async () => {
        await dropSchemas(pool, schema);
        await pool.end();
      });
      return createPostgresStore({ pool, schema });
    },
    ...postgresServer,
  },
};

describe('the figures in docs/stores.md', () => {
  for (const [index, [name, { open, isThere, note }]] of Object.entries(stores).entries()) {
    const limit = figures('rows kept per key by default')[index]!;
    test.skipIf(!isThere)(`${name} keeps ${limit} rows of a key${note}`, { timeout: 60_000 }, async () => {
      const store = open();
      const half = Array.from({ length: limit / 2 }, (_, at) => ({ type: 'reset' as const, at }));
      const oldest = async () => (await store.history('instance:a', { limit: 2 * limit })).at(-1);
      await store.commit('instance:a', 0, {}, half);
      await store.commit('instance:a', 1, {}, half.slice(1));
      expect(await oldest()).toMatchObject({ seq: 1, type: 'reset' });
      await store.commit('instance:a', 2, {}, half.slice(0, 1));
      expect(await oldest()).toMatchObject({ seq: limit / 2, type: 'snapshot' });
    });
  }

  test.skipIf(!redisServer.isThere)(`an instance is kept for 30 days on Redis${redisServer.note}`, async () => {
    const { client, prefix, store } = openRedis();
    expect(page).toContain('nothing was committed for in 30 days');
    await store.commit('instance:a', 0, {}, []);
    const days = (await client.pttl(`${prefix}{instance:a}:state`)) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
  });
});
