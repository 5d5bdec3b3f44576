import { parseInPieces, parseRows, type ActivityRow } from '../../core/activity/activity-row.js';
import type {
  ActivityCursor,
  ActivityLimits,
  ActivityPage,
  ActivityQuery,
  ActivityStore,
  AgentQuery,
  StoredActivity,
} from '../../ports/activity.js';
import { decodeKey, encodeKey, shortKey } from '../keys.js';
import { activityStatements, activityTables, type ActivityStatements } from './activity-schema.js';
import type { PostgresClient, PostgresPool, Row } from './client.js';
import { postgresError, sqlState, untilSerialized } from './errors.js';

/** Of two processes that make the tables at once, one waits for the other. Any number, but the same for all. */
const ADVISORY_LOCK = 7_437_001_206;
/**
 * Rows of one statement. Those of one agent are spread over the whole table, so that a statement for each would touch
 * most pages a thousand times: it asks for many agents, and a cursor hands them over one after the other.
 */
const ROWS_PER_STATEMENT = 100_000;
/** Agents' days that a cursor hands over at once. */
const ROWS_PER_FETCH = 8;
/** Rows of one statement where only what is new is read. */
const NEW_ROWS_PER_STATEMENT = 5000;
/** Appended rows after which old ones are looked for. */
const APPENDS_PER_SWEEP = 20_000;
/** How many rows over the limit an agent may have, as a part of it. */
const SLACK = 0.05;

interface Cursor {
  n: number;
  forgotten: number;
}

export interface PostgresActivityOptions {
  pool: PostgresPool;
  schema: string;
  /** Whether the tables may be made. */
  migrate: boolean;
  /** Makes the store's own tables first. */
  open: () => Promise<void>;
}

