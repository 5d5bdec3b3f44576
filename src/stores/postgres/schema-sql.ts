import { activityTables } from './activity-schema.js';
import { POSTGRES_SCHEMA, postgresMigrations, quoteIdentifier, setVersion } from './schema.js';

/**
 * Statements that make the tables, for those who run their DDL themselves (with `migrate: false`). Idempotent only in
 * the schema's own creation: run it once.
 */
export function postgresSchemaSql(schema = 'tierfall'): string {
  const name = quoteIdentifier(schema);
  return `CREATE SCHEMA IF NOT EXISTS ${name};${postgresMigrations(name).join('')}${setVersion(
    name,
    POSTGRES_SCHEMA,
  )};\n${activityTables(schema)}`;
}
