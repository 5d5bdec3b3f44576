import { StoreError } from '../../core/errors.js';
import type { PostgresClient, PostgresPool } from './client.js';
import { isTableMissing, sqlState } from './errors.js';
import { POSTGRES_SCHEMA, postgresMigrations, quoteIdentifier, setVersion } from './schema.js';
import { takeClient } from './take-client.js';

const STORE = 'Postgres store';

/** Of two processes that migrate at once, one waits for the other. Any number, but the same for all. */
const ADVISORY_LOCK = 7_437_001_205;

/** Makes or updates the tables, once, also when several processes try at the same time. */
export async function migrate(pool: PostgresPool, schema: string): Promise<void> {
  const client = await takeClient(pool);
  let isDone = false;
  try {
    // Stricter levels see only what was there before they began to wait for the lock.
    await client.query({ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' });
    await client.query({ text: 'SELECT pg_advisory_xact_lock($1::bigint)', values: [ADVISORY_LOCK] });
    await migrateLocked(client, schema);
    await client.query({ text: 'COMMIT' });
    isDone = true;
  } finally {
    // A connection left inside a failed transaction is closed rather than given back.
    client.release(!isDone);
  }
}

async function migrateLocked(client: PostgresClient, schema: string): Promise<void> {
  const name = quoteIdentifier(schema);
  // Tables first: a user without the right to make a schema may still use one that was made for them.
  const tables = await client.query({
    text: `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1
             AND table_name IN ('meta', 'states', 'ledger', 'counters', 'leases')`,
    values: [schema],
  });
  if (tables.rows.length > 0 && !tables.rows.some((row) => row['name'] === 'meta')) throw foreign(schema);
  const found = tables.rows.length === 0 ? 0 : await schemaVersion(client, schema);
  if (found === 0) {
    const { rows } = await client.query({ text: 'SELECT 1 FROM pg_namespace WHERE nspname = $1', values: [schema] });
    if (rows.length === 0) await make(client, `CREATE SCHEMA ${name}`);
  }
  let version = found;
  for (const migration of postgresMigrations(name).slice(found)) {
    await make(client, migration);
    version += 1;
    await client.query({ text: setVersion(name, version) });
  }
}

async function make(client: PostgresClient, text: string): Promise<void> {
  try {
    await client.query({ text });
  } catch (cause) {
    if (sqlState(cause) !== '42501') throw cause;
    const fix =
      'grant it create on the database or on the schema, or have their owner run what postgresSchemaSql() returns';
    const message = `${STORE}: this user may not make its tables; ${fix}`;
    throw new StoreError({ operation: 'createSchema', message, cause });
  }
}

/** The layout found: 0 where there is none. Throws for a later one and for tables that are not ours. */
export async function schemaVersion(use: Pick<PostgresPool, 'query'>, schema: string): Promise<number> {
  let version: unknown;
  try {
    const { rows } = await use.query({
      text: `SELECT value FROM ${quoteIdentifier(schema)}.meta WHERE name = 'schema'`,
    });
    version = rows[0]?.['value'];
  } catch (error) {
    if (isTableMissing(error)) return 0;
    const state = sqlState(error);
    if (state === '42703' || state === '42883') throw foreign(schema, error);
    throw error;
  }
  if (typeof version !== 'number' || version < 1) throw foreign(schema);
  if (version > POSTGRES_SCHEMA) {
    const layouts = `layout ${version}, this one knows ${POSTGRES_SCHEMA}`;
    const message = `${STORE}: schema ${schema} was written by a later tierfall (${layouts}); update it`;
    throw new StoreError({ operation: 'open', message });
  }
  return version;
}

function foreign(schema: string, cause?: unknown): StoreError {
  const message = `${STORE}: schema ${schema} has tables of another program; choose another schema`;
  return new StoreError({ operation: 'open', message, cause });
}
