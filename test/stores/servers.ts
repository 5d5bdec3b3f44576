import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client, Pool } from 'pg';
import type { Target } from '../chaos/targets.js';

/** Where the tests look for real servers. */
export const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
export const databaseUrl = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

/** Answers, or why there is none. Under CI a server that is not there is a failure, not a skip. */
export interface Server {
  isThere: boolean;
  /** For the title of what is skipped. */
  note: string;
}

export const redisServer: Server = await look('Redis', redisUrl, async () => {
  const client = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
});

export const postgresServer: Server = await look('Postgres', databaseUrl, async () => {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
  } finally {
    await client.end();
  }
});

async function look(name: string, url: string, ask: () => Promise<void>): Promise<Server> {
  try {
    await ask();
    return { isThere: true, note: '' };
  } catch (error) {
    const { host } = new URL(url);
    const why = `no ${name} at ${host}`;
    if (process.env['CI'] === 'true') throw new Error(`${why}; CI must run it`, { cause: error });
    process.stderr.write(`SKIPPED: ${why}. Start one, or name it in REDIS_URL or DATABASE_URL.\n`);
    return { isThere: false, note: ` (skipped: ${why})` };
  }
}

/** A name no other run uses. */
export function uniqueName(what: string): string {
  return `tierfall_${what}_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
}

/** Deletes every key that begins with `prefix`. */
export async function deleteKeys(client: Redis, prefix: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000);
    if (keys.length > 0) await client.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}

/** Drops every Postgres schema whose name begins with `root`. */
export async function dropSchemas(pool: Pool, root: string): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    'SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1)',
    [root],
  );
  for (const { name } of rows) await pool.query(`DROP SCHEMA "${name.replaceAll('"', '""')}" CASCADE`);
}

/** Deletes what a test has left under a name, on the servers that are there. */
export async function clearServers(name: string): Promise<void> {
  if (redisServer.isThere) {
    const client = new Redis(redisUrl);
    await deleteKeys(client, name);
    client.disconnect();
  }
  if (postgresServer.isThere) {
    const pool = new Pool({ connectionString: databaseUrl });
    await dropSchemas(pool, name);
    await pool.end();
  }
}

/** Where processes can share a store: one place of each kind, under a name, and whether the store tells of commits by itself. */
export function sharedTargets(name: string, folder: string): (Server & { target: Target; tells: boolean })[] {
  return [
    { target: { kind: 'sqlite', path: join(folder, 'store.db') }, isThere: true, note: '', tells: false },
    { target: { kind: 'redis', url: redisUrl, prefix: `${name}:` }, ...redisServer, tells: true },
    { target: { kind: 'postgres', url: databaseUrl, schema: name }, ...postgresServer, tells: true },
  ];
}
