import { rowText } from '../../core/activity/activity-row.js';
import type { ActivityCursor, ActivityLimits, ActivityStore, StoredActivity } from '../../ports/activity.js';
import type { StateStore } from '../../ports/state-store.js';
import { check, commit, instancesOf, same, type StoreCase } from './places.js';

const unlimited: ActivityLimits = {
  cutoffAt: Number.NEGATIVE_INFINITY,
  maxAgeMs: Number.POSITIVE_INFINITY,
  maxRecords: Number.POSITIVE_INFINITY,
};
/** Names that a store must not mix up with its own. */
const oddNames = ['{agent}🦊', 'a:b', "it's", 'per%cent', 'x'.repeat(500), `${'x'.repeat(499)}y`];

/** A store without the methods of activity passes: the checks say that it keeps none. */
export const activityCases: readonly StoreCase[] = [
  activityCase('keeps activity, each id of an agent once', async (store) => {
    await store.appendActivity([task('a', '=1', 10), task('b', '=1', 20), task('a', '=1', 10)], unlimited);
    await store.appendActivity([task('a', '=1', 999), task('a', '=2', 30), ...oddNames.map(oddTask)], unlimited);
    await store.appendActivity([], unlimited);
    same(await idsOf(store, 'a'), ['=1', '=2'], 'ids of a');
    same((await store.readAgent('a', { since: 0, until: 1000 }))[0]?.[1], 10, 'time of a record that came twice');
    same(await idsOf(store, 'b'), ['=1'], 'ids of b');
    for (const name of oddNames) same(await idsOf(store, name), [`=${name.length}`], `ids of ${name.slice(0, 20)}`);
    same(await idsOf(store, 'unknown'), [], 'ids of an agent without records');
  }),
  activityCase('keeps a record word for word', async (store) => {
    const row = task('a', '=“odd” id %, \\ and 🦊', 1234);
    const words = rowText({
      ...record('a', '=x', 1),
      task: 'a, b\n"c" \\ 🦊 %s \u2028',
      domain: '<script>',
      quality: 0.1,
    });
    await store.appendActivity([row, { instance: 'a', id: '=x', at: 1, text: words }], unlimited);
    const found = await store.readAgent('a', { since: 0, until: 2000 });
    same(found, [JSON.parse(words), JSON.parse(row.text)], 'rows');
  }),
  activityCase('gives activity in order of time, from a time on and before a time', async (store) => {
    await store.appendActivity([task('a', '=3', 30), task('a', '=1', 10)], unlimited);
    await store.appendActivity([task('a', '=0', -5), task('a', '=2b', 20), task('a', '=2a', 20)], unlimited);
    same(await idsOf(store, 'a', -100), ['=0', '=1', '=2a', '=2b', '=3'], 'all');
    same(await idsOf(store, 'a', 10, 30), ['=1', '=2a', '=2b'], 'from 10 on, before 30');
    const reader = new Reader();
    await reader.read(store, 20);
    same(reader.ids(), { a: ['=2a', '=2b', '=3'] }, 'of all agents from 20 on');
  }),
  activityCase('reads on from a cursor', async (store) => {
    const reader = new Reader();
    await reader.read(store);
    same([reader.ids(), reader.cursor !== undefined], [{}, true], 'a store without activity');
    await store.appendActivity([task('a', '=1', 10), task('b', '=1', 10)], unlimited);
    await reader.read(store);
    // Late, on time, and known already.
    await store.appendActivity([task('a', '=0', 5), task('c', '=1', 40), task('b', '=1', 10)], unlimited);
    same(await reader.read(store), 2, 'records handed over');
    same(reader.ids(), { a: ['=0', '=1'], b: ['=1'], c: ['=1'] }, 'what was read');
    same(await reader.read(store), 0, 'records handed over when nothing is new');
    await store.appendActivity(many('a', 100, 700), unlimited);
    same(await reader.read(store), 700, 'records handed over after many');
    reader.cursor = { not: 'ours' };
    await reader.read(store);
    same((reader.ids()['a'] ?? []).length, 702, 'records of a after a cursor that is none');
    same(reader.wasFresh, true, 'said to be everything');
  }),
  activityCase('lets the oldest records of an agent go, and says so to who had read them', async (store) => {
    const reader = new Reader();
    const limits = { ...unlimited, maxRecords: 100 };
    await store.appendActivity([...many('a', 0, 90), ...many('b', 0, 5)], limits);
    await reader.read(store);
    for (let from = 90; from < 300; from += 30) await store.appendActivity(many('a', from, 30), limits);
    await reader.read(store);
    const kept = reader.ids()['a'] ?? [];
    check(kept.length >= 100 && kept.length <= 200, `records of a: expected 100 to 200, got ${kept.length}`);
    same(
      kept.slice(-100),
      many('a', 200, 100).map(({ id }) => id),
      'the newest hundred',
    );
    same(reader.ids(), await everything(store), 'what a reader holds that read on');
    same((reader.ids()['b'] ?? []).length, 5, 'records of another agent');
  }),
  activityCase('lets no record go that is younger than the limit', async (store) => {
    const reader = new Reader();
    await store.appendActivity(many('a', 0, 50), unlimited);
    await reader.read(store);
    await store.appendActivity(many('a', 1000, 50), { ...unlimited, cutoffAt: 900, maxAgeMs: 1_000_000_000 });
    await reader.read(store, 900);
    same(
      (reader.ids()['a'] ?? []).slice(-50),
      many('a', 1000, 50).map(({ id }) => id),
      'records since the limit',
    );
    same((await idsOf(store, 'a', 900)).length, 50, 'records of a since the limit');
  }),
  activityCase('forgets the activity of an agent, and nothing else', async (store) => {
    const reader = new Reader();
    await commit(store, 'instance:a', 0, { step: 1 });
    await store.appendActivity([task('a', '=1', 10), task('b', '=1', 10)], unlimited);
    await reader.read(store);
    await store.forgetActivity('a');
    await store.forgetActivity('unknown');
    await reader.read(store);
    same(reader.ids(), { b: ['=1'] }, 'what a reader holds that read on');
    same(await idsOf(store, 'a'), [], 'ids of a');
    same((await store.load('instance:a'))?.version, 1, 'version of its state');
    await store.appendActivity([task('a', '=1', 50)], unlimited);
    await reader.read(store);
    same(reader.ids(), { a: ['=1'], b: ['=1'] }, 'after a new beginning');
    same(await instancesOf(store), ['a'], 'instances of the store');
  }),
  {
    name: 'loses no activity when many append and read at once',
    needsSharing: true,
    async run(places) {
      const stores = [await places.open(), await places.open(), await places.open()].filter(keepsActivity);
      const [one, other, reading] = stores;
      if (!one || !other || !reading) return;
      const reader = new Reader();
      const append = async (store: ActivityStore, agent: string) => {
        for (let from = 0; from < 200; from += 20) {
          // The second half of each batch is the other one's too.
          const both = many('both', from, 20);
          await store.appendActivity([...many(agent, from, 20), ...both], unlimited);
        }
      };
      const appending = Promise.all([append(one, 'one'), append(other, 'other')]);
      let isOver = false;
      appending.finally(() => (isOver = true)).catch(() => undefined);
      while (!isOver) await reader.read(reading);
      await appending;
      await reader.read(reading);
      const counts = Object.fromEntries(Object.entries(reader.ids()).map(([name, ids]) => [name, ids.length]));
      same(counts, { both: 200, one: 200, other: 200 }, 'records by agent');
    },
  },
];

