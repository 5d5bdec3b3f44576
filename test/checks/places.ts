import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { onTestFinished } from 'vitest';
import {
  createActivityLog,
  createPostgresActivitySource,
  createRedisActivitySource,
  createSqliteActivitySource,
  type ActivityLog,
  type ActivitySource,
} from '../../src/checks/index.js';
import { createMemoryStore } from '../../src/index.js';
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

/** A store of activity, and a read-only source that reads it without the store. */
export interface Place {
  store: StateStore;
  source: ActivitySource;
}

/** Each kind of store; a server that is not there makes its tests skipped. */
export const places: { name: string; isThere: boolean; open: () => Place }[] = [
  {
    name: 'memory',
    isThere: true,
    open: () => {
      const store = createMemoryStore();
      return { store, source: createActivityLog({ store }).source };
    },
  },
  {
    name: 'SQLite',
    isThere: true,
    open: () => {
      const path = join(temporaryFolder(), 'store.db');
      const store = createSqliteStore({ path });
      const source = createSqliteActivitySource({ path });
      onTestFinished(async () => {
        await source.close();
        await store.close();
      });
      return { store, source };
    },
  },
  {
    name: `Postgres${postgresServer.note}`,
    isThere: postgresServer.isThere,
    open: () => {
      const schema = uniqueName('checks').slice(0, 40);
      const pool = new Pool({ connectionString: databaseUrl, max: 4 });
      const store = createPostgresStore({ pool, schema });
      onTestFinished(async () => {
        await store.close();
        await dropSchemas(pool, schema);
        await pool.end();
      });
      return { store, source: createPostgresActivitySource({ pool, schema }) };
    },
  },
  {
    name: `Redis${redisServer.note}`,
    isThere: redisServer.isThere,
    open: () => {
      const prefix = `${uniqueName('checks')}:`;
      const client = new Redis(redisUrl);
      const store = createRedisStore({ client, prefix });
      onTestFinished(async () => {
        await store.close();
        await deleteKeys(client, prefix);
        client.disconnect();
      });
      return { store, source: createRedisActivitySource({ client, prefix }) };
    },
  },
];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A log over a memory store whose time stands still. */
export function logAt(now: number): ActivityLog {
  return createActivityLog({ store: createMemoryStore(), clock: { now: () => now } });
}
