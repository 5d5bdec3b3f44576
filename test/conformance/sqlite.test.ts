import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { storeConformance } from '../../src/testing/store-conformance.js';

describe('SQLite store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let now = 0;
  const open = (place: string) =>
    createSqliteStore({ path: join(folder, `${place}.db`), historyLimit: 8, now: () => now });
  const advance = (durationMs: number) => void (now += durationMs);
  test.for(storeConformance({ open, historyLimit: 8, advance }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
