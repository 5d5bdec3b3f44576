import { StoreError } from '../core/errors.js';
import type { LedgerEvent } from '../core/tier/state.js';
import type { CommitResult, StateStore, StoredState } from '../ports/state-store.js';
import {
  checkAmount,
  checkBuckets,
  checkHeartbeat,
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
import { decodeKey, encodeKey, shortKey } from './keys.js';
import { createPostgresActivity, makeActivityTables } from './postgres/activity.js';
import type { PostgresPool, Row } from './postgres/client.js';
import { isTableMissing, postgresError, untilSerialized } from './postgres/errors.js';
import { createGroupCommit } from './postgres/group-commit.js';
import { migrate, schemaVersion } from './postgres/migrate.js';
import { POSTGRES_SCHEMA } from './postgres/schema.js';
import { statementsFor, type Statements } from './postgres/statements.js';
import { openListener } from './postgres/listen.js';
import { createWatchHub } from './watch-hub.js';

export type { PostgresClient, PostgresPool, PostgresQuery } from './postgres/client.js';
export { postgresSchemaSql } from './postgres/schema-sql.js';

const STORE = 'Postgres store';
const INSTANCES_PER_READ = 500;
const INCREMENTS_PER_SWEEP = 500;

/** What `createPostgresStore` takes. */
export interface PostgresStoreOptions {
  /** Your own `pg` pool, of at least two connections if `watch` is to work: it keeps one. It stays yours to end. */
  pool: PostgresPool;
  /** The Postgres schema that holds the tables; at most 50 characters. Default `'tierfall'`. */
  schema?: string | undefined;
  /** Make and update the tables at first use. Default true; otherwise see `createSchema` and `postgresSchemaSql`. */
  migrate?: boolean | undefined;
  /**
   * Ledger rows kept per key, about: from half of it to all of it, and the oldest is then a `snapshot`. Default
   * 10,000; `Infinity` keeps all.
   */
  historyLimit?: number | undefined;
  /**
   * Have the server plan each statement once a connection. Default true; `false` for a pooler that shares connections
   * between transactions, such as older PgBouncers. `watch` hears nothing through those and says so.
   */
  prepare?: boolean | undefined;
  /** Time between two pings of the connection that `watch` keeps, in milliseconds. Default 1,000. */
  heartbeatMs?: number | undefined;
}

/** A store on Postgres. */
export interface PostgresStore extends StateStore {
  /** Makes or updates the tables now. Safe to call from many processes at once. */
  createSchema(): Promise<void>;
  /** Ends the connection of `watch`; the pool stays yours to end. */
  close(): Promise<void>;
}

/**
 * Keeps everything in a Postgres database (13 or later) that many machines share. Every method rejects with
 * `StoreError`; `close` ends what the store opened itself and leaves the pool alone.
 */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const { pool, schema = 'tierfall', prepare = true, heartbeatMs = 1000 } = options ?? {};
  checkOptionNames(options, ['pool', 'schema', 'migrate', 'historyLimit', 'prepare', 'heartbeatMs']);
  checkOptions(pool, schema);
  checkHeartbeat(STORE, heartbeatMs);
  const historyLimit = checkHistoryLimit(STORE, options.historyLimit ?? 10_000);
  const half = historyLimit === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : Math.floor(historyLimit / 2);
  const statements = statementsFor(schema);
  const channel = `tierfall:${schema}`;
  let opening: Promise<void> | undefined;
  let increments = 0;

  /** Looks once whether the tables are there; a failure is not kept, so that the next use looks again. */
  async function open(): Promise<void> {
    opening ??= findTables().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }
  async function findTables(): Promise<void> {
    if ((await schemaVersion(pool, schema)) === POSTGRES_SCHEMA || options.migrate === false) return;
    await migrate(pool, schema);
  }

  /** Somebody dropped the tables: the next use looks again, and makes them where it may. */
  function onMissing(): void {
    opening = undefined;
  }

  async function run(
    operation: string,
    key: string | undefined,
    statement: keyof Statements,
    ...values: unknown[]
  ): Promise<Row[]> {
    return guard(operation, key, async () => query(statement, ...values));
  }
  async function query(statement: keyof Statements, ...values: unknown[]): Promise<Row[]> {
    await open();
    const text = statements[statement];
    const request = prepare ? { name: `${schema}:${statement}`, text, values } : { text, values };
    try {
      return (await untilSerialized(async () => pool.query(request))).rows;
    } catch (error) {
      if (isTableMissing(error)) onMissing();
      throw error;
    }
  }

  const update = createGroupCommit(async (statement, values) => query(statement, channel, half, ...values));

  async function create(id: string, longKey: string | null, { state, events }: CommitText): Promise<boolean> {
    const rows = await query('create', channel, half, id, state, `[${events.join()}]`, events.length, longKey);
    return rows.length > 0;
  }

  const hub = createWatchHub({
    heartbeatMs,
    open: (listener) => openListener({ pool, channel, keyOf }, listener),
  });

  /**
   * The key a notification is about: its id is a digest where the key was too long. Rejects where nobody can tell any
   * more, since the key was forgotten.
   */
  async function keyOf(id: string): Promise<string> {
    if (!id.includes('%#')) return decodeKey(id);
    const [row] = await run('watch', undefined, 'longKey', id);
    const longKey = row?.['long_key'];
    if (typeof longKey !== 'string') throw new StoreError({ operation: 'watch', message: `${STORE}: ${id} is gone` });
    return decodeKey(longKey);
  }

  async function load(operation: string, key: string, id: string): Promise<StoredState | undefined> {
    const [row] = await run(operation, key, 'load', id);
    if (!row) return undefined;
    return { version: Number(row['version']), state: parseStored(STORE, operation, key, String(row['state'])) };
  }

  const store: PostgresStore = {
    ...createPostgresActivity({ pool, schema, migrate: options.migrate !== false, open, onMissing }),

    async load(key) {
      void hub.know(checkKey(STORE, 'load', key));
      return load('load', key, await shortKey(encodeKey(key)));
    },

    async commit(key, expectedVersion, state, events): Promise<CommitResult> {
      const text = commitText(STORE, key, expectedVersion, state, events);
      void hub.know(key);
      const encoded = encodeKey(key);
      const id = await shortKey(encoded);
      const isWritten = await guard('commit', key, async () =>
        text.version === 0 ? create(id, id === encoded ? null : encoded, text) : update({ id, ...text }),
      );
      if (isWritten) return { ok: true, version: text.version + 1 };
      return { ok: false, current: await load('commit', key, id) };
    },

    async history(key, historyOptions) {
      const { limit, before } = checkHistory(STORE, key, historyOptions);
      const rows = await run('history', key, 'history', await shortKey(encodeKey(key)), before, limit);
      return rows.map((row) => ledgerEvent(key, row));
    },

    async *instances() {
      let after: unknown = 0;
      while (true) {
        const rows = await run('instances', undefined, 'instances', after, INSTANCES_PER_READ);
        for (const row of rows) {
          const key = decodeKey(String(row['key']));
          if (key.startsWith('instance:')) yield key.slice('instance:'.length);
        }
        if (rows.length < INSTANCES_PER_READ) return;
        after = rows.at(-1)?.['n'];
      }
    },

    async increment(key, bucket, by, ttlMs) {
      const ttl = checkTtl(STORE, 'increment', key, ttlMs);
      const id = await shortKey(encodeKey(key));
      const name = await shortKey(encodeKey(checkName(STORE, 'increment', key, 'bucket', bucket)));
      if (increments++ % INCREMENTS_PER_SWEEP === 0) await run('increment', key, 'sweep');
      const [row] = await run('increment', key, 'increment', id, name, checkAmount(STORE, key, by), ttl);
      return Number(row?.['value']);
    },

    async sum(key, buckets) {
      const names = checkBuckets(STORE, key, buckets).map(async (bucket) => shortKey(encodeKey(bucket)));
      const id = await shortKey(encodeKey(key));
      const [row] = await run('sum', key, 'sum', id, await Promise.all(names));
      return Number(row?.['total']);
    },

    async acquire(key, holder, ttlMs) {
      const ttl = checkTtl(STORE, 'acquire', key, ttlMs);
      const name = encodeKey(checkName(STORE, 'acquire', key, 'holder', holder));
      return (await run('acquire', key, 'acquire', await shortKey(encodeKey(key)), name, ttl)).length === 1;
    },

    async release(key, holder) {
      const id = await shortKey(encodeKey(checkKey(STORE, 'release', key)));
      await run('release', key, 'release', id, encodeKey(checkName(STORE, 'release', key, 'holder', holder)));
    },

    async now() {
      const [row] = await run('now', undefined, 'now');
      return Math.floor(Number(row?.['now']));
    },

    async forget(key) {
      await run('forget', key, 'forget', channel, await shortKey(encodeKey(checkKey(STORE, 'forget', key))));
    },

    createSchema: () =>
      guard('createSchema', undefined, async () => {
        await migrate(pool, schema);
        await makeActivityTables(pool, schema);
      }),

    async close() {
      hub.close();
    },
  };
  // A pool of one would be used up by listening; without `watch` the engine reads again from time to time.
  if (pool.options?.max !== 1) store.watch = (listener, status) => hub.watch(listener, status);
  return store;
}

