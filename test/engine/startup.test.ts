import { describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  resolveStartup,
  resolveWithFallback,
  startFailover,
  type Failover,
  type Tier,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, overloaded, rateLimited, revoked } from '../support/scripted.js';

/** Credentials that can be had for some tiers and fail for others. */
function logins(failures: Record<string, unknown>) {
  const asked: string[] = [];
  const resolve = async (tier: { provider: string; model: string }) => {
    asked.push(`${tier.provider}/${tier.model}`);
    if (tier.provider in failures) throw failures[tier.provider];
    return `client of ${tier.provider}`;
  };
  return { asked, resolve };
}

describe('Startup: which tier the runtime begins with', () => {
  const chain = [{ provider: 'a', model: 'm1' }, { provider: 'b' }, { provider: 'c', model: 'm3' }] as const;

  test('the first tier that resolves wins; what comes after it remains, models filled in', async () => {
    const { asked, resolve } = logins({ a: revoked() });
    const { runtime, tier, index, remaining, attempts } = await resolveStartup({ chain, resolve });
    expect({ runtime, tier, index, remaining }).toEqual({
      runtime: 'client of b',
      tier: { provider: 'b', model: 'm1' },
      index: 1,
      remaining: [{ provider: 'c', model: 'm3' }],
    });
    expect(asked).toEqual(['a/m1', 'b/m1']);
    expect(attempts).toMatchObject([
      { tier: 'a/m1', index: 0, ok: false, kind: 'auth' },
      { tier: 'b/m1', index: 1, ok: true },
    ]);
  });

  test.each([
    ['auth', revoked()],
    [
      'permission',
      apiError(403, { code: 'permission_denied', message: 'Your organization does not have access to this model' }),
    ],
    ['quota', apiError(429, { code: 'insufficient_quota', message: 'You exceeded your current quota' })],
    ['model_unavailable', apiError(404, { code: 'model_not_found', message: 'The model `m1` does not exist' })],
  ])('walks on for %s', async (_kind, error) => {
    const { resolve } = logins({ a: error });
    expect((await resolveStartup({ chain, resolve })).index).toBe(1);
  });

  test('says how long a tier that it left asked to be left alone', async () => {
    const busy = Object.assign(overloaded(), { headers: { 'retry-after': '5' } });
    const { resolve } = logins({ a: busy });
    const { attempts } = await resolveStartup({ chain, resolve, fallbackOn: ['overloaded'] });
    expect(attempts[0]).toMatchObject({ tier: 'a/m1', ok: false, kind: 'overloaded', retryAfterMs: 5000 });
  });

  test('any other error is rethrown verbatim at once', async () => {
    for (const error of [overloaded(), new TypeError('undefined is not a function'), 'words']) {
      const { asked, resolve } = logins({ a: error });
      await expect(resolveStartup({ chain, resolve })).rejects.toBe(error);
      expect(asked).toEqual(['a/m1']);
    }
  });

  test('fallbackOn changes what walks on; rate_limit in it is an error', async () => {
    const { resolve } = logins({ a: overloaded() });
    expect((await resolveStartup({ chain, resolve, fallbackOn: ['overloaded'] })).index).toBe(1);
    await expect(resolveStartup({ chain, resolve, fallbackOn: ['rate_limit'] })).rejects.toThrow(
      'fallbackOn[0]: a rate limit never walks on',
    );
    await expect(resolveStartup({ chain, resolve, fallbackOn: ['nope' as never] })).rejects.toThrow('unknown kind');
  });

  test('pinned: one attempt, the error rethrown verbatim, never a downgrade', async () => {
    const error = revoked();
    const { asked, resolve } = logins({ a: error });
    await expect(resolveStartup({ chain, resolve, pinned: true })).rejects.toBe(error);
    expect(asked).toEqual(['a/m1']);
    expect((await resolveStartup({ chain, resolve: logins({}).resolve, pinned: true })).remaining).toEqual([]);
  });

  test('rate_limit from any tier: stop, rethrow verbatim, call nobody else', async () => {
    const error = rateLimited(30);
    const { asked, resolve } = logins({ a: revoked(), b: error });
    await expect(resolveStartup({ chain, resolve })).rejects.toBe(error);
    expect(asked).toEqual(['a/m1', 'b/m1']);
  });

  test('all fail: the last error, verbatim; an empty remainder: the first', async () => {
    const [first, last] = [revoked(), revoked()];
    await expect(resolveStartup({ chain, resolve: logins({ a: first, b: revoked(), c: last }).resolve })).rejects.toBe(
      last,
    );
    await expect(resolveStartup({ chain: ['a/m'], resolve: logins({ a: first }).resolve })).rejects.toBe(first);
  });

  test('each entry is tried at most once, also when two name the same provider', async () => {
    const { asked, resolve } = logins({ a: revoked() });
    const twice = ['a/m', { provider: 'a' }, 'a/n', 'a/m', 'b/m', { provider: 'b', model: 'm' }];
    const { index, remaining } = await resolveStartup({ chain: twice, resolve });
    expect(asked).toEqual(['a/m', 'a/n', 'b/m']);
    expect(index).toBe(4);
    expect(remaining).toEqual([]);
  });

  test('whatever the reason of an abort reads like, nobody else is asked', async () => {
    const controller = new AbortController();
    const asked: number[] = [];
    const starting = resolveStartup({
      chain,
      signal: controller.signal,
      resolve: (_tier, { index }) => (asked.push(index), new Promise(() => undefined)),
    });
    await Promise.resolve();
    const reason = Object.assign(new Error('the session has ended'), { status: 401 });
    controller.abort(reason);
    await expect(starting).rejects.toBe(reason);
    expect(asked).toEqual([0]);
  });

  test('the signal stops the walk with its reason', async () => {
    const controller = new AbortController();
    const seen: AbortSignal[] = [];
    const starting = resolveStartup({
      chain,
      signal: controller.signal,
      resolve: (_tier, { signal }) => {
        seen.push(signal);
        return new Promise(() => undefined);
      },
    });
    await Promise.resolve();
    controller.abort(new Error('shutting down'));
    await expect(starting).rejects.toThrow('shutting down');
    expect(seen[0]!.aborted).toBe(true);
  });

  test('a chain that makes no sense is an error that names the field', async () => {
    await expect(resolveStartup({ chain: [], resolve: () => 1 })).rejects.toThrow('chain: must name at least one tier');
    await expect(resolveStartup({ chain: [{ provider: 'a' }], resolve: () => 1 })).rejects.toThrow('chain[0].model');
    await expect(resolveStartup({ chain: ['a/m', { provider: '' }], resolve: () => 1 })).rejects.toThrow(
      'chain[1].provider',
    );
    await expect(resolveStartup({ chain: ['a/m'], resolve: 3 as never })).rejects.toThrow(
      'resolve: expected a function',
    );
  });

  test('a configuration with its policy may be handed in as it is', async () => {
    const config = { chain, policy: { onExhausted: 'wait' } } as const;
    expect((await resolveStartup({ ...config, resolve: () => 1 })).index).toBe(0);
  });

  test('createFailover continues what it began and puts it in the ledger', async () => {
    const { resolve } = logins({ a: revoked() });
    const { tier, remaining, attempts } = await resolveStartup({ chain, resolve });
    const failover = createFailover({ chain: [tier, ...remaining], startup: attempts });
    expect((await resolveWithFallback(failover, (used) => used.provider)).value).toBe('b');
    expect(await failover.history('default', { limit: 10 })).toMatchObject([
      { type: 'startup', tier: 'b/m1' },
      { type: 'startup', tier: 'a/m1', kind: 'auth' },
    ]);
    const whole = createFailover({ chain: ['a/m1', 'b/m1'], startup: attempts });
    expect((await whole.state('default')).tier).toBe(1);
  });

  test('a key that was refused puts no other key of its model to rest', async () => {
    const gpt = { provider: 'openai', model: 'gpt' };
    const named = { ...gpt, credential: 'b' };
    const claude = { provider: 'anthropic', model: 'claude' };
    for (const rest of [[named], [named, claude], [claude, named]]) {
      const resolve = (tier: Tier) => {
        if (tier.provider === 'openai' && tier.credential === undefined) throw revoked();
        return 'key';
      };
      const found = await resolveStartup({ chain: [gpt, ...rest], resolve });
      const failover = createFailover({ chain: [found.tier, ...found.remaining], startup: found.attempts });
      const { tiers } = await failover.state('default');
      expect(tiers.map(({ restUntil }) => restUntil)).toEqual(rest.map(() => null));
    }
  });
});

