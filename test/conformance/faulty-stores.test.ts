import { expect, onTestFinished, test, vi } from 'vitest';
import type { StateStore } from '../../src/ports/state-store.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { storeConformance } from '../../src/testing/store-conformance.js';

const faults: [what: string, rule: string, fault: (store: StateStore) => Partial<StateStore>][] = [
  [
    'takes a cursor of 0 for none',
    'pages through a ledger, newest first, each row once',
    (store) => ({ history: (key, { limit, before }) => store.history(key, before ? { limit, before } : { limit }) }),
  ],
  [
    'gives the row of the cursor again',
    'pages through a ledger, newest first, each row once',
    (store) => ({
      history: (key, { limit, before }) =>
        store.history(key, before === undefined ? { limit } : { limit, before: before + 1 }),
    }),
  ],
  [
    'compares the version, and writes onto whatever is there by then',
    'loses no update when many commit at once',
    (store) => ({
      async commit(key, version, state, events) {
        const current = await store.load(key);
        if ((current?.version ?? 0) !== version) return { ok: false, current };
        while (true) {
          const present = await store.load(key);
          const result = await store.commit(key, present?.version ?? 0, state, events);
          if (result.ok) return result;
        }
      },
    }),
  ],
  [
    'makes a snapshot of a row in the middle of a commit',
    'takes no snapshot in the middle of a commit',
    (store) => ({
      async history(key, options) {
        const rows = await store.history(key, options);
        const [snapshot, next] = [rows.at(-1), rows.at(-2)];
        if (snapshot?.type !== 'snapshot' || !next?.seq) return rows;
        return [...rows.slice(0, -2), { ...snapshot, seq: next.seq }];
      },
    }),
  ],
  [
    'reads on as though nothing had been let go',
    'lets the oldest records of an agent go, and says so to who had read them',
    (store) => ({
      async *readActivity(query) {
        for await (const page of store.readActivity?.(query) ?? []) {
          yield { ...page, agents: page.agents.map((agent) => ({ ...agent, isAll: false })) };
        }
      },
    }),
  ],
  [
    'gives activity in the order in which it came',
    'gives activity in order of time, from a time on and before a time',
    (store) => ({
      readAgent: async (instance, query) => ((await store.readAgent?.(instance, query)) ?? []).toReversed(),
    }),
  ],
  [
    'forgets no counter',
    'forgets a counter its time after the first increment',
    (store) => ({ increment: (key, bucket, by) => store.increment(key, bucket, by, 3_600_000) }),
  ],
];

test.for(faults)('a store that %s is found out', async ([, rule, fault]) => {
  const open = (): StateStore => {
    const store = createMemoryStore({ historyLimit: 8 });
    return { ...store, ...fault(store) };
  };
  const [found] = storeConformance({ open, isShared: false, historyLimit: 8 }).filter(({ name }) => name === rule);
  await expect(found?.run()).rejects.toThrow(Error);
});

test('a store that is busy for once is not taken for one that forgets counters too early', async () => {
  let now = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => now);
  onTestFinished(() => void vi.restoreAllMocks());
  const advance = (durationMs: number) => void (now += durationMs);
  let isBusy = true;
  const open = (): StateStore => {
    const store = createMemoryStore({ now: () => now });
    return {
      ...store,
      async increment(...counted) {
        const sum = await store.increment(...counted);
        if (isBusy) advance(1000);
        isBusy = false;
        return sum;
      },
    };
  };
  const rule = 'forgets a counter its time after the first increment';
  const found = storeConformance({ open, isShared: false, advance }).find(({ name }) => name === rule)!;
  await expect(found.run()).resolves.toBeUndefined();
  expect(isBusy).toBe(false);
});
