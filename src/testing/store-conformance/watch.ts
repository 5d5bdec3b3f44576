import { commit, eventually, same, type StoreCase } from './places.js';

/** A store without `watch` passes: its users poll instead. */
export const watchCases: readonly StoreCase[] = [
  {
    name: 'reports the key of every commit to watchers, whichever store made it',
    async run(places) {
      const [watching, other] = [await places.open(), await places.open()];
      if (!watching.watch) return;
      const reported: string[] = [];
      let live = true;
      const stop = watching.watch(
        (key) => reported.push(key),
        (isLive) => (live = isLive),
      );
      await eventually('the watch goes live', () => live);
      await commit(other, 'instance:a:{b}🦊', 0, {});
      await commit(watching, 'provider:acme', 0, {});
      await commit(other, `instance:${'x'.repeat(10_000)}`, 0, {});
      const all = ['instance:a:{b}🦊', 'provider:acme', `instance:${'x'.repeat(10_000)}`];
      await eventually('the keys are reported', () => all.every((key) => reported.includes(key)));
      stop();
      stop();
    },
  },
  {
    name: 'gives the version of a commit to watchers, or none',
    async run(places) {
      const [watching, other] = [await places.open(), await places.open()];
      if (!watching.watch) return;
      const reported: [string, number | undefined][] = [];
      let live = true;
      watching.watch(
        (key, version) => reported.push([key, version]),
        (isLive) => (live = isLive),
      );
      await eventually('the watch goes live', () => live);
      await commit(other, 'instance:a', 0, {});
      await commit(other, 'instance:a', 1, {});
      await commit(other, `instance:${'x'.repeat(10_000)}`, 0, {});
      await eventually('the commits are reported', () => reported.length >= 3);
      const made = new Map<string, number[]>([
        ['instance:a', [1, 2]],
        [`instance:${'x'.repeat(10_000)}`, [1]],
      ]);
      const isWrong = ([key, version]: [string, number | undefined]) =>
        version !== undefined && !made.get(key)?.includes(version);
      same(reported.filter(isWrong), [], 'versions that no commit made');
    },
  },
  {
    name: 'reports to a watcher of what was asked for every commit to it, and to all that is no instance',
    async run(places) {
      const [watching, other] = [await places.open(), await places.open()];
      if (!watching.watch) return;
      let reported: string[] = [];
      let live = true;
      await watching.load('instance:before');
      watching.watch(
        (key) => reported.push(key),
        (isLive) => (live = isLive),
        { instances: 'asked' },
      );
      await eventually('the watch goes live', () => live);
      await watching.load('instance:{read}🦊');
      await commit(watching, 'instance:written', 0, {});
      await eventually('its own commit is reported', () => reported.includes('instance:written'));
      reported = [];
      await commit(other, 'instance:before', 0, {});
      await commit(other, 'instance:{read}🦊', 0, {});
      await commit(other, 'instance:written', 1, {});
      await commit(other, 'provider:acme', 0, {});
      const all = ['instance:before', 'instance:{read}🦊', 'instance:written', 'provider:acme'];
      await eventually('the keys are reported', () => all.every((key) => reported.includes(key)));
      if (!other.forget) return;
      reported = [];
      await other.forget('instance:written');
      await eventually('what was forgotten', () => reported.includes('instance:written'));
      reported = [];
      await commit(other, 'instance:written', 0, {});
      await eventually('what was forgotten and comes again', () => reported.includes('instance:written'));
    },
  },
  {
    name: 'reports no conflicts and nothing after a stop, and survives a listener that throws',
    async run(places) {
      const store = await places.open();
      if (!store.watch) return;
      const reported: string[] = [];
      const stopped: string[] = [];
      let live = true;
      store.watch(() => {
        throw new Error('a fault of the listener');
      });
      const stop = store.watch((key) => stopped.push(key));
      store.watch(
        (key) => reported.push(key),
        (isLive) => (live = isLive),
      );
      await eventually('the watch goes live', () => live);
      stop();
      await store.commit('instance:conflict', 7, {}, []);
      await commit(store, 'instance:last', 0, {});
      await eventually('the commit is reported', () => reported.includes('instance:last'));
      same(
        reported.filter((key) => key === 'instance:conflict'),
        [],
        'reports of a conflict',
      );
      same(stopped, [], 'reports to a listener that was stopped');
    },
  },
];
