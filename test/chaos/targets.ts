import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { StateStore } from 'tierfall';
import { createPostgresStore } from 'tierfall/stores/postgres';
import { createRedisStore } from 'tierfall/stores/redis';
import { createSqliteStore } from 'tierfall/stores/sqlite';

/** Where a store keeps its data, as plain JSON, so that other processes can be told. */
export type Target = { historyLimit?: number } & (
  | { kind: 'sqlite'; path: string }
  | { kind: 'redis'; url: string; prefix: string }
  | { kind: 'postgres'; url: string; schema: string }
);

export interface OpenTarget {
  store: StateStore;
  close: () => Promise<void>;
}

export function openTarget(target: Target): OpenTarget {
  const { historyLimit = Number.POSITIVE_INFINITY } = target;
  if (target.kind === 'sqlite') {
    const store = createSqliteStore({ path: target.path, historyLimit });
    return { store, close: async () => store.close() };
  }
  if (target.kind === 'redis') {
    const client = new Redis(target.url);
    const store = createRedisStore({ client, prefix: target.prefix, historyLimit });
    return { store, close: closing(store, async () => client.disconnect()) };
  }
  const pool = new Pool({ connectionString: target.url, max: 3 });
  // A connection the server ended while it was idle; the pool makes a new one.
  pool.on('error', () => undefined);
  const store = createPostgresStore({ pool, schema: target.schema, historyLimit });
  return { store, close: closing(store, async () => pool.end()) };
}

function closing(store: StateStore, end: () => Promise<void>): () => Promise<void> {
  return async () => {
    await store.close?.();
    await end();
  };
}
