import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StateStore } from '../../src/ports/state-store.js';
import { createReadOnlySource } from '../../src/stores/sqlite/read-only-source.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tierfall-'));
  path = join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Changes the file as another program would. */
function inFile(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

async function filled(): Promise<void> {
  const store = createSqliteStore({ path });
  await store.commit('instance:a', 0, { step: 1 }, [{ type: 'reset', at: 1 }]);
  await store.close();
}

async function failureOf(action: Promise<unknown>): Promise<string> {
  const error = await action.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'StoreError', code: 'TIERFALL_STORE' });
  return String(error);
}

const loading = async () => failureOf(createSqliteStore({ path }).load('instance:a'));

describe('SQLite store, bad input', () => {
  test('wants a path', () => {
    // @ts-expect-error -- as a caller without types would
    expect(() => createSqliteStore({})).toThrow(/path must name a file/);
    expect(() => createSqliteStore({ path, historyLimit: 1 })).toThrow(/historyLimit must be a whole number from 2 up/);
  });

  test('a folder that is not there, or a folder as the file', async () => {
    expect(await failureOf(createSqliteStore({ path: join(folder, 'no', 'store.db') }).load('all'))).toMatch(
      /SQLite store \(.*store\.db\): the file cannot be opened; create its folder/,
    );
    mkdirSync(path);
    expect(await loading()).toMatch(/cannot be opened/);
  });

  test('a file that is no database', async () => {
    writeFileSync(path, 'not a database, but long enough to be looked at as one'.repeat(100));
    expect(await loading()).toMatch(/the file is no SQLite database; choose another path/);
    expect(readFileSync(path, 'utf8')).toMatch(/^not a database/);
  });

  test('a table of another program with our name', async () => {
    inFile('CREATE TABLE tierfall_states (id INTEGER); INSERT INTO tierfall_states VALUES (7)');
    expect(await loading()).toMatch(/table named tierfall_states that is not ours; give the store a file of its own/);
    inFile('CREATE TABLE tierfall_meta (whatever TEXT)');
    expect(await loading()).toMatch(/is not ours/);
  });

  test('tables of another program with names of their own are left alone', async () => {
    inFile('CREATE TABLE theirs (id INTEGER); INSERT INTO theirs VALUES (7)');
    await filled();
    const database = new DatabaseSync(path);
    expect(database.prepare('SELECT id FROM theirs').get()).toEqual({ id: 7 });
    database.close();
  });

  test('a layout of a later version', async () => {
    await filled();
    inFile("UPDATE tierfall_meta SET value = 99 WHERE name = 'schema'");
    expect(await loading()).toMatch(/written by a later tierfall \(layout 99, this one knows 1\); update it/);
  });

  test('a damaged record is named, and not overwritten', async () => {
    await filled();
    inFile(`UPDATE tierfall_states SET state = '{"step":'`);
    const store = createSqliteStore({ path });
    expect(await failureOf(store.load('instance:a'))).toMatch(/the record of "instance:a" is damaged \(not JSON\)/);
    expect(await failureOf(store.commit('instance:a', 0, { step: 9 }, []))).toMatch(/is damaged/);
    await store.close();
    const database = new DatabaseSync(path);
    expect(database.prepare('SELECT state FROM tierfall_states').get()).toEqual({ state: '{"step":' });
    database.close();
  });

  test('a state deleted by hand leaves no rows to the next one', async () => {
    await filled();
    inFile('DELETE FROM tierfall_states');
    const store = createSqliteStore({ path });
    expect(await store.commit('instance:b', 0, { step: 1 }, [{ type: 'reset', at: 2 }])).toEqual({
      ok: true,
      version: 1,
    });
    expect(await store.history('instance:b', { limit: 9 })).toEqual([{ type: 'reset', at: 2, seq: 1 }]);
    await store.close();
  });

  test('a damaged file', async () => {
    await filled();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 100));
    expect(await loading()).toMatch(/the file is damaged; restore it from a backup/);
  });

  test('a file that may only be read', async () => {
    await filled();
    // Byte 18 is the format a writer must know; the system's own permission bits do not stop root.
    const bytes = readFileSync(path);
    bytes[18] = 9;
    writeFileSync(path, bytes);
    const store = createSqliteStore({ path });
    expect(await store.load('instance:a')).toEqual({ state: { step: 1 }, version: 1 });
    expect(await failureOf(store.commit('instance:a', 1, { step: 2 }, []))).toMatch(
      /the file is read-only; give this user write permission/,
    );
    await store.close();
  });

  test('a lock another process does not give back, and its end', async () => {
    await filled();
    const store = createSqliteStore({ path, busyTimeoutMs: 30 });
    await store.load('instance:a');
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    expect(await failureOf(store.commit('instance:a', 1, { step: 2 }, []))).toMatch(
      /held the lock for longer than busyTimeoutMs \(30 ms\)/,
    );
    expect(await store.load('instance:a')).toMatchObject({ version: 1 });
    other.exec('ROLLBACK');
    other.close();
    expect(await store.commit('instance:a', 1, { step: 2 }, [])).toEqual({ ok: true, version: 2 });
    await store.close();
  });

  test('a cause that goes away: the next use opens the file', async () => {
    path = join(folder, 'later', 'store.db');
    const store = createSqliteStore({ path });
    await failureOf(store.load('instance:a'));
    mkdirSync(join(folder, 'later'));
    expect(await store.load('instance:a')).toBeUndefined();
    await store.close();
    expect(await failureOf(store.load('instance:a'))).toMatch(/it has been closed/);
  });

  // A disk of one megabyte, in a namespace of its own where the system allows that without being root.
  const mounting = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none "$1" && exec "$2" "$3" "$1"', 'sh'];
  const canMount = spawnSync('unshare', [...mounting, tmpdir(), 'true', 'true']).status === 0;
  test.skipIf(!canMount)('a full disk (needs unshare and tmpfs)', { timeout: 60_000 }, async () => {
    const script = join(folder, 'fill-disk.cjs');
    await build({
      entryPoints: [fileURLToPath(new URL('fill-disk.ts', import.meta.url))],
      outfile: script,
      bundle: true,
      platform: 'node',
      logLevel: 'error',
    });
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const { stdout, stderr } = spawnSync('unshare', [...mounting, disk, process.execPath, script], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      name: 'StoreError',
      message: `SQLite store (${disk}/store.db): the disk is full; free some space`,
      // What was acknowledged before is all there, and nothing else.
      isWhole: true,
    });
  });
});

