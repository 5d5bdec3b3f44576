import { Redis } from 'ioredis';
import type { LedgerEvent } from 'tierfall';
import { createRedisStore } from 'tierfall/stores/redis';
import { deleteKeys, newPrefix, redisUrl } from './redis.ts';
import { watcherCounts } from './tables.ts';

const COMMITS = 400;
/** Committed to in parallel, so that none meets a conflict. */
const KEYS = 40;

/**
 * What a commit that concerns every process takes of the server's processor with so many processes that watch, as ratios to a SET of the same text
 * in the same round.
 */
export async function measureWatchers(rounds: number): Promise<Map<number, number[]>> {
  const prefix = newPrefix();
  const client = new Redis(redisUrl);
  const store = createRedisStore({ client, prefix });
  const state = { text: 'x'.repeat(600) };
  const event = {
    type: 'tier-change',
    at: 0,
    from: 'a/1',
    to: 'b/2',
    detail: 'x'.repeat(200),
  } as unknown as LedgerEvent;
  const versions = new Map<string, number>();
  const keys = Array.from({ length: KEYS }, (_, index) => `rest:model-${index}`);
  const commitAll = async (): Promise<void> => {
    for (let pass = 0; pass < COMMITS / KEYS; pass++) {
      await Promise.all(
        keys.map(async (key) => {
          const result = await store.commit(key, versions.get(key) ?? 0, state, [event]);
          if (!result.ok) throw new Error(`a conflict at ${key}`);
          versions.set(key, result.version);
        }),
      );
    }
  };
  const text = JSON.stringify(state);
  const setAll = async (): Promise<void> => {
    for (let pass = 0; pass < COMMITS / KEYS; pass++) {
      await Promise.all(keys.map(async (key) => client.set(`${prefix}bare-${key}`, text)));
    }
  };
  const processorOf = async (run: () => Promise<void>): Promise<number> => {
    const before = await processorSeconds(client);
    await run();
    return (await processorSeconds(client)) - before;
  };
  const results = new Map<number, number[]>();
  const watchers: Redis[] = [];
  let received = 0;
  try {
    // Those of the first commit to a key have more to do.
    await commitAll();
    for (const count of watcherCounts) {
      while (watchers.length < count) {
        const watcher = new Redis(redisUrl);
        watcher.on('message', () => {
          received += 1;
        });
        await watcher.subscribe(`${prefix}watch`);
        watchers.push(watcher);
      }
      const ratios: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const floor = await processorOf(setAll);
        received = 0;
        const cost = await processorOf(async () => {
          await commitAll();
          while (received < COMMITS * count) await new Promise((resolve) => setImmediate(resolve));
        });
        ratios.push(cost / floor);
      }
      results.set(count, ratios);
    }
    return results;
  } finally {
    for (const watcher of watchers) watcher.disconnect();
    await store.close();
    await deleteKeys(client, prefix);
    client.disconnect();
  }
}

async function processorSeconds(client: Redis): Promise<number> {
  const text = await client.info('cpu');
  return ['used_cpu_user', 'used_cpu_sys'].reduce(
    (sum, name) => sum + Number(new RegExp(`^${name}:(.*)$`, 'mu').exec(text)?.[1]),
    0,
  );
}
