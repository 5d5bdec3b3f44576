import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  StoreError,
  type Clock,
  type Failover,
  type FailoverOptions,
} from '../../src/index.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { moodyStore } from '../support/fake-stores.js';
import { usedHeap } from '../support/used-heap.js';

const chain = ['a/1', 'b/2'] as const;
const ann = { by: 'ann', reason: 'incident' };

test('an error of the store is handed on as it is', async () => {
  const own = new StoreError({ operation: 'history', message: 'row 3 is damaged', scope: 'record' });
  const history = async () => Promise.reject(own);
  const failover = createFailover({ chain, store: { ...createMemoryStore(), history } });
  await expect(failover.history('agent', { limit: 1 })).rejects.toBe(own);
});

test('a store that does not answer takes a call half of its deadline, and lets nobody wait longer for ready', async () => {
  const clock = createManualClock();
  const load = async () => new Promise<never>(() => undefined);
  const store = { ...createMemoryStore(), load };
  const failover = createFailover({ chain, clock, store, loadTimeoutMs: 60_000, storeTimeoutMs: 60_000 });
  const asked: number[] = [];
  const begunAt = clock.now();
  const run = failover.run(() => asked.push(clock.now() - begunAt), { instance: 'agent', deadlineMs: 1000 });
  await clock.advance(499);
  expect(asked).toEqual([]);
  await clock.advance(1);
  await run;
  expect(asked).toEqual([500]);
  const ready = failover.ready('other', { deadlineMs: 1000 }).catch((error: unknown) => error);
  await clock.advance(1000);
  expect(await ready).toMatchObject({ code: 'TIERFALL_DEADLINE', deadlineMs: 1000 });
});

async function namesOf(failover: Failover, names: string[]): Promise<string[]> {
  for await (const name of failover.instances()) names.push(name);
  return names;
}

test('a list of instances that does not come is given up after the time a store has, and a slow one comes whole', async () => {
  const clock = createManualClock();
  const later = (delayMs: number) => new Promise((resolve) => clock.setTimeout(() => resolve(undefined), delayMs));
  const listing = (delaysMs: readonly number[]) => ({
    ...createMemoryStore(),
    async *instances() {
      for (const [at, delayMs] of delaysMs.entries()) {
        await later(delayMs);
        yield `agent-${at}`;
      }
    },
  });
  const slow = createFailover({ chain, clock, store: listing([1900, 1900, 1900]), storeTimeoutMs: 2000 });
  const all = namesOf(slow, []);
  await clock.advance(6000);
  expect(await all).toEqual(['agent-0', 'agent-1', 'agent-2']);

  const stalled = createFailover({ chain, clock, store: listing([0, 60_000]), storeTimeoutMs: 2000 });
  const reported: string[] = [];
  stalled.on('store-error', ({ state }) => reported.push(state));
  const seen: string[] = [];
  const listed = namesOf(stalled, seen).catch((error: unknown) => error);
  await clock.advance(2000);
  const late = { code: 'TIERFALL_STORE', operation: 'instances', message: expect.stringContaining('2000 ms') };
  expect(await listed).toMatchObject(late);
  expect(seen).toEqual(['agent-0']);
  expect(reported).toEqual(['failing']);
  await stalled.close();
  // The one of the listing itself.
  expect(clock.pending).toBe(1);
});

test('a reader of the list that leaves early ends it in the store too', async () => {
  let isOver = false;
  const store = {
    ...createMemoryStore(),
    async *instances() {
      try {
        yield* ['a', 'b', 'c'];
      } finally {
        isOver = true;
      }
    },
  };
  for await (const name of createFailover({ chain, store }).instances()) if (name === 'b') break;
  await settle();
  expect(isOver).toBe(true);
});

describe('a SQLite file that is deleted or replaced under a process', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is noticed: store-error, StoreError, and what is pending lands in the file that is there by then', async () => {
    const path = join(folder, 'state.db');
    const clock = createManualClock();
    const store = createSqliteStore({ path });
    const failover = createFailover({ chain, clock, store });
    const reported: string[] = [];
    failover.on('store-error', ({ state }) => reported.push(state));
    await failover.hold('agent', 1, { by: 'ann', until: clock.now() + 60_000 });
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    const pausing = failover.pause('agent', ann);
    await expect(pausing).rejects.toMatchObject({ code: 'TIERFALL_STORE', message: expect.stringMatching(/deleted/) });
    await expect(failover.run(() => 1, { instance: 'agent' })).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
    expect(reported).toEqual(['failing']);
    for (let round = 0; reported.length < 2 && round < 200; round++) {
      await clock.advance(500);
      await settle();
    }
    expect(reported).toEqual(['failing', 'recovered']);
    const other = createFailover({ chain, store: createSqliteStore({ path }) });
    expect((await other.state('agent')).paused).toMatchObject(ann);
    await Promise.all([failover.close(), other.close()]);
    await store.close();
  });
});