describe('SQLite store, the file', () => {
  const read = (sql: string) => {
    const database = new DatabaseSync(path);
    const row = database.prepare(sql).get();
    database.close();
    return Object.values(row ?? {})[0];
  };

  test('is in WAL mode, and its tables are strict', async () => {
    await filled();
    expect(read('PRAGMA journal_mode')).toBe('wal');
    expect(read("SELECT count(*) FROM pragma_table_list WHERE name GLOB 'tierfall_*' AND NOT strict")).toBe(0);
  });

  test('takes the time of a clock that gives parts of a millisecond', async () => {
    const store = createSqliteStore({ path, now: () => 1000.25 });
    expect(await store.increment('tokens', 'a', 2, 1000)).toBe(2);
    expect(await store.increment('tokens', 'a', 3, 1000)).toBe(5);
    expect(await store.acquire('lease', 'me', 1000)).toBe(true);
    await store.close();
  });

  test('may be closed twice at once, and so may a source of activity', async () => {
    await filled();
    const store = createSqliteStore({ path });
    await store.load('instance:a');
    await Promise.all([store.close(), store.close()]);
    const source = createReadOnlySource(path, 100);
    await source.readAgent('a', { since: 0, until: 1 });
    await Promise.all([source.close(), source.close()]);
  });

  test('loses the counters whose time is over by itself', async () => {
    let now = 0;
    const store = createSqliteStore({ path, now: () => now });
    for (let bucket = 0; bucket < 600; bucket++) {
      now += 1000;
      await store.increment('tokens', String(bucket), 1, 2000);
    }
    await store.close();
    expect(read('SELECT count(*) FROM tierfall_counters')).toBeLessThan(200);
  });
});

