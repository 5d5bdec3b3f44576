import { expect, test } from 'vitest';
import type { ActivityStore } from '../../src/ports/activity.js';
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

test('an instance that is forgotten and made anew while the names are read does not come again', async () => {
  const store = createMemoryStore();
  await store.commit('instance:a', 0, {}, []);
  const names: string[] = [];
  for await (const name of store.instances()) {
    names.push(name);
    if (names.length > 3) break;
    await store.forget!(`instance:${name}`);
    await store.commit(`instance:${name}`, 0, {}, []);
  }
  expect(names).toEqual(['a']);
});

test('activity that is appended while its pages are read comes once', async () => {
  const store = createMemoryStore() as unknown as ActivityStore;
  const append = async (instance: string, id: string) => {
    const row = { instance, id, at: 1, text: JSON.stringify([id, 1, 0, 't']) };
    await store.appendActivity([row], { cutoffAt: 0, maxAgeMs: Infinity, maxRecords: 100 });
  };
  for (let index = 0; index < 30; index++) await append(`bot ${index}`, '=first');
  const found: string[] = [];
  const read = async (after?: unknown) => {
    let last: unknown;
    for await (const { cursor, agents } of store.readActivity({ since: 0, ...(after ? { after } : {}) })) {
      if (last === undefined && !after) await append('bot 29', '=second');
      last = cursor;
      for (const { instance, rows } of agents) found.push(...rows.map(([id]) => `${instance} ${id}`));
    }
    return last;
  };
  await read(await read());
  expect(found).toHaveLength(31);
  expect(new Set(found).size).toBe(31);
});
