import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { StateStore, WatchOptions } from '../../src/ports/state-store.js';
import { createRedisStore, type RedisClient } from '../../src/stores/redis.js';
import { createSeededRandom } from '../../src/testing/index.js';
import { deleteKeys, redisServer, redisUrl, uniqueName } from './servers.js';

/** How long something is awaited that comes at once on an idle machine. */
const PATIENCE = { timeout: 10_000 };

const asked: WatchOptions = { instances: 'asked' };

/** A store and what a watcher of it is told: keys, with the versions that commits made. */
async function watched(store: StateStore, options?: WatchOptions) {
  const told: string[] = [];
  let live = false;
  const stop = store.watch!(
    (key, version) => told.push(version === undefined ? key : `${key} ${version}`),
    (isLive) => (live = isLive),
    options,
  );
  onTestFinished(stop);
  await expect.poll(() => live).toBe(true);
  told.length = 0;
  return { told, stop };
}

/**
 * What commits told. A busy machine may listen to an instance so late that its key is told once more for that, without
 * a version.
 */
const commitsOf = (told: readonly string[]): string[] => told.filter((line) => / \d+$/u.test(line));

async function commit(store: StateStore, key: string, version = 0): Promise<void> {
  expect(await store.commit(key, version, {}, [])).toEqual({ ok: true, version: version + 1 });
}

