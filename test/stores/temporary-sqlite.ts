import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StateStore } from '../../src/ports/state-store.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';

/** A store on a file of its own, which goes away with the test. */
export function temporarySqliteStore(): StateStore {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
  const store = createSqliteStore({ path: join(folder, 'store.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}
