import { StoreError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { ActivitySource } from '../../ports/activity.js';
import { parseEvent } from '../arguments.js';
import { decodeKey } from '../keys.js';
import { createLedgerReader } from '../ledger-reader.js';
import { activityStatements } from './activity-schema.js';
import { readerOf, readPostgresActivity, readPostgresAgent } from './activity-reading.js';
import type { PostgresPool, Row } from './client.js';
import { postgresError } from './errors.js';
import { quoteIdentifier } from './schema.js';

const STORE = 'Postgres activity source';

/** What `createPostgresActivitySource` takes. */
export interface PostgresActivitySourceOptions {
  /** Your own `pg` pool; a user that may only select is enough. It stays yours to end. */
  pool: PostgresPool;
  /** The Postgres schema of the store. Default `'tierfall'`. */
  schema?: string | undefined;
}

/**
 * Reads activity and ledgers of a Postgres store, each statement in a transaction that may not write. Makes no table.
 * Every method rejects with `StoreError`.
 *
 * @throws {StoreError} an option is wrong
 */
export function createPostgresActivitySource(options: PostgresActivitySourceOptions): ActivitySource {
  const { pool, schema = 'tierfall' } = options ?? {};
  const wrong = (what: string) => new StoreError({ operation: 'create', message: `${STORE}: ${what}` });
  const [unknown] = unknownOptions(options ?? {}, ['pool', 'schema']);
  if (unknown) throw wrong(`${unknown.path}: ${unknown.message}`);
  if (typeof pool?.query !== 'function' || typeof pool.connect !== 'function') {
    throw wrong('pool must be a pool of pg, e.g. { pool: new Pool({ connectionString }) }');
  }
  if (typeof schema !== 'string' || schema === '') throw wrong('schema must be a text that is not empty');
  const sql = activityStatements(schema);
  const reader = readerOf(pool);
  const name = quoteIdentifier(schema);

  async function ask(operation: string, key: string | undefined, text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await reader.read(text, values)) ?? [];
    } catch (error) {
      throw postgresError(operation, key, error);
    }
  }

  return {
    readActivity: (query) => readPostgresActivity(reader, sql, query),
    readAgent: async (instance, query) => readPostgresAgent(reader, sql, instance, query),
    readLedgers: createLedgerReader({
      async list() {
        const text = `SELECT n, coalesce(long_key, id) AS key, version FROM ${name}.states WHERE id LIKE 'instance:%'`;
        const rows = await ask('instances', undefined, text, []);
        return rows.map((row) => ({
          id: String(row['n']),
          key: decodeKey(String(row['key'])),
          version: Number(row['version']),
        }));
      },
      async read({ id, key }, limit) {
        const [state] = await ask('load', key, `SELECT state::text AS state FROM ${name}.states WHERE n = $1`, [id]);
        const text = `SELECT seq, event::text AS event FROM ${name}.ledger WHERE n = $1 ORDER BY seq DESC LIMIT $2`;
        const rows = await ask('history', key, text, [id, limit]);
        return {
          state: String(state?.['state']),
          rows: rows.map((row) => parseEvent(STORE, key, Number(row['seq']), String(row['event']))),
        };
      },
    }),
  };
}
