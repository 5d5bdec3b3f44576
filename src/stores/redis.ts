import { StoreError } from '../core/errors.js';
import type { LedgerEvent } from '../core/tier/state.js';
import type { CommitResult, StateStore, StoredState } from '../ports/state-store.js';
import {
  checkAmount,
  checkBuckets,
  checkHeartbeat,
  checkHistory,
  checkHistoryLimit,
  checkKey,
  checkName,
  checkTtl,
  commitText,
  parseEvent,
  parseStored,
  checkOptionNames,
} from './arguments.js';
import { decodeKey, encodeKey, notificationText } from './keys.js';
import { createRedisActivity } from './redis/activity.js';
import { createRedisConnection, type RedisClient } from './redis/client.js';
import { listOf, redisCommands } from './redis/commands.js';
import { redisError } from './redis/errors.js';
import * as scripts from './redis/scripts.js';
import { channelOf, openWatch } from './redis/watch-channels.js';
import { createWatchHub } from './watch-hub.js';

export type { IoredisClient, NodeRedisClient, RedisClient } from './redis/client.js';

const STORE = 'Redis store';
const INSTANCES_PER_READ = 500;
const DAY_MS = 86_400_000;

/** What `createRedisStore` takes. */
export interface RedisStoreOptions {
  /** Your own client: ioredis (`Redis`, `Cluster`) or node-redis (connected). It stays yours to close. */
  client: RedisClient;
  /** Begins every key and every channel of `watch`. Default `'tierfall:'`. */
  prefix?: string | undefined;
  /**
   * Ledger rows kept per key, about: from half of it to all of it, and the oldest is then a `snapshot`. Default 1,000.
   */
  historyLimit?: number | undefined;
  /**
   * An instance nothing was committed for is forgotten after this time, in milliseconds. Default 30 days; `Infinity`:
   * never. One that is paused or held never is.
   */
  instanceTtlMs?: number | undefined;
  /** Time between two pings of the connection that `watch` opens, in milliseconds. Default 1,000. */
  heartbeatMs?: number | undefined;
}

/**
 * Keeps everything on a Redis server (6.2 or later, also a Cluster) that many machines share. Every method rejects with
 * `StoreError`; `close` ends what the store opened itself and leaves the client alone.
 */
