import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory.js';
import { storeConformance } from '../../src/testing/store-conformance.js';

describe('memory store', () => {
  let now = 0;
  const open = () => createMemoryStore({ historyLimit: 8, now: () => now });
  const advance = (durationMs: number) => void (now += durationMs);
  test.for(storeConformance({ open, isShared: false, historyLimit: 8, advance }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
