import { Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createActivityLog, runChecks, type ActivitySource, type ActivityTask } from '../../src/checks/index.js';
import { createMemoryStore, isTierfallError, StoreError } from '../../src/index.js';
import type { StateStore } from '../../src/ports/state-store.js';
import { createPostgresStore, postgresSchemaSql } from '../../src/stores/postgres.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { databaseUrl, dropSchemas, postgresServer, uniqueName } from '../stores/servers.js';
import { logAt, places } from './places.js';

const task: ActivityTask = { instance: 'bot', task: 'read mail', outcome: 'accepted', at: 1000 };
const all = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

describe('the ledgers that a source has read', () => {
  it('are remembered where they are short, and read again where they are long', async () => {
    const inner = createMemoryStore();
    let reads = 0;
    const store = {
      ...inner,
      history: (...given: Parameters<typeof inner.history>) => (reads++, inner.history(...given)),
    };
    const rows = (count: number) => Array.from({ length: count }, () => ({ type: 'trial' as const, at: 1 }));
    await inner.commit('instance:short', 0, { ids: ['a/b'] }, rows(100));
    await inner.commit('instance:long', 0, { ids: ['a/b'] }, rows(101));
    const { source } = createActivityLog({ store });
    const lengths = async () => {
      const found: number[] = [];
      for await (const ledger of source.readLedgers(2000)) found.push(ledger.rows.length);
      return found;
    };
    for (let round = 0; round < 3; round++) expect(await lengths()).toEqual([100, 101]);
    expect(reads).toBe(4);
  });
});