export function createRedisStore(
  options: RedisStoreOptions,
): StateStore & Required<Pick<StateStore, 'watch' | 'close'>> {
  const { client, prefix = 'tierfall:', historyLimit = 1000 } = options ?? {};
  const { instanceTtlMs = 30 * DAY_MS, heartbeatMs = 1000 } = options ?? {};
  checkOptionNames(options, ['client', 'prefix', 'historyLimit', 'instanceTtlMs', 'heartbeatMs']);
  if (typeof prefix !== 'string' || !/^[^{}]*$/.test(prefix)) {
    throw new StoreError({ operation: 'create', message: `${STORE}: prefix must be a text without braces` });
  }
  checkHeartbeat(STORE, heartbeatMs);
  const timeToLive =
    instanceTtlMs === Number.POSITIVE_INFINITY ? 0 : checkTtl(STORE, 'create', 'instanceTtlMs', instanceTtlMs);
  const half = Math.floor(checkHistoryLimit(STORE, historyLimit) / 2);
  const connection = createRedisConnection(client);
  const index = `${prefix}instances`;
  const hub = createWatchHub({ heartbeatMs, open: (listener) => openWatch(connection, prefix, listener) });

  /** All keys of one name share a hash tag, so that one script may touch them in a Cluster. */
  function keyOf(key: string, part: string): string {
    return tagged(encodeKey(key), part);
  }
  function tagged(encoded: string, part: string): string {
    return `${prefix}{${encoded}}:${part}`;
  }

  async function run(
    operation: string,
    key: string | undefined,
    script: string,
    keys: string[],
    ...values: (string | number)[]
  ): Promise<unknown> {
    try {
      return await connection.run(script, keys, values);
    } catch (error) {
      throw redisError(operation, key, error);
    }
  }

  async function list(...call: Parameters<typeof run>): Promise<unknown[]> {
    return listOf(await run(...call));
  }

  return {
    ...createRedisActivity(prefix, run, redisCommands(client, STORE)),

    async load(key) {
      await hub.know(checkKey(STORE, 'load', key));
      const [version, state] = await list('load', key, scripts.LOAD, [keyOf(key, 'state')]);
      return stored('load', key, version, state);
    },

    async commit(key, expectedVersion, state, events): Promise<CommitResult> {
      const text = commitText(STORE, key, expectedVersion, state, events);
      await hub.know(key);
      const encoded = encodeKey(key);
      // Before and after the first commit: a process that clears the index of names without a state may come in
      // between.
      const name =
        text.version === 0 && key.startsWith('instance:') ? encodeKey(key.slice('instance:'.length)) : undefined;
      if (name !== undefined) await run('commit', key, scripts.INDEX_ADD, [index], name);
      const reply = await run(
        'commit',
        key,
        scripts.COMMIT,
        [tagged(encoded, 'state'), tagged(encoded, 'ledger')],
        text.version,
        text.version + 1,
        text.state,
        half,
        mayLapse(key, state) ? timeToLive : 0,
        channelOf(prefix, encoded),
        notificationText(encoded, text.version + 1),
        text.at,
        ...text.events,
      );
      if (Array.isArray(reply) || Number(reply) !== 1) {
        const [found, current] = listOf(reply);
        return { ok: false, current: stored('commit', key, found, current) };
      }
      if (name !== undefined) await run('commit', key, scripts.INDEX_ADD, [index], name);
      return { ok: true, version: text.version + 1 };
    },

    async history(key, historyOptions): Promise<LedgerEvent[]> {
      const { limit, before } = checkHistory(STORE, key, historyOptions);
      const keys = [keyOf(key, 'state'), keyOf(key, 'ledger')];
      const [last, ...rows] = await list('history', key, scripts.HISTORY, keys, limit, before);
      const first = Number(last) - rows.length + 1;
      return rows.map((row, position) => parseEvent(STORE, key, first + position, String(row))).toReversed();
    },

    async *instances() {
      let from = '-';
      while (true) {
        const page = (await list('instances', undefined, scripts.INDEX_PAGE, [index], from, INSTANCES_PER_READ)).map(
          String,
        );
        const present = await Promise.all(page.map(async (name) => exists(name)));
        for (const [position, name] of page.entries()) if (present[position]) yield decodeKey(name);
        if (page.length < INSTANCES_PER_READ) return;
        from = `(${page.at(-1)}`;
      }
    },

    async increment(key, bucket, by, ttlMs) {
      const ttl = checkTtl(STORE, 'increment', key, ttlMs);
      const counter = keyOf(key, `counter:${encodeKey(checkName(STORE, 'increment', key, 'bucket', bucket))}`);
      return Number(await run('increment', key, scripts.INCREMENT, [counter], checkAmount(STORE, key, by), ttl));
    },

    async sum(key, buckets) {
      const names = checkBuckets(STORE, key, buckets);
      if (names.length === 0) return 0;
      const counters = names.map((bucket) => keyOf(key, `counter:${encodeKey(bucket)}`));
      return (await list('sum', key, scripts.SUM, counters)).reduce<number>((sum, value) => sum + Number(value), 0);
    },

    async acquire(key, holder, ttlMs) {
      const ttl = checkTtl(STORE, 'acquire', key, ttlMs);
      const name = encodeKey(checkName(STORE, 'acquire', key, 'holder', holder));
      return Number(await run('acquire', key, scripts.ACQUIRE, [keyOf(key, 'lease')], name, ttl)) === 1;
    },

    async release(key, holder) {
      checkKey(STORE, 'release', key);
      const name = encodeKey(checkName(STORE, 'release', key, 'holder', holder));
      await run('release', key, scripts.RELEASE, [keyOf(key, 'lease')], name);
    },

    async now() {
      const [seconds, microseconds] = await list('now', undefined, scripts.NOW, []);
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
    },

    async forget(key) {
      const encoded = encodeKey(checkKey(STORE, 'forget', key));
      const keys = [tagged(encoded, 'state'), tagged(encoded, 'ledger')];
      await hub.know(key);
      await run('forget', key, scripts.FORGET, keys, channelOf(prefix, encoded), encoded);
      if (!key.startsWith('instance:')) return;
      // Looks once more: the instance may have come to life again meanwhile.
      await exists(encodeKey(key.slice('instance:'.length)));
    },

    watch: (listener, status, watchOptions) => hub.watch(listener, status, watchOptions),

    async close() {
      hub.close();
    },
  };

  /** Is there a state? A name whose state has lapsed leaves the index; put back if it came to life meanwhile. */
  async function exists(name: string): Promise<boolean> {
    const key = keyOf(`instance:${decodeKey(name)}`, 'state');
    const isThere = async (): Promise<boolean> =>
      Number(await run('instances', undefined, scripts.EXISTS, [key])) === 1;
    if (await isThere()) return true;
    await run('instances', undefined, scripts.INDEX_REMOVE, [index], name);
    if (!(await isThere())) return false;
    await run('instances', undefined, scripts.INDEX_ADD, [index], name);
    return true;
  }
}

/** May this state lapse? Not what a person set, nor a pause of any kind: nobody would have lifted it. */
function mayLapse(key: string, state: object): boolean {
  if (!key.startsWith('instance:')) return false;
  if ('paused' in state && state.paused !== null && state.paused !== undefined) return false;
  const tiers: unknown[] = 'tiers' in state && Array.isArray(state.tiers) ? state.tiers : [];
  return !tiers.some(
    (tier) => typeof tier === 'object' && tier !== null && 'heldUntil' in tier && typeof tier.heldUntil === 'number',
  );
}

function stored(operation: string, key: string, version: unknown, state: unknown): StoredState | undefined {
  if (version === undefined || version === null) return undefined;
  return { version: Number(version), state: parseStored(STORE, operation, key, String(state)) };
}
