import { describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  type CallOptions,
  type FailoverOptions,
  type PolicyOptions,
} from '../../src/index.js';
import { createConsoleNotifier } from '../../src/notifiers/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, invalid, overloaded, rateLimited, revoked } from '../support/scripted.js';

type Order = 'fill' | 'least-used' | 'session';
const orders: Order[] = ['fill', 'least-used', 'session'];
const spread = ['least-used', 'session'] as const;
const keys = ['a', 'b', 'c', 'd'];

/** A pool of four keys and another model behind it. A key fails with what `fails` has for it. */
function setUp(order: Order, policy: PolicyOptions = {}, options: Partial<FailoverOptions> = {}) {
  const clock = createManualClock();
  const failover = createFailover({
    chain: [
      { provider: 'p', model: 'm', credentials: keys, order },
      { provider: 'q', model: 'n' },
    ],
    clock,
    policy,
    ...options,
  });
  const told: string[] = [];
  failover.on('tier-change', ({ from, to, direction }) => {
    told.push(`${direction} ${from.credential ?? from.provider}>${to.credential ?? to.provider}`);
  });
  failover.on('retry', () => told.push('retry'));
  const asked: string[] = [];
  const fails: Record<string, () => unknown> = {};
  const run = (given: CallOptions = {}) =>
    failover.run(async (tier) => {
      const name = tier.credential ?? tier.provider;
      asked.push(name);
      const fail = fails[name];
      if (fail) throw fail();
      return name;
    }, given);
  return { clock, failover, told, asked, fails, run };
}
const sessions = Array.from({ length: 200 }, (_, at) => `session-${at}`);

