import { Redis } from 'ioredis';
import { createFailover, createMemoryStore, type StateStore } from 'tierfall';
import { createManualClock, createSeededRandom } from 'tierfall/testing';
import { deleteKeys, newPrefix, redisUrl } from './redis.ts';
import { phases, type Phase } from './tables.ts';
import {
  combine,
  meteredStore,
  noTraffic,
  openMeteredStore,
  type Meter,
  type MeteredStore,
  type Traffic,
} from './traffic.ts';
import { createWorker, isDownIn, nextGapMs } from './worker.ts';

export type TrafficByPhase = Record<Phase, Traffic>;

/** Longest that the requests of one moment may take, in milliseconds. */
const STUCK_MS = 30_000;

/** Where the workers of a simulation keep what they know. */
interface Backend {
  readonly stores: readonly StateStore[];
  /** Resolves once every request is answered and every notification received. */
  readonly settle: () => Promise<void>;
  readonly bytes: MeteredStore['bytes'];
  readonly close: () => Promise<void>;
}

/**
 * Workers with a failover each, on connections of their own to a real Redis, or in memory, where more of them have room.
 * Time is injected, and moves on when every request is answered and every notification received.
 */
export async function simulateFleet(workers: number, seed: number, place: 'redis' | 'memory'): Promise<TrafficByPhase> {
  const clock = createManualClock();
  const random = createSeededRandom(seed);
  const meter: Meter = { counts: noTraffic(), inFlight: 0 };
  const facts = { workers, meter, now: () => clock.now() };
  const { stores, settle, bytes, close } = place === 'redis' ? await onRedis(facts) : inMemory(facts);
  const failovers = stores.map((store) =>
    createFailover({ chain: ['a/1', 'b/2'], store, share: 'rests', clock, random }),
  );
  let phase: Phase = 'start';
  const wait = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
  const calls = failovers.map((failover, index) =>
    createWorker(failover, { name: `worker-${index}`, wait, isDown: () => isDownIn(phase) }),
  );
  let isOver = false;
  const later = (call: () => Promise<void>): void => {
    clock.setTimeout(() => {
      if (isOver) return;
      void call();
      later(call);
    }, nextGapMs(random));
  };
  const pass = async (ms: number): Promise<void> => {
    await settle();
    for (const until = clock.now() + ms; clock.now() < until; await settle()) {
      await clock.advance(Math.min(clock.delays[0] ?? ms, until - clock.now()));
    }
  };
  const total = () => ({ ...meter.counts, ...bytes() });

  const result: Partial<TrafficByPhase> = {};
  try {
    let before = total();
    for (const call of calls) void call();
    for (const call of calls) later(call);
    for (const [name, ms] of Object.entries(phases) as [Phase, number][]) {
      phase = name;
      await pass(ms);
      const after = total();
      result[name] = combine(after, before, -1);
      before = after;
    }
    return result as TrafficByPhase;
  } finally {
    isOver = true;
    const closing = Promise.all(failovers.map(async (failover) => failover.close()));
    await clock.advance(60_000);
    await closing;
    await close();
  }
}

interface Facts {
  workers: number;
  meter: Meter;
  now: () => number;
}

function inMemory({ workers, meter, now }: Facts): Backend {
  const shared = createMemoryStore({ now });
  return {
    stores: Array.from({ length: workers }, () => meteredStore(shared, meter)),
    // The clock itself waits for every promise.
    settle: async () => undefined,
    bytes: () => ({ bytesToServer: 0, bytesFromServer: 0, bytesNotified: 0 }),
    close: async () => undefined,
  };
}

async function onRedis({ workers, meter, now }: Facts): Promise<Backend> {
  const prefix = newPrefix();
  const open = () => openMeteredStore({ url: redisUrl, prefix, meter, now, heartbeatMs: 600_000 });
  const stores = Array.from({ length: workers }, open);
  const client = new Redis(redisUrl);
  const isBusy = () => {
    const { ownCommits, commonCommits, messages } = meter.counts;
    // An instance is served by one of them.
    return meter.inFlight > 0 || messages < ownCommits + commonCommits * workers;
  };
  const stopListening = stores.map(({ store }) => store.watch?.(() => undefined, undefined, { instances: 'asked' }));
  // What is told before somebody listens is not received.
  for (const giveUpAt = Date.now() + STUCK_MS; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const [, listening] = (await client.pubsub('NUMSUB', `${prefix}watch`)) as [string, number];
    if (listening === workers) break;
    if (Date.now() > giveUpAt) throw new Error(`only ${listening} of ${workers} workers listen`);
  }
  return {
    stores: stores.map(({ store }) => store),
    async settle() {
      const giveUpAt = Date.now() + STUCK_MS;
      for (let calm = 0; calm < 3; calm = isBusy() ? 0 : calm + 1) {
        await new Promise((resolve) => setImmediate(resolve));
        if (Date.now() > giveUpAt) throw new Error(`the requests of ${workers} workers did not end`);
      }
    },
    bytes() {
      const all = stores.map((each) => each.bytes());
      const sum = (of: keyof (typeof all)[number]) => all.reduce((bytes, each) => bytes + each[of], 0);
      return {
        bytesToServer: sum('bytesToServer'),
        bytesFromServer: sum('bytesFromServer'),
        bytesNotified: sum('bytesNotified'),
      };
    },
    async close() {
      for (const stop of stopListening) stop?.();
      await Promise.all(stores.map(async (each) => each.close()));
      await deleteKeys(client, prefix);
      client.disconnect();
    },
  };
}