describe.skipIf(!redisServer.isThere)(`what a Redis store reports${redisServer.note}`, () => {
  const root = uniqueName('watch');
  let ioredis: Redis;
  let nodeRedis: Awaited<ReturnType<typeof connected>>;
  const connected = async () => createClient({ url: redisUrl }).connect();
  beforeAll(async () => {
    ioredis = new Redis(redisUrl);
    nodeRedis = await connected();
  });
  afterAll(async () => {
    await deleteKeys(ioredis, root);
    ioredis.disconnect();
    nodeRedis.destroy();
  });

  /** Stores of two processes. */
  function open(client: RedisClient, prefix = `${uniqueName(root)}:`) {
    const stores = [createRedisStore({ client, prefix }), createRedisStore({ client: ioredis, prefix })] as const;
    onTestFinished(async () => void (await Promise.all(stores.map(async (store) => store.close()))));
    let marks = 0;
    /** Resolves once all that was committed before has been reported to this watcher, or never will be. */
    const settle = async (told: readonly string[]): Promise<void> => {
      await commit(stores[1], 'all', marks++);
      await vi.waitUntil(() => told.includes(`all ${marks}`), { timeout: 5000, interval: 2 });
    };
    return { store: stores[0], other: stores[1], settle };
  }

  describe.for(['ioredis', 'node-redis'])('through %s', (library) => {
    const clientOf = (): RedisClient => (library === 'ioredis' ? ioredis : nodeRedis);

    test('of instances only what the store was asked for, once each', async () => {
      const { store, other, settle } = open(clientOf());
      await store.load('instance:before');
      const { told } = await watched(store, asked);
      await store.load('instance:read');
      await commit(store, 'instance:written');
      await commit(other, 'instance:foreign');
      await commit(other, 'instance:before');
      await commit(other, 'instance:read');
      await commit(other, 'instance:written', 1);
      await commit(other, 'provider:acme');
      await settle(told);
      expect(commitsOf(told)).toEqual([
        'instance:written 1',
        'instance:before 1',
        'instance:read 1',
        'instance:written 2',
        'provider:acme 1',
        'all 1',
      ]);
    });

    test('everything once, while somebody wants it', async () => {
      const { store, other, settle } = open(clientOf());
      const { told } = await watched(store, asked);
      await store.load('instance:mine');
      const whole = await watched(store);
      await commit(other, 'instance:foreign');
      await commit(other, 'instance:mine');
      await settle(whole.told);
      expect(commitsOf(whole.told)).toEqual(['instance:foreign 1', 'instance:mine 1', 'all 1']);
      whole.stop();
      let version = 1;
      // The server is told in its own time.
      await vi.waitFor(async () => {
        told.length = 0;
        await commit(other, 'instance:foreign', version++);
        await commit(other, 'instance:mine', version - 1);
        await settle(told);
        expect(told).toEqual([`instance:mine ${version}`, expect.stringMatching(/^all /)]);
      }, PATIENCE);
      expect((await watched(store)).told).toEqual([]);
    });

    test('an instance that was forgotten and comes again', async () => {
      const { store, other, settle } = open(clientOf());
      const { told } = await watched(store, asked);
      await Promise.all(['instance:a', 'instance:b'].map(async (key) => store.load(key)));
      await settle(told);
      told.length = 0;
      await commit(store, 'instance:a');
      await other.forget!('instance:a');
      await commit(other, 'instance:a');
      await store.forget!('instance:b');
      await commit(other, 'instance:b');
      await settle(told);
      expect(told).toEqual(['instance:a 1', 'instance:a', 'instance:a 1', 'instance:b', 'instance:b 1', 'all 2']);
    });

    test('nothing of another prefix that this one would match as a pattern', async () => {
      const name = uniqueName(root);
      const [mine, theirs] = [open(clientOf(), `${name}[ab]*?\\:`), open(clientOf(), `${name}a-long-one\\:`)];
      const longer = open(clientOf(), `${name}[ab]*?\\:longer:`);
      const { told } = await watched(mine.store);
      for (const { other } of [theirs, longer, mine]) await commit(other, 'instance:a');
      await mine.settle(told);
      expect(commitsOf(told)).toEqual(['instance:a 1', 'all 1']);
    });

    test('what is committed about the time of a first read is in the answer, or reported', async () => {
      const random = createSeededRandom(11);
      const turns = async (most: number) => {
        for (let turn = random() * most; turn > 1; turn--) await new Promise((resolve) => setImmediate(resolve));
      };
      const { store, other, settle } = open(withSlowSubscriptions(clientOf(), async () => turns(40)));
      const known = new Map<string, number>();
      /** As the engine does it: what was read once is read again only where it is reported. */
      const read = async (key: string): Promise<void> => {
        known.set(key, known.get(key) ?? 0);
        const version = (await store.load(key))?.version ?? 0;
        known.set(key, Math.max(version, known.get(key) ?? 0));
      };
      const { told } = await watched(store, asked);
      store.watch((key) => void (known.has(key) && read(key)), undefined, asked);
      const keys = Array.from({ length: 300 }, (_, index) => `instance:${index}`);
      for (let first = 0; first < keys.length; first += 10) {
        const commits = keys.slice(first, first + 10).map(async (key) => {
          await turns(40);
          await commit(other, key);
        });
        const reads = keys.slice(first, first + 10).map(async (key) => {
          await turns(20);
          await read(key);
        });
        await Promise.all([...commits, ...reads]);
      }
      await settle(told);
      await vi.waitFor(() => expect(keys.filter((key) => known.get(key) !== 1)).toEqual([]), PATIENCE);
    });
  });

  test('all instances, once more were asked for than it can listen to one by one', { timeout: 60_000 }, async () => {
    const { store, other, settle } = open(ioredis);
    const { told } = await watched(store, asked);
    for (let first = 0; first <= 10_000; first += 500) {
      const keys = Array.from({ length: 500 }, (_, index) => `instance:${first + index}`);
      await Promise.all(keys.map(async (key) => store.load(key)));
    }
    // On a busy machine some of these are listened to so late that they are reported for that.
    await settle(told);
    told.length = 0;
    for (const key of ['instance:foreign', 'instance:0', 'instance:10001']) await commit(other, key);
    await settle(told);
    expect(told).toEqual(['instance:foreign 1', 'instance:0 1', 'instance:10001 1', 'all 2']);
  });
});

/** The same client, whose second connection takes its time to subscribe. */
function withSlowSubscriptions(client: RedisClient, slow: () => Promise<void>): RedisClient {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'duplicate') return value.bind(target);
      return () => {
        const subscriber = target.duplicate();
        const subscribe = subscriber.subscribe.bind(subscriber) as (...args: unknown[]) => Promise<unknown>;
        subscriber.subscribe = async (...args: unknown[]) => {
          await slow();
          return subscribe(...args);
        };
        return subscriber;
      };
    },
  });
}
