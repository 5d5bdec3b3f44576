import { compareRows, parseRows } from '../../core/activity/activity-row.js';
import type { ActivityCursor, ActivityPage, ActivityQuery, ActivityStore, AgentRows } from '../../ports/activity.js';

interface KeptRow {
  /** Place in the order of appending, over all agents. */
  n: number;
  id: string;
  at: number;
  text: string;
}

interface Agent {
  /** In the order of appending. */
  rows: KeptRow[];
  ids: Set<string>;
  /** `n` of the newest row. */
  newest: number;
  oldestAt: number;
  /** The newest time among rows that were let go, and the count at which that was last so. */
  trimmedAt: number;
  trimmedN: number;
}

interface Cursor {
  n: number;
  forgotten: number;
}

/** How many rows over a limit an agent may have before they are let go, as a part of it. */
const SLACK = 0.05;
const APPENDS_PER_SWEEP = 20_000;

/** Activity in memory. */
export function createMemoryActivity(): ActivityStore {
  const agents = new Map<string, Agent>();
  let n = 0;
  let forgotten = 0;
  /** Rows appended since agents that append no more were last looked at. */
  let appended = 0;

  function trim(agent: Agent, cutoffAt: number, maxRecords: number): void {
    const tooMany = agent.rows.length > maxRecords * (1 + SLACK);
    const excess = tooMany ? agent.rows.length - maxRecords : 0;
    const oldest = excess > 0 ? agent.rows.toSorted((one, other) => one.at - other.at).slice(0, excess) : [];
    const gone = new Set(oldest.map(({ id }) => id));
    if (agent.oldestAt < cutoffAt) for (const row of agent.rows) if (row.at < cutoffAt) gone.add(row.id);
    if (gone.size === 0) return;
    for (const row of agent.rows) {
      if (!gone.has(row.id)) continue;
      agent.ids.delete(row.id);
      agent.trimmedAt = Math.max(agent.trimmedAt, row.at);
    }
    agent.rows = agent.rows.filter((row) => !gone.has(row.id));
    agent.oldestAt = agent.rows.reduce((least, row) => Math.min(least, row.at), Number.POSITIVE_INFINITY);
    agent.trimmedN = ++n;
    agent.newest = n;
  }

  function rowsOf(agent: Agent, wanted: (row: KeptRow) => boolean): AgentRows['rows'] {
    return parseRows(
      agent.rows
        .filter(wanted)
        .map(({ text }) => text)
        .join(','),
    );
  }

  return {
    async appendActivity(rows, { cutoffAt, maxRecords }) {
      appended += rows.length;
      const isSweep = appended >= APPENDS_PER_SWEEP;
      if (isSweep) appended = 0;
      const touched = new Set<Agent>(isSweep ? agents.values() : []);
      for (const { instance, id, at, text } of rows) {
        const agent = agents.get(instance) ?? emptyAgent();
        if (agent.ids.has(id)) continue;
        agents.set(instance, agent);
        agent.ids.add(id);
        agent.newest = ++n;
        agent.rows.push({ n, id, at, text });
        agent.oldestAt = Math.min(agent.oldestAt, at);
        touched.add(agent);
      }
      for (const agent of touched) trim(agent, cutoffAt, maxRecords);
    },

    async *readActivity({ since, after }: ActivityQuery): AsyncIterable<ActivityPage> {
      const from = isCursor(after) && after.forgotten === forgotten ? after : undefined;
      const cursor: Cursor = { n, forgotten };
      let isFresh = from === undefined;
      let page: AgentRows[] = [];
      for (const [instance, agent] of agents) {
        if (from && agent.newest <= from.n) continue;
        const isAll = !from || (agent.trimmedN > from.n && agent.trimmedAt >= since);
        // What is appended while pages are read is new to who reads on from this cursor.
        const rows = rowsOf(agent, (row) => row.at >= since && row.n <= cursor.n && (isAll || row.n > from.n));
        if (rows.length > 0 || isAll) page.push({ instance, isAll, rows });
        if (page.length < 20) continue;
        yield { cursor, isFresh, agents: page };
        isFresh = false;
        page = [];
      }
      yield { cursor, isFresh, agents: page };
    },

    async readAgent(instance, { since, until }) {
      const agent = agents.get(instance);
      return agent ? rowsOf(agent, (row) => row.at >= since && row.at < until).toSorted(compareRows) : [];
    },

    async forgetActivity(instance) {
      if (agents.delete(instance)) forgotten += 1;
    },
  };
}

function emptyAgent(): Agent {
  const [oldestAt, trimmedAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return { rows: [], ids: new Set(), newest: 0, oldestAt, trimmedAt, trimmedN: 0 };
}

function isCursor(cursor: ActivityCursor): cursor is Cursor {
  return typeof cursor === 'object' && cursor !== null && 'n' in cursor && 'forgotten' in cursor;
}
