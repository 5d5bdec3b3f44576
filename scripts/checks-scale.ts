import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { on, once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

// Checks a million records of a thousand agents in each durable store, through a read-only source, again after a
// thousand more, and once more from nothing: all stores must give the same answers, and so must both ways. Needs Redis and Postgres on loopback (REDIS_URL, DATABASE_URL).
//   npm run checks:scale
//   npm run checks:scale -- --stores sqlite --records 100000

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: 'sqlite,postgres,redis' },
    records: { type: 'string', default: '1000000' },
    agents: { type: 'string', default: '1000' },
    // For the process that reads.
    reader: { type: 'string' },
    home: { type: 'string' },
  },
});
const [records, agents] = [Number(values.records), Number(values.agents)];
const perAgent = Math.floor(records / agents);
const DAY_MS = 86_400_000;
const startAt = Date.UTC(2026, 0, 5);
const now = startAt + 28.4 * DAY_MS;
/** Begun anew for each store. */
let random = createSeededRandom(15);

interface Place {
  store: StateStore;
  end: () => Promise<void>;
}

const home = values.home ?? join(tmpdir(), `tierfall-scale-${process.pid}`);
/** Of the Postgres schema and of the Redis keys. */
const name = basename(home).replaceAll('-', '_');
const databaseUrl = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
/** What a first run may take, in milliseconds, and the process beyond an idle one, in MB. */
const bars: Record<string, { ms: number; mb?: number }> = {
  sqlite: { ms: 5000, mb: 200 },
  postgres: { ms: 5000, mb: 200 },
  redis: { ms: 15_000 },
};

const places: Record<string, () => Place> = {
  sqlite() {
    mkdirSync(home, { recursive: true });
    const store = createSqliteStore({ path: join(home, 'store.db') });
    const end = async () => {
      await store.close();
      rmSync(home, { recursive: true });
    };
    return { store, end };
  },
  postgres() {
    const pool = new Pool({ connectionString: databaseUrl });
    const end = async () => {
      await pool.query(`DROP SCHEMA "${name}" CASCADE`);
      await pool.end();
    };
    return { store: createPostgresStore({ pool, schema: name }), end };
  },
  redis() {
    const client = new Redis(redisUrl);
    const prefix = `${name}:`;
    const end = async () => {
      for (let cursor = ''; cursor !== '0'; ) {
        const [next, keys] = await client.scan(cursor || '0', 'MATCH', `${prefix}*`, 'COUNT', 1000);
        if (keys.length > 0) await client.unlink(...keys);
        cursor = next;
      }
      client.disconnect();
    };
    return { store: createRedisStore({ client, prefix }), end };
  },
};

/** A read-only source in a process that has done nothing else. */
function openSource(kind: string): ActivitySource {
  if (kind === 'sqlite') return createSqliteActivitySource({ path: join(home, 'store.db') });
  if (kind === 'postgres') {
    return createPostgresActivitySource({ pool: new Pool({ connectionString: databaseUrl }), schema: name });
  }
  return createRedisActivitySource({ client: new Redis(redisUrl), prefix: `${name}:` });
}

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
  random = createSeededRandom(15);
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

/** What one run of the checks took, and the most memory it took so far, beyond what the idle process had. */
interface Measured {
  ms: number;
  cpuMs: number;
  alerts: number;
  /** A digest of the whole result. */
  result: string;
  mostMb: number;
}

if (values.reader === undefined) await main();
else await read(values.reader);

async function main(): Promise<void> {
  let failed = false;
  const results = new Set<string>();
  for (const kind of values.stores.split(',')) {
    const place = places[kind]?.();
    const bar = bars[kind];
    if (!place || !bar) throw new Error(`--stores: ${kind} is none of ${Object.keys(places).join(', ')}`);
    const tell = (what: string, value: number, below: number | undefined, unit: string): void => {
      const ok = below === undefined || value < below;
      failed ||= !ok;
      const sign = below === undefined ? '    ' : ok ? 'ok  ' : 'MISS';
      const limit = below === undefined ? '' : `, below ${below} ${unit}`;
      console.log(`  ${sign}  ${what.padEnd(40)} ${value.toFixed(0).padStart(6)} ${unit}${limit}`);
    };
    const reader = openReader(kind);
    const fresh = openReader(kind);
    try {
      const filling = performance.now();
      await fill(place);
      console.log(`${kind}: ${records} records of ${agents} agents written in ${seconds(performance.now() - filling)}`);
      const first = await reader.run(now);
      await more(place);
      const second = await reader.run(now + 1000);
      const anew = await fresh.run(now + 1000);
      tell('first run', first.ms, bar.ms, 'ms');
      tell('memory, at most, beyond an idle process', second.mostMb, bar.mb, 'MB');
      tell('second run, 1,000 new records', second.ms, 200, 'ms');
      console.log(
        `        the process itself computed for ${first.cpuMs.toFixed(0)} ms of the first, ` +
          `${second.cpuMs.toFixed(0)} ms of the second`,
      );
      results.add(`${first.result} ${second.result}`);
      const isEqual = second.result === anew.result && results.size === 1;
      failed ||= !isEqual;
      console.log(
        `  ${isEqual ? 'ok  ' : 'MISS'}  ${first.alerts} alerts, then ${second.alerts}: ` +
          `${isEqual ? 'as from nothing, and as from every other store' : 'not the same as elsewhere'}\n`,
      );
    } finally {
      reader.end();
      fresh.end();
      await place.end();
    }
  }
  if (failed) process.exitCode = 1;
}

/** A process of its own that runs the checks when it is told a time. */
function openReader(kind: string): { run: (at: number) => Promise<Measured>; end: () => void } {
  const reader = fork(fileURLToPath(import.meta.url), ['--reader', kind, '--home', home]);
  return {
    async run(at) {
      reader.send(at);
      const [measured] = (await once(reader, 'message')) as [Measured];
      return measured;
    },
    end: () => void reader.kill(),
  };
}

async function read(kind: string): Promise<void> {
  let source: ActivitySource | undefined;
  let before: number | undefined;
  for await (const [at] of on(process, 'message') as AsyncIterable<[number]>) {
    // Opened with the first question: there is nothing before.
    source ??= openSource(kind);
    before ??= process.memoryUsage.rss() / 2 ** 20;
    const [begun, cpu] = [performance.now(), process.cpuUsage()];
    const found = await runChecks(source, { now: at });
    const { user, system } = process.cpuUsage(cpu);
    const ms = performance.now() - begun;
    process.send?.({
      ms,
      cpuMs: (user + system) / 1000,
      alerts: found.alerts.length,
      result: createHash('sha256').update(JSON.stringify(found)).digest('hex'),
      mostMb: process.resourceUsage().maxRSS / 1024 - before,
    });
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
