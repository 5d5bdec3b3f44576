/** Layout of the tables this version reads and writes. */
export const POSTGRES_SCHEMA = 1;

/** A name as SQL writes it, whatever it contains. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function setVersion(name: string, version: number): string {
  return `INSERT INTO ${name}.meta (name, value) VALUES ('schema', ${version})
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
}

/** Statements that lead from the layout before to the next one; the first makes everything. `name` is quoted. */
export function postgresMigrations(name: string): readonly string[] {
  return [
    `
CREATE TABLE ${name}.meta (name text PRIMARY KEY, value integer NOT NULL);

-- id: the key, or a digest of one too long for an index, which then stands in long_key. first_seq: the oldest row of
-- the ledger. checkpoint_seq: the newest row that carries a state. json, not jsonb, keeps text as it was written.
CREATE TABLE ${name}.states (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  long_key text,
  version bigint NOT NULL,
  seq bigint NOT NULL,
  first_seq bigint NOT NULL,
  checkpoint_seq bigint NOT NULL,
  state json NOT NULL
) WITH (fillfactor = 70);

-- state: as it was after this row, on every so many rows; makes a snapshot of the row once it is the oldest.
CREATE TABLE ${name}.ledger (
  n bigint NOT NULL,
  seq bigint NOT NULL,
  event json NOT NULL,
  state json,
  PRIMARY KEY (n, seq)
);

CREATE TABLE ${name}.counters (
  id text NOT NULL,
  bucket text NOT NULL,
  value double precision NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (id, bucket)
);
CREATE INDEX counters_end ON ${name}.counters (expires_at);

CREATE TABLE ${name}.leases (
  id text PRIMARY KEY,
  holder text NOT NULL,
  expires_at timestamptz NOT NULL
);
`,
  ];
}
