import type { ActivityStore } from '../../ports/activity.js';
import { encodeKey } from '../keys.js';
import { hasActivity, meta, readSqliteActivity, readSqliteAgent, type Run } from './activity-reading.js';
import type { Connection } from './connection.js';
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

/** Appended rows after which old ones are looked for. */
const APPENDS_PER_SWEEP = 20_000;
/** How many rows over the limit an agent may have, as a part of it. */
const SLACK = 0.05;

interface Agent {
  agent: number;
  count: number;
}

/** Activity in a SQLite file. `run` opens it and waits for its lock. */
export function createSqliteActivity(run: Run): ActivityStore {
  /** Where the tables were made last: another file, or this one opened again, may lack them. */
  let madeIn: Connection | undefined;
  /** Rows appended since old ones were last looked for. */
  let appended = APPENDS_PER_SWEEP;

  return {
    async appendActivity(rows, { cutoffAt, maxRecords }) {
      madeIn = await run('appendActivity', undefined, (use) =>
        inTransaction(use, () => {
          if (madeIn !== use) use.database.exec(TABLES);
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
          return use;
        }),
      );
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
