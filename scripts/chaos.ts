/**
 * The long races: processes that commit to one instance while some are killed, and servers in trouble under load.
 * `npm run chaos`, at most five minutes; needs Redis and Postgres, running (REDIS_URL, DATABASE_URL) and to be started.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { outage } from '../test/chaos/outages.ts';
import { stampede } from '../test/chaos/stampede.ts';
import type { Target } from '../test/chaos/targets.ts';
import { databaseUrl, deleteKeys, dropSchemas, redisUrl, uniqueName } from '../test/stores/servers.ts';

const LIMIT_MS = 5 * 60_000;
const script = fileURLToPath(new URL('../test/chaos/worker.ts', import.meta.url));
const rounds = [
  { workers: 2, commits: 2500, kills: 5 },
  { workers: 8, commits: 1000, kills: 8 },
  { workers: 4, commits: 300, kills: 5, historyLimit: 50 },
];

const startedAt = performance.now();
const watchdog = setTimeout(() => {
  console.error(`FAILED: not done within ${LIMIT_MS / 1000} s`);
  process.exit(1);
}, LIMIT_MS);
const name = uniqueName('chaos');
const folder = mkdtempSync(join(tmpdir(), 'tierfall-chaos-'));
try {
  for (const [round, { historyLimit, ...options }] of rounds.entries()) {
    const limit = historyLimit === undefined ? {} : { historyLimit };
    const targets: Target[] = [
      { kind: 'sqlite', path: join(folder, `${round}.db`), ...limit },
      { kind: 'redis', url: redisUrl, prefix: `${name}:${round}:`, ...limit },
      { kind: 'postgres', url: databaseUrl, schema: `${name}_${round}`, ...limit },
    ];
    for (const target of targets) {
      const result = await stampede({ target, script, ...options });
      console.log(
        `${target.kind.padEnd(8)} ${options.workers} processes, ${result.killed} killed: ` +
          `${result.acknowledged} commits acknowledged, ${result.unheard} landed unheard, 0 lost; ` +
          `state is the fold of ${result.rows} rows; ${result.seconds.toFixed(1)} s`,
      );
    }
  }
  for (const backend of ['redis', 'postgres'] as const) {
    for (const trouble of ['killed', 'frozen', 'cut off'] as const) {
      const { calls, failedCalls, medianMs, caughtUpMs } = await outage(backend, trouble, 500);
      const isGood = failedCalls === 0 && medianMs < 1;
      if (!isGood) process.exitCode = 1;
      console.log(
        `${backend.padEnd(8)} ${trouble} under load: ${failedCalls} of ${calls} calls failed, ` +
          `median ${medianMs.toFixed(3)} ms, caught up after ${(caughtUpMs / 1000).toFixed(1)} s${isGood ? '' : ' FAILED'}`,
      );
    }
  }
  console.log(`done in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
} finally {
  clearTimeout(watchdog);
  rmSync(folder, { recursive: true });
  const client = new Redis(redisUrl);
  await deleteKeys(client, name);
  client.disconnect();
  const pool = new Pool({ connectionString: databaseUrl });
  await dropSchemas(pool, name);
  await pool.end();
}
