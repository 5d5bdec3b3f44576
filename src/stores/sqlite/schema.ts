/** Layout of the tables this version reads and writes. */
export const SQLITE_SCHEMA = 1;

/** Statements that lead from the layout before to the next one; the first makes everything. */
export const sqliteMigrations: readonly string[] = [
  `
  CREATE TABLE tierfall_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- first_seq: the oldest row of the ledger. checkpoint_seq: the newest row that carries a state.
  CREATE TABLE tierfall_states (
    n INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    checkpoint_seq INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT;

  -- state: as it was after this row, on every so many rows; makes a snapshot of the row once it is the oldest.
  CREATE TABLE tierfall_ledger (
    n INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    state TEXT,
    PRIMARY KEY (n, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tierfall_counters (
    key TEXT NOT NULL,
    bucket TEXT NOT NULL,
    value REAL NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (key, bucket)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tierfall_counters_end ON tierfall_counters (expires_at);

  CREATE TABLE tierfall_leases (
    key TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
