import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { StoreError } from '../../src/core/errors.js';
import type { StateStore, WatchOptions } from '../../src/ports/state-store.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { hasPostgresBinary, hasRedisBinary, networkTo, ownPostgres, ownRedis, type OwnServer } from './own-servers.js';

/** Short, so that a silent death is noticed quickly. */
const heartbeatMs = 100;

interface Backend {
  name: string;
  isThere: boolean;
  serve: () => Promise<OwnServer>;
  open: (port: number) => Promise<{ store: StateStore; close: () => Promise<void> }>;
}

const backends: Backend[] = [
  {
    name: 'Redis through ioredis',
    isThere: hasRedisBinary,
    serve: ownRedis,
    async open(port) {
      const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 1 });
      client.on('error', () => undefined);
      const store = createRedisStore({ client, heartbeatMs });
      return { store, close: async () => (await store.close(), client.disconnect()) };
    },
  },
  {
    name: 'Redis through node-redis',
    isThere: hasRedisBinary,
    serve: ownRedis,
    async open(port) {
      const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true });
      client.on('error', () => undefined);
      await client.connect();
      const store = createRedisStore({ client, heartbeatMs });
      return { store, close: async () => (await store.close(), client.destroy()) };
    },
  },
  {
    name: 'Postgres',
    isThere: hasPostgresBinary,
    serve: ownPostgres,
    async open(port) {
      const connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`;
      const pool = new Pool({ connectionString, max: 4, connectionTimeoutMillis: 1000 });
      pool.on('error', () => undefined);
      const store = createPostgresStore({ pool, heartbeatMs });
      return { store, close: async () => (await store.close(), void pool.end()) };
    },
  },
];

/** Bounded waiting for what another process does in its own time. */
const soon = async (assertion: () => void | Promise<void>) => vi.waitFor(assertion, { timeout: 15_000, interval: 20 });

/** What a watch was told, and when it was live. */
interface Heard {
  told: readonly string[];
  live: readonly boolean[];
}

/**
 * Commits, and waits until the watch tells of it. With a heartbeat as short as this one, a watch on a busy machine may
 * be between two connections at that very moment: then it has said so, and one more commit is made. Gives the version.
 */
async function untilTold({ told, live }: Heard, store: StateStore, key: string, version: number): Promise<number> {
  let present = version;
  do {
    await soon(() => expect(live.at(-1)).toBe(true));
    const before = live.length;
    await soon(async () => {
      const answer = await store.commit(key, present, { step: 1 }, []);
      present = answer.ok ? answer.version : (answer.current?.version ?? 0);
      expect(answer.ok).toBe(true);
    });
    await soon(() => expect(told.includes(key) || live.length > before).toBe(true));
  } while (!told.includes(key));
  return present;
}

describe.each(backends)('$name', ({ isThere, serve, open }) => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  /** A watching store behind a network that can be cut, and another store beside it. */
  async function setUp(options?: WatchOptions) {
    const server = await serve();
    cleanups.push(server.dispose);
    await server.start();
    const network = await networkTo(server.port);
    cleanups.push(network.dispose);
    const watching = await soonOpen(network.port);
    const other = await soonOpen(server.port);
    const told: string[] = [];
    const live: boolean[] = [];
    watching.watch?.(
      (key) => told.push(key),
      (isLive) => live.push(isLive),
      options,
    );
    expect(live).toEqual([false]);
    await soon(() => expect(live).toEqual([false, true]));
    return { server, network, watching, other, told, live };
  }

  async function soonOpen(port: number): Promise<StateStore> {
    const opened = await open(port);
    cleanups.push(opened.close);
    // A server that has just begun to listen may still refuse.
    await soon(async () => expect(await opened.store.load('instance:none')).toBeUndefined());
    return opened.store;
  }

  test.skipIf(!isThere)('a watch catches up after the server was killed', { timeout: 60_000 }, async () => {
    const { server, watching, other, told, live } = await setUp();
    await watching.commit('instance:a', 0, { step: 1 }, []);
    await soon(() => expect(told).toContain('instance:a'));
    await server.kill();
    await soon(() => expect(live.at(-1)).toBe(false));
    // A client that has not noticed yet may keep its first request until the server is back.
    await soon(async () => {
      const request = watching.load('instance:a').catch((error: unknown) => error);
      const failure = await Promise.race([request, new Promise((resolve) => setTimeout(resolve, 2000, 'pending'))]);
      expect(failure).toBeInstanceOf(StoreError);
      expect(String(failure)).toMatch(/(Redis|Postgres) store: the server (cannot be reached|is starting)/);
    });
    told.length = 0;
    await server.start();
    await soon(() => expect(live.at(-1)).toBe(true));
    // It may have changed unheard, so it is told.
    expect(told).toContain('instance:a');
    await soon(async () => expect(await other.load('instance:a')).toMatchObject({ version: 1 }));
    await untilTold({ told, live }, other, 'instance:b', 0);
  });

  test.skipIf(!isThere)(
    'a watch notices a server that froze, and goes on when it thaws',
    { timeout: 60_000 },
    async () => {
      const { server, watching, other, told, live } = await setUp();
      server.freeze();
      cleanups.push(server.thaw);
      await soon(() => expect(live.at(-1)).toBe(false));
      server.thaw();
      await soon(() => expect(live.at(-1)).toBe(true));
      const version = await untilTold({ told, live }, other, 'instance:a', 0);
      expect(await watching.load('instance:a')).toEqual({ state: { step: 1 }, version });
    },
  );

  test.skipIf(!isThere)('a watch notices a network that went silent, and catches up', { timeout: 60_000 }, async () => {
    const { network, watching, other, told, live } = await setUp();
    await watching.commit('instance:a', 0, { step: 1 }, []);
    await soon(() => expect(told).toContain('instance:a'));
    network.cut();
    told.length = 0;
    await other.commit('instance:a', 1, { step: 2 }, []);
    await soon(() => expect(live.at(-1)).toBe(false));
    expect(told).toEqual([]);
    network.heal();
    await soon(() => expect(live.at(-1)).toBe(true));
    expect(told).toContain('instance:a');
    await soon(async () => expect(await watching.load('instance:a')).toEqual({ state: { step: 2 }, version: 2 }));
  });

  test.skipIf(!isThere)(
    'a watch of what was asked for goes on with it after the server was killed',
    { timeout: 60_000 },
    async () => {
      const { server, watching, other, told, live } = await setUp({ instances: 'asked' });
      await watching.commit('instance:a', 0, { step: 1 }, []);
      await server.kill();
      await soon(() => expect(live.at(-1)).toBe(false));
      // Asked for while nothing is heard, and answered or not.
      watching.load('instance:b').catch(() => undefined);
      await server.start();
      await soon(() => expect(live.at(-1)).toBe(true));
      expect(told).toContain('instance:a');
      expect(told).toContain('instance:b');
      for (const [key, version] of [
        ['instance:a', 1],
        ['instance:b', 0],
        ['provider:acme', 0],
      ] as const) {
        told.length = 0;
        await untilTold({ told, live }, other, key, version);
      }
    },
  );
});
