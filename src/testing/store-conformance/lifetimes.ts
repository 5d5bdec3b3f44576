import { check, same, type StoreCase } from './places.js';

/** Short enough for a test to wait. */
const TTL_MS = 400;
/** For a store that is busier than that. */
const LONG_TTL_MS = 4000;

export function lifetimeCases(advance: (durationMs: number) => void | Promise<void>): StoreCase[] {
  return [
    {
      name: 'adds up counters, bucket by bucket',
      async run(places) {
        const store = await places.open();
        same(await store.sum('tokens', ['a', 'b']), 0, 'sum of nothing');
        same(await store.increment('tokens', 'a', 2, 60_000), 2, 'first increment');
        same(await store.increment('tokens', 'a', 0.5, 60_000), 2.5, 'second increment');
        same(await store.increment('tokens', 'b', 10, 60_000), 10, 'other bucket');
        same(await store.increment('tokens', 'b', -4, 60_000), 6, 'negative increment');
        same(await store.sum('tokens', ['a', 'b', 'c']), 8.5, 'sum of two buckets');
        same(await store.sum('tokens', ['b']), 6, 'sum of one bucket');
        same(await store.sum('tokens', ['b', 'b']), 6, 'sum of one bucket named twice');
        same(await store.sum('tokens', []), 0, 'sum of no bucket');
        same(await store.sum('other', ['a']), 0, 'sum of another key');
      },
    },
    {
      name: 'loses no increment when many count at once',
      async run(places) {
        const stores = [await places.open(), await places.open()];
        await Promise.all(
          Array.from({ length: 50 }, async (_, index) => stores[index % 2]?.increment('tokens', 'a', 1, 60_000)),
        );
        same(await stores[0]?.sum('tokens', ['a']), 50, 'sum of 50 increments');
      },
    },
    {
      name: 'forgets a counter its time after the first increment',
      async run(places) {
        const store = await places.open();
        for (const ttlMs of [TTL_MS, LONG_TTL_MS]) {
          const key = `tokens for ${ttlMs} ms`;
          const begunAt = Date.now();
          await store.increment(key, 'a', 1, ttlMs);
          // A later increment must not prolong it.
          await store.increment(key, 'a', 1, 60_000);
          const sum = await store.sum(key, ['a']);
          // So slow for once that it may have forgotten it already: again, with more time.
          if (ttlMs < LONG_TTL_MS && Date.now() - begunAt >= ttlMs / 2) continue;
          same(sum, 2, 'sum within its time');
          await advance(ttlMs + 50);
          same(await store.sum(key, ['a']), 0, 'sum after its time');
          same(await store.increment(key, 'a', 5, 60_000), 5, 'increment after its time');
          return;
        }
      },
    },
    {
      name: 'tells its time, where it can, and the same to all',
      async run(places) {
        const [one, other] = [await places.open(), await places.open()];
        if (!one.now || !other.now) return;
        const times = [await one.now(), await other.now(), await one.now()];
        for (const time of times) check(Number.isFinite(time), `time: expected epoch milliseconds, got ${time}`);
        check(times[0]! <= times[1]! && times[1]! <= times[2]!, `times go back: ${times.join(', ')}`);
        check(times[2]! - times[0]! < 60_000, `times of two stores on one place: ${times.join(', ')}`);
      },
    },
    {
      name: 'gives a lease to one holder at a time',
      async run(places) {
        const [mine, other] = [await places.open(), await places.open()];
        same(await mine.acquire('probe', 'me', 60_000), true, 'free lease');
        same(await mine.acquire('probe', 'me', 60_000), true, 'renewal');
        same(await other.acquire('probe', 'you', 60_000), false, 'lease of another');
        same(await other.acquire('other', 'you', 60_000), true, 'another lease');
        await other.release('probe', 'you');
        same(await other.acquire('probe', 'you', 60_000), false, 'lease after a release by one who had it not');
        await mine.release('probe', 'me');
        await mine.release('probe', 'me');
        same(await other.acquire('probe', 'you', 60_000), true, 'lease after its release');
      },
    },
    {
      name: 'gives a lease to one of many who ask at once',
      async run(places) {
        const stores = [await places.open(), await places.open()];
        const answers = await Promise.all(
          Array.from({ length: 20 }, async (_, index) =>
            stores[index % 2]?.acquire('probe', `holder ${index}`, 60_000),
          ),
        );
        same(answers.filter(Boolean).length, 1, 'number of holders');
      },
    },
    {
      name: 'lets a lease lapse, counted from its last renewal',
      async run(places) {
        const store = await places.open();
        await store.acquire('probe', 'me', 60_000);
        same(await store.acquire('probe', 'me', TTL_MS), true, 'renewal');
        await advance(TTL_MS + 50);
        same(await store.acquire('probe', 'you', 60_000), true, 'lapsed lease');
        same(await store.acquire('probe', 'me', 60_000), false, 'lease of its former holder');
      },
    },
  ];
}
