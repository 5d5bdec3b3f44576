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

/** How long a server may take for an answer, in milliseconds: one that is frozen must not hold a command for ever. */
const TIMEOUT_MS = 5000;
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
      connectTimeout: TIMEOUT_MS,
      commandTimeout: TIMEOUT_MS,
      maxRetriesPerRequest: 1,
      retryStrategy: () => null,
    });
    let refusal: Error | undefined;
    client.on('error', (error: Error) => (refusal ??= isRefusal(error) ? error : undefined));
    // This client connects although the database of the address is refused, and would use another one.
    const connected = client.connect().then(() => {
      if (refusal) throw refusal;
    });
    await reach(
      connected,
      url,
      () => client.disconnect(),
      () => refusal,
    );
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
  const client = redis.createClient({
    url,
    socket: { connectTimeout: TIMEOUT_MS, reconnectStrategy: false },
    commandOptions: { timeout: TIMEOUT_MS },
  });
  client.on('error', () => undefined);
  await reach(client.connect(), url, () => client.destroy());
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
  const pool = new pg.default.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  pool.on('error', () => undefined);
  await reach(pool.query('SELECT 1'), url, () => void pool.end().catch(() => undefined));
  const store = createPostgresStore({ pool });
  return {
    store,
    async close() {
      await store.close();
      await pool.end();
    },
  };
}

/**
 * Waits for the first answer. The address is shown without the password it may hold.
 *
 * @param end ends the client: what it has open would keep the process alive
 * @param refusalOf what the server said, where the client rejects with something else
 * @throws {Error} the server refuses; {@link TryAgainError} nobody answers
 */
async function reach(
  connecting: Promise<unknown>,
  url: string,
  end: () => void,
  refusalOf: () => unknown = () => undefined,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A server that takes the connection and says nothing is no timeout to some clients.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), TIMEOUT_MS);
  });
  try {
    await Promise.race([connecting, late]);
  } catch (error) {
    end();
    const refusal = refusalOf() ?? error;
    if (isRefusal(refusal)) throw new Error(`${hostOf(url)} refuses: ${refusal.message}`, { cause: error });
    throw new TryAgainError(`cannot reach ${hostOf(url)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Does the server say what is wrong with the address: its user, its password, its database? To try again is no use. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(?:28|3D)\w{3}$/u.test(code) || /^(?:WRONGPASS|NOAUTH|NOPERM|ERR) /u.test(error.message);
}

function hostOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return 'the store';
  }
}
