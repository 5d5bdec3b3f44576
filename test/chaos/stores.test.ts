import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  databaseUrl,
  deleteKeys,
  dropSchemas,
  postgresServer,
  redisServer,
  redisUrl,
  uniqueName,
} from '../stores/servers.js';
import { stampede } from './stampede.js';
import type { Target } from './targets.js';

/** The short form of `npm run chaos`: real processes, one killed now and then, nothing lost and nothing torn. */
describe('processes that commit to one instance while some are killed', () => {
  const name = uniqueName('stampede');
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-chaos-'));
  const script = join(folder, 'worker.cjs');

  beforeAll(async () => {
    await build({
      entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['pg-native', 'pg-cloudflare'],
      logLevel: 'error',
    });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
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
  });

  const run = async (target: Target) => stampede({ target, script, workers: 3, commits: 150, kills: 2 });

  test('SQLite', { timeout: 60_000 }, async () => {
    expect(await run({ kind: 'sqlite', path: join(folder, 'chaos.db') })).toMatchObject({ killed: 2 });
  });

  test('SQLite, with a ledger that is trimmed', { timeout: 60_000 }, async () => {
    const target: Target = { kind: 'sqlite', path: join(folder, 'trimmed.db'), historyLimit: 20 };
    const result = await stampede({ target, script, workers: 3, commits: 100, kills: 1 });
    expect(result.rows).toBeLessThanOrEqual(24);
  });

  test.skipIf(!redisServer.isThere)(`Redis${redisServer.note}`, { timeout: 60_000 }, async () => {
    expect(await run({ kind: 'redis', url: redisUrl, prefix: `${name}:` })).toMatchObject({ killed: 2 });
  });

  test.skipIf(!postgresServer.isThere)(`Postgres${postgresServer.note}`, { timeout: 60_000 }, async () => {
    expect(await run({ kind: 'postgres', url: databaseUrl, schema: name })).toMatchObject({ killed: 2 });
  });
});
