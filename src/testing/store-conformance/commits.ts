import { commit, refuses, row, same, type StoreCase } from './places.js';

/** Attempts of a commit that keeps conflicting. */
const TRIES = 1000;

export const commitCases: readonly StoreCase[] = [
  {
    name: 'knows nothing of a key it never saw',
    async run(places) {
      const store = await places.open();
      same(await store.load('instance:new'), undefined, 'load');
      same(await store.history('instance:new', { limit: 10 }), [], 'history');
    },
  },
  {
    name: 'counts commits from 1 and gives back the last state',
    async run(places) {
      const store = await places.open();
      for (let version = 0; version < 5; version++) await commit(store, 'instance:a', version, { step: version });
      same(await store.load('instance:a'), { state: { step: 4 }, version: 5 }, 'load');
    },
  },
  {
    name: 'answers a conflict with what is there and writes nothing',
    async run(places) {
      const store = await places.open();
      const early = await store.commit('instance:a', 1, { step: 0 }, [row('early')]);
      same(early, { ok: false, current: undefined }, 'commit of version 1 where nothing is');
      same(await store.load('instance:a'), undefined, 'load after it');
      await commit(store, 'instance:a', 0, { step: 1 }, [row('first')]);
      await commit(store, 'instance:a', 1, { step: 2 }, [row('second')]);
      const current = { state: { step: 2 }, version: 2 };
      for (const version of [0, 1, 3]) {
        const late = await store.commit('instance:a', version, { step: 9 }, [row('late')]);
        same(late, { ok: false, current }, `commit of version ${version} where 2 is`);
      }
      same(await store.load('instance:a'), current, 'load after the conflicts');
      const details = (await store.history('instance:a', { limit: 10 })).map(({ detail }) => detail);
      same(details, ['second', 'first'], 'ledger after the conflicts');
    },
  },
  {
    name: 'answers with copies and keeps none of what it was handed',
    async run(places) {
      const store = await places.open();
      const state = { list: [1, 2] };
      const event = { ...row('kept'), set: { tier: 1 } };
      await commit(store, 'instance:a', 0, state, [event]);
      state.list.push(3);
      event.set.tier = 2;
      const loaded = await store.load('instance:a');
      same(loaded?.state, { list: [1, 2] }, 'load after the caller changed its state');
      Object.assign(loaded?.state ?? {}, { list: [] });
      const [kept] = await store.history('instance:a', { limit: 1 });
      same(kept?.set, { tier: 1 }, 'row after the caller changed its event');
      same((await store.load('instance:a'))?.state, { list: [1, 2] }, 'load after a reader changed its copy');
    },
  },
  {
    name: 'keeps every JSON value as it is',
    async run(places) {
      const store = await places.open();
      const state = {
        text: 'quote " backslash \\ newline \n nul \0 half \ud800 emoji 🦊 line \u2028',
        numbers: [0, -1, 0.1, 1e21, Number.MAX_SAFE_INTEGER, 8_640_000_000_000_000],
        nothing: null,
        nested: { list: [[], {}, { deep: [true, false] }], '': 'empty name', __proto__name: 1 },
        large: 'x'.repeat(100_000),
      };
      await commit(store, 'instance:a', 0, state, [{ ...row(state.text), reason: `'; DROP TABLE x; --` }]);
      same((await store.load('instance:a'))?.state, state, 'state');
      const [event] = await store.history('instance:a', { limit: 1 });
      same(event, { ...row(state.text), reason: `'; DROP TABLE x; --`, seq: 1 }, 'row');
    },
  },
  {
    name: 'loses no update when many commit at once',
    async run(places) {
      const stores = [await places.open(), await places.open()];
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        const store = stores[writer % 2] ?? stores[0];
        for (let turn = 0; turn < 5; turn++) {
          for (let tries = 0; ; tries++) {
            if (tries === TRIES) throw new Error(`writer ${writer} lost ${TRIES} races`);
            const found = await store?.load('instance:a');
            const result = await store?.commit('instance:a', found?.version ?? 0, { writer, turn }, [
              row(`${writer}.${turn}`),
            ]);
            if (!result?.ok) continue;
            same(result.version, (found?.version ?? 0) + 1, 'version after the one that was expected');
            break;
          }
        }
      });
      await Promise.all(writers);
      const loaded = await stores[0]?.load('instance:a');
      same(loaded?.version, 40, 'version after 40 commits');
      const rows = (await stores[0]?.history('instance:a', { limit: 100 })) ?? [];
      const last = rows[0]?.detail;
      same(
        loaded?.state,
        { writer: Number(last?.split('.')[0]), turn: Number(last?.split('.')[1]) },
        'state of the last row',
      );
    },
  },
  {
    name: 'refuses what cannot be stored, naming itself',
    async run(places) {
      const store = await places.open();
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      await refuses('an empty key', () => store.load(''));
      await refuses('a circular state', () => store.commit('instance:a', 0, circular, []));
      await refuses('a negative version', () => store.commit('instance:a', -1, {}, []));
      await refuses('a history limit of 0', () => store.history('instance:a', { limit: 0 }));
      await refuses('a counter without an end', () => store.increment('counter', 'bucket', 1, 0));
      await refuses('an increment that is no number', () => store.increment('counter', 'bucket', Number.NaN, 1000));
      await refuses('a lease without an end', () => store.acquire('lease', 'me', 0));
      await refuses('a lease of nobody', () => store.acquire('lease', '', 1000));
      same(await store.load('instance:a'), undefined, 'load after refusals');
    },
  },
  {
    name: 'finds everything again after it was closed and opened',
    needsSharing: true,
    async run(places) {
      const first = await places.open();
      await commit(first, 'instance:a', 0, { step: 1 }, [row('one'), row('two')]);
      await first.increment('counter', 'bucket', 2, 60_000);
      await first.acquire('lease', 'me', 60_000);
      await first.close?.();
      await first.close?.();
      const second = await places.open();
      same(await second.load('instance:a'), { state: { step: 1 }, version: 1 }, 'state');
      await commit(second, 'instance:a', 1, { step: 2 }, [row('three')]);
      const seqs = (await second.history('instance:a', { limit: 10 })).map(({ seq, detail }) => [seq, detail]);
      same(
        seqs,
        [
          [3, 'three'],
          [2, 'two'],
          [1, 'one'],
        ],
        'ledger',
      );
      same(await second.sum('counter', ['bucket']), 2, 'counter');
      same(await second.acquire('lease', 'other', 1000), false, 'lease of the store before');
    },
  },
];
