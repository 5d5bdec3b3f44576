import { commit, instancesOf, row, same, type StoreCase } from './places.js';

/** Names that break stores which build keys, patterns or statements from them. */
const names = [
  'plain',
  'with:colons:and::more',
  '{braces}',
  '}{',
  '{}',
  '%7B%',
  'percent%',
  'emoji 🦊👩‍👩‍👧',
  'half \ud800 emoji',
  'half \ud801 emoji',
  'nul\0byte',
  'nul',
  'new\nline\ttab',
  `'; DROP TABLE tierfall_states; --`,
  '"quoted" \\ `ticks` $1 ?',
  ']] .. redis.call("FLUSHALL") .. [[',
  '* ? [a-z] _',
  ' leading and trailing ',
  'constructor',
  '__proto__',
  'é',
  'e\u0301',
  'UPPER',
  'upper',
  'x'.repeat(10_000),
  `${'x'.repeat(9999)}y`,
];

export const keyCases: readonly StoreCase[] = [
  {
    name: 'distinguishes instances of any name',
    async run(places) {
      const store = await places.open();
      for (const [index, name] of names.entries()) {
        await commit(store, `instance:${name}`, 0, { index }, [row(String(index))]);
      }
      for (const [index, name] of names.entries()) {
        const shown = JSON.stringify(name.slice(0, 40));
        same(await store.load(`instance:${name}`), { state: { index }, version: 1 }, `state of ${shown}`);
        const rows = await store.history(`instance:${name}`, { limit: 5 });
        same(
          rows.map(({ detail }) => detail),
          [String(index)],
          `ledger of ${shown}`,
        );
      }
      same(await instancesOf(store), names.toSorted(), 'instances');
    },
  },
  {
    name: 'lists instances and nothing else, each once',
    async run(places) {
      const store = await places.open();
      same(await instancesOf(store), [], 'instances of an empty store');
      for (const key of ['all', 'provider:acme', 'rest:model:acme/large', 'config:chain', 'instance', 'xinstance:no']) {
        await commit(store, key, 0, { key });
      }
      await commit(store, 'instance:a', 0, {});
      await commit(store, 'instance:a', 1, {});
      await commit(store, 'instance:b', 0, {});
      same(await instancesOf(store), ['a', 'b'], 'instances');
    },
  },
  {
    name: 'lists more instances than one page holds',
    async run(places) {
      const store = await places.open();
      const many = Array.from({ length: 1100 }, (_, index) => `worker-${index}`);
      await Promise.all(many.map((name) => commit(store, `instance:${name}`, 0, {})));
      same(await instancesOf(store), many.toSorted(), 'instances');
    },
  },
  {
    name: 'distinguishes counters and leases of any name',
    async run(places) {
      const store = await places.open();
      for (const [index, name] of names.entries()) {
        await store.increment(name, 'bucket', index, 60_000);
        await store.increment('counter', name, index, 60_000);
        same(await store.acquire(name, `holder ${name}`, 60_000), true, `lease ${index}`);
      }
      for (const [index, name] of names.entries()) {
        same(await store.sum(name, ['bucket']), index, `counter ${index}`);
        same(await store.sum('counter', [name]), index, `bucket ${index}`);
        same(await store.acquire(name, 'another', 1000), false, `lease ${index} of another`);
        same(await store.acquire(name, `holder ${name}`, 1000), true, `lease ${index} renewed`);
      }
    },
  },
];
