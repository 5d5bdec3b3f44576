import { Pool } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { storeConformance } from '../../src/testing/store-conformance.js';
import { databaseUrl, dropSchemas, postgresServer, uniqueName } from '../stores/servers.js';

describe.skipIf(!postgresServer.isThere)(`Postgres store${postgresServer.note}`, () => {
  const root = uniqueName('conformance').slice(0, 30);
  const pool = new Pool({ connectionString: databaseUrl, max: 5 });
  afterAll(async () => {
    await dropSchemas(pool, root);
    await pool.end();
  });
  const open = (place: string) => createPostgresStore({ pool, schema: `${root}_${place}`, historyLimit: 8 });
  test.for(storeConformance({ open, historyLimit: 8 }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
