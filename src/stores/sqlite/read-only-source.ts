import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../core/errors.js';
import type { ActivitySource } from '../../ports/activity.js';
import { createLedgerReader } from '../ledger-reader.js';
import { parseEvent } from '../arguments.js';
import { decodeKey } from '../keys.js';
import { readSqliteActivity, readSqliteAgent } from './activity-reading.js';
import { connect, type Connection } from './connection.js';
import { whenFree } from './database.js';
import { isConnectionSpent, sqliteError } from './errors.js';
import { fileAt, isSameFile } from './file.js';
import { Reopening } from './reopening.js';

/** How errors call it. */
export const STORE = 'SQLite activity source';

/** Reads a SQLite file over a connection that cannot write. Opens it at its first use. */
export function createReadOnlySource(path: string, busyTimeoutMs: number): ActivitySource & { close(): Promise<void> } {
  const file = new Reopening(STORE, () => open(path));

  async function connection(): Promise<Connection> {
    const found = await file.use();
    if (isSameFile(path, found.file)) return found;
    // Another file stands there now: what is open here is no longer written to.
    file.leave(found);
    return file.use();
  }

  async function run<T>(operation: string, key: string | undefined, action: (use: Connection) => T): Promise<T> {
    let used: Connection | undefined;
    try {
      const use = await connection();
      used = use;
      return await whenFree({ busyTimeoutMs }, () => action(use));
    } catch (error) {
      if (used && isConnectionSpent(error)) file.leave(used);
      throw sqliteError(operation, key, { path, busyTimeoutMs }, error);
    }
  }

  return {
    readActivity: (query) => readSqliteActivity(run, query),
    readAgent: async (instance, query) => readSqliteAgent(run, instance, query),
    readLedgers: createLedgerReader({
      list: async () =>
        run('instances', undefined, (use) =>
          hasStates(use)
            ? use.all("SELECT n, key, version FROM tierfall_states WHERE key LIKE 'instance:%'").map((row) => ({
                id: Number(row['n']),
                key: decodeKey(String(row['key'])),
                version: Number(row['version']),
              }))
            : [],
        ),
      read: async ({ id, key }, limit) =>
        run('history', key, (use) => ({
          state: String(use.one('SELECT state FROM tierfall_states WHERE n = ?', Number(id))?.['state']),
          rows: use
            .all('SELECT seq, event FROM tierfall_ledger WHERE n = ? ORDER BY seq DESC LIMIT ?', Number(id), limit)
            .map((row) => parseEvent(STORE, key, Number(row['seq']), String(row['event']))),
        })),
    }),
    close: () => file.close(),
  };
}

async function open(path: string): Promise<Connection> {
  // Lazily, so that a runtime without it can still load the entry.
  const sqlite = await import('node:sqlite').catch((cause: unknown) => {
    const message = `${STORE}: needs node:sqlite, which this runtime lacks; use Node 22.13 or later, Bun or Deno`;
    throw new StoreError({ operation: 'open', message, cause });
  });
  let database: DatabaseSync;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly: true, timeout: 2 });
  } catch (cause) {
    const message = `${STORE} (${path}): the file does not exist or cannot be read; give the path of a store's file`;
    throw new StoreError({ operation: 'open', message, cause });
  }
  database.exec('PRAGMA query_only = 1');
  return { ...connect(database), file: fileAt(path) };
}

function hasStates({ one }: Connection): boolean {
  return one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tierfall_states'") !== undefined;
}
