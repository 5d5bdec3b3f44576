import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { initialState, type State } from '../../src/core/tier/state.js';
import { createRedisStore, type RedisClient } from '../../src/stores/redis.js';
import { freePort, hasRedisBinary, ownRedis, type OwnServer } from './own-servers.js';

async function failureOf(action: Promise<unknown>): Promise<string> {
  const error = await action.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'StoreError', code: 'TIERFALL_STORE' });
  return String(error);
}

describe('Redis store, bad options', () => {
  test('wants a client it knows', () => {
    for (const client of [undefined, null, {}, 'redis://127.0.0.1', { eval: () => 1 }, new Map()]) {
      expect(() => createRedisStore({ client: client as unknown as RedisClient })).toThrow(
        /Redis store: client must be a client of ioredis or node-redis/,
      );
    }
  });

  test('a node-redis client that was not connected', async () => {
    const store = createRedisStore({ client: createClient() });
    expect(await failureOf(store.load('all'))).toMatch(/await client\.connect\(\) before its first use/);
  });

  test('a server that cannot be reached', async () => {
    const client = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => undefined);
    expect(await failureOf(createRedisStore({ client }).load('all'))).toMatch(/the server cannot be reached/);
    client.disconnect();
  });
});

describe('Redis store, what a server says', () => {
  /** What Redis 6.2 makes of an error inside of a script. */
  const inScript = (error: string) =>
    `ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:7: ${error}`;
  test.for([
    [inScript("@user_script: 7: -READONLY You can't write against a read only replica."), /read-only replica/],
    [inScript("@user_script: 7: -OOM command not allowed when used memory > 'maxmemory'."), /out of memory/],
    [inScript('@user_script: 7: -MISCONF Redis is configured to save RDB snapshots'), /cannot save to its disk/],
    [inScript('WRONGTYPE Operation against a key holding the wrong kind of value'), /choose another prefix/],
    [
      inScript("@user_script: 7: The user executing the script can't run this command or subcommand"),
      /lacks a permission/,
    ],
    ["ERR ACL failure in script: User guest has no permissions to run the 'hmget' command", /lacks a permission/],
    ['MISCONF Errors writing to the AOF file: No space left on device', /cannot save to its disk/],
    ['NOREPLICAS Not enough good replicas to write.', /too few replicas are in reach/],
    ['MOVED 866 10.0.0.7:6379', /part of a Cluster; give the store new Cluster\(…\) or createCluster\(…\)/],
  ] as const)('%s', async ([reply, message]) => {
    const fail = async () => Promise.reject(new Error(reply));
    const client = { eval: fail, evalsha: fail, duplicate: fail } as unknown as RedisClient;
    expect(await failureOf(createRedisStore({ client }).commit('instance:a', 0, {}, []))).toMatch(message);
  });
});

