import type { Row } from './client.js';
import { isRefusal } from './errors.js';

/** One commit to a record that exists. */
export interface Update {
  id: string;
  /** The version it expects. */
  version: number;
  /** JSON. */
  state: string;
  /** JSON of each. */
  events: readonly string[];
}

/** Runs one of the two statements; the values are `$3` and on. Answers the `id` of each state that was written. */
type Query = (statement: 'update' | 'updateMany', values: readonly unknown[]) => Promise<Row[]>;

interface Waiting {
  update: Update;
  resolve: (isWritten: boolean) => void;
  reject: (error: unknown) => void;
}

/** Groups on their way at once: more than one, so that a slow one does not hold up all other commits. */
const LANES = 2;
/** A group without an answer by then holds up others no longer: its connection may have died in silence. */
const PATIENCE_MS = 1000;
const LARGEST_GROUP = 100;

/**
 * Commits asked for while others are on their way go together in the next statement. Postgres lets transactions that
 * notify commit only one after the other, so many commits at once are no quicker than one, unless they share one.
 *
 * Answers a function that resolves with false after a conflict.
 */
export function createGroupCommit(query: Query): (update: Update) => Promise<boolean> {
  let waiting: Waiting[] = [];
  let lanes = 0;

  async function openLane(): Promise<void> {
    lanes += 1;
    while (waiting.length > 0) await patience(send(takeGroup()));
    lanes -= 1;
  }

  function takeGroup(): Waiting[] {
    // Of one id only one at a time: the second may expect what the first writes.
    const group = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const each of waiting) {
      if (group.has(each.update.id) || group.size === LARGEST_GROUP) later.push(each);
      else group.set(each.update.id, each);
    }
    waiting = later;
    return Array.from(group.values());
  }

  /** Never rejects: each commit is answered for itself. */
  async function send(group: readonly Waiting[]): Promise<void> {
    const isOne = group.length === 1;
    let written: ReadonlySet<string> = new Set();
    try {
      written = await write(group.map(({ update }) => update));
    } catch (error) {
      // A group that was refused is tried one by one: what is wrong with one is not the others' trouble.
      if (isOne || !isRefusal(error)) return group.forEach(({ reject }) => reject(error));
    }
    for (const each of group) {
      const isWritten = written.has(each.update.id);
      if (isWritten || isOne) each.resolve(isWritten);
      else void send([each]);
    }
  }

  async function write(updates: readonly Update[]): Promise<ReadonlySet<string>> {
    const columns = [
      updates.map(({ id }) => id),
      updates.map(({ state }) => state),
      updates.map(({ events }) => `[${events.join()}]`),
      updates.map(({ events }) => events.length),
      updates.map(({ version }) => version),
    ];
    const isOne = updates.length === 1;
    const rows = await query(isOne ? 'update' : 'updateMany', isOne ? columns.flat() : columns);
    return new Set(rows.map((row) => String(row['id'])));
  }

  return async (update) =>
    new Promise((resolve, reject) => {
      waiting.push({ update, resolve, reject });
      if (lanes < LANES) void openLane();
    });
}

/** Resolves once the work is done, or has taken too long. */
async function patience(work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    // A commit that hangs is no reason for a process to go on living.
    (timer as { unref?: () => void }).unref?.();
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
