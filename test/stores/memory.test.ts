import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory.js';
import { usedHeap } from '../support/used-heap.js';

test('counters whose time is over are let go, and the others stay', async () => {
  let now = 0;
  const store = createMemoryStore({ now: () => now });
  await store.increment('tokens', 'long', 7, 1e9);
  const before = usedHeap();
  for (let index = 0; index < 100_000; index++) {
    now += 10;
    await store.increment('tokens', `short-${index}`, 1, 1000);
  }
  // All of them would be some twenty megabytes.
  expect(usedHeap() - before).toBeLessThan(5_000_000);
  expect(await store.sum('tokens', ['long', 'short-0', 'short-99999'])).toBe(8);
});
