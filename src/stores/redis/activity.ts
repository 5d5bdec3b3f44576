import { parseRows, type ActivityRow } from '../../core/activity/activity-row.js';
import type {
  ActivityCursor,
  ActivityPage,
  ActivityQuery,
  ActivityStore,
  AgentQuery,
  StoredActivity,
} from '../../ports/activity.js';
import { decodeKey, encodeKey } from '../keys.js';
import { ACTIVITY_APPEND, ACTIVITY_FORGET } from './activity-scripts.js';
import { listOf, type RedisCommands } from './commands.js';

/** Agents that are asked for at once where only what is new is wanted: a round trip for each would be a thousand. */
const AGENTS_PER_READ = 100;
/** Rows of one agent that are asked for at once. */
const ROWS_PER_READ = 100;
/** How many rows over the limit an agent may have, as a part of it. */
const SLACK = 0.05;
/** Newest rows of an agent looked at first when only new ones are wanted. */
const FIRST_LOOK = 8;

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
  const agents = listOf(changed).map(String);
  yield { cursor, isFresh: from === undefined, agents: [] };
  const whole = from ? [] : agents;
  for (let index = 0; from && index < agents.length; index += AGENTS_PER_READ) {
    const some = agents.slice(index, index + AGENTS_PER_READ);
    const found = await Promise.all(
      some.map(async (agent) => [agent, await newTexts(commands, keys, agent, since, from.n)] as const),
    );
    for (const [agent, texts] of found) {
      if (texts === undefined) whole.push(agent);
      else yield pageOf(cursor, agent, false, texts, since, from.n);
    }
  }
  for (const agent of whole) {
    let isAll = true;
    for await (const texts of readWhole(commands, keys.of(agent, 'rows'))) {
      // What was read of it is no longer right: from its beginning.
      if (texts === undefined) isAll = true;
      else {
        yield pageOf(cursor, agent, isAll, texts, since, 0);
        isAll = false;
      }
    }
  }
}

function pageOf(
  cursor: Cursor,
  agent: string,
  isAll: boolean,
  texts: readonly string[],
  since: number,
  after: number,
): ActivityPage {
  const isWanted = (text: string) => numberOf(text) > after && numberOf(text) <= cursor.n;
  const rows = parseTexts(texts.filter(isWanted)).filter(([, at]) => at >= since);
  return { cursor, isFresh: false, agents: [{ instance: decodeKey(agent), isAll, rows }] };
}

/** Rows of one agent, in order of time. */
export async function readRedisAgent(
  commands: RedisCommands,
  keys: ActivityKeys,
  instance: string,
  { since, until }: AgentQuery,
): Promise<ActivityRow[]> {
  const list = keys.of(encodeKey(instance), 'rows');
  const rows = parseTexts(await range(commands, list, 0, -1));
  return rows.filter((row) => row[1] >= since && row[1] < until);
}

async function readHead(commands: RedisCommands, keys: ActivityKeys): Promise<Cursor> {
  const found = await commands.ask(keys.head, 'HMGET', keys.head, 'n', 'forgotten');
  const [n, forgotten] = listOf(found);
  return { n: Number(n ?? 0), forgotten: Number(forgotten ?? 0) };
}

/**
 * A list, in parts that follow each other; at least one. Parts overlap by a row, which says whether the list lost rows
 * at its front in between: then `undefined`, and everything once more.
 */
async function* readWhole(commands: RedisCommands, list: string): AsyncIterable<string[] | undefined> {
  const part = async (start: number) => range(commands, list, start, start + ROWS_PER_READ);
  let next = part(0);
  let last: string | undefined;
  for (let start = 0; ; start += ROWS_PER_READ) {
    const found = await next;
    if (last !== undefined && found[0] !== last) {
      yield undefined;
      start = -ROWS_PER_READ;
      last = undefined;
      next = part(0);
      continue;
    }
    const isEnd = found.length <= ROWS_PER_READ;
    if (!isEnd) {
      // On its way while these are looked at.
      next = part(start + ROWS_PER_READ);
      next.catch(() => undefined);
    }
    const newest = found.at(-1);
    yield last === undefined ? found : found.slice(1);
    // What a promise was resolved with, and all it leads to, is garbage only much later.
    found.length = 0;
    if (isEnd) return;
    last = newest;
  }
}

async function lostRows(commands: RedisCommands, key: string, after: number, since: number): Promise<boolean> {
  const found = await commands.ask(key, 'HMGET', key, 'n', 'at');
  const [n, at] = listOf(found);
  return n !== null && n !== undefined && Number(n) > after && Number(at) >= since;
}

/** The end of a list, far enough back that nothing new is missing; `undefined` where rows of this time were let go. */
async function newTexts(
  commands: RedisCommands,
  keys: ActivityKeys,
  agent: string,
  since: number,
  after: number,
): Promise<string[] | undefined> {
  const list = keys.of(agent, 'rows');
  const lost = lostRows(commands, keys.of(agent, 'trim'), after, since);
  for (let look = FIRST_LOOK; ; look *= 8) {
    const [isLost, found] = await Promise.all([lost, range(commands, list, -look, -1)]);
    if (isLost) return undefined;
    const [first] = found;
    if (first === undefined || found.length < look || numberOf(first) <= after) return found;
  }
}

async function range(commands: RedisCommands, list: string, start: number, end: number): Promise<string[]> {
  const found = await commands.ask(list, 'LRANGE', list, String(start), String(end));
  return listOf(found).map(String);
}

/** Rows of their texts, in order of time. */
function parseTexts(found: readonly string[]): ActivityRow[] {
  return parseRows(found.map(bodyOf).join(','));
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
