import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LedgerEvent } from '../../src/core/tier/state.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createPostgresStore, type PostgresPool, type PostgresStore } from '../../src/stores/postgres.js';
import { databaseUrl, dropSchemas, postgresServer, uniqueName } from './servers.js';

const KEYS = Array.from({ length: 30 }, (_, index) => `instance:${index} "quoted" \\ {a,b} 'NULL'`);
const TEXT = 'half an emoji \ud83d, a NUL \0, "quotes", \\ and {braces}';

function rows(count: number, at: number): LedgerEvent[] {
  return Array.from({ length: count }, () => ({ type: 'reset', at, by: TEXT }));
}

test('commits on connections that died in silence do not hold up others for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let dead = 2;
  const pool: PostgresPool = {
    async query({ name = '', values = [] }) {
      if (!name.includes(':update')) return { rows: [{ value: 1 }] };
      if (dead-- > 0) return new Promise(() => undefined);
      return { rows: [values[2]].flat().map((id) => ({ id })) };
    },
    connect: async () => Promise.reject(new Error('not needed here')),
  };
  const store = createPostgresStore({ pool });
  const landed: string[] = [];
  const commit = async (key: string): Promise<void> => {
    if ((await store.commit(key, 1, {}, [])).ok) landed.push(key);
  };
  for (const key of ['a', 'b', 'c', 'd']) void commit(key);
  await vi.advanceTimersByTimeAsync(900);
  expect(landed).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(landed).toEqual(['c', 'd']);
  await commit('e');
  expect(landed).toEqual(['c', 'd', 'e']);
});

describe.skipIf(!postgresServer.isThere)(`Postgres store, many commits at once${postgresServer.note}`, () => {
  const root = uniqueName('group').slice(0, 34);
  let pool: Pool;
  let schemas = 0;
  let schema: string;
  beforeAll(() => {
    pool = new Pool({ connectionString: databaseUrl, max: 8 });
  });
  afterAll(async () => {
    await dropSchemas(pool, root);
    await pool.end();
  });

  function open(isNew: boolean, historyLimit?: number): PostgresStore {
    if (isNew) schema = `${root}_${schemas++}`;
    return createPostgresStore({ pool, schema, ...(historyLimit === undefined ? {} : { historyLimit }) });
  }

  test('leave what as many one after the other leave, trimmed ledgers included', async () => {
    const [store, oracle] = [open(true, 6), createMemoryStore({ historyLimit: 6 })];
    for (let version = 0; version < 12; version++) {
      const answers = await Promise.all(
        KEYS.map(async (key, index) =>
          store.commit(key, version, { version, key, text: TEXT }, rows((index + version) % 4, version)),
        ),
      );
      expect(answers).toEqual(KEYS.map(() => ({ ok: true, version: version + 1 })));
      for (const [index, key] of KEYS.entries()) {
        await oracle.commit(key, version, { version, key, text: TEXT }, rows((index + version) % 4, version));
      }
    }
    for (const key of KEYS) {
      expect(await store.load(key)).toEqual(await oracle.load(key));
      expect(await store.history(key, { limit: 100 })).toEqual(await oracle.history(key, { limit: 100 }));
    }
  });

  test('answer each for itself: written, or in conflict with what is there', async () => {
    const store = open(true);
    for (const key of KEYS) await store.commit(key, 0, { by: 'first' }, rows(1, 1));
    const answers = await Promise.all(
      KEYS.map(async (key, index) => store.commit(key, index % 3 === 0 ? 7 : 1, { by: 'second' }, rows(1, 2))),
    );
    expect(answers).toEqual(
      KEYS.map((_, index) =>
        index % 3 === 0 ? { ok: false, current: { state: { by: 'first' }, version: 1 } } : { ok: true, version: 2 },
      ),
    );
    expect(await store.history(KEYS[0] ?? '', { limit: 9 })).toHaveLength(1);
    expect(await store.history(KEYS[1] ?? '', { limit: 9 })).toHaveLength(2);
  });

  test('of the same key: each version is written once, whoever asks', { timeout: 30_000 }, async () => {
    const stores = [open(true), open(false), open(false)];
    const keys = KEYS.slice(0, 8);
    await Promise.all(keys.map(async (key) => stores[0]?.commit(key, 0, { count: 0 }, [])));
    const add = async (store: PostgresStore, key: string): Promise<void> => {
      let found = await store.load(key);
      while (true) {
        const count = (found?.state as { count: number } | undefined)?.count ?? 0;
        const result = await store.commit(key, found?.version ?? 0, { count: count + 1 }, rows(1, count));
        if (result.ok) return;
        found = result.current;
      }
    };
    // Forwards and backwards, so that groups of different stores meet the same keys from both ends.
    await Promise.all(
      stores.flatMap((store, index) => {
        const order = index % 2 === 0 ? keys : keys.toReversed();
        return [...order, ...order].map(async (key) => add(store, key));
      }),
    );
    for (const key of keys) {
      expect(await stores[0]?.load(key)).toEqual({ state: { count: 6 }, version: 7 });
      expect((await stores[1]?.history(key, { limit: 99 }))?.map(({ at }) => at)).toEqual([5, 4, 3, 2, 1, 0]);
    }
  });

  test('one that the server refuses does not take others with it', async () => {
    const store = open(true);
    for (const key of KEYS) await store.commit(key, 0, {}, []);
    await pool.query(`ALTER TABLE ${schema}.states ADD CHECK (state ->> 'poison' IS NULL)`);
    const answers = await Promise.allSettled(
      KEYS.map(async (key, index) => store.commit(key, 1, index === 9 ? { poison: true } : {}, rows(1, 1))),
    );
    const failed = answers.flatMap((answer, index) => (answer.status === 'rejected' ? [index] : []));
    expect(failed).toEqual([9]);
    expect(answers[9]).toMatchObject({ reason: { code: 'TIERFALL_STORE', operation: 'commit', key: KEYS[9] } });
    const versions = await Promise.all(KEYS.map(async (key) => (await store.load(key))?.version));
    expect(versions).toEqual(KEYS.map((_, index) => (index === 9 ? 1 : 2)));
  });

  test('one whose record another transaction holds waits alone', async () => {
    const store = open(true);
    for (const key of KEYS) await store.commit(key, 0, {}, []);
    const other = await pool.connect();
    await other.query('BEGIN');
    await other.query(`SELECT 1 FROM ${schema}.states WHERE id LIKE 'instance:9 %' FOR UPDATE`);
    const landed: number[] = [];
    const commits = KEYS.map(async (key, index) => {
      const answer = await store.commit(key, 1, {}, rows(1, 1));
      landed.push(index);
      return answer;
    });
    await Promise.all(commits.filter((_, index) => index !== 9));
    expect(landed).not.toContain(9);
    await other.query('COMMIT');
    other.release();
    expect(await commits[9]).toEqual({ ok: true, version: 2 });
  });

  test('are all told to watchers', async () => {
    const [store, other] = [open(true), open(false)];
    for (const key of KEYS) await store.commit(key, 0, {}, []);
    const told = new Set<string>();
    let live = false;
    other.watch?.(
      (key) => told.add(key),
      (isLive) => (live = isLive),
    );
    await expect.poll(() => live).toBe(true);
    await Promise.all(KEYS.map(async (key) => store.commit(key, 1, {}, [])));
    await expect.poll(() => Array.from(told).toSorted()).toEqual(KEYS.toSorted());
    await other.close();
  });
});
