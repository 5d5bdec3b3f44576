import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clearServers, databaseUrl, postgresServer, redisServer, redisUrl, uniqueName } from '../stores/servers.js';
import { bundleProgram } from '../support/members.js';
import { stampede } from './stampede.js';
import type { Target } from './targets.js';

/** The short form of `npm run chaos`: real processes, one killed now and then, nothing lost and nothing torn. */
describe('processes that commit to one instance while some are killed', () => {
  const name = uniqueName('stampede');
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-chaos-'));
  const script = join(folder, 'worker.cjs');

  beforeAll(() => bundleProgram(new URL('worker.ts', import.meta.url), script));
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await clearServers(name);
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
