import { inOrder, parseRows, type ActivityRow } from '../../core/activity/activity-row.js';
import type {
  ActivityCursor,
  ActivityPage,
  ActivityQuery,
  ActivityStore,
  AgentQuery,
  AgentRows,
  StoredActivity,
} from '../../ports/activity.js';
import { decodeKey, encodeKey } from '../keys.js';
import { ACTIVITY_APPEND, ACTIVITY_FORGET } from './activity-scripts.js';
import type { RedisCommands } from './commands.js';

/** Agents of one page: what a reader has in memory at once. */
const AGENTS_PER_PAGE = 4;
/** How many rows over the limit an agent may have, as a part of it. */
const SLACK = 0.05;
/** Newest rows of an agent looked at first when only new ones are wanted. */
const FIRST_LOOK = 64;

type Run = (
  operation: string,
  key: string | undefined,
  script: string,
  keys: string[],
  ...values: (string | number)[]
) => Promise<unknown>;

interface Cursor {
  n: number;
  forgotten: number;
}

export interface ActivityKeys {
  head: string;
  agents: string;
  of(agent: string, part: 'rows' | 'ids' | 'trim'): string;
}

export function activityKeys(prefix: string): ActivityKeys {
  const tag = `${prefix}{activity}:`;
  return { head: `${tag}head`, agents: `${tag}agents`, of: (agent, part) => `${tag}${part}:${agent}` };
}

/** Activity on a Redis server. Writing goes through scripts, reading through plain commands. */
export function createRedisActivity(prefix: string, run: Run, commands: RedisCommands): ActivityStore {
  const keys = activityKeys(prefix);
  const keysOf = (agent: string) => [
    keys.head,
    keys.agents,
    keys.of(agent, 'rows'),
    keys.of(agent, 'ids'),
    keys.of(agent, 'trim'),
  ];
  return {
    async appendActivity(rows, { cutoffAt, maxAgeMs, maxRecords }) {
      const byAgent = Map.groupBy(rows, ({ instance }) => encodeKey(instance));
      const most = Number.isFinite(maxRecords) ? Math.floor(maxRecords) : 0;
      const limits = [
        most,
        Math.ceil(most * SLACK),
        Number.isFinite(cutoffAt) ? Math.ceil(cutoffAt) : '',
        lifetime(maxAgeMs),
      ];
      await Promise.all(
        Array.from(byAgent, async ([agent, own]) =>
          run('appendActivity', undefined, ACTIVITY_APPEND, keysOf(agent), agent, ...limits, ...own.flatMap(partsOf)),
        ),
      );
    },
    readActivity: (query) => readRedisActivity(commands, keys, query),
    readAgent: async (instance, query) => readRedisAgent(commands, keys, instance, query),
    async forgetActivity(instance) {
      const agent = encodeKey(instance);
      await run('forgetActivity', instance, ACTIVITY_FORGET, keysOf(agent), agent);
    },
  };
}

/** Longest lifetime a key gets; beyond it, none. */
const LONGEST_TTL_MS = 1e12;

function lifetime(maxAgeMs: number): number {
  return maxAgeMs < LONGEST_TTL_MS ? Math.ceil(maxAgeMs) : 0;
}

/** An id as a row names it: without a space. */
function partsOf({ id, at, text }: StoredActivity): (string | number)[] {
  return [encodeURIComponent(id.toWellFormed()), at, text];
}