async function guard<T>(operation: string, key: string | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw postgresError(operation, key, error);
  }
}

function checkOptions(pool: PostgresPool, schema: string): void {
  if (typeof pool?.query !== 'function' || typeof pool.connect !== 'function') {
    throw optionError('pool must be a pool of pg, e.g. { pool: new Pool({ connectionString }) }');
  }
  // Only pg's single clients have this; with one of them every transaction would share a connection with your queries.
  if ('escapeLiteral' in pool) {
    throw optionError('pool must be a pool of pg, not one client, e.g. { pool: new Pool({ connectionString }) }');
  }
  // Postgres cuts names at 63 bytes without a word; ours add to this one.
  if (typeof schema !== 'string' || !/^[^\0]+$/u.test(schema) || new TextEncoder().encode(schema).length > 50) {
    throw optionError('schema must have 1 to 50 bytes');
  }
}

function optionError(message: string): StoreError {
  return new StoreError({ operation: 'create', message: `${STORE}: ${message}` });
}

function ledgerEvent(key: string, row: Row): LedgerEvent {
  const seq = Number(row['seq']);
  const event = parseEvent(STORE, key, seq, String(row['event']));
  const { snapshot } = row;
  return typeof snapshot === 'string' ? parseEvent(STORE, key, seq, snapshotText(event.at, snapshot)) : event;
}