describe.skipIf(!hasRedisBinary)('Redis store on a server of its own', () => {
  let server: OwnServer;
  let client: Redis;
  beforeAll(async () => {
    server = await ownRedis();
    await server.start();
    client = new Redis(server.port);
  });
  afterAll(async () => {
    client.disconnect();
    await server.dispose();
  });

  test('keys of another program under our names', async () => {
    const store = createRedisStore({ client, prefix: 'foreign:' });
    await client.set('foreign:{instance:text}:state', 'theirs');
    await client.hset('foreign:{instance:hash}:state', 'their', 'field');
    await client.set('foreign:{instance:rows}:ledger', 'theirs');
    for (const name of ['text', 'hash', 'rows']) {
      const failure = await failureOf(store.commit(`instance:${name}`, 0, {}, [{ type: 'reset', at: 1 }]));
      expect(failure).toMatch(/belongs to another program; choose another prefix/);
    }
    expect(await client.get('foreign:{instance:text}:state')).toBe('theirs');
    expect(await client.hgetall('foreign:{instance:hash}:state')).toEqual({ their: 'field' });
    expect(await client.get('foreign:{instance:rows}:ledger')).toBe('theirs');
    expect(await client.exists('foreign:{instance:rows}:state')).toBe(0);
  });

  test('a record of a later layout, and a damaged one', async () => {
    const store = createRedisStore({ client, prefix: 'later:' });
    await store.commit('instance:a', 0, {}, []);
    await client.hset('later:{instance:a}:state', 'state', '{"broken');
    expect(await failureOf(store.load('instance:a'))).toMatch(/the record of "instance:a" is damaged/);
    await client.hset('later:{instance:a}:state', 'schema', '2');
    expect(await failureOf(store.load('instance:a'))).toMatch(/written by a later tierfall; update this one/);
    expect(await failureOf(store.commit('instance:a', 1, {}, []))).toMatch(/later tierfall/);
    expect(await client.hget('later:{instance:a}:state', 'state')).toBe('{"broken');
  });

  test('a user who lacks a permission', async () => {
    await client.acl('SETUSER', 'guest', 'on', '>word', '~guest:*', '+@all', '-eval', '-evalsha');
    const guest = new Redis(server.port, { username: 'guest', password: 'word' });
    expect(await failureOf(createRedisStore({ client: guest, prefix: 'guest:' }).load('all'))).toMatch(
      /lacks a permission; allow it eval, evalsha, the commands inside, and the keys and channel that begin with the prefix/,
    );
    await client.acl('SETUSER', 'guest', '+@all');
    expect(await failureOf(createRedisStore({ client: guest, prefix: 'other:' }).load('all'))).toMatch(
      /lacks a permission/,
    );
    expect(await createRedisStore({ client: guest, prefix: 'guest:' }).load('all')).toBeUndefined();
    // What the page on stores asks for is enough to hear of everything.
    await client.acl('SETUSER', 'guest', 'resetchannels', '&guest:*');
    const hearing = createRedisStore({ client: guest, prefix: 'guest:' });
    const told: string[] = [];
    let live = false;
    hearing.watch(
      (key) => told.push(key),
      (isLive) => (live = isLive),
    );
    await expect.poll(() => live).toBe(true);
    await hearing.commit('instance:heard', 0, {}, []);
    await expect.poll(() => [...new Set(told)]).toEqual(['instance:heard']);
    await hearing.close();
    // Nobody hears of the commit then, which is no reason to call it failed: it has landed.
    await client.acl('SETUSER', 'guest', 'resetchannels');
    const deaf = createRedisStore({ client: guest, prefix: 'guest:' });
    expect(await deaf.commit('instance:a', 0, {}, [])).toEqual({ ok: true, version: 1 });
    await client.acl('SETUSER', 'guest', '-@hash');
    expect(await failureOf(createRedisStore({ client: guest, prefix: 'guest:' }).load('all'))).toMatch(
      /lacks a permission; allow it eval, evalsha, the commands inside/,
    );
    guest.disconnect();
  });

  test('a server that is full, and one that is a replica', async () => {
    const store = createRedisStore({ client, prefix: 'full:' });
    await store.commit('instance:a', 0, {}, []);
    await client.config('SET', 'maxmemory', '1');
    expect(await failureOf(store.commit('instance:a', 1, {}, []))).toMatch(/out of memory; raise maxmemory/);
    await client.config('SET', 'maxmemory', '0');
    await client.replicaof('127.0.0.1', '1');
    expect(await failureOf(store.commit('instance:a', 1, {}, []))).toMatch(/read-only replica; connect to the primary/);
    await client.replicaof('NO', 'ONE');
    expect(await store.commit('instance:a', 1, {}, [])).toEqual({ ok: true, version: 2 });
  });

  test('scripts the server forgot are sent again', async () => {
    const store = createRedisStore({ client, prefix: 'scripts:' });
    await store.commit('instance:a', 0, {}, []);
    await client.script('FLUSH');
    expect(await store.commit('instance:a', 1, {}, [])).toEqual({ ok: true, version: 2 });
  });

  test('an instance nobody uses lapses, unless it is paused or held', async () => {
    const store = createRedisStore({ client, prefix: 'lapse:', instanceTtlMs: 60_000 });
    const idle = initialState({ chain: [{ provider: 'acme', model: 'large' }] });
    const paused: State = { ...idle, paused: { source: 'operator', by: 'ann', reason: 'audit', at: 1 } };
    const held: State = { ...idle, tiers: idle.tiers.map((tier) => ({ ...tier, heldUntil: 9e12 })) };
    for (const [name, state] of Object.entries({ idle, paused, held })) {
      await store.commit(`instance:${name}`, 0, state, [{ type: 'reset', at: 1 }]);
    }
    await store.commit('provider:acme', 0, {}, []);
    const ttl = async (key: string) => client.pttl(`lapse:{${key}}:state`);
    expect(await ttl('instance:idle')).toBeGreaterThan(50_000);
    expect(await client.pttl('lapse:{instance:idle}:ledger')).toBeGreaterThan(50_000);
    expect([await ttl('instance:paused'), await ttl('instance:held'), await ttl('provider:acme')]).toEqual([
      -1, -1, -1,
    ]);
    await store.commit('instance:idle', 1, paused, []);
    expect(await ttl('instance:idle')).toBe(-1);
    await store.commit('instance:idle', 2, idle, []);
    // As if its time had come.
    await client.unlink('lapse:{instance:idle}:state', 'lapse:{instance:idle}:ledger');
    const names: string[] = [];
    for await (const name of store.instances()) names.push(name);
    expect(names.toSorted()).toEqual(['held', 'paused']);
    expect(await client.zcard('lapse:instances')).toBe(2);
    // The next commit finds nothing and begins anew.
    expect(await store.commit('instance:idle', 3, idle, [])).toEqual({ ok: false, current: undefined });
  });

  test('a time to live beyond what Redis counts is as good as none', async () => {
    const store = createRedisStore({ client, prefix: 'long:', instanceTtlMs: Number.MAX_VALUE });
    expect(await store.commit('instance:a', 0, {}, [{ type: 'reset', at: 1 }])).toEqual({ ok: true, version: 1 });
    expect(await client.pttl('long:{instance:a}:state')).toBeGreaterThan(9e11);
  });

  test.for([{ enableOfflineQueue: false }, { enableOfflineQueue: false, lazyConnect: true }, { lazyConnect: true }])(
    'a client that does not queue while offline, or connects late, is watched: %o',
    async (options) => {
      const strict = new Redis(server.port, options);
      if (options.lazyConnect === true) await strict.connect();
      else await new Promise((resolve) => strict.once('ready', resolve));
      onTestFinished(() => strict.disconnect());
      const store = createRedisStore({ client: strict, prefix: 'strict:' });
      onTestFinished(async () => store.close());
      const told: string[] = [];
      let live = false;
      store.watch(
        (key) => told.push(key),
        (isLive) => (live = isLive),
      );
      await expect.poll(() => live).toBe(true);
      await store.commit(`instance:${JSON.stringify(options)}`, 0, {}, []);
      await expect.poll(() => [...new Set(told)]).toEqual([`instance:${JSON.stringify(options)}`]);
    },
  );

  test('a ledger that an eviction took: what is left begins with a snapshot', async () => {
    const store = createRedisStore({ client, prefix: 'evicted:', historyLimit: 6 });
    for (const lostAt of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const key = `instance:${lostAt}`;
      for (let step = 1; step <= 12; step++) {
        await store.commit(key, step - 1, { step }, [
          { type: 'reset', at: step },
          { type: 'held', at: step, detail: String(step) },
        ]);
        if (step === lostAt) await client.unlink(`evicted:{${key}}:ledger`);
        const rows = (await store.history(key, { limit: 99 })).toReversed();
        expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => step * 2 - rows.length + 1 + index));
        // The state as it was after the snapshot, or after nothing, and every row since.
        const [first] = rows;
        if (first && first.seq !== 1)
          expect(first).toMatchObject({ type: 'snapshot', state: { step: (first.seq ?? 0) / 2 } });
        expect(rows.slice(1).every(({ type }) => type !== 'snapshot')).toBe(true);
      }
    }
  });

  test('a client with a key prefix of its own', async () => {
    const prefixed = new Redis(server.port, { keyPrefix: 'app:' });
    const store = createRedisStore({ client: prefixed });
    const told: string[] = [];
    let live = false;
    store.watch(
      (key) => told.push(key),
      (isLive) => (live = isLive),
    );
    await expect.poll(() => live).toBe(true);
    await store.commit('instance:a', 0, {}, []);
    await expect.poll(() => [...new Set(told)]).toEqual(['instance:a']);
    expect(await client.exists('app:tierfall:{instance:a}:state')).toBe(1);
    await store.close();
    expect(live).toBe(false);
    prefixed.disconnect();
  });

  test('a Cluster: every script keeps to one slot', { timeout: 60_000 }, async () => {
    const busPort = String(await freePort());
    const flags = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-port', busPort];
    const node = await ownRedis(...flags);
    onTestFinished(node.dispose);
    await node.start();
    const seed = new Redis(node.port);
    await seed.cluster('ADDSLOTSRANGE', 0, 16_383);
    await expect.poll(async () => seed.cluster('INFO'), { timeout: 20_000 }).toContain('cluster_state:ok');
    const cluster = new Cluster([{ port: node.port, host: '127.0.0.1' }]);
    onTestFinished(() => cluster.disconnect());
    const store = createRedisStore({ client: cluster, historyLimit: 4 });
    for (const name of ['a', '{b}', '}c{', 'd:e']) {
      for (let version = 0; version < 8; version++) {
        await store.commit(`instance:${name}`, version, {}, [{ type: 'reset', at: version }]);
      }
      expect(await store.history(`instance:${name}`, { limit: 10 })).toHaveLength(3);
      expect(await store.increment(name, 'x', 1, 1000)).toBe(1);
      expect(await store.increment(name, 'y', 2, 1000)).toBe(2);
      expect(await store.sum(name, ['x', 'y', 'z'])).toBe(3);
    }
    const told: string[] = [];
    let live = false;
    store.watch(
      (key) => told.push(key),
      (isLive) => (live = isLive),
    );
    await expect.poll(() => live, { timeout: 10_000 }).toBe(true);
    await store.commit('instance:new', 0, {}, []);
    await expect.poll(() => told).toContain('instance:new');
    seed.disconnect();

    const nodeRedis = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${node.port}` }] });
    nodeRedis.on('error', () => undefined);
    await nodeRedis.connect();
    onTestFinished(() => nodeRedis.destroy());
    for (const clustered of [cluster, nodeRedis]) {
      const [watching, other] = [createRedisStore({ client: clustered }), createRedisStore({ client: cluster })];
      onTestFinished(async () => watching.close());
      const heard: string[] = [];
      let isListening = false;
      watching.watch(
        (key) => heard.push(key),
        (isLive) => (isListening = isLive),
        { instances: 'asked' },
      );
      await expect.poll(() => isListening, { timeout: 10_000 }).toBe(true);
      const name = clustered === cluster ? 'io' : 'node';
      await watching.load(`instance:mine-${name}`);
      for (const key of [`instance:foreign-${name}`, `instance:mine-${name}`, `provider:${name}`]) {
        await other.commit(key, 0, {}, []);
      }
      await expect.poll(() => heard).toEqual([`instance:mine-${name}`, `provider:${name}`]);
    }
    await store.close();
  });
});