describe('record', () => {
  it('returns at once; a batch is written a moment later, or when it is asked for', async () => {
    const clock = createManualClock({ now: 0 });
    const store = createMemoryStore();
    const log = createActivityLog({ store, clock });
    log.record(task);
    expect(await log.source.readAgent('bot', all)).toEqual([]);
    await clock.advance(300);
    expect(await log.source.readAgent('bot', all)).toHaveLength(1);
    log.record([
      { ...task, at: 2000 },
      { ...task, at: 3000 },
    ]);
    await log.flush();
    expect(await log.source.readAgent('bot', all)).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it.each(places.filter(({ isThere }) => isThere))('keeps the same record once, in $name', async ({ open }) => {
    const { store, source } = open();
    const log = createActivityLog({ store });
    log.record([task, task, { ...task, quality: 0.5 }]);
    await log.flush();
    log.record([task, { ...task, id: 'mine' }, { ...task, id: 'mine', at: 9000 }]);
    log.record({ ...task, instance: 'other', id: 'mine' });
    log.record([
      { ...task, reason: 'another', outcome: 'rejected' },
      { ...task, resultHash: 'another' },
    ]);
    await log.close();
    // One by its contents, one by its id, and two that differ; the id of another agent is another record.
    expect(await source.readAgent('bot', all)).toHaveLength(4);
    expect(await source.readAgent('other', all)).toHaveLength(1);
  });

  it('takes tasks without a time for as many as there are', async () => {
    const log = logAt(5000);
    const { at: _, ...now } = task;
    log.record([now, now, now]);
    await log.flush();
    const rows = await log.source.readAgent('bot', all);
    expect(rows.map((row) => row[1])).toEqual([5000, 5000, 5000]);
  });

  it.each<[string, object, string]>([
    ['no object', 'x' as unknown as object, 'task: must be a task'],
    ['no instance', { ...task, instance: undefined }, 'task.instance: must be a text that is not empty'],
    ['an empty task', { ...task, task: ' ' }, 'task.task: must be a text that is not empty'],
    ['another outcome', { ...task, outcome: 'done' }, 'task.outcome: must be one of accepted, rejected, failed'],
    ['a reason that is no text', { ...task, reason: 4 }, 'task.reason: must be a text'],
    ['a cost that is no number', { ...task, costUsd: '3' }, 'task.costUsd: must be a number'],
    ['a field nobody knows', { ...task, cost: 3 }, 'task.cost: unknown'],
    ['a name of dots', { ...task, instance: '..' }, 'task.instance: may not be . or ..'],
    ['a name without end', { ...task, instance: 'x'.repeat(501) }, 'task.instance: has more than 500 characters'],
  ])('refuses %s by name', (_, wrong, message) => {
    const log = logAt(0);
    expect(() => log.record(wrong as ActivityTask)).toThrow(message);
    expect(() => log.record([task, wrong as ActivityTask])).toThrow(message.replace('task', 'tasks[1]'));
  });

  it('keeps what is absurd as not given, and what is long or secret short and clean', async () => {
    const log = logAt(7000);
    const absurd = { quality: Number.NaN, costUsd: -4, durationMs: Infinity, inputTokens: -1, at: Number.NaN };
    log.record({ ...task, ...absurd, reason: 'x'.repeat(10_000_000), domain: '<script>alert(1)</script>' });
    log.record({ ...task, reason: 'key sk-ant-REDACTED was refused', at: 8000 });
    await log.flush();
    const [first, second] = await log.source.readAgent('bot', all);
    expect(first?.[1]).toBe(7000);
    expect(first?.slice(8)).toEqual([]);
    expect(first?.[5]?.length).toBeLessThanOrEqual(300);
    expect(first?.[4]).toBe('<script>alert(1)</script>');
    expect(JSON.stringify(second)).not.toContain('sk-ant');
    expect(second?.[5]).toContain('[redacted]');
  });

  it('tells tasks apart whose names are redacted or cut alike', async () => {
    const log = logAt(0);
    const key = (letter: string) => `sk-proj-${letter.repeat(24)}4711`;
    for (const name of [key('a'), key('b'), 'x'.repeat(5000), 'x'.repeat(5001)]) log.record({ ...task, task: name });
    await log.flush();
    const names = (await log.source.readAgent('bot', all)).map((row) => row[3]);
    expect(new Set(names).size).toBe(4);
    expect(names.join()).not.toContain('aaaa');
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(200);
  });
});

describe('retention', () => {
  it.each(places.filter(({ isThere }) => isThere))(
    'lets the oldest go, by count and by age, in $name',
    async ({ open }) => {
      const { store, source } = open();
      const byCount = createActivityLog({ store, retention: { maxRecords: 100 } });
      byCount.record(Array.from({ length: 400 }, (_, index) => ({ ...task, at: index })));
      await byCount.close();
      const kept = await source.readAgent('bot', all);
      expect(kept.length).toBeGreaterThanOrEqual(100);
      expect(kept.length).toBeLessThanOrEqual(105);
      expect(kept.at(-1)?.[1]).toBe(399);

      const byAge = createActivityLog({ store, retention: { maxAgeMs: 1000 } });
      const older = Array.from({ length: 10_000 }, (_, index) => ({ ...task, instance: 'aged', at: 10_000 + index }));
      byAge.record(older);
      await byAge.flush();
      byAge.record(older.map((each) => ({ ...each, at: each.at + 15_000 })));
      await byAge.close();
      const times = (await source.readAgent('aged', all)).map((row) => row[1]);
      expect(times.at(-1)).toBe(34_999);
      expect(times.length).toBeLessThan(20_000);
    },
  );

  it('measures age from the newest record, so that an old history can be read in', async () => {
    const log = createActivityLog({ store: createMemoryStore(), retention: { maxAgeMs: 1000 } });
    log.record(Array.from({ length: 500 }, (_, index) => ({ ...task, at: 1e9 + index })));
    await log.close();
    expect(await log.source.readAgent('bot', all)).toHaveLength(500);
  });
});

it.skipIf(!postgresServer.isThere).each(['createSchema()', 'postgresSchemaSql()'])(
  '%s makes the tables of activity too',
  async (way) => {
    const schema = uniqueName('activity').slice(0, 40);
    const pool = new Pool({ connectionString: databaseUrl, max: 2 });
    const store = createPostgresStore({ pool, schema, migrate: false });
    onTestFinished(async () => {
      await store.close();
      await dropSchemas(pool, schema);
      await pool.end();
    });
    const log = createActivityLog({ store });
    log.record(task);
    await expect(log.flush()).rejects.toThrow(/the tables are missing/u);
    if (way === 'createSchema()') await store.createSchema();
    else await pool.query(postgresSchemaSql(schema));
    await log.flush();
    expect(await log.source.readAgent('bot', all)).toHaveLength(1);
  },
);

describe('a store that fails', () => {
  it('is told once; records wait, the oldest go when there are too many, and all that is left is written later', async () => {
    const clock = createManualClock({ now: 0 });
    const inner = createMemoryStore();
    let fails = true;
    const store: StateStore = {
      ...inner,
      appendActivity: async (rows, limits) => {
        if (fails) throw new Error('down');
        await inner.appendActivity?.(rows, limits);
      },
    };
    const told: string[] = [];
    const log = createActivityLog({
      store,
      clock,
      onError: (error, waiting) => told.push(`${error.message}, ${waiting}`),
    });
    log.record(task);
    await expect(log.flush()).rejects.toSatisfy((error) => isTierfallError(error, 'TIERFALL_STORE'));
    log.record(Array.from({ length: 60_000 }, (_, index) => ({ ...task, at: index })));
    await expect(log.flush()).rejects.toThrow('down');
    expect(told).toEqual(['activity could not be stored: down, 1']);
    expect(log.dropped).toBe(10_001);
    fails = false;
    await clock.advance(60_000);
    expect(await log.source.readAgent('bot', all)).toHaveLength(50_000);
    await log.close();
    expect(() => log.record(task)).toThrow(/closed/u);
  });

  it('is not tried again once the log is closed, and what it fails with need be no error', async () => {
    const clock = createManualClock({ now: 0 });
    const appendActivity = async () => Promise.reject('no');
    const forgetActivity = async () => Promise.reject(new Error('no'));
    const log = createActivityLog({ store: { ...createMemoryStore(), appendActivity, forgetActivity }, clock });
    await expect(log.forget('bot')).rejects.toSatisfy((error) => isTierfallError(error, 'TIERFALL_STORE'));
    log.record(task);
    await expect(log.close()).rejects.toThrow('activity could not be stored: unknown');
    expect(clock.pending).toBe(0);
  });

  it('and so may the callback that receives the error', async () => {
    const clock = createManualClock({ now: 0 });
    const appendActivity = async () => Promise.reject(new Error('down'));
    let told = 0;
    const onError = (): unknown => {
      told += 1;
      return Promise.reject(new Error('of the host'));
    };
    const log = createActivityLog({ store: { ...createMemoryStore(), appendActivity }, clock, onError });
    log.record(task);
    await expect(log.close()).rejects.toThrow('down');
    await clock.settle();
    expect(told).toBe(1);
  });

  it('or answers nothing for half a minute: the oldest records make room', async () => {
    const clock = createManualClock({ now: 0 });
    const appendActivity = async () => new Promise<void>(() => undefined);
    const log = createActivityLog({ store: { ...createMemoryStore(), appendActivity }, clock });
    const many = Array.from({ length: 51_000 }, (_, index) => ({ ...task, at: index }));
    log.record(many);
    expect(log.dropped).toBe(0);
    await clock.advance(30_000);
    log.record(task);
    expect(log.dropped).toBe(0);
    await clock.advance(1);
    log.record(task);
    expect(log.dropped).toBe(1002);
  });

  it('to read one ledger does not keep the others from being read', async () => {
    const store = createMemoryStore();
    for (const name of ['bad', 'gone', 'good']) await store.commit(`instance:${name}`, 0, {}, []);
    const failing = (scope: 'record' | 'store'): StateStore => ({
      ...store,
      load: async (key) => {
        if (key === 'instance:gone') return undefined;
        if (key !== 'instance:bad') return store.load(key);
        throw new StoreError({ operation: 'load', message: 'damaged', scope });
      },
    });
    const read = async (scope: 'record' | 'store') => {
      const names = [];
      for await (const { instance } of createActivityLog({ store: failing(scope) }).source.readLedgers(1))
        names.push(instance);
      return names;
    };
    expect(await read('record')).toEqual(['good']);
    await expect(read('store')).rejects.toThrow('damaged');
  });

  it('is refused at once where it keeps no activity', () => {
    const { appendActivity: _, readActivity: __, ...rest } = createMemoryStore();
    expect(() => createActivityLog({ store: rest })).toThrow(
      /store: keeps no activity: it lacks appendActivity, readActivity/u,
    );
    expect(() => createActivityLog({} as never)).toThrow(/store: must be a store/u);
    expect(() => createActivityLog({ store: createMemoryStore(), retention: { maxAgeMs: 0 } })).toThrow(
      /retention.maxAgeMs/u,
    );
    expect(() => createActivityLog({ store: createMemoryStore(), retain: {} } as never)).toThrow(
      /retain: unknown option/u,
    );
  });
});

it.each<[options: unknown, message: RegExp]>([
  [null, /options: must be an object/u],
  [{ store: createMemoryStore(), retention: null }, /retention: must be an object/u],
  [{ store: createMemoryStore(), clock: {} }, /clock: must have now\(\)/u],
  [{ store: createMemoryStore(), onError: 'log' }, /onError: must be a function/u],
])('wrong options of a log are refused by name', (options, message) => {
  expect(() => createActivityLog(options as never)).toThrow(message);
});

it('only what has a name can be forgotten', async () => {
  await expect(logAt(0).forget('')).rejects.toThrow(/instance: must be the name of an agent/u);
  await expect(logAt(0).forget(7 as never)).rejects.toThrow(/instance: must be the name of an agent/u);
});

it('a source that delivers what is too old, and records twice, is read all the same', async () => {
  const now = 100 * 86_400_000;
  const log = logAt(now);
  const loop = Array.from({ length: 12 }, (_, index) => ({
    ...task,
    outcome: 'rejected' as const,
    at: now - 12_000 + index * 1000,
  }));
  log.record(loop);
  await log.flush();
  const { alerts } = await runChecks(log.source, { now });
  expect(alerts).toMatchObject([{ check: 'stuck-loop' }]);
  const old = createActivityLog({ store: createMemoryStore(), clock: { now: () => now } });
  old.record([...loop, { ...task, at: 1000 }, { ...task, at: 2000 }]);
  await old.flush();
  const twice: ActivitySource = {
    ...old.source,
    async *readActivity(query) {
      for await (const page of old.source.readActivity({ ...query, since: 0 })) {
        yield {
          ...page,
          agents: page.agents.map((agent) => ({ ...agent, rows: agent.rows.flatMap((row) => [row, row]) })),
        };
      }
    },
  };
  expect((await runChecks(twice, { now })).alerts).toEqual(alerts);
});

it('a source that is none is refused', async () => {
  await expect(runChecks({} as never)).rejects.toThrow(/source: must be a source of activity/u);
});
