import { StoreError } from '../core/errors.js';
import type { LedgerEvent, State } from '../core/tier/state.js';
import type { CommitResult, StateStore, StoredState } from '../ports/state-store.js';
import {
  checkAmount,
  checkBuckets,
  checkHistory,
  checkHistoryLimit,
  checkKey,
  checkName,
  checkTtl,
  commitText,
  parseEvent,
  parseStored,
  snapshotText,
  type CommitText,
  checkOptionNames,
} from './arguments.js';
import { decodeKey, encodeKey } from './keys.js';
import { createSqliteActivity } from './sqlite/activity.js';
import type { Connection, Row } from './sqlite/connection.js';
import { inTransaction, openDatabase, whenFree } from './sqlite/database.js';
import { isConnectionSpent, replacedError, sqliteError } from './sqlite/errors.js';
import { isSameFile } from './sqlite/file.js';
import { Reopening } from './sqlite/reopening.js';

const STORE = 'SQLite store';
const INSTANCES_PER_READ = 500;
const INCREMENTS_PER_SWEEP = 500;

/** What `createSqliteStore` takes. */
export interface SqliteStoreOptions {
  /** The file, made when missing; its folder must exist. `:memory:` keeps everything in this process. */
  path: string;
  /**
   * Ledger rows kept per key, about: from half of it to all of it, and the oldest is then a `snapshot`. Default
   * 10,000; `Infinity` keeps all.
   */
  historyLimit?: number | undefined;
  /**
   * How long to wait for another process's write, in milliseconds. Default 4,000: less than a failover's own
   * `storeTimeoutMs`, so that its error names the lock.
   */
  busyTimeoutMs?: number | undefined;
  /**
   * `'normal'` (default) survives a crash of every process; a power cut may take the last moments with it.
   * `'full'` survives that too and waits for the disk at each commit.
   */
  synchronous?: 'normal' | 'full' | undefined;
  /** Epoch milliseconds, for counters and leases that end. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/**
 * Keeps everything in one SQLite file that many processes of one machine may share. Needs `node:sqlite` (Node 22.13,
 * Bun, Deno). Opens the file at its first use; every method rejects with `StoreError`.
 */
export function createSqliteStore(options: SqliteStoreOptions): StateStore & { close(): Promise<void> } {
  const { path, busyTimeoutMs = 4000, synchronous = 'normal', now: clock = () => Date.now() } = options ?? {};
  checkOptionNames(options, ['path', 'historyLimit', 'busyTimeoutMs', 'synchronous', 'now']);
  checkOptions(path, busyTimeoutMs, synchronous, clock);
  // The columns that times are kept in hold whole numbers; a host's clock may give parts of a millisecond.
  const now = () => Math.floor(clock());
  const historyLimit = checkHistoryLimit(STORE, options.historyLimit ?? 10_000);
  const half = Math.min(Math.floor(historyLimit / 2), Number.MAX_SAFE_INTEGER);
  const file = new Reopening(STORE, () => openDatabase({ path, busyTimeoutMs, synchronous }));
  let increments = 0;

  async function run<T>(operation: string, key: string | undefined, action: (use: Connection) => T): Promise<T> {
    try {
      const use = await file.use();
      try {
        const result = await whenFree({ busyTimeoutMs }, () => action(use));
        if (isSameFile(path, use.file)) return result;
      } catch (error) {
        if (isSameFile(path, use.file)) {
          if (isConnectionSpent(error)) file.leave(use);
          throw error;
        }
      }
      // What was just written or read is not what other processes have: the next use opens the path again.
      file.leave(use);
      throw replacedError(operation, key, path);
    } catch (error) {
      throw sqliteError(operation, key, { path, busyTimeoutMs }, error);
    }
  }

  return {
    ...createSqliteActivity(run),

    async load(key) {
      const id = encodeKey(checkKey(STORE, 'load', key));
      const row = await run('load', key, ({ one }) =>
        one('SELECT version, state FROM tierfall_states WHERE key = ?', id),
      );
      return stored('load', key, row);
    },

    async commit(key, expectedVersion, state: State | Record<string, unknown>, events): Promise<CommitResult> {
      const text = commitText(STORE, key, expectedVersion, state, events);
      const id = encodeKey(key);
      return run('commit', key, (use) =>
        inTransaction(use, (): CommitResult => {
          if (write(use, id, text, half)) return { ok: true, version: text.version + 1 };
          const current = use.one('SELECT version, state FROM tierfall_states WHERE key = ?', id);
          return { ok: false, current: stored('commit', key, current) };
        }),
      );
    },

    async history(key, historyOptions) {
      const { limit, before } = checkHistory(STORE, key, historyOptions);
      const rows = await run('history', key, ({ all }) =>
        all(
          `SELECT l.seq, l.event, CASE WHEN l.seq = s.first_seq THEN l.state END AS snapshot
             FROM tierfall_states s JOIN tierfall_ledger l ON l.n = s.n
            WHERE s.key = ? AND l.seq < ? ORDER BY l.seq DESC LIMIT ?`,
          encodeKey(key),
          before,
          limit,
        ),
      );
      return rows.map((row) => ledgerEvent(key, row));
    },

    async *instances() {
      let after = 0;
      while (true) {
        const rows = await run('instances', undefined, ({ all }) =>
          all('SELECT n, key FROM tierfall_states WHERE n > ? ORDER BY n LIMIT ?', after, INSTANCES_PER_READ),
        );
        for (const row of rows) {
          const key = decodeKey(String(row['key']));
          if (key.startsWith('instance:')) yield key.slice('instance:'.length);
        }
        if (rows.length < INSTANCES_PER_READ) return;
        after = Number(rows.at(-1)?.['n']);
      }
    },

    async increment(key, bucket, by, ttlMs) {
      const endsAt = now() + checkTtl(STORE, 'increment', key, ttlMs);
      const amount = checkAmount(STORE, key, by);
      const names = [encodeKey(key), encodeKey(checkName(STORE, 'increment', key, 'bucket', bucket))];
      return run('increment', key, ({ one, change }) => {
        if (increments++ % INCREMENTS_PER_SWEEP === 0)
          change('DELETE FROM tierfall_counters WHERE expires_at <= ?', now());
        const row = one(
          `INSERT INTO tierfall_counters VALUES (?, ?, ?, ?) ON CONFLICT (key, bucket) DO UPDATE SET
             value = excluded.value + CASE WHEN expires_at <= ?5 THEN 0 ELSE value END,
             expires_at = CASE WHEN expires_at <= ?5 THEN excluded.expires_at ELSE expires_at END
           RETURNING value`,
          ...names,
          amount,
          endsAt,
          now(),
        );
        return Number(row?.['value']);
      });
    },

    async sum(key, buckets) {
      const names = JSON.stringify(checkBuckets(STORE, key, buckets).map(encodeKey));
      const row = await run('sum', key, ({ one }) =>
        one(
          `SELECT sum(value) AS total FROM tierfall_counters
            WHERE key = ? AND expires_at > ? AND bucket IN (SELECT value FROM json_each(?))`,
          encodeKey(key),
          now(),
          names,
        ),
      );
      return Number(row?.['total'] ?? 0);
    },

    async acquire(key, holder, ttlMs) {
      const ttl = checkTtl(STORE, 'acquire', key, ttlMs);
      const name = encodeKey(checkName(STORE, 'acquire', key, 'holder', holder));
      return run('acquire', key, ({ change }) => {
        const changes = change(
          `INSERT INTO tierfall_leases VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE
              SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE holder = excluded.holder OR expires_at <= ?`,
          encodeKey(key),
          name,
          now() + ttl,
          now(),
        );
        return changes === 1;
      });
    },

    async release(key, holder) {
      const id = encodeKey(checkKey(STORE, 'release', key));
      const name = encodeKey(checkName(STORE, 'release', key, 'holder', holder));
      await run('release', key, ({ change }) =>
        change('DELETE FROM tierfall_leases WHERE key = ? AND holder = ?', id, name),
      );
    },

    async now() {
      return now();
    },

    async forget(key) {
      const id = encodeKey(checkKey(STORE, 'forget', key));
      await run('forget', key, (use) =>
        inTransaction(use, () => {
          use.change('DELETE FROM tierfall_ledger WHERE n = (SELECT n FROM tierfall_states WHERE key = ?)', id);
          use.change('DELETE FROM tierfall_states WHERE key = ?', id);
        }),
      );
    },

    close: () => file.close(),
  };
}

/** Does this commit complete another half of the history limit, so that the state is kept with its last row? */
const IS_DUE = '(?2 > 0 AND seq + ?2 - checkpoint_seq >= ?3)';
const UPDATE = `
  UPDATE tierfall_states SET
    version = version + 1,
    seq = seq + ?2,
    first_seq = CASE WHEN ${IS_DUE} AND checkpoint_seq > 0 THEN checkpoint_seq ELSE first_seq END,
    checkpoint_seq = CASE WHEN ${IS_DUE} THEN seq + ?2 ELSE checkpoint_seq END,
    state = ?1
  WHERE key = ?4 AND version = ?5
  RETURNING n, seq, first_seq, checkpoint_seq`;
const CREATE = `
  INSERT INTO tierfall_states (key, version, seq, first_seq, checkpoint_seq, state)
  VALUES (?4, 1, ?2, 1, CASE WHEN ?2 > 0 AND ?2 >= ?3 THEN ?2 ELSE 0 END, ?1)
  ON CONFLICT (key) DO NOTHING
  RETURNING n, seq, first_seq, checkpoint_seq`;

/** Writes state and rows, and clears away rows that a snapshot stands for; false, and nothing, after a conflict. */
function write(use: Connection, id: string, text: CommitText, half: number): boolean {
  const values = [text.state, text.events.length, half, id];
  const row = text.version === 0 ? use.one(CREATE, ...values) : use.one(UPDATE, ...values, text.version);
  if (!row) return false;
  const [n, last, first] = [Number(row['n']), Number(row['seq']), Number(row['first_seq'])];
  // Rows of a state that somebody deleted, whose number was free again.
  if (text.version === 0) use.change('DELETE FROM tierfall_ledger WHERE n = ?', n);
  const isDue = text.events.length > 0 && last === row['checkpoint_seq'];
  for (const [index, event] of text.events.entries()) {
    const seq = last - text.events.length + index + 1;
    const snapshot = isDue && seq === last ? text.state : null;
    use.change('INSERT INTO tierfall_ledger VALUES (?, ?, ?, ?)', n, seq, event, snapshot);
  }
  if (isDue && first > 1) use.change('DELETE FROM tierfall_ledger WHERE n = ? AND seq < ?', n, first);
  return true;
}

function stored(operation: string, key: string, row: Row | undefined): StoredState | undefined {
  if (!row) return undefined;
  return { version: Number(row['version']), state: parseStored(STORE, operation, key, String(row['state'])) };
}

function ledgerEvent(key: string, row: Row): LedgerEvent {
  const event = parseEvent(STORE, key, Number(row['seq']), String(row['event']));
  if (row['snapshot'] === null) return event;
  return parseEvent(STORE, key, Number(row['seq']), snapshotText(event.at, String(row['snapshot'])));
}

function checkOptions(path: string, busyTimeoutMs: number, synchronous: string, now: unknown): void {
  const wrong = (what: string) => new StoreError({ operation: 'create', message: `${STORE}: ${what}` });
  if (typeof path !== 'string' || path === '') throw wrong("path must name a file, e.g. { path: 'tierfall.db' }");
  if (!(busyTimeoutMs >= 0)) throw wrong(`busyTimeoutMs must be a number, 0 or more, not ${String(busyTimeoutMs)}`);
  if (synchronous !== 'normal' && synchronous !== 'full') throw wrong("synchronous must be 'normal' or 'full'");
  if (typeof now !== 'function') throw wrong('now must be a function, e.g. Date.now');
}