describe('Several keys for one model: which key a call uses', () => {
  test('fill: the first, as long as it works', async () => {
    const { asked, run } = setUp('fill');
    for (const session of sessions.slice(0, 10)) await run({ session });
    expect(new Set(asked)).toEqual(new Set(['a']));
  });

  test('session: the same for all calls of a session, and all keys for many sessions', async () => {
    const { run } = setUp('session');
    const first = await Promise.all(sessions.map(async (session) => (await run({ session })).value));
    const again = await Promise.all(sessions.map(async (session) => (await run({ session })).value));
    expect(again).toEqual(first);
    for (const key of keys) expect(first.filter((used) => used === key).length).toBeGreaterThan(25);
  });

  test('session: another process finds the same key, and a call without a session goes by its instance', async () => {
    const one = setUp('session');
    const other = setUp('session');
    for (const session of sessions.slice(0, 20)) {
      expect((await one.run({ session })).value).toBe((await other.run({ session })).value);
    }
    const used = await Promise.all(sessions.map(async (instance) => (await one.run({ instance })).value));
    expect(new Set(used).size).toBe(4);
    expect((await one.run({ instance: 'session-3' })).value).toBe(used[3]);
  });

  test('session: when its key rests a session goes elsewhere, the others stay, and it comes back', async () => {
    const { clock, run, fails } = setUp('session');
    const own = new Map<string, string>();
    for (const session of sessions) own.set(session, (await run({ session })).value);
    fails['b'] = () => rateLimited(60);
    const elsewhere = new Set<string>();
    for (const session of sessions) {
      const { value } = await run({ session });
      if (own.get(session) === 'b') elsewhere.add(value);
      else expect(value).toBe(own.get(session));
    }
    expect(elsewhere).toEqual(new Set(['a', 'c', 'd']));
    delete fails['b'];
    await clock.advance(60_000);
    for (const session of sessions) expect((await run({ session })).value).toBe(own.get(session));
  });

  test('least-used: in turn, and away from a key whose calls take long', async () => {
    const { asked, run, failover } = setUp('least-used');
    for (let call = 0; call < 8; call++) await run();
    expect(asked).toEqual([...keys, ...keys]);
    const slow: (() => void)[] = [];
    const hangs = failover.run(() => new Promise((resolve) => slow.push(() => resolve('late'))));
    for (let call = 0; call < 6; call++) await run();
    expect(asked.slice(8)).toEqual(['b', 'c', 'd', 'b', 'c', 'd']);
    slow[0]!();
    expect((await hangs).tier).toMatchObject({ credential: 'a' });
  });

  test('least-used: a key that has rested does not catch up on what it missed', async () => {
    const { clock, asked, run, fails } = setUp('least-used');
    fails['a'] = () => rateLimited(60);
    for (let call = 0; call < 30; call++) await run();
    delete fails['a'];
    await clock.advance(60_000);
    asked.length = 0;
    for (let call = 0; call < 8; call++) await run();
    expect(asked.filter((key) => key === 'a').length).toBeLessThanOrEqual(3);
  });

  test('least-used: a call that never ends, and that nobody waits for any more, keeps its key from no other', async () => {
    const clock = createManualClock();
    const chain = [{ provider: 'a', model: '1', credentials: ['x', 'y'], order: 'least-used' }] as const;
    const failover = createFailover({ chain, clock });
    const controller = new AbortController();
    const hangs = failover.run(() => new Promise(() => undefined), { signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(hangs).rejects.toThrow('left');
    const asked: unknown[] = [];
    for (let turn = 0; turn < 4; turn++) await failover.run(({ credential }) => asked.push(credential));
    expect(asked).toEqual(['y', 'x', 'y', 'x']);
  });

  test('least-used: a call that throws at once, or hands back any thenable, is counted once', async () => {
    const { failover, run, asked } = setUp('least-used');
    let thens = 0;
    const lazy = {
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what the call hands back here
      then(resolve: (value: string) => void) {
        thens++;
        resolve('lazy');
      },
    };
    expect((await failover.run(() => lazy)).value).toBe('lazy');
    expect(thens).toBe(1);
    const boom = invalid();
    const throws = failover.run(() => {
      throw boom;
    });
    await expect(throws).rejects.toBe(boom);
    for (let call = 0; call < 4; call++) await run();
    expect(new Set(asked).size).toBe(4);
  });
});

describe('Several keys for one model: failures', () => {
  test.each(orders)('%s: a failure of the key asks the next key at once, before the next model', async (order) => {
    for (const error of [revoked(), rateLimited(60), apiError(429, { code: 'insufficient_quota' })]) {
      const { run, fails, told } = setUp(order, { retry: { maxAttempts: 3, kinds: ['rate_limit', 'overloaded'] } });
      const first = (await run()).value;
      fails[first] = () => error;
      const { value, attempts } = await run({ session: 'default' });
      const failed = order === 'least-used' ? [] : [`p/m@${first}`];
      expect(attempts.map(({ tier }) => tier)).toEqual([...failed, `p/m@${value}`]);
      for (let call = 0; call < 8; call++) expect(keys).toContain((await run()).value);
      expect(told).not.toContain('retry');
    }
  });

  test.each(orders)('%s: a failure of the model or the provider asks no other key', async (order) => {
    const network = () => Object.assign(new Error('fetch failed'), { code: 'ECONNREFUSED' });
    for (const error of [overloaded, () => apiError(404, { code: 'model_not_found' }), network]) {
      const { run, fails, asked } = setUp(order);
      for (const key of keys) fails[key] = error;
      expect((await run()).value).toBe('q');
      expect(asked).toHaveLength(2);
      expect((await run()).value).toBe('q');
      expect(asked).toHaveLength(3);
    }
  });

  test.each(orders)('%s: all keys limited: the next model, and back when a key may be asked again', async (order) => {
    const { clock, run, fails, asked, told } = setUp(order);
    for (const key of keys) fails[key] = () => rateLimited(60);
    expect((await run()).value).toBe('q');
    expect(new Set(asked)).toEqual(new Set([...keys, 'q']));
    for (const key of keys) delete fails[key];
    await clock.advance(60_000);
    expect(keys).toContain((await run()).value);
    expect(told.filter((each) => each.startsWith('up'))).toHaveLength(1);
  });

  test.each(spread)('%s: a key that is back is no return: no trial, no up, no pacing', async (order) => {
    const { clock, failover, run, fails, told } = setUp(order);
    for (const session of sessions) await run({ session });
    fails['a'] = () => rateLimited(60);
    for (const session of sessions) await run({ session });
    delete fails['a'];
    await clock.advance(60_000);
    await Promise.all(sessions.map((session) => run({ session })));
    const used = await Promise.all(sessions.map(async (session) => (await run({ session })).value));
    expect(used.filter((key) => key === 'a').length).toBeGreaterThan(25);
    expect(told).toEqual(['down a>b']);
    const rows = await failover.history('default', { limit: 100 });
    expect(rows.map(({ type }) => type).toReversed()).toEqual(['tier-failed', 'tier-change', 'tier-recovered']);
  });

  test.each(spread)('%s: a key that has yet to answer is tried by one call at a time', async (order) => {
    const { clock, run, fails, asked, failover } = setUp(order);
    fails['a'] = () => rateLimited(60);
    for (const session of sessions) await run({ session });
    await clock.advance(60_000);
    asked.length = 0;
    const under: (() => void)[] = [];
    const calls = sessions.map((session) =>
      failover.run(
        (tier) => {
          asked.push(tier.credential ?? 'q');
          return new Promise((resolve) => under.push(() => resolve(1)));
        },
        { session },
      ),
    );
    await clock.settle();
    expect(asked.filter((key) => key === 'a')).toHaveLength(1);
    for (const answer of under) answer();
    await Promise.all(calls);
  });

  test('a rotation draws on no retry budget', async () => {
    const { run, fails, clock } = setUp('fill', { retryBudget: { ratio: 0, perSecond: 0 } });
    fails['a'] = () => rateLimited(60);
    fails['b'] = revoked;
    for (let call = 0; call < 3; call++) expect((await run()).value).toBe('c');
    await clock.settle();
  });

  test.each(orders)('%s: what the second key says of the call ends it: it is the same model', async (order) => {
    const { run, fails, asked } = setUp(order);
    const first = (await run()).value;
    for (const key of keys) fails[key] = invalid;
    fails[first] = () => rateLimited(60);
    fails[order === 'least-used' ? 'b' : first] = () => rateLimited(60);
    asked.length = 0;
    await expect(run()).rejects.toMatchObject({ status: 400 });
    expect(asked).toHaveLength(2);
  });

  test('a prompt that is too long for the model is too long for each of its keys', async () => {
    const { run, fails, asked } = setUp('fill', { reroute: ['context_overflow'] });
    for (const key of keys) fails[key] = () => apiError(400, { code: 'context_length_exceeded' });
    expect((await run()).value).toBe('q');
    expect(asked).toEqual(['a', 'q']);
  });

  test('a limit of the caller ends one attempt of the model, and the next model is asked', async () => {
    const { clock, failover } = setUp('fill');
    const asked: string[] = [];
    const result = failover.run(
      (tier) => {
        asked.push(tier.credential ?? 'q');
        return tier.provider === 'q' ? 'answer' : new Promise(() => undefined);
      },
      { deadlineMs: 10_000 },
    );
    // The four keys are one model: it gets half of the deadline, and not a fifth.
    await clock.advance(4999);
    expect(asked).toEqual(['a']);
    await clock.advance(1);
    await result;
    expect(asked).toEqual(['a', 'q']);
  });

  test('pinned to the pair is pinned to the pool: from key to key, and never to another model', async () => {
    const { run, fails, asked } = setUp('fill', { onExhausted: 'throw' });
    fails['a'] = () => rateLimited(60);
    const pinned = { provider: 'p', model: 'm' };
    expect((await run({ pinned })).value).toBe('b');
    for (const key of keys) fails[key] = () => rateLimited(60);
    await expect(run({ pinned })).rejects.toMatchObject({ status: 429 });
    expect(asked).toEqual(['a', 'b', 'b', 'c', 'd']);
    await expect(run({ pinned })).rejects.toMatchObject({ code: 'TIERFALL_PINNED_TIER' });
    expect((await run({ pinned: 'q/n' })).value).toBe('q');
  });

  test('first names the pool: its keys in their order, then the chain', async () => {
    const clock = createManualClock();
    const failover = createFailover({
      chain: ['q/n', { provider: 'p', model: 'm', credentials: keys, order: 'session' }],
      clock,
    });
    const first = { provider: 'p', model: 'm' };
    const fails = new Set<string>();
    const run = (session: string) =>
      failover.run(
        async ({ credential = 'q' }) => {
          if (fails.has(credential)) throw rateLimited(60);
          return credential;
        },
        { first, session },
      );
    const own = (await run('s')).value;
    expect(keys).toContain(own);
    expect((await run('s')).value).toBe(own);
    fails.add(own);
    const { attempts, value } = await run('s');
    expect(attempts).toHaveLength(2);
    expect(keys).toContain(value);
  });
});

describe('Several keys for one model: a replaced key', () => {
  test('reset names the credential, and ends its rests at every model', async () => {
    const { failover, run, fails, asked } = setUp('fill');
    fails['a'] = revoked;
    await run();
    delete fails['a'];
    await failover.reset({ credential: 'a' }, { by: 'ann' });
    asked.length = 0;
    await run();
    expect(asked).toEqual(['a']);
  });

  test('reset works in a process that has just started, for every instance of the store', async () => {
    const store = createMemoryStore();
    const first = setUp('fill', {}, { store });
    first.fails['a'] = revoked;
    for (const instance of ['one', 'two']) await first.run({ instance });
    await first.failover.close();
    const operator = setUp('fill', {}, { store });
    await operator.failover.reset({ credential: 'a' }, { by: 'ann' });
    await operator.failover.close();
    const later = setUp('fill', {}, { store });
    for (const instance of ['one', 'two']) await later.run({ instance });
    expect(later.asked).toEqual(['a', 'a']);
    expect((await later.failover.history('two', { limit: 9 })).map(({ type, by }) => [type, by])).toContainEqual([
      'reset',
      'ann',
    ]);
  });

  test.each([undefined, 'rests'] as const)(
    'another fingerprint ends the rests of the old key (share: %s)',
    async (share) => {
      const clock = createManualClock();
      const store = createMemoryStore({ now: () => clock.now() });
      const make = (fingerprint: string) =>
        createFailover({
          chain: [{ provider: 'p', model: 'm', credentials: [{ name: 'a', fingerprint }, 'b'] }],
          clock,
          store,
          ...(share ? { share } : {}),
        });
      const ask = async (failover: ReturnType<typeof make>, instance: string) => {
        const asked: string[] = [];
        await failover.run(
          async ({ credential }) => {
            asked.push(credential);
            if (credential === 'a' && failover === old) throw revoked();
            return 1;
          },
          { instance },
        );
        await clock.settle();
        return asked;
      };
      const old = make('one');
      expect(await ask(old, 'x')).toEqual(['a', 'b']);
      expect(await ask(make('one'), 'x')).toEqual(['b']);
      if (share) expect(await ask(make('one'), 'y')).toEqual(['b']);
      const replaced = make('two');
      expect(await ask(replaced, 'x')).toEqual(['a']);
      expect(await ask(replaced, 'y')).toEqual(['a']);
      // The process that still has the old key.
      expect(await ask(make('one'), 'x')).toEqual(['b']);
      const stored = JSON.stringify(await store.load('instance:x'));
      expect(stored).not.toContain('"one"');
    },
  );
});

describe('Several keys for one model: what is told of them', () => {
  test.each(orders)(
    '%s: a rotation is in no default alert, a step to another model is, whichever key was last',
    async (order) => {
      const sent: string[] = [];
      const log = (line: string) => sent.push(line);
      const output = { info: log, warn: log };
      const { run, fails, clock } = setUp(order, {}, { notifiers: [createConsoleNotifier({ output })] });
      fails['a'] = () => rateLimited(60);
      for (const session of sessions) await run({ session });
      await clock.settle();
      expect(sent).toEqual([]);
      for (const key of keys) fails[key] = () => rateLimited(60);
      await run();
      await clock.settle();
      expect(sent).toHaveLength(1);
      expect(sent[0]).toContain('q/n');
    },
  );

  test('events, attempts, views and errors name the credential; the call gets it', async () => {
    const { failover, run, fails } = setUp('fill', { onExhausted: 'throw' });
    const failed: unknown[] = [];
    failover.on('attempt-failed', ({ tier }) => failed.push(tier));
    for (const key of [...keys, 'q']) fails[key] = () => rateLimited(60);
    await expect(run()).rejects.toThrow('p/m@b');
    expect(failed[1]).toEqual({ index: 1, provider: 'p', model: 'm', credential: 'b' });
  });

  test('a rotation is a row that says so, and told to listeners', async () => {
    const { failover, run, fails, told } = setUp('fill');
    fails['a'] = () => rateLimited(60);
    await run();
    expect(told).toEqual(['down a>b']);
    const rows = await failover.history('default', { limit: 10 });
    const change = rows.find(({ type }) => type === 'tier-change');
    expect(change).toMatchObject({ from: 'p/m@a', to: 'p/m@b', rotation: true });
  });
});

describe('Several keys for one model, beside other features', () => {
  test('stickySessions: a session that its key has lost stays with the key that served it, until it is idle', async () => {
    const { clock, run, fails } = setUp('session', { stickySessions: { idleMs: 300_000 } });
    const own = (await run({ session: 's' })).value;
    fails[own] = () => rateLimited(60);
    const other = (await run({ session: 's' })).value;
    expect(keys).toContain(other);
    expect(other).not.toBe(own);
    delete fails[own];
    await clock.advance(61_000);
    // Somebody else finds that the key works again.
    for (const session of sessions) await run({ session });
    expect((await run({ session: 's' })).value).toBe(other);
    await clock.advance(301_000);
    expect((await run({ session: 's' })).value).toBe(own);
  });

  test('threshold: a failure that is only counted asks no other key for the same', async () => {
    const { run, fails, asked } = setUp('fill', { threshold: { failures: 3, windowMs: 60_000 } });
    for (const key of keys) fails[key] = overloaded;
    expect((await run()).value).toBe('q');
    expect(asked).toEqual(['a', 'q']);
  });

  test.each(spread)('%s: select and record go round the keys for work that runs elsewhere', async (order) => {
    const { failover } = setUp(order);
    const first = await failover.select('worker');
    if (!first.ok) throw new Error('a key is free');
    const report = {
      tier: first.index,
      ok: false,
      kind: 'rate_limit',
      scope: 'credential',
      retryAfterMs: 60_000,
    } as const;
    await failover.record('worker', report);
    const second = await failover.select('worker');
    expect(second).toMatchObject({ ok: true, tier: { provider: 'p', model: 'm' } });
    expect(second.ok && second.index).not.toBe(first.index);
  });

  test('a stream that fails before its content goes on with the next key', async () => {
    const { failover } = setUp('session');
    const failed: string[] = [];
    const { value, attempts } = await failover.run(async (tier) => {
      const key = tier.credential ?? 'q';
      return (async function* () {
        if (failed.length === 0) {
          failed.push(key);
          throw rateLimited(60);
        }
        yield key;
      })();
    });
    const chunks: string[] = [];
    for await (const chunk of value) chunks.push(chunk);
    expect(attempts).toHaveLength(2);
    expect(keys).toContain(chunks[0]);
    expect(chunks).not.toEqual(failed);
  });

  test('a drill asks every key', async () => {
    const { failover } = setUp('session');
    const results = await failover.drill(async (tier) => {
      if (tier.credential === 'b') throw revoked();
      return 1;
    });
    expect(results.map(({ tier, ok }) => `${tier} ${ok}`)).toEqual([
      'p/m@a true',
      'p/m@b false',
      'p/m@c true',
      'p/m@d true',
      'q/n true',
    ]);
  });
});

test('a used-up chain names the keys that were not asked because another key of their model has failed', async () => {
  const { run, fails, clock } = setUp('fill');
  fails['a'] = overloaded;
  fails['q'] = overloaded;
  const error = await run().catch((thrown: unknown) => thrown);
  const until = clock.now() + 7400;
  expect(error).toMatchObject({
    notAsked: ['b', 'c', 'd'].map((key) => ({ tier: `p/m@${key}`, reason: 'cooldown', until })),
  });
});
