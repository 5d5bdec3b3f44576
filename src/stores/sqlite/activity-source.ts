import { StoreError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { ActivitySource } from '../../ports/activity.js';

const STORE = 'SQLite activity source';

/** What `createSqliteActivitySource` takes. */
export interface SqliteActivitySourceOptions {
  /** The file of a store. It must exist: a source makes none. */
  path: string;
  /** How long to wait for another process's write, in milliseconds. Default 4,000. */
  busyTimeoutMs?: number | undefined;
}

/**
 * Reads activity and ledgers of a SQLite file over a connection that cannot write. Needs `node:sqlite`. Opens the
 * file at its first use; every method rejects with `StoreError`.
 *
 * @throws {StoreError} an option is wrong
 */
export function createSqliteActivitySource(
  options: SqliteActivitySourceOptions,
): ActivitySource & { close(): Promise<void> } {
  const { path, busyTimeoutMs = 4000 } = options ?? {};
  const wrong = (what: string) => new StoreError({ operation: 'create', message: `${STORE}: ${what}` });
  const [unknown] = unknownOptions(options ?? {}, ['path', 'busyTimeoutMs']);
  if (unknown) throw wrong(`${unknown.path}: ${unknown.message}`);
  if (typeof path !== 'string' || path === '' || path === ':memory:') {
    throw wrong("path must name the file of a store, e.g. { path: 'tierfall.db' }");
  }
  if (!(busyTimeoutMs >= 0)) throw wrong(`busyTimeoutMs must be a number, 0 or more, not ${String(busyTimeoutMs)}`);
  let loading: Promise<ActivitySource & { close(): Promise<void> }> | undefined;
  // Lazily, so that a runtime without files and node:sqlite can still load the entry.
  const source = async () => {
    loading ??= import('./read-only-source.js').then((module) => module.createReadOnlySource(path, busyTimeoutMs));
    return loading;
  };
  return {
    async *readActivity(query) {
      yield* (await source()).readActivity(query);
    },
    readAgent: async (instance, query) => (await source()).readAgent(instance, query),
    async *readLedgers(limit) {
      yield* (await source()).readLedgers(limit);
    },
    close: async () => (await source()).close?.(),
  };
}
