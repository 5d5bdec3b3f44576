import { quoteIdentifier } from './schema.js';

/** Every statement, made once for a schema; names and values travel as parameters alone. */
export interface Statements {
  load: string;
  create: string;
  update: string;
  history: string;
  instances: string;
  longKey: string;
  increment: string;
  sweep: string;
  sum: string;
  acquire: string;
  release: string;
}

export function statementsFor(schema: string): Statements {
  const name = quoteIdentifier(schema);
  // What a commit does once its state is written: `written` has one row then, and none after a conflict.
  // $1 id, $2 state, $3 events as a JSON array, $4 their number, $5 half a history limit, $6 channel. `written.seq` is the
  // number of the last row; it equals `checkpoint_seq` when this commit's last row carries the state.
  const append = `
    , appended AS (
      INSERT INTO ${name}.ledger (n, seq, event, state)
      SELECT written.n, written.seq - $4::int + event.position, event.value,
             CASE WHEN written.seq = written.checkpoint_seq AND event.position = $4::int THEN $2::json END
        FROM written, json_array_elements($3::json) WITH ORDINALITY AS event (value, position)
    ), trimmed AS (
      DELETE FROM ${name}.ledger USING written
       WHERE $4::int > 0 AND written.seq = written.checkpoint_seq
         AND ledger.n = written.n AND ledger.seq < written.first_seq
    )
    SELECT version, pg_notify($6, $1) FROM written`;
  return {
    load: `SELECT version, state::text AS state FROM ${name}.states WHERE id = $1`,

    create: `
      WITH written AS (
        INSERT INTO ${name}.states (id, long_key, version, seq, first_seq, checkpoint_seq, state)
        VALUES ($1, $7, 1, $4::int, 1, CASE WHEN ${isDue('0', '0')} THEN $4::int ELSE 0 END, $2::json)
        ON CONFLICT (id) DO NOTHING
        RETURNING n, version, seq, first_seq, checkpoint_seq
      )${append}`,

    update: `
      WITH written AS (
        UPDATE ${name}.states SET
          version = version + 1,
          seq = seq + $4::int,
          first_seq = CASE WHEN ${isDue('seq', 'checkpoint_seq')} AND checkpoint_seq > 0 THEN checkpoint_seq ELSE first_seq END,
          checkpoint_seq = CASE WHEN ${isDue('seq', 'checkpoint_seq')} THEN seq + $4::int ELSE checkpoint_seq END,
          state = $2::json
        WHERE id = $1 AND version = $7::bigint
        RETURNING n, version, seq, first_seq, checkpoint_seq
      )${append}`,

    history: `
      SELECT ledger.seq, ledger.event::text AS event,
             CASE WHEN ledger.seq = states.first_seq THEN ledger.state::text END AS snapshot
        FROM ${name}.states JOIN ${name}.ledger USING (n)
       WHERE id = $1 AND ledger.seq < $2::bigint ORDER BY ledger.seq DESC LIMIT $3`,

    instances: `
      SELECT n, coalesce(long_key, id) AS key FROM ${name}.states
       WHERE n > $1::bigint ORDER BY n LIMIT $2`,

    longKey: `SELECT long_key FROM ${name}.states WHERE id = $1`,

    increment: `
      INSERT INTO ${name}.counters AS counter (id, bucket, value, expires_at)
      VALUES ($1, $2, $3::float8, clock_timestamp() + $4::float8 * interval '1 millisecond')
      ON CONFLICT (id, bucket) DO UPDATE SET
        value = excluded.value + CASE WHEN counter.expires_at <= clock_timestamp() THEN 0 ELSE counter.value END,
        expires_at = CASE WHEN counter.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE counter.expires_at END
      RETURNING value`,

    sweep: `DELETE FROM ${name}.counters WHERE expires_at <= clock_timestamp()`,

    sum: `
      SELECT coalesce(sum(value), 0) AS total FROM ${name}.counters
       WHERE id = $1 AND bucket = ANY ($2::text[]) AND expires_at > clock_timestamp()`,

    acquire: `
      INSERT INTO ${name}.leases AS lease (id, holder, expires_at)
      VALUES ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond')
      ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
        WHERE lease.holder = excluded.holder OR lease.expires_at <= clock_timestamp()
      RETURNING 1 AS taken`,

    release: `DELETE FROM ${name}.leases WHERE id = $1 AND holder = $2`,
  };
}

/** Do these rows complete another half of the history limit, so that the state is to be kept with the last of them? */
function isDue(seq: string, checkpoint: string): string {
  return `($4::int > 0 AND ${seq} + $4::int - ${checkpoint} >= $5::bigint)`;
}
