import { quoteIdentifier } from './schema.js';

/**
 * Tables of activity, made when the first record comes. `n` counts appended rows over all agents; the process that
 * appends holds the one row of activity_head, so that numbers are in the order of commits and a reader that goes by
 * them misses none.
 */
export function activityTables(schema: string): string {
  const name = quoteIdentifier(schema);
  return `
CREATE TABLE IF NOT EXISTS ${name}.activity_head (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  n bigint NOT NULL,
  forgotten bigint NOT NULL
);
INSERT INTO ${name}.activity_head (n, forgotten) VALUES (0, 0) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS ${name}.activity_agents (
  agent bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  instance text NOT NULL,
  count bigint NOT NULL DEFAULT 0,
  newest_n bigint NOT NULL DEFAULT 0,
  trimmed_at bigint,
  trimmed_n bigint NOT NULL DEFAULT 0
);

-- body: a row as a JSON array as text, so that it comes back as it was written.
CREATE TABLE IF NOT EXISTS ${name}.activity (
  agent bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  n bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (agent, id)
);
CREATE INDEX IF NOT EXISTS activity_at ON ${name}.activity (agent, at);
CREATE INDEX IF NOT EXISTS activity_n ON ${name}.activity (n);
`;
}

/** Every statement of activity, made once for a schema. */
export interface ActivityStatements {
  head: string;
  lockHead: string;
  setHead: string;
  addAgents: string;
  append: string;
  trimCount: string;
  trimAge: string;
  noteTrim: string;
  agents: string;
  trimmed: string;
  readAgents: string;
  readNew: string;
  readAgent: string;
  forgetRows: string;
  forgetAgent: string;
  noteForgotten: string;
}

export function activityStatements(schema: string): ActivityStatements {
  const name = quoteIdentifier(schema);
  return {
    head: `SELECT n, forgotten FROM ${name}.activity_head`,
    lockHead: `SELECT n FROM ${name}.activity_head FOR UPDATE`,
    setHead: `UPDATE ${name}.activity_head SET n = $1`,
    addAgents: `
      INSERT INTO ${name}.activity_agents (id, instance)
      SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (id) DO NOTHING`,
    // $1 head; then columns: id of the agent, id of the row, time, body. Numbers follow the order they come in.
    append: `
      WITH given AS (
        SELECT DISTINCT ON (agents.agent, asked.id) agents.agent, asked.id, asked.at, asked.body, asked.place
          FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) WITH ORDINALITY
            AS asked (agent_id, id, at, body, place)
          JOIN ${name}.activity_agents AS agents ON agents.id = asked.agent_id
         ORDER BY agents.agent, asked.id, asked.place
      ), added AS (
        INSERT INTO ${name}.activity (agent, id, at, n, body)
        SELECT agent, id, at, $1::bigint + place, body FROM given ON CONFLICT (agent, id) DO NOTHING
        RETURNING agent, n
      )
      UPDATE ${name}.activity_agents AS agents
         SET count = agents.count + sums.count, newest_n = sums.n
        FROM (SELECT agent, count(*) AS count, max(n) AS n FROM added GROUP BY agent) AS sums
       WHERE agents.agent = sums.agent
      RETURNING agents.agent, agents.count`,
    trimCount: `
      WITH gone AS (
        DELETE FROM ${name}.activity WHERE agent = $1 AND id IN (
          SELECT id FROM ${name}.activity WHERE agent = $1 ORDER BY at DESC, id DESC OFFSET $2)
        RETURNING at
      ) SELECT max(at) AS at, count(*) AS count FROM gone`,
    trimAge: `
      WITH gone AS (DELETE FROM ${name}.activity WHERE at < $1 RETURNING agent, at)
      UPDATE ${name}.activity_agents AS agents
         SET count = agents.count - sums.count, newest_n = $2, trimmed_n = $2,
             trimmed_at = greatest(trimmed_at, sums.at)
        FROM (SELECT agent, count(*) AS count, max(at) AS at FROM gone GROUP BY agent) AS sums
       WHERE agents.agent = sums.agent
      RETURNING agents.agent`,
    noteTrim: `
      UPDATE ${name}.activity_agents
         SET count = count - $3, newest_n = $2, trimmed_n = $2, trimmed_at = greatest(trimmed_at, $4::bigint)
       WHERE agent = $1`,
    agents: `SELECT agent, instance, count FROM ${name}.activity_agents ORDER BY agent`,
    trimmed: `
      SELECT agent, instance, count FROM ${name}.activity_agents
       WHERE newest_n > $1 AND trimmed_n > $1 AND trimmed_at >= $2 ORDER BY agent`,
    // A row for each agent and day. By the index of agents and times alone: nearly every number is below the last one.
    readAgents: `
      SELECT agent, string_agg(body, E',\\n' ORDER BY at, id) AS rows FROM ${name}.activity
       WHERE agent = ANY ($1::bigint[]) AND at >= $2 AND n + 0 <= $3
       GROUP BY agent, at / 86400000 ORDER BY agent, at / 86400000`,
    readNew: `
      SELECT agent, instance, string_agg(body, E',\\n' ORDER BY n) AS rows
        FROM ${name}.activity JOIN ${name}.activity_agents USING (agent)
       WHERE n > $1 AND n <= $2 AND at >= $3 GROUP BY agent, instance`,
    readAgent: `
      SELECT string_agg(activity.body, ',' ORDER BY activity.at, activity.id) AS rows
        FROM ${name}.activity JOIN ${name}.activity_agents AS agents USING (agent)
       WHERE agents.id = $1 AND at >= $2 AND at < $3`,
    forgetRows: `
      DELETE FROM ${name}.activity USING ${name}.activity_agents AS agents
       WHERE activity.agent = agents.agent AND agents.id = $1`,
    forgetAgent: `DELETE FROM ${name}.activity_agents WHERE id = $1 RETURNING agent`,
    noteForgotten: `UPDATE ${name}.activity_head SET forgotten = forgotten + 1`,
  };
}
