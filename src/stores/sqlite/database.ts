import type { DatabaseSync } from 'node:sqlite';
import { connect, type Connection } from './connection.js';
import { isBusy, openError } from './errors.js';
import { fileAt } from './file.js';
import { SQLITE_SCHEMA, sqliteMigrations } from './schema.js';

/** Longest time one attempt at a lock blocks this process; longer waits are spent outside SQLite. */
const BLOCKING_MS = 2;

export interface DatabaseOptions {
  path: string;
  busyTimeoutMs: number;
  synchronous: 'normal' | 'full';
}

/** Opens or makes the file and brings its tables to the present layout. */
export async function openDatabase(options: DatabaseOptions): Promise<Connection> {
  // Lazily, so that a runtime without it can still load the entry.
  const sqlite = await import('node:sqlite').catch((cause: unknown) => {
    throw openError('needs node:sqlite, which this runtime lacks; use Node 22.13 or later, Bun or Deno', cause);
  });
  const database = new sqlite.DatabaseSync(options.path, { timeout: BLOCKING_MS });
  const use = connect(database);
  try {
    await whenFree(options, () => {
      database.exec('PRAGMA journal_mode = WAL');
      // Pages of log before it is worked into the file, which waits for the disk: 16 MB rather than 4.
      database.exec('PRAGMA wal_autocheckpoint = 4000');
      database.exec(`PRAGMA synchronous = ${options.synchronous === 'full' ? 'FULL' : 'NORMAL'}`);
      if (schemaVersion(database) !== SQLITE_SCHEMA) inTransaction(use, () => migrate(database));
    });
    // Not before: SQLite makes the file at its first write.
    return { ...use, file: fileAt(options.path) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs `action` as one transaction that holds the write lock from its start. */
export function inTransaction<T>({ database, change }: Connection, action: () => T): T {
  change('BEGIN IMMEDIATE');
  try {
    const result = action();
    change('COMMIT');
    return result;
  } catch (error) {
    // A full disk or an I/O error may have rolled back already.
    if (database.isTransaction) change('ROLLBACK');
    throw error;
  }
}

/** Tries again while another process has the lock, without blocking this one, until `busyTimeoutMs` are over. */
export async function whenFree<T>(options: { busyTimeoutMs: number }, action: () => T): Promise<T> {
  const giveUpAt = performance.now() + options.busyTimeoutMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) throw error;
    }
    const delayMs = Math.random() * Math.min(20, 2 ** attempt);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
}

function migrate(database: DatabaseSync): void {
  // Asked again under the lock: another process may have done it meanwhile.
  let version = schemaVersion(database);
  for (const migration of sqliteMigrations.slice(version)) {
    database.exec(migration);
    version += 1;
    database.prepare("INSERT OR REPLACE INTO tierfall_meta VALUES ('schema', ?)").run(version);
  }
}

/** The layout found: 0 for a file without our tables. Throws for a later one and for tables that are not ours. */
function schemaVersion(database: DatabaseSync): number {
  const found = database
    .prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name GLOB 'tierfall_*'")
    .all()
    .map((row) => String(row['name']));
  if (found.length === 0) return 0;
  const version = found.includes('tierfall_meta') && ownColumns(database) ? readVersion(database) : undefined;
  if (typeof version !== 'number' || version < 1) {
    throw openError(`has a table named ${found[0]} that is not ours; give the store a file of its own`);
  }
  if (version > SQLITE_SCHEMA) {
    throw openError(`was written by a later tierfall (layout ${version}, this one knows ${SQLITE_SCHEMA}); update it`);
  }
  return version;
}

function ownColumns(database: DatabaseSync): boolean {
  const columns = database
    .prepare("SELECT name FROM pragma_table_info('tierfall_meta')")
    .all()
    .map((row) => row['name']);
  return columns.join() === 'name,value';
}

function readVersion(database: DatabaseSync): unknown {
  return database.prepare("SELECT value FROM tierfall_meta WHERE name = 'schema'").get()?.['value'];
}
