import { parseInPieces, parseRows, type ActivityRow } from '../../core/activity/activity-row.js';
import type { ActivityCursor, ActivityPage, ActivityQuery, ActivityStore, AgentQuery } from '../../ports/activity.js';
import { decodeKey, encodeKey } from '../keys.js';
import type { Connection, Row } from './connection.js';
import { inTransaction } from './database.js';

/**
 * Tables of activity, made when the first record comes. Rows lie by agent and time, so that reading one agent reads one
 * stretch of the file; `n` counts appended rows over all agents and is what incremental reading goes by.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS tierfall_activity_agents (
    agent INTEGER PRIMARY KEY,
    instance TEXT NOT NULL UNIQUE,
    count INTEGER NOT NULL,
    -- The newest row; the newest time that was let go, and when that was, as a number like a row's.
    newest_n INTEGER NOT NULL,
    trimmed_at INTEGER,
    trimmed_n INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tierfall_activity_newest ON tierfall_activity_agents (newest_n);
  CREATE TABLE IF NOT EXISTS tierfall_activity (
    agent INTEGER NOT NULL,
    at INTEGER NOT NULL,
    id TEXT NOT NULL,
    n INTEGER NOT NULL,
    -- A row as a JSON array.
    body TEXT NOT NULL,
    PRIMARY KEY (agent, at, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS tierfall_activity_n ON tierfall_activity (n);
  -- Ids that a host gave, whose time may differ. All others hold the time within.
  CREATE UNIQUE INDEX IF NOT EXISTS tierfall_activity_given
    ON tierfall_activity (agent, id) WHERE id >= '=' AND id < '>';
  INSERT OR IGNORE INTO tierfall_meta VALUES ('activity', 1), ('activity_n', 0), ('activity_forgotten', 0);
`;

/** Reading is synchronous: after so many milliseconds others of this process get their turn. */
const TURN_MS = 10;
/** New rows of one page. */
const ROWS_PER_PAGE = 5000;
/** Appended rows after which old ones are looked for. */
const APPENDS_PER_SWEEP = 20_000;
/** How many rows over the limit an agent may have, as a part of it. */
const SLACK = 0.05;

type Run = <T>(operation: string, key: string | undefined, action: (use: Connection) => T) => Promise<T>;

interface Agent {
  agent: number;
  count: number;
}

interface Cursor {
  n: number;
  forgotten: number;
}

/** Activity in a SQLite file. `run` opens it and waits for its lock. */
export function createSqliteActivity(run: Run): ActivityStore {
  let hasTables = false;
  /** Rows appended since old ones were last looked for. */
  let appended = APPENDS_PER_SWEEP;

  return {
    async appendActivity(rows, { cutoffAt, maxRecords }) {
      await run('appendActivity', undefined, (use) =>
        inTransaction(use, () => {
          if (!hasTables) use.database.exec(TABLES);
          const agents = new Map<string, Agent>();
          let n = meta(use, 'activity_n');
          for (const { instance, id, at, text } of rows) {
            const agent = agents.get(instance) ?? agentOf(use, instance);
            agents.set(instance, agent);
            const sql = 'INSERT OR IGNORE INTO tierfall_activity VALUES (?, ?, ?, ?, ?)';
            if (use.change(sql, agent.agent, at, id, n + 1, text) === 0) continue;
            n += 1;
            agent.count += 1;
          }
          for (const { agent, count } of agents.values()) {
            use.change('UPDATE tierfall_activity_agents SET newest_n = ?, count = ? WHERE agent = ?', n, count, agent);
            if (count > maxRecords * (1 + SLACK)) n = trimCount(use, agent, maxRecords, n);
          }
          appended += rows.length;
          if (appended >= APPENDS_PER_SWEEP && Number.isFinite(cutoffAt)) n = trimAge(use, cutoffAt, n);
          use.change("UPDATE tierfall_meta SET value = ? WHERE name = 'activity_n'", n);
        }),
      );
      hasTables = true;
      if (appended >= APPENDS_PER_SWEEP) appended = 0;
    },

    readActivity: (query) => readSqliteActivity(run, query),
    readAgent: async (instance, query) => readSqliteAgent(run, instance, query),

    async forgetActivity(instance) {
      await run('forgetActivity', instance, (use) =>
        inTransaction(use, () => {
          if (!hasActivity(use)) return;
          const agent = use.one('SELECT agent FROM tierfall_activity_agents WHERE instance = ?', encodeKey(instance));
          if (!agent) return;
          use.change('DELETE FROM tierfall_activity WHERE agent = ?', Number(agent['agent']));
          use.change('DELETE FROM tierfall_activity_agents WHERE agent = ?', Number(agent['agent']));
          use.change("UPDATE tierfall_meta SET value = value + 1 WHERE name = 'activity_forgotten'");
        }),
      );
    },
  };
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

function agentOf(use: Connection, instance: string): Agent {
  const name = encodeKey(instance);
  use.change('INSERT OR IGNORE INTO tierfall_activity_agents VALUES (NULL, ?, 0, 0, NULL, 0)', name);
  const row = use.one('SELECT agent, count FROM tierfall_activity_agents WHERE instance = ?', name);
  return { agent: Number(row?.['agent']), count: Number(row?.['count']) };
}

/** Lets the oldest rows of an agent go that has too many. Returns the last number used. */
function trimCount(use: Connection, agent: number, maxRecords: number, n: number): number {
  const limit = Math.floor(maxRecords);
  const last = use.one(
    'SELECT at, id FROM tierfall_activity WHERE agent = ? ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?',
    agent,
    limit,
  );
  const at = Number(last?.['at']);
  use.change('DELETE FROM tierfall_activity WHERE agent = ? AND (at, id) <= (?, ?)', agent, at, String(last?.['id']));
  noteTrim(use, agent, at, n + 1);
  return n + 1;
}

function trimAge(use: Connection, cutoffAt: number, n: number): number {
  let next = n;
  for (const row of use.all('SELECT agent FROM tierfall_activity_agents')) {
    const agent = Number(row['agent']);
    const last = use.one('SELECT max(at) AS at FROM tierfall_activity WHERE agent = ? AND at < ?', agent, cutoffAt);
    if (last?.['at'] == null) continue;
    use.change('DELETE FROM tierfall_activity WHERE agent = ? AND at < ?', agent, cutoffAt);
    next += 1;
    noteTrim(use, agent, Number(last['at']), next);
  }
  return next;
}

function noteTrim(use: Connection, agent: number, at: number, n: number): void {
  use.change(
    `UPDATE tierfall_activity_agents
        SET newest_n = ?1, trimmed_n = ?1, trimmed_at = max(?2, coalesce(trimmed_at, ?2)),
            count = (SELECT count(*) FROM tierfall_activity WHERE agent = ?3) WHERE agent = ?3`,
    n,
    at,
    agent,
  );
}

function hasActivity(use: Connection): boolean {
  const table = use.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tierfall_activity'");
  return table !== undefined;
}

function meta(use: Connection, name: string): number {
  return Number(use.one('SELECT value FROM tierfall_meta WHERE name = ?', name)?.['value'] ?? 0);
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
