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
import { stampede } from '../test/chaos/stampede.ts';
import { storeLoss } from '../test/chaos/store-loss.ts';
import type { Target } from '../test/chaos/targets.ts';
import { databaseUrl, deleteKeys, dropSchemas, redisUrl, uniqueName } from '../test/stores/servers.ts';

const LIMIT_MS = 5 * 60_000;
const script = fileURLToPath(new URL('../test/chaos/worker.ts', import.meta.url));
const rounds = [
  { workers: 2, commits: 2500, kills: 5 },
  { workers: 8, commits: 1000, kills: 8 },
  { workers: 4, commits: 300, kills: 5, historyLimit: 50 },
];

const losses = [
  ['sqlite', 'locked'],
  ['redis', 'killed'],
  ['redis', 'frozen'],
  ['redis', 'cut off'],
  ['postgres', 'killed'],
  ['postgres', 'frozen'],
  ['postgres', 'cut off'],
] as const;

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
          `${result.acknowledged} commits acknowledged, ${result.unheard} stored without an answer, 0 lost; ` +
          `state is the fold of ${result.rows} rows; ${result.seconds.toFixed(1)} s`,
      );
    }
  }
  for (const [backend, trouble] of losses) {
    const { calls, failedCalls, addedMs, caughtUpMs, rows } = await storeLoss(backend, trouble, 500);
    const isGood = failedCalls === 0 && addedMs < 1;
    if (!isGood) process.exitCode = 1;
    console.log(
      `${backend.padEnd(8)} ${trouble} under load, 5 instances: ${failedCalls} of ${calls} calls failed, ` +
        `${addedMs.toFixed(3)} ms added at the median, caught up after ${(caughtUpMs / 1000).toFixed(1)} s, ` +
        `${rows} rows folded${isGood ? '' : ' FAILED'}`,
    );
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
