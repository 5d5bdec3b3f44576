/** Commits to a store in the folder it is given until the disk is full, and tells how that went as JSON. */
import { join } from 'node:path';
import { createSqliteStore } from '../../src/stores/sqlite.js';

async function fill(folder: string): Promise<void> {
  const store = createSqliteStore({ path: join(folder, 'store.db') });
  const key = 'instance:a';
  let acknowledged = 0;
  const commit = async (): Promise<void> => {
    const events = [{ type: 'reset' as const, at: acknowledged, detail: 'x'.repeat(10_000) }];
    const result = await store.commit(key, acknowledged, { acknowledged }, events);
    if (result.ok) acknowledged = result.version;
    return commit();
  };
  const failure: unknown = await commit().catch((error: unknown) => error);
  const found = await store.load(key);
  const rows = await store.history(key, { limit: 1000 });
  const { name, message } = failure instanceof Error ? failure : new Error('no error');
  const isWhole = acknowledged > 0 && found?.version === acknowledged && rows.length === acknowledged;
  process.stdout.write(JSON.stringify({ name, message, isWhole }));
}

void fill(process.argv[2] ?? '');
