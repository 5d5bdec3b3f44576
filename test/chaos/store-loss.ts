import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createFailover, replay, type Failover, type StateStore } from 'tierfall';
import { createSqliteStore } from 'tierfall/stores/sqlite';
import { networkTo } from '../stores/own-servers.ts';
import { backends, troubles } from './outages.ts';

/** A store that can be got into trouble and out of it. */
interface Troubled {
  store: StateStore;
  begin: () => unknown;
  end: () => unknown;
  dispose: () => Promise<void>;
}

export interface StoreLossResult {
  calls: number;
  failedCalls: number;
  /** Median of a call with the store, less the median of the same call without one, taken in turns. */
  addedMs: number;
  told: string[];
  caughtUpMs: number;
  /** Ledger rows that the states were folded from again. */
  rows: number;
}

const INSTANCES = ['one', 'two', 'three', 'four', 'five'];
const CATCH_UP_MS = 45_000;

async function serverInTrouble(backend: keyof typeof backends, trouble: keyof typeof troubles): Promise<Troubled> {
  const server = await backends[backend].serve();
  await server.start();
  const network = await networkTo(server.port);
  const { store, close } = backends[backend].open(network.port);
  const on = { server, network };
  return {
    store,
    begin: () => troubles[trouble].begin(on),
    end: () => troubles[trouble].end(on),
    async dispose() {
      server.thaw();
      await close();
      network.dispose();
      await server.dispose();
    },
  };
}

/** A file that another program keeps locked for longer than anybody waits. */
async function lockedFile(): Promise<Troubled> {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-loss-'));
  const path = join(folder, 'store.db');
  const store = createSqliteStore({ path, busyTimeoutMs: 100 });
  await store.load('all');
  const other = new DatabaseSync(path);
  return {
    store,
    begin: () => other.exec('BEGIN IMMEDIATE'),
    end: () => other.exec('COMMIT'),
    async dispose() {
      other.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * Several instances at work at once while the store they share is away for a time, and beside each call the same one
 * without a store. Rejects when the store does not catch up, or holds anything but what its ledger adds up to.
 */
export async function storeLoss(
  backend: keyof typeof backends | 'sqlite',
  trouble: keyof typeof troubles | 'locked',
  callsDuring: number,
): Promise<StoreLossResult> {
  const place =
    backend === 'sqlite' || trouble === 'locked' ? await lockedFile() : await serverInTrouble(backend, trouble);
  await eventually('the server answers', async () => (await place.store.load('instance:one')) === undefined);
  const options = {
    chain: ['first/large', 'second/small'],
    policy: { cooldown: { initialMs: 5, factor: 1, maxMs: 5 } },
  } as const;
  const stored = createFailover({ ...options, store: place.store, storeTimeoutMs: 1000 });
  const alone = createFailover(options);
  const told: string[] = [];
  stored.on('store-error', ({ state }) => told.push(state));
  const times = new Map<Failover, number[]>([
    [stored, []],
    [alone, []],
  ]);
  let failedCalls = 0;

  async function call(failover: Failover, instance: string, turn: number): Promise<void> {
    const startedAt = performance.now();
    try {
      await failover.run(
        ({ provider }) => {
          // Often enough that there is always something to store.
          if (provider === 'first' && turn % 10 < 2) throw Object.assign(new Error('busy'), { status: 529 });
          return 'answer';
        },
        { instance },
      );
    } catch {
      failedCalls += 1;
    }
    times.get(failover)?.push(performance.now() - startedAt);
  }
  async function work(instance: string, isOver: (turn: number) => boolean): Promise<void> {
    for (let turn = 0; !isOver(turn); turn++) {
      const both = turn % 2 === 0 ? [stored, alone] : [alone, stored];
      for (const failover of both) await call(failover, instance, turn);
      // Room for the sockets, as calls to real providers leave it.
      await sleep(1);
    }
  }
  const everybody = async (isOver: (turn: number) => boolean) =>
    Promise.all(INSTANCES.map(async (instance) => work(instance, isOver)));

  try {
    await everybody((turn) => turn >= 50);
    await place.begin();
    await everybody((turn) => turn >= callsDuring && told.includes('failing'));
    await place.end();
    const endedAt = performance.now();
    await everybody((turn) => turn >= 50);
    for (const instance of INSTANCES) {
      await eventually('the store holds what the engine holds', async () =>
        isDeepStrictEqual((await place.store.load(`instance:${instance}`))?.state, await stored.state(instance)),
      );
    }
    const caughtUpMs = performance.now() - endedAt;
    let rows = 0;
    for (const instance of INSTANCES) {
      const ledger = (await place.store.history(`instance:${instance}`, { limit: 100_000 })).toReversed();
      rows += ledger.length;
      if (ledger.some(({ seq }, index) => seq !== (ledger[0]?.seq ?? 1) + index))
        throw new Error('a gap in the ledger');
      if (!isDeepStrictEqual(replay(ledger, { chain: stored.chain }), await stored.state(instance))) {
        throw new Error(`the state of ${instance} is not what its ledger adds up to`);
      }
    }
    const addedMs = median(times.get(stored)) - median(times.get(alone));
    return { calls: times.get(stored)?.length ?? 0, failedCalls, addedMs, told, caughtUpMs, rows };
  } finally {
    await stored.close();
    await place.dispose();
  }
}

function median(values: number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + CATCH_UP_MS;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within ${CATCH_UP_MS / 1000} s`);
    await sleep(20);
  }
}
