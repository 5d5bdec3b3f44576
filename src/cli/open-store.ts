import { access } from 'node:fs/promises';
import type { StateStore } from '../ports/state-store.js';
import { createPostgresStore } from '../stores/postgres.js';
import { createRedisStore } from '../stores/redis.js';
import { createSqliteStore } from '../stores/sqlite.js';
import { TryAgainError, UsageError } from './usage-error.js';

/** A store the command opened, and how its client is ended. */
export interface OpenStore {
  readonly store: StateStore;
  close(): Promise<void>;
}

const EXPECTED = 'expected sqlite:PATH, redis://… or postgres://…';

/** Opens what `--store` names. @throws {UsageError} it names nothing; {@link TryAgainError} nobody answers there */
export async function openStore(address: string | undefined): Promise<OpenStore> {
  if (address === undefined || address === '') throw new UsageError(`--store: ${EXPECTED} (or set TIERFALL_STORE)`);
  if (address.startsWith('sqlite:')) return openSqlite(address.slice('sqlite:'.length));
  if (/^rediss?:\/\//u.test(address)) return openRedis(address);
  if (/^postgres(?:ql)?:\/\//u.test(address)) return openPostgres(address);
  throw new UsageError(`--store: ${EXPECTED}`);
}

async function openSqlite(path: string): Promise<OpenStore> {
  if (path === '' || path === ':memory:') throw new UsageError('--store: name the file: sqlite:PATH');
  // To open it would make it.
  await access(path).catch(() => {
    throw new Error(`there is no file ${path}; it is made by the failover that uses it`);
  });
  const store = createSqliteStore({ path });
  return { store, close: () => store.close() };
}

async function openRedis(url: string): Promise<OpenStore> {
  const ioredis = await import('ioredis').catch(() => undefined);
  if (ioredis) {
    const client = new ioredis.Redis(url, {
      lazyConnect: true,
      connectTimeout: 5000,
      maxRetriesPerRequest: 1,
      retryStrategy: () => null,
    });
    client.on('error', () => undefined);
    await reach(client.connect(), url);
    const store = createRedisStore({ client });
    return {
      store,
      async close() {
        await store.close();
        client.disconnect();
      },
    };
  }
  const redis = await import('redis').catch(() => {
    throw new Error('install ioredis or redis to open a Redis store');
  });
  const client = redis.createClient({ url, socket: { connectTimeout: 5000, reconnectStrategy: false } });
  client.on('error', () => undefined);
  await reach(client.connect(), url);
  const store = createRedisStore({ client });
  return {
    store,
    async close() {
      await store.close();
      client.destroy();
    },
  };
}

async function openPostgres(url: string): Promise<OpenStore> {
  const pg = await import('pg').catch(() => {
    throw new Error('install pg to open a Postgres store');
  });
  const pool = new pg.default.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5000 });
  pool.on('error', () => undefined);
  await reach(pool.query('SELECT 1'), url);
  const store = createPostgresStore({ pool });
  return {
    store,
    async close() {
      await store.close();
      await pool.end();
    },
  };
}

/** The address is shown without the password it may hold. */
async function reach(connecting: Promise<unknown>, url: string): Promise<void> {
  try {
    await connecting;
  } catch {
    throw new TryAgainError(`cannot reach ${hostOf(url)}`);
  }
}

function hostOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return 'the store';
  }
}
