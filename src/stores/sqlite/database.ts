import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../core/errors.js';
import { connect, type Connection } from './connection.js';
import { SQLITE_SCHEMA, sqliteMigrations } from './schema.js';

const STORE = 'SQLite store';

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
    return use;
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
  for (let version = schemaVersion(database); version < SQLITE_SCHEMA; version++) {
    database.exec(sqliteMigrations[version] ?? '');
    database.prepare("INSERT OR REPLACE INTO tierfall_meta VALUES ('schema', ?)").run(version + 1);
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

function openError(what: string, cause?: unknown): StoreError {
  return new StoreError({ operation: 'open', message: `${STORE}: the file ${what}`, cause });
}

const BUSY = 5;
const advice: Readonly<Record<number, string>> = {
  3: 'this user may not use the file; give it read and write permission on the file and its folder',
  [BUSY]: 'another process held the lock for longer than busyTimeoutMs; raise it, or end long transactions elsewhere',
  6: 'another connection of this process holds the lock',
  8: 'the file is read-only; give this user write permission on the file and its folder',
  10: 'the disk reported an input/output error; check the disk and its free space',
  11: 'the file is damaged; restore it from a backup or move it away to start afresh',
  13: 'the disk is full; free some space',
  14: 'the file cannot be opened; create its folder and give this user write permission there',
  26: 'the file is no SQLite database; choose another path',
};

/** Whatever SQLite threw as an error that names the store and the fix. */
export function sqliteError(operation: string, key: string | undefined, path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const help =
    advice[resultCode(cause)] ?? `${operation} failed: ${cause instanceof Error ? cause.message : 'unknown'}`;
  return new StoreError({ operation, key, message: `${STORE} (${path}): ${help}`, cause });
}

function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/** SQLite's primary result code: Node's `errcode` or Bun's `errno`, whose higher bits are details. */
function resultCode(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  const code = 'errcode' in error ? error.errcode : 'errno' in error ? error.errno : 0;
  return typeof code === 'number' ? code & 0xff : 0;
}
