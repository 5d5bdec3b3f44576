import type { ActivityLimits, ActivityStore, StoredActivity } from '../../ports/activity.js';
import { encodeKey, shortKey } from '../keys.js';
import { guard, readerOf, readPostgresActivity, readPostgresAgent } from './activity-reading.js';
import { activityStatements, activityTables, type ActivityStatements } from './activity-schema.js';
import type { PostgresClient, PostgresPool } from './client.js';
import { isTableMissing, untilSerialized } from './errors.js';
import { takeClient } from './take-client.js';

/** Of two processes that make the tables at once, one waits for the other. Any number, but the same for all. */
const ADVISORY_LOCK = 7_437_001_206;
/** Appended rows after which old ones are looked for. */
const APPENDS_PER_SWEEP = 20_000;
/** How many rows over the limit an agent may have, as a part of it. */
const SLACK = 0.05;

export interface PostgresActivityOptions {
  pool: PostgresPool;
  schema: string;
  /** Whether the tables may be made. */
  migrate: boolean;
  /** Makes the store's own tables first. */
  open: () => Promise<void>;
  /** Called when tables turn out to be missing: the next `open` makes them again. */
  onMissing: () => void;
}

/** Activity in a Postgres schema. */
export function createPostgresActivity({
  pool,
  schema,
  migrate,
  open,
  onMissing,
}: PostgresActivityOptions): ActivityStore {
  const sql = activityStatements(schema);
  const reader = readerOf(pool);
  let making: Promise<void> | undefined;
  let appended = APPENDS_PER_SWEEP;

  async function tables(): Promise<void> {
    making ??= (async () => {
      await open();
      if (migrate) await makeActivityTables(pool, schema);
    })().catch((error: unknown) => {
      making = undefined;
      throw error;
    });
    return making;
  }

  async function append(rows: readonly StoredActivity[], limits: ActivityLimits): Promise<void> {
    const isSweep = appended + rows.length >= APPENDS_PER_SWEEP;
    const instances = new Map<string, string>();
    for (const { instance } of rows) {
      if (!instances.has(instance)) instances.set(instance, await shortKey(encodeKey(instance)));
    }
    await untilSerialized(async () =>
      inTransaction(pool, async (client) => {
        await appendRows(client, sql, rows, instances, limits, isSweep);
      }),
    );
    appended = isSweep ? 0 : appended + rows.length;
  }

  return {
    appendActivity: async (rows, limits) =>
      guard('appendActivity', undefined, async () => {
        await tables();
        await append(rows, limits).catch((error: unknown) => {
          if (isTableMissing(error)) {
            making = undefined;
            onMissing();
          }
          throw error;
        });
      }),
    readActivity: (query) => readPostgresActivity(reader, sql, query),
    readAgent: async (instance, query) => readPostgresAgent(reader, sql, instance, query),
    forgetActivity: async (instance) =>
      guard('forgetActivity', instance, async () => {
        // No table is made for an agent that is not there.
        if ((await reader.read(sql.head, [])) === undefined) return;
        const id = await shortKey(encodeKey(instance));
        await inTransaction(pool, async (client) => {
          await client.query({ text: sql.lockHead });
          await client.query({ text: sql.forgetRows, values: [id] });
          const { rows } = await client.query({ text: sql.forgetAgent, values: [id] });
          if (rows.length > 0) await client.query({ text: sql.noteForgotten });
        });
      }),
  };
}

async function appendRows(
  client: PostgresClient,
  sql: ActivityStatements,
  rows: readonly StoredActivity[],
  instances: ReadonlyMap<string, string>,
  { cutoffAt, maxRecords }: ActivityLimits,
  isSweep: boolean,
): Promise<void> {
  const head = await client.query({ text: sql.lockHead });
  let n = Number(head.rows[0]?.['n']);
  await client.query({ text: sql.addAgents, values: [[...instances.values()], [...instances.keys()].map(encodeKey)] });
  const columns = [
    rows.map(({ instance }) => instances.get(instance)),
    rows.map(({ id }) => encodeKey(id)),
    rows.map(({ at }) => at),
    rows.map(({ text }) => text),
  ];
  const touched = await client.query({ text: sql.append, values: [n, ...columns] });
  n += rows.length;
  for (const row of touched.rows) {
    if (Number(row['count']) <= maxRecords * (1 + SLACK)) continue;
    const trimmed = await client.query({ text: sql.trimCount, values: [row['agent'], Math.floor(maxRecords)] });
    const gone = trimmed.rows[0];
    n += 1;
    await client.query({ text: sql.noteTrim, values: [row['agent'], n, gone?.['count'], gone?.['at']] });
  }
  if (isSweep && Number.isFinite(cutoffAt)) {
    n += 1;
    await client.query({ text: sql.trimAge, values: [Math.ceil(cutoffAt), n] });
  }
  await client.query({ text: sql.setHead, values: [n] });
}

/** Makes the tables of activity where they are missing. */
export async function makeActivityTables(pool: PostgresPool, schema: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query({ text: 'SELECT pg_advisory_xact_lock($1::bigint)', values: [ADVISORY_LOCK] });
    const found = await client.query({
      text: `SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'activity_head'`,
      values: [schema],
    });
    if (found.rows.length === 0) await client.query({ text: activityTables(schema) });
  });
}

async function inTransaction<T>(pool: PostgresPool, action: (client: PostgresClient) => Promise<T>): Promise<T> {
  const client = await takeClient(pool);
  let isDone = false;
  try {
    await client.query({ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' });
    const result = await action(client);
    await client.query({ text: 'COMMIT' });
    isDone = true;
    return result;
  } finally {
    client.release(!isDone);
  }
}
