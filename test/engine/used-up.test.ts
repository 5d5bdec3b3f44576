import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, type ChainExhaustedError, type PolicyOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, overloaded, rateLimited, revoked } from '../support/scripted.js';

const MINUTE = 60_000;

/** A chain of which every tier fails with `fail`, until told otherwise. */
function setUp(fail: () => unknown, options: { chain?: string[]; policy?: PolicyOptions } = {}) {
  const { chain = ['a/1', 'b/2', 'c/3'], policy = {} } = options;
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, policy });
  const told: string[] = [];
  failover.on('tier-change', ({ from, to }) => told.push(`${from.index}>${to.index}`));
  failover.on('exhausted', () => told.push('exhausted'));
  const asked = chain.map(() => 0);
  const world = { isDown: true };
  const ask = (instance = 'default') =>
    failover
      .run(
        async (_tier, { index }) => {
          asked[index]!++;
          if (world.isDown) throw fail();
          return index;
        },
        { instance },
      )
      .catch((error: ChainExhaustedError) => error);
  return { clock, failover, told, asked, world, ask };
}

describe('A chain that is used up, under wrap', () => {
  test('a revoked key is asked at most once a minute, and the error says when', async () => {
    const { clock, asked, ask } = setUp(revoked);
    for (let second = 0; second < 180; second++) {
      const error = (await ask()) as ChainExhaustedError;
      const inMs = error.retryAt! - clock.now();
      expect(inMs).toBeGreaterThan(0);
      expect(inMs).toBeLessThanOrEqual(MINUTE);
      await clock.advance(1000);
    }
    for (const times of asked) expect(times).toBeLessThanOrEqual(4);
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(3);
  });

  test('by any instance of the process: what a minute allows is not a minute for each', async () => {
    const { clock, asked, ask } = setUp(revoked, { chain: ['a/1', 'b/2'] });
    const agents = Array.from({ length: 10 }, (_, place) => `agent-${place}`);
    for (const agent of agents) await ask(agent);
    asked.fill(0);
    for (let second = 0; second < 300; second += 5) {
      for (const agent of agents) await ask(agent);
      await clock.advance(5000);
    }
    for (const times of asked) expect(times).toBeLessThanOrEqual(6);
  });

  test('two models under one revoked key are one key', async () => {
    const { clock, asked, ask } = setUp(revoked, { chain: ['a/large', 'a/small'] });
    await ask();
    asked.fill(0);
    for (let second = 0; second < 300; second++) {
      await clock.advance(1000);
      await ask();
    }
    expect(asked[0]! + asked[1]!).toBeLessThanOrEqual(6);
  });

  test('a key that works again is found within a minute', async () => {
    const { clock, told, world, ask } = setUp(revoked);
    await ask();
    await clock.advance(30_000);
    world.isDown = false;
    for (let second = 0; second < 31; second++) {
      await ask();
      await clock.advance(1000);
    }
    expect(told.at(-1)).toBe('2>0');
  });

  test('is told once, and once when calls are back', async () => {
    const { clock, told, world, ask } = setUp(overloaded);
    for (let second = 0; second < 120; second++) {
      await ask();
      await clock.advance(1000);
    }
    expect(told).toEqual(['0>1', '1>2', 'exhausted']);
    world.isDown = false;
    for (let second = 0; second < 60; second++) {
      await ask();
      await clock.advance(1000);
    }
    expect(told).toEqual(['0>1', '1>2', 'exhausted', '2>0']);
  });

  test('an error that comes at once names a time that is to come, whatever keeps the call off', async () => {
    const { clock, ask } = setUp(overloaded, { policy: { retryBudget: { ratio: 0, perSecond: 0 } } });
    for (let each = 0; each < 20; each++) {
      const error = (await ask()) as ChainExhaustedError;
      expect(error.retryAt).toBeGreaterThan(clock.now());
      await clock.advance(700);
    }
  });

  test.each([
    ['overloaded', overloaded, 0.1, 3],
    ['overloaded', overloaded, 1, 2.3],
    ['overloaded', overloaded, 10, 1.4],
    ['overloaded', overloaded, 100, 1.3],
    ['revoked', revoked, 1, 1.1],
    ['revoked', revoked, 10, 1.1],
    ['revoked', revoked, 100, 1.1],
  ] as const)('requests a call: %s, %s at %d calls a second, at most %d', async (_, fail, perSecond, most) => {
    const { clock, asked, ask } = setUp(fail);
    const calls = Math.max(60, Math.min(3000, perSecond * 120));
    for (let call = 0; call < calls; call++) {
      await ask();
      await clock.advance(1000 / perSecond);
    }
    const perCall = asked.reduce((sum, times) => sum + times) / calls;
    expect(perCall).toBeLessThanOrEqual(most);
  });

  test('a chain of one asks once for every call', async () => {
    const { clock, asked, ask } = setUp(overloaded, { chain: ['a/1'] });
    for (let call = 0; call < 50; call++) {
      await ask();
      await clock.advance(100);
    }
    expect(asked).toEqual([50]);
  });
});

