import { parseInPieces, parseRows, type ActivityRow } from '../../core/activity/activity-row.js';
import type { ActivityCursor, ActivityPage, ActivityQuery, AgentQuery } from '../../ports/activity.js';
import { decodeKey, encodeKey } from '../keys.js';
import type { Connection, Row } from './connection.js';

/** Reading is synchronous: after so many milliseconds others of this process get their turn. */
const TURN_MS = 10;
/** New rows of one page. */
const ROWS_PER_PAGE = 5000;

/** Opens the file and waits for its lock. */
export type Run = <T>(operation: string, key: string | undefined, action: (use: Connection) => T) => Promise<T>;

interface Cursor {
  n: number;
  forgotten: number;
}

/** Pages of all agents, or of what came after a cursor. Writes nothing: sources of their own read through it too. */
export async function* readSqliteActivity(run: Run, { since, after }: ActivityQuery): AsyncIterable<ActivityPage> {
  const start = await run('readActivity', undefined, (use) => begin(use, after));
  if (!start) {
    yield { cursor: { n: 0, forgotten: -1 } satisfies Cursor, isFresh: true, agents: [] };
    return;
  }
  const { cursor, from, agents } = start;
  if (from) {
    yield* readNew(run, since, from, cursor);
    return;
  }
  if (agents.length === 0) yield { cursor, isFresh: true, agents: [] };
  yield* readWhole(run, agents, since, cursor, true);
}

/** Everything of some agents, one after the other. */
async function* readWhole(
  run: Run,
  agents: readonly Row[],
  since: number,
  cursor: Cursor,
  isFresh: boolean,
): AsyncIterable<ActivityPage> {
  let isFirst = isFresh;
  let turn = performance.now();
  for (const agent of agents) {
    const instance = nameOf(agent);
    const texts = await run('readActivity', undefined, (use) => textsOf(use, agent, since, cursor.n));
    let isAll = true;
    for (const rows of parseInPieces(texts)) {
      yield { cursor, isFresh: isFirst, agents: [{ instance, isAll, rows }] };
      isFirst = false;
      isAll = false;
    }
    if (performance.now() - turn < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turn = performance.now();
  }
}

/** What was appended after a cursor, in order of appending; agents that lost rows of the time asked for, as a whole. */
async function* readNew(run: Run, since: number, from: Cursor, cursor: Cursor): AsyncIterable<ActivityPage> {
  const trimmed = await run('readActivity', undefined, (use) =>
    use.all(
      'SELECT agent, instance FROM tierfall_activity_agents WHERE newest_n > ? AND trimmed_n > ? AND trimmed_at >= ?',
      from.n,
      from.n,
      since,
    ),
  );
  const whole = new Set(trimmed.map((row) => Number(row['agent'])));
  yield* readWhole(run, trimmed, since, cursor, false);
  for (let n = from.n; n < cursor.n || n === from.n; n += ROWS_PER_PAGE) {
    const rows = await run('readActivity', undefined, (use) =>
      use.all(
        `SELECT agent, instance, group_concat(body) AS rows FROM
           (SELECT agent, instance, body FROM tierfall_activity INDEXED BY tierfall_activity_n
             JOIN tierfall_activity_agents USING (agent)
            WHERE n > ? AND n <= ? AND at >= ? ORDER BY n)
          GROUP BY agent`,
        n,
        Math.min(cursor.n, n + ROWS_PER_PAGE),
        since,
      ),
    );
    const agents = rows
      .filter((row) => !whole.has(Number(row['agent'])))
      .map((row) => ({ instance: nameOf(row), isAll: false, rows: parseRows(textOf(row['rows'])) }));
    yield { cursor, isFresh: false, agents };
  }
}

function textsOf(use: Connection, row: Row, since: number, upTo: number): string {
  // SQLite joins the rows of one agent; thousands of rows one by one take several times as long.
  const found = use.one(
    `SELECT group_concat(body, ',' || char(10)) AS rows FROM
       (SELECT body FROM tierfall_activity WHERE agent = ? AND at >= ? AND n <= ? ORDER BY at, id)`,
    Number(row['agent']),
    since,
    upTo,
  );
  return textOf(found?.['rows']);
}

function nameOf(row: Row): string {
  return decodeKey(String(row['instance']));
}

/** Rows of one agent, in order of time. */
export async function readSqliteAgent(
  run: Run,
  instance: string,
  { since, until }: AgentQuery,
): Promise<ActivityRow[]> {
  return run('readAgent', instance, (use) => {
    if (!hasActivity(use)) return [];
    const agent = use.one('SELECT agent FROM tierfall_activity_agents WHERE instance = ?', encodeKey(instance));
    if (!agent) return [];
    const found = use.one(
      `SELECT group_concat(body) AS rows FROM
         (SELECT body FROM tierfall_activity WHERE agent = ? AND at >= ? AND at < ? ORDER BY at, id)`,
      Number(agent['agent']),
      bounded(since),
      bounded(until),
    );
    return parseRows(textOf(found?.['rows']));
  });
}

function begin(
  use: Connection,
  after: ActivityCursor,
): { cursor: Cursor; from: Cursor | undefined; agents: Row[] } | undefined {
  if (!hasActivity(use)) return undefined;
  const cursor = { n: meta(use, 'activity_n'), forgotten: meta(use, 'activity_forgotten') };
  const from = isCursor(after) && after.forgotten === cursor.forgotten && after.n <= cursor.n ? after : undefined;
  const agents = from ? [] : use.all('SELECT agent, instance FROM tierfall_activity_agents ORDER BY agent');
  return { cursor, from, agents };
}

/** Whether the tables of activity have been made. */
export function hasActivity(use: Connection): boolean {
  const table = use.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tierfall_activity'");
  return table !== undefined;
}

/** A number that counts something of activity. */
export function meta(use: Connection, name: string): number {
  return Number(use.one('SELECT value FROM tierfall_meta WHERE name = ?', name)?.['value']);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A time as an integer that SQLite holds. */
function bounded(at: number): number {
  return Math.ceil(Math.min(Math.max(at, -8.64e15), 8.64e15));
}

function isCursor(cursor: ActivityCursor): cursor is Cursor {
  return typeof cursor === 'object' && cursor !== null && 'n' in cursor && 'forgotten' in cursor;
}
