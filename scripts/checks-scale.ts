import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { StateStore } from 'tierfall';
import {
  createActivityLog,
  createPostgresActivitySource,
  createRedisActivitySource,
  createSqliteActivitySource,
  runChecks,
  type ActivitySource,
  type ActivityTask,
} from 'tierfall/checks';
import { createPostgresStore } from 'tierfall/stores/postgres';
import { createRedisStore } from 'tierfall/stores/redis';
import { createSqliteStore } from 'tierfall/stores/sqlite';
import { createSeededRandom } from 'tierfall/testing';

// Checks a million records of a thousand agents in each durable store, through a read-only source, and again after a
// thousand more. Needs Redis and Postgres on loopback (REDIS_URL, DATABASE_URL).
//   npm run checks:scale
//   npm run checks:scale -- --stores sqlite --records 100000

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: 'sqlite,postgres,redis' },
    records: { type: 'string', default: '1000000' },
    agents: { type: 'string', default: '1000' },
  },
});
const [records, agents] = [Number(values.records), Number(values.agents)];
const perAgent = Math.floor(records / agents);
const DAY_MS = 86_400_000;
const startAt = Date.UTC(2026, 0, 5);
const now = startAt + 28.4 * DAY_MS;
const random = createSeededRandom(15);

interface Place {
  store: StateStore;
  source: ActivitySource;
  /** What the whole run may take, in milliseconds. */
  barMs: number;
  end: () => Promise<void>;
}

const name = `tierfall_scale_${process.pid}`;
const places: Record<string, () => Place> = {
  sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'tierfall-scale-'));
    const path = join(folder, 'store.db');
    const store = createSqliteStore({ path });
    const source = createSqliteActivitySource({ path });
    const end = async () => {
      await source.close();
      await store.close?.();
      rmSync(folder, { recursive: true });
    };
    return { store, source, barMs: 5000, end };
  },
  postgres() {
    const pool = new Pool({
      connectionString: process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test',
    });
    const end = async () => {
      await pool.query(`DROP SCHEMA "${name}" CASCADE`);
      await pool.end();
    };
    const store = createPostgresStore({ pool, schema: name });
    return { store, source: createPostgresActivitySource({ pool, schema: name }), barMs: 5000, end };
  },
  redis() {
    const client = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
    const prefix = `${name}:`;
    const end = async () => {
      for (let cursor = ''; cursor !== '0'; ) {
        const [next, keys] = await client.scan(cursor || '0', 'MATCH', `${prefix}*`, 'COUNT', 1000);
        if (keys.length > 0) await client.unlink(...keys);
        cursor = next;
      }
      client.disconnect();
    };
    const store = createRedisStore({ client, prefix });
    return { store, source: createRedisActivitySource({ client, prefix }), barMs: 15_000, end };
  },
};

/** One task of an agent, as a busy service has them. */
function task(agent: number, at: number): ActivityTask {
  const isRejected = random() < 0.08;
  return {
    instance: `agent-${agent}`,
    task: `extract-invoice ${Math.floor(random() * 1e6)}`,
    domain: `customer-${Math.floor(random() * 8)}`,
    outcome: isRejected ? 'rejected' : 'accepted',
    ...(isRejected ? { reason: random() < 0.5 ? 'schema mismatch' : 'duplicate' } : {}),
    quality: 0.7 + 0.25 * random(),
    resultHash: String(random()),
    tier: 'anthropic/claude-sonnet-4-5',
    inputTokens: Math.floor(random() * 4000),
    outputTokens: Math.floor(random() * 800),
    costUsd: 0.01 + random() * 0.05,
    durationMs: Math.floor(random() * 20_000),
    at,
  };
}

async function fill({ store }: Place): Promise<void> {
  const log = createActivityLog({ store });
  // As they come in life: by time, the agents mixed.
  const step = (28.3 * DAY_MS) / perAgent;
  for (let index = 0; index < perAgent; index++) {
    const tasks: ActivityTask[] = [];
    for (let agent = 0; agent < agents; agent++)
      tasks.push(task(agent, Math.round(startAt + (index + random()) * step)));
    log.record(tasks);
    if (index % 10 === 9) await log.flush();
  }
  await log.close();
}

async function more({ store }: Place): Promise<void> {
  const log = createActivityLog({ store });
  const tasks: ActivityTask[] = [];
  for (let index = 0; index < 1000; index++) tasks.push(task(index % agents, Math.round(now - 60_000 + index)));
  log.record(tasks);
  await log.close();
}

let failed = false;
for (const store of values.stores.split(',')) {
  const place = places[store]?.();
  if (!place) throw new Error(`--stores: ${store} is none of ${Object.keys(places).join(', ')}`);
  try {
    const filling = performance.now();
    await fill(place);
    console.log(`${store}: ${records} records of ${agents} agents written in ${seconds(performance.now() - filling)}`);
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
    const first = await timed(place.source, now);
    most = Math.max(most, process.memoryUsage.rss());
    await more(place);
    const second = await timed(place.source, now + 1000);
    clearInterval(watch);
    const grown = (most - before) / 2 ** 20;
    tell('first run', first.ms, place.barMs, 'ms');
    tell('memory, beyond what the process had', grown, 200, 'MB');
    tell('second run, 1,000 new records', second.ms, 200, 'ms');
    console.log(`  of that this process computed ${first.cpuMs.toFixed(0)} ms, then ${second.cpuMs.toFixed(0)} ms`);
    console.log(`  alerts: ${first.alerts}, then ${second.alerts}\n`);
  } finally {
    await place.end();
  }
}
if (failed) process.exitCode = 1;

async function timed(source: ActivitySource, at: number): Promise<{ ms: number; cpuMs: number; alerts: number }> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const { alerts } = await runChecks(source, { now: at });
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - begun, cpuMs: (user + system) / 1000, alerts: alerts.length };
}

function tell(what: string, value: number, bar: number, unit: string): void {
  const ok = value < bar;
  failed ||= !ok;
  console.log(
    `  ${ok ? 'ok  ' : 'MISS'}  ${what.padEnd(36)} ${value.toFixed(0).padStart(6)} ${unit}, below ${bar} ${unit}`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