/** Activity in a Postgres schema. */
export function createPostgresActivity({ pool, schema, migrate, open }: PostgresActivityOptions): ActivityStore {
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
        await append(rows, limits);
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
  let n = Number(head.rows[0]?.['n'] ?? 0);
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

/** Reads over connections that may not write: each statement is a transaction that says so. */
export interface PostgresReader {
  /** Runs one statement; `undefined` where there are no tables of activity yet. */
  read(text: string, values: unknown[]): Promise<Row[] | undefined>;
  /** Rows of one statement through a cursor, a few at a time. Has a connection until it is read to its end or left. */
  stream(text: string, values: unknown[]): AsyncIterable<Row[]>;
}

export function readerOf(pool: PostgresPool): PostgresReader {
  return {
    async read(text, values) {
      const client = await pool.connect();
      let isDone = false;
      try {
        await client.query({ text: 'BEGIN TRANSACTION READ ONLY' });
        const { rows } = await client.query({ text, values });
        await client.query({ text: 'COMMIT' });
        isDone = true;
        return rows;
      } catch (error) {
        if (!isMissing(error)) throw error;
        await client.query({ text: 'ROLLBACK' });
        isDone = true;
        return undefined;
      } finally {
        // A connection left inside a failed transaction is closed rather than given back.
        client.release(!isDone);
      }
    },
    async *stream(text, values) {
      const client = await pool.connect();
      let isDone = false;
      const fetch = async () => client.query({ text: `FETCH ${ROWS_PER_FETCH} FROM tierfall_activity` });
      let next: ReturnType<typeof fetch> | undefined;
      try {
        await client.query({ text: 'BEGIN TRANSACTION READ ONLY' });
        await client.query({ text: `DECLARE tierfall_activity NO SCROLL CURSOR FOR ${text}`, values });
        next = fetch();
        while (true) {
          const { rows } = await next;
          if (rows.length === 0) break;
          // On its way while this one is looked at.
          next = fetch();
          next.catch(() => undefined);
          yield rows;
          // What a promise was resolved with, and all it leads to, is garbage only much later.
          rows.length = 0;
        }
        await client.query({ text: 'COMMIT' });
        isDone = true;
      } finally {
        client.release(!isDone);
      }
    },
  };
}

/** Pages of all agents, or of what came after a cursor. */
export async function* readPostgresActivity(
  reader: PostgresReader,
  sql: ActivityStatements,
  { since, after }: ActivityQuery,
): AsyncIterable<ActivityPage> {
  const guarded = async (text: string, values: unknown[]) =>
    guard('readActivity', undefined, async () => reader.read(text, values));
  const [head] = (await guarded(sql.head, [])) ?? [];
  if (!head) {
    yield { cursor: { n: 0, forgotten: -1 } satisfies Cursor, isFresh: true, agents: [] };
    return;
  }
  const cursor: Cursor = { n: Number(head['n']), forgotten: Number(head['forgotten']) };
  const from = isCursor(after) && after.forgotten === cursor.forgotten && after.n <= cursor.n ? after : undefined;
  yield { cursor, isFresh: from === undefined, agents: [] };
  const whole = (await guarded(from ? sql.trimmed : sql.agents, from ? [from.n, bounded(since)] : [])) ?? [];
  for (const group of inGroups(whole)) {
    const names = new Map(group.map((row) => [String(row['agent']), nameOf(row)]));
    const without = new Set(names.keys());
    const values = [[...names.keys()], bounded(since), cursor.n];
    for await (const rows of guardedRows(reader.stream(sql.readAgents, values))) {
      for (const row of rows) {
        const agent = String(row['agent']);
        // Its first day goes with word that nothing else is to be kept of it.
        yield* pagesOf(cursor, names.get(agent) ?? '', without.delete(agent), row['rows']);
      }
    }
    for (const agent of without) yield* pagesOf(cursor, names.get(agent) ?? '', true, '');
  }
  if (!from) return;
  const known = new Set(whole.map((row) => String(row['agent'])));
  for (let n = from.n; n < cursor.n; n += NEW_ROWS_PER_STATEMENT) {
    const values = [n, Math.min(cursor.n, n + NEW_ROWS_PER_STATEMENT), bounded(since)];
    for (const row of (await guarded(sql.readNew, values)) ?? []) {
      if (!known.has(String(row['agent']))) yield* pagesOf(cursor, nameOf(row), false, row['rows']);
    }
  }
}

function* pagesOf(cursor: Cursor, instance: string, isWhole: boolean, texts: unknown): Generator<ActivityPage> {
  let isAll = isWhole;
  for (const rows of parseInPieces(typeof texts === 'string' ? texts : '')) {
    yield { cursor, isFresh: false, agents: [{ instance, isAll, rows }] };
    isAll = false;
  }
}

async function* guardedRows(rows: AsyncIterable<Row[]>): AsyncIterable<Row[]> {
  try {
    yield* rows;
  } catch (error) {
    throw postgresError('readActivity', undefined, error);
  }
}

/** Agents in groups that have about `ROWS_PER_STATEMENT` rows each. */
function inGroups(agents: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  let room = 0;
  for (const agent of agents) {
    const group = groups.at(-1);
    if (group && room > 0) group.push(agent);
    else {
      groups.push([agent]);
      room = ROWS_PER_STATEMENT;
    }
    room -= Number(agent['count']);
  }
  return groups;
}

/** Rows of one agent, in order of time. */
export async function readPostgresAgent(
  reader: PostgresReader,
  sql: ActivityStatements,
  instance: string,
  { since, until }: AgentQuery,
): Promise<ActivityRow[]> {
  return guard('readAgent', instance, async () => {
    const id = await shortKey(encodeKey(instance));
    const rows = await reader.read(sql.readAgent, [id, bounded(since), bounded(until)]);
    return rowsOf(rows?.[0]?.['rows']);
  });
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
  const client = await pool.connect();
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

async function guard<T>(operation: string, key: string | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw postgresError(operation, key, error);
  }
}

/** No table of that name, or no such schema. */
function isMissing(error: unknown): boolean {
  const state = sqlState(error);
  return state === '42P01' || state === '3F000';
}

function nameOf(row: Row): string {
  return decodeKey(String(row['instance']));
}

function rowsOf(text: unknown): ActivityRow[] {
  return typeof text === 'string' ? parseRows(text) : [];
}

/** A time as an integer that Postgres holds. */
function bounded(at: number): number {
  return Math.ceil(Math.min(Math.max(at, -8.64e15), 8.64e15));
}

function isCursor(cursor: ActivityCursor): cursor is Cursor {
  return typeof cursor === 'object' && cursor !== null && 'n' in cursor && 'forgotten' in cursor;
}
