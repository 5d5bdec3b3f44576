import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { createFailover, type StateStore } from '../../../src/index.js';
import { createPostgresStore } from '../../../src/stores/postgres.js';
import { createRedisStore, type RedisClient } from '../../../src/stores/redis.js';
import { createSqliteStore } from '../../../src/stores/sqlite.js';
import {
  databaseUrl,
  deleteKeys,
  dropSchemas,
  postgresServer,
  redisServer,
  redisUrl,
  uniqueName,
} from '../../stores/servers.js';

/** One store that several processes share. */
export interface SharedPlace {
  /** As a process of its own would open it. */
  open: () => Promise<StateStore>;
  clear: () => Promise<void>;
}

export interface Backend {
  name: string;
  isThere: boolean;
  note: string;
  /** The store tells of commits by itself. */
  tells: boolean;
  place: () => SharedPlace;
}

type Closing = (() => unknown)[];

async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.toReversed()) await close();
}

function sqlitePlace(): SharedPlace {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
  const closing: Closing = [() => rmSync(folder, { recursive: true })];
  return {
    async open() {
      const store = createSqliteStore({ path: join(folder, 'store.db') });
      closing.push(() => store.close());
      return store;
    },
    clear: () => closeAll(closing),
  };
}

function redisPlace(connect: (closing: Closing) => Promise<RedisClient>): SharedPlace {
  const prefix = `${uniqueName('engine')}:`;
  const closing: Closing = [
    async () => {
      const client = new Redis(redisUrl);
      await deleteKeys(client, prefix);
      client.disconnect();
    },
  ];
  return {
    async open() {
      const client = (await connect(closing)) as Redis;
      const store = createRedisStore({ client, prefix });
      closing.push(() => store.close());
      return store;
    },
    clear: () => closeAll(closing),
  };
}

function postgresPlace(): SharedPlace {
  const schema = uniqueName('engine');
  const closing: Closing = [
    async () => {
      const pool = new Pool({ connectionString: databaseUrl });
      await dropSchemas(pool, schema);
      await pool.end();
    },
  ];
  return {
    async open() {
      const pool = new Pool({ connectionString: databaseUrl, max: 3 });
      const store = createPostgresStore({ pool, schema });
      closing.push(() => pool.end());
      closing.push(() => store.close());
      return store;
    },
    clear: () => closeAll(closing),
  };
}

const ioredis = async (closing: Closing): Promise<RedisClient> => {
  const client = new Redis(redisUrl);
  closing.push(() => client.disconnect());
  return client;
};

const nodeRedis = async (closing: Closing): Promise<RedisClient> => {
  const client = createClient({ url: redisUrl });
  client.on('error', () => undefined);
  await client.connect();
  closing.push(() => client.destroy());
  return client;
};

export const backends: readonly Backend[] = [
  { name: 'SQLite', isThere: true, note: '', tells: false, place: sqlitePlace },
  { name: 'Redis through ioredis', ...redisServer, tells: true, place: () => redisPlace(ioredis) },
  { name: 'Redis through node-redis', ...redisServer, tells: true, place: () => redisPlace(nodeRedis) },
  { name: 'Postgres', ...postgresServer, tells: true, place: postgresPlace },
];

/** The failover of one of the processes. */
export async function joining(place: SharedPlace, options: object = {}) {
  const store = await place.open();
  return { store, failover: createFailover({ chain: ['a/1', 'b/2', 'c/3'], store, ...options }) };
}