describe('startFailover with a store reads it first', () => {
  const chain = ['a/1', 'b/2', 'c/3'] as const;

  /** A store that an earlier process has left, after `before`. */
  async function left(before: (failover: Failover, now: number) => Promise<unknown>) {
    const clock = createManualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const failover = createFailover({ chain, clock, store });
    await before(failover, clock.now());
    await failover.close();
    const { asked, resolve } = logins({});
    const start = (pinned = false) => startFailover({ chain, resolve, store, clock, pinned });
    return { clock, asked, start };
  }

  test.each<[string, (failover: Failover, now: number) => Promise<unknown>]>([
    [
      'inside a wait that its provider asked for',
      (it) => it.record('default', { tier: 0, ok: false, error: rateLimited(60) }),
    ],
    ['held', (it, now) => it.hold('default', 0, { by: 'ann', until: now + 60_000 })],
    ['of a paused provider', (it) => it.pause({ provider: 'a' }, { by: 'ann', reason: 'incident' })],
  ])('a tier %s is not asked; pinned to it, nobody is', async (_, before) => {
    const { asked, start } = await left(before);
    const { tier, remaining, failover } = await start();
    expect({ tier, remaining, asked }).toEqual({
      tier: { provider: 'b', model: '2' },
      remaining: [{ provider: 'c', model: '3' }],
      asked: ['b/2'],
    });
    expect((await failover.run(async (own) => own.provider)).value).toBe('b');
    asked.length = 0;
    await expect(start(true)).rejects.toMatchObject({ code: 'TIERFALL_PINNED_TIER', tier: 'a/1' });
    expect(asked).toEqual([]);
  });

  test('a cooldown of our own refuses nobody', async () => {
    const { asked, start } = await left((it) => it.record('default', { tier: 0, ok: false, kind: 'overloaded' }));
    await start();
    expect(asked).toEqual(['a/1']);
  });

  test('where that is true of every tier, the error says of which, why and until when', async () => {
    const { clock, asked, start } = await left(async (it, now) => {
      await it.record('default', { tier: 0, ok: false, error: rateLimited(60) });
      await it.hold('default', 1, { by: 'ann', until: now + 30_000 });
      await it.pause({ provider: 'c' }, { by: 'ann', reason: 'incident' });
    });
    await expect(start()).rejects.toMatchObject({
      code: 'TIERFALL_CHAIN_EXHAUSTED',
      retryAt: clock.now() + 30_000,
      notAsked: [
        { tier: 'a/1', reason: 'retry-after', until: clock.now() + 60_000 },
        { tier: 'b/2', reason: 'held', until: clock.now() + 30_000 },
        { tier: 'c/3', reason: 'paused', until: null },
      ],
    });
    expect(asked).toEqual([]);
  });

  test('a pause of everything stops the start, a store that is down does not', async () => {
    const { asked, start } = await left((it) => it.pause({ all: true }, { by: 'ann', reason: 'deploy' }));
    await expect(start()).rejects.toMatchObject({
      code: 'TIERFALL_CHAIN_EXHAUSTED',
      notAsked: [{ reason: 'paused' }, { reason: 'paused' }, { reason: 'paused' }],
    });
    expect(asked).toEqual([]);

    const down = { ...createMemoryStore(), load: () => Promise.reject(new Error('ECONNREFUSED')) };
    const { resolve } = logins({});
    const { tier } = await startFailover({ chain, resolve, store: down, clock: createManualClock() });
    expect(tier).toEqual({ provider: 'a', model: '1' });
  });

  test("the caller's abort ends the reading", async () => {
    const hanging = { ...createMemoryStore(), load: () => new Promise<never>(() => undefined) };
    const controller = new AbortController();
    const started = startFailover({
      chain,
      resolve: () => 'client',
      store: hanging,
      signal: controller.signal,
      clock: createManualClock(),
    });
    controller.abort(new Error('not needed any more'));
    await expect(started).rejects.toThrow('not needed any more');
  });
});
