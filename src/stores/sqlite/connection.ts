import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { FileIdentity } from './file.js';

export type Row = Record<string, SQLOutputValue>;
export type Value = string | number | null;

/** An open file and its statements, each prepared once. */
export interface Connection {
  database: DatabaseSync;
  /** The file it has open. */
  file: FileIdentity;
  /** The first row. */
  one: (sql: string, ...values: Value[]) => Row | undefined;
  all: (sql: string, ...values: Value[]) => Row[];
  /** Runs a write and returns the number of rows it touched. */
  change: (sql: string, ...values: Value[]) => number;
}

export function connect(database: DatabaseSync): Connection {
  const statements = new Map<string, StatementSync>();
  function prepared(sql: string): StatementSync {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }
  return {
    database,
    file: undefined,
    one: (sql, ...values) => prepared(sql).get(...values),
    all: (sql, ...values) => prepared(sql).all(...values),
    change: (sql, ...values) => Number(prepared(sql).run(...values).changes),
  };
}