describe('notAsked: the tiers that a call left out, and why', () => {
  test('a wait that a provider asked for also covers another model under the same key', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['openai/large', 'openai/small'], clock });
    const error = await failover
      .run(async () => {
        const message = 'Rate limit reached for your organization on requests per min';
        throw Object.assign(new Error(message), { status: 429, headers: { 'retry-after': '30' } });
      })
      .catch((thrown: ChainExhaustedError) => thrown);
    expect(error).toMatchObject({
      notAsked: [{ tier: 'openai/small', reason: 'retry-after', until: clock.now() + 30_000 }],
      message: expect.stringContaining('openai/small until'),
    });
  });

  test('a cooldown, a hold, a paused provider, tiers that the call excludes', async () => {
    const clock = createManualClock();
    const chain = ['a/1', 'b/2', 'c/3', 'd/4', 'e/5'];
    const failover = createFailover({ chain, clock, policy: { onExhausted: 'throw' } });
    await failover.record('default', { tier: 1, ok: false, kind: 'overloaded' });
    await failover.hold('default', 2, { by: 'ann', until: clock.now() + 5000 });
    await failover.pause({ provider: 'd' }, { by: 'ann', reason: 'incident' });
    const call = async () => {
      throw overloaded();
    };
    const error = await failover.run(call, { fallbacks: [1, 2, 3] }).catch((thrown: ChainExhaustedError) => thrown);
    expect(error).toMatchObject({
      notAsked: [
        { tier: 'b/2', reason: 'cooldown', until: clock.now() + 7400 },
        { tier: 'c/3', reason: 'held', until: clock.now() + 5000 },
        { tier: 'd/4', reason: 'paused', until: null },
        { tier: 'e/5', reason: 'excluded', until: null },
      ],
    });
    expect((error as Error).message).toContain('d/4 (paused), e/5 (excluded)');
  });

  test('a rest that another instance learnt of', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock, share: 'rests', policy: { onExhausted: 'throw' } });
    const failing = (index: number) => async (_tier: unknown, context: { index: number }) => {
      if (context.index === index) throw rateLimited(60);
      throw apiError(529, { code: 'overloaded_error' });
    };
    await failover.run(failing(0), { instance: 'finder' }).catch(() => undefined);
    await clock.settle();
    const error = await failover.run(failing(1), { instance: 'other' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ notAsked: [{ tier: 'a/1', reason: 'shared', until: clock.now() + 60_000 }] });
  });
});

test('The error of a call that asked nobody says what the tiers rest for', async () => {
  const { failover } = setUp(revoked, { chain: ['a/1', 'b/2'], policy: { onExhausted: 'throw' } });
  const call = async ({ provider }: { provider: string }) => {
    throw provider === 'a' ? revoked() : rateLimited(60);
  };
  await expect(failover.run(call)).rejects.toThrow('failed: a/1 (auth), b/2 (rate_limit)');
  await expect(failover.run(call)).rejects.toThrow(
    /^no tier answered: not asked: a\/1 until \S+ \(cooldown, auth\), b\/2 until \S+ \(retry-after, rate_limit\)/,
  );
});

describe('A job that a scheduler starts again and again', () => {
  test('announces a used-up chain in its first run, and says in later ones that it was read in the store', async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const told: string[] = [];
    const run = async () => {
      const failover = createFailover({ chain: ['a/1', 'b/2'], clock, store, policy: { onExhausted: 'throw' } });
      failover.on('exhausted', ({ origin }) => told.push(origin));
      failover.on('available', ({ origin }) => told.push(`available ${origin}`));
      const call = async () => {
        throw rateLimited(120);
      };
      await expect(failover.run(call)).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
      return failover;
    };
    for (let minute = 0; minute < 5; minute++) {
      await (await run()).close();
      await clock.advance(MINUTE);
    }
    const exhausted = told.filter((origin) => !origin.startsWith('available'));
    expect(exhausted).toEqual(['local', 'remote', 'remote', 'remote', 'remote']);

    // The process that announced it is gone: one that goes on announces its end.
    told.length = 0;
    await run();
    await clock.advance(2 * MINUTE);
    expect(told).toEqual(['remote', 'available local']);
  });
});
