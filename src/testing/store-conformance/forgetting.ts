import { commit, eventually, instancesOf, row, same, type StoreCase } from './places.js';

/** A store without `forget` passes: the failover commits a state to which nothing has happened. */
export const forgettingCases: readonly StoreCase[] = [
  {
    name: 'forgets a state with its ledger, and nothing else',
    async run(places) {
      const store = await places.open();
      if (!store.forget) return;
      for (const key of ['instance:{gone}🦊', 'instance:kept', `instance:${'x'.repeat(10_000)}`]) {
        await commit(store, key, 0, { step: 1 }, [row('one'), row('two')]);
      }
      await store.forget('instance:{gone}🦊');
      await store.forget(`instance:${'x'.repeat(10_000)}`);
      await store.forget('instance:unknown');
      same(await store.load('instance:{gone}🦊'), undefined, 'state');
      same(await store.history('instance:{gone}🦊', { limit: 5 }), [], 'ledger');
      same(await instancesOf(store), ['kept'], 'instances');
      same((await store.history('instance:kept', { limit: 5 })).length, 2, 'rows of another key');
      same(
        await store.commit('instance:{gone}🦊', 1, { step: 2 }, []),
        { ok: false, current: undefined },
        'commit to what is gone',
      );
      await commit(store, 'instance:{gone}🦊', 0, { step: 3 }, [row('three')]);
      same(
        (await store.history('instance:{gone}🦊', { limit: 5 })).map(({ seq, detail }) => [seq, detail]),
        [[1, 'three']],
        'ledger after a new beginning',
      );
      same(await instancesOf(store), ['kept', '{gone}🦊'], 'instances after a new beginning');
    },
  },
  {
    name: 'reports to watchers what was forgotten',
    needsSharing: true,
    async run(places) {
      const [watching, other] = [await places.open(), await places.open()];
      if (!watching.watch || !other.forget) return;
      const reported: string[] = [];
      let live = true;
      const keys = ['instance:a', `instance:${'x'.repeat(10_000)}`];
      for (const key of keys) {
        await commit(other, key, 0, {});
        // It is known to the watching store: where a key cannot be told any more, all that are known are reported.
        await watching.load(key);
      }
      watching.watch(
        (key) => reported.push(key),
        (isLive) => (live = isLive),
      );
      await eventually('the watch goes live', () => live);
      reported.length = 0;
      for (const key of keys) await other.forget(key);
      await eventually('they are reported', () => keys.every((key) => reported.includes(key)));
    },
  },
];
