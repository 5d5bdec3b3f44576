import { quoteIdentifier } from './schema.js';

/** Every statement, made once for a schema; names and values travel as parameters alone. */
export interface Statements {
  load: string;
  create: string;
  update: string;
  updateMany: string;
  history: string;
  instances: string;
  longKey: string;
  increment: string;
  sweep: string;
  sum: string;
  acquire: string;
  release: string;
  now: string;
  forget: string;
}

export function statementsFor(schema: string): Statements {
  const name = quoteIdentifier(schema);
  // What a commit does once its state is written. `written` has one row for each state that was, none after a
  // conflict. $1 channel, $2 half a history limit. `written.seq` is the number of the last row; it equals
  // `checkpoint_seq` when this commit's last row carries the state.
  const append = `
    , appended AS (
      INSERT INTO ${name}.ledger (n, seq, event, state)
      SELECT written.n, written.seq - written.added + event.position, event.value,
             CASE WHEN written.seq = written.checkpoint_seq AND event.position = written.added THEN written.state END
        FROM written, json_array_elements(written.events) WITH ORDINALITY AS event (value, position)
    ), trimmed AS (
      DELETE FROM ${name}.ledger USING written
       WHERE written.added > 0 AND written.seq = written.checkpoint_seq
         AND ledger.n = written.n AND ledger.seq < written.first_seq
    )
    SELECT id, pg_notify($1, id || '%=' || version) FROM written`;
  return {
    load: `SELECT version, state::text AS state FROM ${name}.states WHERE id = $1`,

    // $3 id, $4 state, $5 events as a JSON array, $6 their number, $7 the whole key where the id is a digest.
    create: `
      WITH written AS (
        INSERT INTO ${name}.states (id, long_key, version, seq, first_seq, checkpoint_seq, state)
        VALUES ($3, $7, 1, $6::int, 1, CASE WHEN ${isDue('0', '0', '$6::int')} THEN $6::int ELSE 0 END, $4::json)
        ON CONFLICT (id) DO NOTHING
        RETURNING n, id, version, seq, first_seq, checkpoint_seq, state, $5::json AS events, $6::int AS added
      )${append}`,

    // $3 id, $4 state, $5 events as a JSON array, $6 their number, $7 expected version.
    update: `
      WITH written AS (
        UPDATE ${name}.states SET ${advance('$6::int')}, state = $4::json
         WHERE id = $3 AND version = $7::bigint
        RETURNING n, id, version, seq, first_seq, checkpoint_seq, state, $5::json AS events, $6::int AS added
      )${append}`,

    // As `update`, with an array for each of $3 to $7. A state that another transaction holds is passed over, like
    // one in conflict: a group waits for nobody while it holds others.
    updateMany: `
      WITH locked AS (
        SELECT states.n, asked.new_state, asked.events, asked.added
          FROM unnest($3::text[], $4::json[], $5::json[], $6::int[], $7::bigint[])
            AS asked (id, new_state, events, added, expected)
          JOIN ${name}.states ON states.id = asked.id AND states.version = asked.expected
           FOR UPDATE OF states SKIP LOCKED
      ), written AS (
        UPDATE ${name}.states SET ${advance('locked.added')}, state = locked.new_state
          FROM locked WHERE states.n = locked.n
        RETURNING states.n, id, version, seq, first_seq, checkpoint_seq, state, locked.events, locked.added
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
        expires_at = CASE WHEN counter.expires_at <= clock_timestamp()
          THEN excluded.expires_at ELSE counter.expires_at END
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

    now: `SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now`,

    // $1 channel, $2 id.
    forget: `
      WITH gone AS (
        DELETE FROM ${name}.states WHERE id = $2 RETURNING n, id
      ), rows AS (
        DELETE FROM ${name}.ledger USING gone WHERE ledger.n = gone.n
      )
      SELECT pg_notify($1, id) FROM gone`,

    release: `DELETE FROM ${name}.leases WHERE id = $1 AND holder = $2`,
  };
}

/** What becomes of the numbers in `states` when so many rows are added. */
function advance(added: string): string {
  const due = isDue('seq', 'checkpoint_seq', added);
  return `
          version = version + 1,
          seq = seq + ${added},
          first_seq = CASE WHEN ${due} AND checkpoint_seq > 0 THEN checkpoint_seq ELSE first_seq END,
          checkpoint_seq = CASE WHEN ${due} THEN seq + ${added} ELSE checkpoint_seq END`;
}

/** Do these rows complete another half of the history limit, so that the state is to be kept with the last of them? */
function isDue(seq: string, checkpoint: string, added: string): string {
  return `(${added} > 0 AND ${seq} + ${added} - ${checkpoint} >= $2::bigint)`;
}