describe('SQLite store, a file that is deleted or replaced while it is open', () => {
  const removals: Record<string, () => void> = {
    deleted: () => ['', '-wal', '-shm'].forEach((suffix) => rmSync(path + suffix, { force: true })),
    'moved away': () => renameSync(path, `${path}.moved`),
    'replaced by a copy': () => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
  };

  test('deleted while a request waits for the lock: said rather than that it was locked', async () => {
    await filled();
    const other = new DatabaseSync(path);
    const store = createSqliteStore({ path, busyTimeoutMs: 0 });
    await store.load('instance:a');
    other.exec('BEGIN IMMEDIATE');
    removals['deleted']!();
    const failure = await failureOf(store.commit('instance:a', 1, {}, []));
    other.close();
    expect(failure).toMatch(/the file was deleted or replaced while it was open/);
    await store.close();
  });

  test.each(Object.entries(removals))('%s: noticed by the next request, whatever it is', async (_name, remove) => {
    const requests: Record<string, (store: StateStore) => Promise<unknown>> = {
      load: (store) => store.load('instance:a'),
      commit: (store) => store.commit('instance:a', 1, { step: 2 }, [{ type: 'reset', at: 2 }]),
      history: (store) => store.history('instance:a', { limit: 1 }),
      instances: async (store) => store.instances()[Symbol.asyncIterator]().next(),
      increment: (store) => store.increment('instance:a', 'bucket', 1, 1000),
      acquire: (store) => store.acquire('lease', 'me', 1000),
    };
    for (const [name, request] of Object.entries(requests)) {
      rmSync(path, { force: true });
      const store = createSqliteStore({ path });
      await store.commit('instance:a', 0, { step: 1 }, [{ type: 'reset', at: 1 }]);
      remove();
      expect([name, await failureOf(request(store))]).toEqual([
        name,
        expect.stringMatching(/store\.db\): the file was deleted or replaced while it was open.*opens the path again/),
      ]);
      // The next request uses what is at the path by then.
      expect((await store.commit('instance:b', 0, {}, [])).ok).toBe(true);
      const another = createSqliteStore({ path });
      expect(await another.load('instance:b')).toMatchObject({ version: 1 });
      await Promise.all([store.close(), another.close()]);
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    }
  });

  test('its tables dropped by another program: the next request makes them again', async () => {
    const store = createSqliteStore({ path });
    await store.commit('instance:a', 0, { step: 1 }, [{ type: 'reset', at: 1 }]);
    const tables = ['states', 'ledger', 'counters', 'leases', 'meta'];
    inFile(tables.map((table) => `DROP TABLE tierfall_${table};`).join(''));
    const [failure] = await Promise.all([failureOf(store.load('instance:a')), failureOf(store.load('instance:a'))]);
    expect(failure).toMatch(/store\.db\): tables of ours were dropped while it was open/);
    expect(await store.commit('instance:a', 1, { step: 2 }, [])).toEqual({ ok: false, current: undefined });
    expect((await store.commit('instance:a', 0, { step: 2 }, [])).ok).toBe(true);
    await store.close();
  });

  test('damaged while it is open, and then restored in its place', async () => {
    const store = createSqliteStore({ path });
    // More pages than the first, which stays whole.
    for (let step = 0; step < 200; step++) {
      await store.commit(`instance:${step}`, 0, { step: 'x'.repeat(500) }, [{ type: 'reset', at: 1 }]);
    }
    inFile('PRAGMA wal_checkpoint(TRUNCATE)');
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 65)]));
    const reading = createSqliteStore({ path });
    expect(await failureOf(reading.load('instance:199'))).toMatch(/the file is damaged; restore it from a backup/);
    expect(await failureOf(store.commit('instance:200', 0, {}, [{ type: 'reset', at: 1 }]))).toMatch(/is damaged/);
    writeFileSync(path, whole);
    expect(await store.load('instance:199')).toMatchObject({ version: 1 });
    expect((await store.commit('instance:200', 0, {}, [{ type: 'reset', at: 1 }])).ok).toBe(true);
    await Promise.all([store.close(), reading.close()]);
  });

  test('a source of activity: damaged while it is open, and then restored in its place', async () => {
    const store = createSqliteStore({ path });
    const text = JSON.stringify('x'.repeat(500));
    const rows = Array.from({ length: 200 }, (_, at) => ({ instance: 'a', id: String(at), at, text }));
    await store.appendActivity!(rows, { maxAgeMs: 1000, cutoffAt: -1, maxRecords: 1000 });
    await store.close();
    const source = createReadOnlySource(path, 100);
    const read = async () => {
      for await (const { agents } of source.readActivity({ since: 0 })) if (agents.length > 0) return agents.length;
      return 0;
    };
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 65)]));
    expect(await failureOf(read())).toMatch(/the file is damaged/);
    writeFileSync(path, whole);
    expect(await read()).toBe(1);
    await source.close();
  });

  test.skipIf(!existsSync('/proc/self/fd'))(
    'a source of activity: replaced while several read, leaves no file open',
    async () => {
      await filled();
      const source = createReadOnlySource(path, 100);
      const read = async () => source.readAgent('a', { since: 0, until: 1 });
      await read();
      copyFileSync(path, `${path}.new`);
      renameSync(`${path}.new`, path);
      await Promise.all([read(), read(), read()]);
      await source.close();
      const open = readdirSync('/proc/self/fd').map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return '';
        }
      });
      expect(open.filter((each) => each.startsWith(path))).toEqual([]);
    },
  );

  test.each([
    ['dropped', () => inFile('DROP TABLE tierfall_activity; DROP TABLE tierfall_activity_agents')],
    ['in a file that was deleted', removals['deleted']!],
  ])('the tables of activity, %s, are made again by the next request but one', async (_, remove) => {
    const store = createSqliteStore({ path });
    const rows = [{ instance: 'a', id: '1', at: 1, text: '{}' }];
    const append = async () => store.appendActivity!(rows, { maxAgeMs: 1000, cutoffAt: -1, maxRecords: 10 });
    await append();
    remove();
    await failureOf(append());
    await append();
    await store.close();
  });

  test('a store in memory has no file to lose', async () => {
    const store = createSqliteStore({ path: ':memory:' });
    await store.commit('all', 0, {}, []);
    expect(await store.load('all')).toMatchObject({ version: 1 });
    await store.close();
  });
});