describe('a store that does not work is not silent', () => {
  const warnings: { message: string; code: string | undefined }[] = [];
  const onWarning = ({ message, code }: Error & { code?: string }) => {
    if (code === 'TIERFALL_STORE') warnings.push({ message, code });
  };
  beforeEach(() => {
    warnings.length = 0;
    process.on('warning', onWarning);
  });
  afterEach(() => process.off('warning', onWarning));

  async function troubled(options: FailoverOptions, listens = false) {
    const clock = createManualClock();
    const store = createSqliteStore({ path: '/no/such/folder/state.db' });
    const failover = createFailover({ chain, clock, store, ...options });
    if (listens) failover.on('store-error', () => undefined);
    expect((await failover.run(({ provider }) => provider)).value).toBe('a');
    await failover.pause('default', ann).catch(() => undefined);
    await clock.advance(120_000);
    await settle();
    await failover.close();
  }

  test('with neither a listener nor a logger the process is warned once', async () => {
    await troubled({});
    expect(warnings).toEqual([
      {
        message: expect.stringMatching(
          /SQLite store \(\/no\/such\/folder\/state\.db\).*cannot be opened.*'store-error'/,
        ),
        code: 'TIERFALL_STORE',
      },
    ]);
  });

  test('whoever listens or logs is told there, and the process is not warned', async () => {
    await troubled({}, true);
    const logger = { debug: () => 1, info: () => 1, warn: () => 1, error: () => 1 };
    await troubled({ logger });
    expect(warnings).toEqual([]);
  });
});

describe('StoreError says what it waited for', () => {
  test.each(['history', 'commit'] as const)('a %s that is never answered names the time limit', async (operation) => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store, storeTimeoutMs: 300 });
    failover.on('store-error', () => undefined);
    await failover.state('bot');
    mood.hangs = true;
    const asking = operation === 'history' ? failover.history('bot', { limit: 1 }) : failover.pause('bot', ann);
    const rejected = expect(asking).rejects.toMatchObject({
      code: 'TIERFALL_STORE',
      message: `the store did not answer a ${operation} within 300 ms (storeTimeoutMs)`,
    });
    await clock.advance(300);
    await rejected;
  });

  test('a lock that another process holds is named before the time limit of the request', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
    const path = join(folder, 'state.db');
    const [store, other] = [createSqliteStore({ path, busyTimeoutMs: 50 }), createSqliteStore({ path })];
    const failover = createFailover({ chain, store });
    failover.on('store-error', () => undefined);
    await failover.state('bot');
    await other.load('all');
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(path);
    database.exec('BEGIN IMMEDIATE');
    await expect(failover.pause('bot', ann)).rejects.toMatchObject({
      message: expect.stringMatching(/another process held the lock for longer than busyTimeoutMs \(50 ms\)/),
    });
    database.exec('ROLLBACK');
    database.close();
    await Promise.all([failover.close(), other.close()]);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a store keeps nothing alive', () => {
  test('one that hangs keeps no process alive beyond its own time limit', async () => {
    const manual = createManualClock();
    let keepingAlive = 0;
    const clock: Clock = {
      now: () => manual.now(),
      setTimeout(callback, delayMs, options) {
        if (!options?.keepAlive) return { timer: manual.setTimeout(callback, delayMs) };
        keepingAlive++;
        const handle = { timer: undefined as unknown, isSet: true };
        handle.timer = manual.setTimeout(() => {
          if (handle.isSet) keepingAlive--;
          handle.isSet = false;
          callback();
        }, delayMs);
        return handle;
      },
      clearTimeout(handle) {
        const { timer, isSet } = handle as { timer: unknown; isSet?: boolean };
        if (isSet) keepingAlive--;
        (handle as { isSet: boolean }).isSet = false;
        manual.clearTimeout(timer);
      },
    };
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store, share: 'rests', storeTimeoutMs: 5000 });
    failover.on('store-error', () => undefined);
    mood.hangs = true;
    const call = failover.run(({ provider }) => {
      if (provider === 'a') throw Object.assign(new Error('overloaded'), { status: 529 });
      return provider;
    });
    await manual.advance(200);
    expect((await call).value).toBe('b');
    expect(keepingAlive).toBeGreaterThan(0);
    await manual.advance(5000);
    // What is tried again later is set off by a timer that keeps nothing alive.
    expect(keepingAlive).toBe(0);
  });

  test('failovers that were dropped without close() on a shared memory store are collected', async () => {
    const store = createMemoryStore();
    const references: WeakRef<object>[] = [];
    const use = async () => {
      for (let count = 0; count < 20; count++) {
        const failover = createFailover({ chain, store, share: 'rests' });
        await failover.run(() => 1);
        await failover.record('bot', { tier: 0, ok: false, kind: 'quota', scope: 'credential' });
        references.push(new WeakRef(failover));
      }
    };
    await use();
    await settle();
    for (let round = 0; round < 10; round++) {
      usedHeap();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(references.filter((reference) => reference.deref()).length).toBeLessThanOrEqual(1);
    // Their watches end with the next commit.
    await store.commit('instance:bot', (await store.load('instance:bot'))?.version ?? 0, {}, []);
  });
});
