import { parseInPieces, parseRows, type ActivityRow } from '../../core/activity/activity-row.js';
import type { ActivityCursor, ActivityPage, ActivityQuery, AgentQuery } from '../../ports/activity.js';
import { decodeKey, encodeKey, shortKey } from '../keys.js';
import type { ActivityStatements } from './activity-schema.js';
import type { PostgresPool, Row } from './client.js';
import { postgresError, sqlState } from './errors.js';
import { takeClient } from './take-client.js';

/**
 * Rows of one statement. Those of one agent are spread over the whole table, so that a statement for each would touch
 * most pages a thousand times: it asks for many agents, and a cursor hands them over one after the other.
 */
const ROWS_PER_STATEMENT = 100_000;
/** Agents' days that a cursor hands over at once. */
const ROWS_PER_FETCH = 8;
/** Rows of one statement where only what is new is read. */
const NEW_ROWS_PER_STATEMENT = 5000;

interface Cursor {
  n: number;
  forgotten: number;
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
      const client = await takeClient(pool);
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
      const client = await takeClient(pool);
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
    guard('readActivity', undefined, async () => (await reader.read(text, values)) ?? []);
  const [head] = await guarded(sql.head, []);
  if (!head) {
    yield { cursor: { n: 0, forgotten: -1 } satisfies Cursor, isFresh: true, agents: [] };
    return;
  }
  const cursor: Cursor = { n: Number(head['n']), forgotten: Number(head['forgotten']) };
  const from = isCursor(after) && after.forgotten === cursor.forgotten && after.n <= cursor.n ? after : undefined;
  yield { cursor, isFresh: from === undefined, agents: [] };
  const whole = await guarded(from ? sql.trimmed : sql.agents, from ? [from.n, bounded(since)] : []);
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
    for (const [agent, name] of names) if (without.has(agent)) yield* pagesOf(cursor, name, true, '');
  }
  if (!from) return;
  const known = new Set(whole.map((row) => String(row['agent'])));
  for (let n = from.n; n < cursor.n; n += NEW_ROWS_PER_STATEMENT) {
    const values = [n, Math.min(cursor.n, n + NEW_ROWS_PER_STATEMENT), bounded(since)];
    for (const row of await guarded(sql.readNew, values)) {
      if (!known.has(String(row['agent']))) yield* pagesOf(cursor, nameOf(row), false, row['rows']);
    }
  }
}

function* pagesOf(cursor: Cursor, instance: string, isWhole: boolean, texts: unknown): Generator<ActivityPage> {
  let isAll = isWhole;
  for (const rows of parseInPieces(String(texts))) {
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

/** Rejects with `StoreError` alone. */
export async function guard<T>(operation: string, key: string | undefined, action: () => Promise<T>): Promise<T> {
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
