/**
 * Commits per second of each store, beside a bare INSERT or SET of the same bytes in the same run. One commit after
 * another may take three times as long as the bare one; the figures with many in flight are told beside it, unjudged:
 * there the processor is what they wait for, and Redis comes near that limit while other programs want it too.
 * `npm run build && node test/bench/stores.ts`; Redis and Postgres at REDIS_URL and DATABASE_URL.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createMemoryStore, type LedgerEvent, type StateStore } from 'tierfall';
import { createPostgresStore } from 'tierfall/stores/postgres';
import { createRedisStore } from 'tierfall/stores/redis';
import { createSqliteStore } from 'tierfall/stores/sqlite';

const LIMIT = 3;
const TURNS = 40;
const WARM_UP_TURNS = 4;
const MANY = 20;

/** About what a chain of three tiers keeps: 0.6 kB of state, 0.3 kB of event. */
const state = {
  schema: 1,
  ids: ['anthropic/claude-sonnet', 'openai/gpt-large', 'ollama/llama'],
  tier: 1,
  returnedFrom: null,
  tiers: Array.from({ length: 3 }, () => ({
    restUntil: 1_790_000_000_000,
    retryAfterUntil: null,
    heldUntil: null,
    failures: 2,
    lastFailureKind: 'overloaded',
    lastFailureAt: 1_790_000_000_000,
  })),
  pauses: [],
  paused: null,
  lastFailureKind: 'overloaded',
};
const event: LedgerEvent = {
  type: 'tier-change',
  at: 1_790_000_000_000,
  from: 'anthropic/claude-sonnet',
  to: 'openai/gpt-large',
  direction: 'down',
  reason: 'overloaded',
  source: 'auto',
  until: 1_790_000_060_000,
  set: { tier: 1, tiers: { 0: { restUntil: 1_790_000_060_000, failures: 2, lastFailureKind: 'overloaded' } } },
};
const bytes = JSON.stringify(state) + JSON.stringify(event);

interface Contestant {
  name: string;
  /** In one turn: enough to be measured, few enough that both turns of a pair meet the same machine. */
  commits: number;
  store: StateStore;
  bare: (index: number) => unknown;
  close: () => Promise<void>;
}

const contestants: (() => Promise<Contestant>)[] = [sqlite, redis, postgres];
let failed = false;

console.log(`${bytes.length} bytes a commit, median of ${TURNS} turns`);
const memoryRate = await rate(20_000, 1, commits(createMemoryStore(), 'memory'));
console.log(`memory   ${memoryRate.toFixed(0).padStart(7)} commits/s`);
for (const open of contestants) {
  const contestant = await open();
  if ((await compare(contestant, 1)) > LIMIT) failed = true;
  await compare(contestant, MANY);
  await contestant.close();
}
process.exitCode = failed ? 1 : 0;

async function compare({ name, commits: count, store, bare }: Contestant, inFlight: number): Promise<number> {
  const turns: { ours: number; theirs: number }[] = [];
  const commit = commits(store, String(inFlight));
  // Short turns, each judged against the one beside it: what else the machine does, and which core the server happens to
  // run on, changes within seconds and hits both alike.
  for (let turn = 0; turn < WARM_UP_TURNS + TURNS; turn++) {
    const ours = await rate(count, inFlight, commit);
    const theirs = await rate(count, inFlight, bare);
    if (turn >= WARM_UP_TURNS) turns.push({ ours, theirs });
  }
  const ours = median(turns.map((turn) => turn.ours));
  const theirs = median(turns.map((turn) => turn.theirs));
  const ratio = median(turns.map((turn) => turn.theirs / turn.ours));
  const verdict = inFlight > 1 ? '' : ratio > LIMIT ? `, FAILED: more than ${LIMIT}` : `, at most ${LIMIT}`;
  console.log(
    `${name.padEnd(8)} ${ours.toFixed(0).padStart(7)} commits/s, bare ${theirs.toFixed(0).padStart(7)}/s, ` +
      `${String(inFlight).padStart(2)} in flight: ratio ${ratio.toFixed(2)}${verdict}`,
  );
  return ratio;
}

/** Each slot in flight commits to an instance of its own, as a process with many agents does. */
function commits(store: StateStore, run: string): (index: number) => Promise<void> {
  const versions = new Map<string, number>();
  return async (index) => {
    const key = `instance:bench-${run}-${index % MANY}`;
    const version = versions.get(key) ?? 0;
    versions.set(key, version + 1);
    const result = await store.commit(key, version, state, [event]);
    if (!result.ok) throw new Error('a commit nobody contested was refused');
  };
}

async function rate(count: number, inFlight: number, action: (index: number) => unknown): Promise<number> {
  const startedAt = performance.now();
  const lane = async (first: number): Promise<void> => {
    for (let index = first; index < count; index += inFlight) await action(index);
  };
  await Promise.all(Array.from({ length: inFlight }, async (_, first) => lane(first)));
  return (count / (performance.now() - startedAt)) * 1000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function sqlite(): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-bench-'));
  const store = createSqliteStore({ path: join(folder, 'store.db') });
  const database = new DatabaseSync(join(folder, 'bare.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE bare (data TEXT) STRICT');
  const insert = database.prepare('INSERT INTO bare VALUES (?)');
  return {
    name: 'sqlite',
    commits: 1000,
    store,
    bare: () => insert.run(bytes),
    async close() {
      await store.close();
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function redis(): Promise<Contestant> {
  const client = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
  const prefix = `tierfall-bench-${process.pid}:`;
  return {
    name: 'redis',
    commits: 1000,
    store: createRedisStore({ client, prefix }),
    bare: (index) => client.set(`${prefix}bare-${index % MANY}`, bytes),
    async close() {
      const keys = await client.keys(`${prefix}*`);
      if (keys.length > 0) await client.unlink(...keys);
      client.disconnect();
    },
  };
}

async function postgres(): Promise<Contestant> {
  const connectionString = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';
  const pool = new Pool({ connectionString, max: 10 });
  const schema = `tierfall_bench_${process.pid}`;
  const store = createPostgresStore({ pool, schema });
  await store.createSchema();
  await pool.query(
    `CREATE TABLE ${schema}.bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text NOT NULL)`,
  );
  const text = `INSERT INTO ${schema}.bare (data) VALUES ($1)`;
  return {
    name: 'postgres',
    commits: 200,
    store,
    bare: () => pool.query({ name: 'bare', text, values: [bytes] }),
    async close() {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await store.close?.();
      await pool.end();
    },
  };
}