function activityCase(name: string, run: (store: StateStore & ActivityStore) => Promise<void>): StoreCase {
  return {
    name,
    async run(places) {
      const store = await places.open();
      if (keepsActivity(store)) await run(store);
    },
  };
}

function keepsActivity(store: StateStore): store is StateStore & ActivityStore {
  return (['appendActivity', 'readActivity', 'readAgent', 'forgetActivity'] as const).every(
    (name) => typeof store[name] === 'function',
  );
}

/** One that reads on, as the checks do. */
class Reader {
  cursor: ActivityCursor = undefined;
  wasFresh = false;
  readonly #agents = new Map<string, Map<string, number>>();

  /** Returns how many records it was handed. */
  async read(store: ActivityStore, since = -1000): Promise<number> {
    let count = 0;
    this.wasFresh = false;
    const query = this.cursor === undefined ? { since } : { since, after: this.cursor };
    for await (const { cursor, isFresh, agents } of store.readActivity(query)) {
      if (isFresh) this.#agents.clear();
      this.wasFresh ||= isFresh;
      this.cursor = cursor;
      for (const { instance, isAll, rows } of agents) {
        const known = (isAll ? undefined : this.#agents.get(instance)) ?? new Map<string, number>();
        this.#agents.set(instance, known);
        for (const [id, at] of rows) known.set(id, at);
        count += rows.length;
      }
    }
    return count;
  }

  /** By agent, in order of time. */
  ids(): Record<string, string[]> {
    const ids: Record<string, string[]> = {};
    for (const [name, times] of this.#agents) {
      const sorted = [...times].sort(([id, at], [otherId, otherAt]) => at - otherAt || (id < otherId ? -1 : 1));
      if (sorted.length > 0) ids[name] = sorted.map(([id]) => id);
    }
    return ids;
  }
}

async function everything(store: ActivityStore): Promise<Record<string, string[]>> {
  const reader = new Reader();
  await reader.read(store);
  return reader.ids();
}

async function idsOf(store: ActivityStore, instance: string, since = 0, until = 1e12): Promise<string[]> {
  return (await store.readAgent(instance, { since, until })).map(([id]) => id);
}

function record(instance: string, id: string, at: number): Parameters<typeof rowText>[0] {
  const nothing = { domain: null, reason: null, quality: null, resultHash: null, tier: null };
  const measures = { inputTokens: null, outputTokens: null, costUsd: null, durationMs: null };
  return { id, instance, task: 'task', outcome: 'accepted', at, ...nothing, ...measures };
}

function task(instance: string, id: string, at: number): StoredActivity {
  return { instance, id, at, text: rowText(record(instance, id, at)) };
}

function oddTask(name: string): StoredActivity {
  return task(name, `=${name.length}`, 10);
}

/** Records of an agent at `from`, `from` + 1 and so on. */
function many(instance: string, from: number, count: number): StoredActivity[] {
  return Array.from({ length: count }, (_, index) => task(instance, `=${from + index}`, from + index));
}
