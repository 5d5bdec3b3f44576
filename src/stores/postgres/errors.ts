import { StoreError } from '../../core/errors.js';
import { shown } from '../arguments.js';

const STORE = 'Postgres store';

/** First match decides. What is tested is the SQLSTATE, or the network error's code and message. */
const advice: readonly [pattern: RegExp, help: string][] = [
  [
    /^42501/,
    'this user lacks a permission; grant it usage on the schema and select, insert, update, delete on its tables',
  ],
  [/^(42P01|3F000)/, 'the tables are missing; call createSchema(), or run what postgresSchemaSql() returns'],
  [
    /^(42703|42P07|42710|42P10|42804|42883|42809|22P02)/,
    'a table of this name belongs to another program; choose another schema',
  ],
  [/^(28|3D000)/, 'the server refuses this user or database; check the address the pool was given'],
  [/^(53100|53200|58)/, 'the server is out of disk or memory, or cannot read its disk; free some and look at its log'],
  [/^53300/, 'the server has no connection left; make the pool smaller or max_connections larger'],
  [/^25006/, 'this server is a read-only standby; connect to the primary'],
  [/^(57014|55P03)/, 'the server ended the statement at its time limit (statement_timeout, lock_timeout)'],
  [/^(26000|42P05)/, 'a pooler shares connections between transactions; pass prepare: false'],
  [/^22P05/, 'this database cannot hold every character; use one whose encoding is UTF8'],
  [/^57|^08/, 'the server is starting, stopping or closed the connection'],
  [/after calling end|pool is closed/i, 'the pool has been ended; end it only after the store is closed'],
  [
    /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|terminated|timeout|not queryable/i,
    'the server cannot be reached; check that it runs and the address the pool was given',
  ],
];

/** Whatever the driver threw as an error that names the store and the fix. The driver's message is only in `cause`. */
export function postgresError(operation: string, key: string | undefined, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const text = describe(cause);
  const help = advice.find(([pattern]) => pattern.test(text))?.[1];
  return new StoreError({
    operation,
    key,
    message: `${STORE}: ${help ?? `${operation} failed (${shown(text)})`}`,
    cause,
  });
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return `${code} ${cause.message || cause.name}`.trim();
}

/** The SQLSTATE, where the server itself answered. */
export function sqlState(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/**
 * Did the server refuse a statement for what it asked, or for want of room? Then nothing of it is written; after a lost
 * connection nobody knows.
 */
export function isRefusal(cause: unknown): boolean {
  return /^(2|4|53|54|P0)/.test(sqlState(cause) ?? '');
}

/** The table, or its schema, is not there. */
export function isTableMissing(cause: unknown): boolean {
  return /^(42P01|3F000)$/.test(sqlState(cause) ?? '');
}

/** Times a statement is tried that another transaction got in the way of. */
const TRIES = 20;

/**
 * Runs a statement again that the server undid for another transaction's sake: where transactions are repeatable read
 * or serializable by default it does so instead of letting one wait for the other.
 */
export async function untilSerialized<T>(statement: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await statement();
    } catch (error) {
      if (tries === TRIES || !/^(40001|40P01)$/.test(sqlState(error) ?? '')) throw error;
    }
  }
}
