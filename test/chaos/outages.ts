import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createFailover, type StateStore } from 'tierfall';
import { createPostgresStore } from 'tierfall/stores/postgres';
import { createRedisStore } from 'tierfall/stores/redis';
import { networkTo, ownPostgres, ownRedis, type Network, type OwnServer } from '../stores/own-servers.ts';

interface Backend {
  serve: () => Promise<OwnServer>;
  open: (port: number) => { store: StateStore; close: () => Promise<void> };
}

export const backends = {
  redis: {
    serve: ownRedis,
    open(port) {
      const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 1 });
      client.on('error', () => undefined);
      const store = createRedisStore({ client, heartbeatMs: 100 });
      return { store, close: async () => (await store.close(), client.disconnect()) };
    },
  },
  postgres: {
    serve: ownPostgres,
    open(port) {
      const connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`;
      const pool = new Pool({ connectionString, max: 4, connectionTimeoutMillis: 500, query_timeout: 1000 });
      pool.on('error', () => undefined);
      const store = createPostgresStore({ pool, heartbeatMs: 100 });
      return { store, close: async () => (await store.close(), void pool.end()) };
    },
  },
} satisfies Record<string, Backend>;

interface Trouble {
  begin: (on: { server: OwnServer; network: Network }) => unknown;
  end: (on: { server: OwnServer; network: Network }) => unknown;
}

/** What happens to the server in the middle of the load. */
export const troubles = {
  killed: { begin: async ({ server }) => server.kill(), end: async ({ server }) => server.start() },
  frozen: { begin: ({ server }) => server.freeze(), end: ({ server }) => server.thaw() },
  'cut off': { begin: ({ network }) => network.cut(), end: ({ network }) => network.heal() },
} satisfies Record<string, Trouble>;

export interface OutageResult {
  calls: number;
  failedCalls: number;
  medianMs: number;
  /** `failing` and `recovered`, as told. */
  told: string[];
  /** From the end of the trouble until the store held what the engine held. */
  caughtUpMs: number;
}

const CALLS_BESIDE = 100;
const CATCH_UP_MS = 45_000;

/** Calls through a failover whose store gets into trouble in the middle; rejects when it never catches up. */
export async function outage(
  backend: keyof typeof backends,
  trouble: keyof typeof troubles,
  callsDuring: number,
): Promise<OutageResult> {
  const server = await backends[backend].serve();
  await server.start();
  const network = await networkTo(server.port);
  const { store, close } = backends[backend].open(network.port);
  await eventually('the server answers', async () => (await store.load('instance:bot')) === undefined);
  const failover = createFailover({
    chain: ['first/large', 'second/small'],
    policy: { cooldown: { initialMs: 5, factor: 1, maxMs: 5 } },
    store,
  });
  const told: string[] = [];
  failover.on('store-error', ({ state }) => told.push(state));

  let failedCalls = 0;
  let turn = 0;
  const durations: number[] = [];
  /** Every tenth answer of the first tier is a failure, so that there is always something to store. */
  const call = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      await failover.for('bot').run((tier) => {
        if (tier.provider === 'first' && turn++ % 10 === 0) throw Object.assign(new Error('busy'), { status: 529 });
        return 'answer';
      });
    } catch {
      failedCalls += 1;
    }
    durations.push(performance.now() - startedAt);
    // Room for the sockets, as calls to real providers leave it.
    await sleep(1);
  };

  try {
    for (let index = 0; index < CALLS_BESIDE; index++) await call();
    await troubles[trouble].begin({ server, network });
    for (let index = 0; index < callsDuring || !told.includes('failing'); index++) await call();
    await troubles[trouble].end({ server, network });
    const endedAt = performance.now();
    for (let index = 0; index < CALLS_BESIDE; index++) await call();
    await eventually('the store holds what the engine holds', async () =>
      isDeepStrictEqual((await store.load('instance:bot'))?.state, await failover.state('bot')),
    );
    const caughtUpMs = performance.now() - endedAt;
    const medianMs = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)] ?? 0;
    return { calls: durations.length, failedCalls, medianMs, told, caughtUpMs };
  } finally {
    server.thaw();
    await failover.close();
    await close();
    network.dispose();
    await server.dispose();
  }
}

async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + CATCH_UP_MS;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within ${CATCH_UP_MS / 1000} s`);
    await sleep(20);
  }
}