/** Pages of all agents, or of what came after a cursor. */
export async function* readRedisActivity(
  commands: RedisCommands,
  keys: ActivityKeys,
  { since, after }: ActivityQuery,
): AsyncIterable<ActivityPage> {
  const cursor = await readHead(commands, keys);
  const from = isCursor(after) && after.forgotten === cursor.forgotten && after.n <= cursor.n ? after : undefined;
  const changed = await commands.ask(keys.agents, 'ZRANGEBYSCORE', keys.agents, from ? `(${from.n}` : '-inf', '+inf');
  const agents = Array.isArray(changed) ? changed.map(String) : [];
  let isFresh = from === undefined;
  for (let index = 0; index < agents.length || isFresh; index += AGENTS_PER_PAGE) {
    const page = agents.slice(index, index + AGENTS_PER_PAGE);
    const rows = await Promise.all(page.map(async (agent) => readPart(commands, keys, agent, since, from, cursor.n)));
    yield { cursor, isFresh, agents: rows.filter((part) => part !== undefined) };
    isFresh = false;
  }
  if (agents.length === 0 && from) yield { cursor, isFresh: false, agents: [] };
}

/** Rows of one agent, in order of time. */
export async function readRedisAgent(
  commands: RedisCommands,
  keys: ActivityKeys,
  instance: string,
  { since, until }: AgentQuery,
): Promise<ActivityRow[]> {
  const list = keys.of(encodeKey(instance), 'rows');
  const rows = rowsOf(await texts(commands, list, 0));
  return rows.filter((row) => row[1] >= since && row[1] < until);
}

async function readHead(commands: RedisCommands, keys: ActivityKeys): Promise<Cursor> {
  const found = await commands.ask(keys.head, 'HMGET', keys.head, 'n', 'forgotten');
  const [n, forgotten]: unknown[] = Array.isArray(found) ? found : [];
  return { n: Number(n ?? 0), forgotten: Number(forgotten ?? 0) };
}

async function readPart(
  commands: RedisCommands,
  keys: ActivityKeys,
  agent: string,
  since: number,
  from: Cursor | undefined,
  upTo: number,
): Promise<AgentRows | undefined> {
  const list = keys.of(agent, 'rows');
  const instance = decodeKey(agent);
  if (from && !(await lostRows(commands, keys.of(agent, 'trim'), from.n, since))) {
    const rows = rowsOf(await newTexts(commands, list, from.n), from.n, upTo).filter((row) => row[1] >= since);
    return rows.length > 0 ? { instance, isAll: false, rows } : undefined;
  }
  const rows = rowsOf(await texts(commands, list, 0), 0, upTo).filter((row) => row[1] >= since);
  return { instance, isAll: true, rows };
}

async function lostRows(commands: RedisCommands, key: string, after: number, since: number): Promise<boolean> {
  const found = await commands.ask(key, 'HMGET', key, 'n', 'at');
  const [n, at]: unknown[] = Array.isArray(found) ? found : [];
  return n !== null && n !== undefined && Number(n) > after && Number(at) >= since;
}

/** The end of a list, far enough back that nothing new is missing. */
async function newTexts(commands: RedisCommands, list: string, after: number): Promise<string[]> {
  for (let look = FIRST_LOOK; ; look *= 8) {
    const found = await texts(commands, list, -look);
    const [first] = found;
    if (first === undefined || found.length < look || numberOf(first) <= after) return found;
  }
}

async function texts(commands: RedisCommands, list: string, start: number): Promise<string[]> {
  const found = await commands.ask(list, 'LRANGE', list, String(start), '-1');
  return Array.isArray(found) ? found.map(String) : [];
}

/** Rows of their texts, those numbered after `after` up to `upTo`, in order of time. */
function rowsOf(found: readonly string[], after = 0, upTo = Number.POSITIVE_INFINITY): ActivityRow[] {
  const bodies = found.filter((text) => numberOf(text) > after && numberOf(text) <= upTo).map(bodyOf);
  return inOrder(parseRows(bodies.join(',')));
}

function numberOf(text: string): number {
  return Number.parseInt(text, 10);
}

/** What stands behind the third space. */
function bodyOf(text: string): string {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  return text.slice(text.indexOf(' ', second + 1) + 1);
}

function isCursor(cursor: ActivityCursor): cursor is Cursor {
  return typeof cursor === 'object' && cursor !== null && 'n' in cursor && 'forgotten' in cursor;
}
