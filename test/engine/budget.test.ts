import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import { createFailover, type PolicyOptions, type Tier } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, rateLimited } from '../support/scripted.js';

const chain = ['a/1', 'b/2', 'c/3'];

/** Calls at a steady rate to providers that answer as told; counts what reached them. */
async function play(
  policy: PolicyOptions,
  world: { calls: number; perSecond: number; isDown: (index: number, call: number) => boolean; tiers?: number },
) {
  const clock = createManualClock();
  const { calls, perSecond, isDown, tiers = chain.length } = world;
  const failover = createFailover({ chain: chain.slice(0, tiers), policy, clock, random: () => 0.5 });
  const requests: { call: number; index: number; attempt: number }[] = [];
  const running: Promise<boolean>[] = [];
  for (let call = 0; call < calls; call++) {
    const ask = async (_tier: Tier, { index, attempt }: { index: number; attempt: number }) => {
      requests.push({ call, index, attempt });
      if (isDown(index, call)) throw overloaded();
    };
    running.push(
      failover.run(ask).then(
        () => true,
        () => false,
      ),
    );
    await clock.advance(1000 / perSecond);
  }
  await clock.advance(60_000);
  const answered = (await Promise.all(running)).filter(Boolean).length;
  return { requests, answered, perCall: requests.length / calls, failover };
}

const everythingDown = () => true;
const retry = { maxAttempts: 3, initialDelayMs: 100 };
const bare = { ratio: 0, perSecond: 0 };

describe('Retry budget: an outage of everything does not become a storm', () => {
  test('requests for each call stay near one, whatever the policy would like to try', async () => {
    const wild = await play(
      { retry, retryBudget: { ratio: 1, perSecond: 1e6 } },
      { calls: 500, perSecond: 100, isDown: everythingDown },
    );
    const byDefault = await play({ retry }, { calls: 500, perSecond: 100, isDown: everythingDown });
    expect(wild.perCall).toBeGreaterThan(3);
    // 20 % of the calls, 1 of a hundred a second, and what was saved up before.
    expect(byDefault.perCall).toBeLessThan(1 + 0.2 + 0.01 + 0.05);
  });

  test.each([
    [0, 1],
    [0.1, 1.1],
    [0.5, 1.5],
  ])('a ratio of %d gives at most %d requests a call', async (ratio, most) => {
    const calls = 1000;
    const { perCall } = await play(
      { retry, retryBudget: { ratio, perSecond: 0 } },
      { calls, perSecond: 50, isDown: everythingDown },
    );
    // The first walk down the chain is no extra, nor is a tier whose rest is over: two tiers, three times in 20 s.
    expect(perCall).toBeLessThanOrEqual(most + (chain.length + 2 * 3) / calls);
    expect(perCall).toBeGreaterThan(1 + ratio / 3);
  });

  test('perSecond grants so many whatever the share, and saves up two seconds at most', async () => {
    const { requests } = await play(
      { retry, retryBudget: { ratio: 0, perSecond: 5 } },
      { calls: 600, perSecond: 10, isDown: everythingDown },
    );
    // Sixty seconds of five, two saved up beforehand, the first walk, and two tiers whose rests end nine times.
    expect(requests.length - 600).toBeLessThanOrEqual(60 * 5 + 10 + chain.length + 2 * 9);
    expect(requests.length - 600).toBeGreaterThan(250);
  });

  test('healthy days are not saved up for a bad one', async () => {
    const { requests } = await play(
      { retry, retryBudget: { ratio: 0.2, perSecond: 0 } },
      { calls: 5500, perSecond: 1000, isDown: (_index, call) => call >= 5000 },
    );
    // A hundred calls' worth (20), the share of the 500 calls themselves, the first walk.
    expect(requests.length - 5500).toBeLessThanOrEqual(20 + 100 + chain.length);
  });
});

describe('Retry budget: what is no extra is never denied', () => {
  test('a fallback to a tier that is not at rest, by a crowd', async () => {
    const failover = createFailover({ chain, policy: { retryBudget: bare } });
    const ask = async (_tier: Tier, { index }: { index: number }) => {
      if (index < 2) throw overloaded();
      return index;
    };
    const crowd = await Promise.all(Array.from({ length: 500 }, () => failover.run(ask)));
    expect(new Set(crowd.map(({ index }) => index))).toEqual(new Set([2]));
  });

  test('a fallback that the call itself names, and one past a tier that somebody else is trying', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock, policy: { retryBudget: bare, recovery: 'probe' } });
    const down =
      (tiers: number[]) =>
      async (_tier: Tier, { index }: { index: number }) => {
        if (tiers.includes(index)) throw overloaded();
        return index;
      };
    const other = createFailover({ chain, clock, policy: { retryBudget: bare } });
    expect((await other.run(down([0, 2]), { fallbacks: [2, 1] })).index).toBe(1);
    expect((await failover.run(down([0]))).index).toBe(1);
    // The first tier's rest is over: one call tries it, and is not through when another one's tier fails.
    await clock.advance(3_600_000);
    const probing = failover.run(() => new Promise<never>(() => undefined));
    await clock.settle();
    expect((await failover.run(down([1]))).index).toBe(2);
    expect(probing).toBeInstanceOf(Promise);
  });

  test('the first try of a call, in the middle of an outage of everything', async () => {
    const { requests } = await play({ retryBudget: bare }, { calls: 300, perSecond: 10, isDown: everythingDown });
    expect(new Set(requests.map(({ call }) => call)).size).toBe(300);
  });

  test('a fallback beside a tier whose wait is kept', async () => {
    const failover = createFailover({ chain, policy: { retryBudget: bare } });
    await failover.record('default', { tier: 0, ok: false, error: rateLimited(60) });
    const { index } = await failover.run(async (_tier, context) => {
      if (context.index === 1) throw overloaded();
      return 'ok';
    });
    expect(index).toBe(2);
  });

  test('a fallback to a tier whose wait is over, though a rest of our own would have been longer', async () => {
    const clock = createManualClock();
    const cooldown = { initialMs: 60_000, factor: 1, maxMs: 60_000 };
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy: { retryBudget: bare, cooldown } });
    await failover.record('default', { tier: 1, ok: false, error: rateLimited(5) });
    await clock.advance(5000);
    const { index } = await failover.run(async (_tier, context) => {
      if (context.index === 0) throw overloaded();
    });
    expect(index).toBe(1);
  });

  test('without retries and with a tier that works nothing is ever taken from it', async () => {
    const { answered, requests } = await play(
      { retryBudget: bare },
      { calls: 500, perSecond: 20, isDown: (index, call) => index < 2 && call % 7 < 3 },
    );
    expect(answered).toBe(500);
    expect(requests.length).toBeGreaterThanOrEqual(500);
  });
});

test('Retry budget: a clock that is set back takes nothing out of it', async () => {
  const clock = createManualClock();
  let setBackMs = 0;
  const now = () => clock.now() - setBackMs;
  const policy = { retry, retryBudget: { ratio: 0.2, perSecond: 4 } };
  const failover = createFailover({ chain: ['a/1'], clock: { ...clock, now }, policy });
  const attempts = async (instance: string) => {
    let asked = 0;
    const ask = async () => {
      asked++;
      throw overloaded();
    };
    const ended = failover.run(ask, { instance }).catch(() => asked);
    await clock.advance(60_000);
    return ended;
  };
  expect(await attempts('before')).toBe(3);
  setBackMs = 3_600_000;
  expect(await attempts('after')).toBe(3);
});

describe('Retry budget: over any outage', () => {
  test('extra requests never exceed the share, the allowance and what may be saved up', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          ratio: fc.double({ min: 0, max: 1, noNaN: true }),
          perSecond: fc.integer({ min: 0, max: 20 }),
          maxAttempts: fc.integer({ min: 1, max: 4 }),
          tiers: fc.integer({ min: 1, max: 3 }),
          callsPerSecond: fc.integer({ min: 1, max: 200 }),
          // Which tiers are down, call by call; over and over.
          script: fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
        }),
        async ({ ratio, perSecond, maxAttempts, tiers, callsPerSecond, script }) => {
          const calls = 100;
          const { requests } = await play(
            {
              retry: { maxAttempts, initialDelayMs: 10 },
              retryBudget: { ratio, perSecond },
              cooldown: { initialMs: 1000 },
            },
            {
              calls,
              perSecond: callsPerSecond,
              tiers,
              isDown: (index, call) => ((script[call % script.length]! >> index) & 1) === 1,
            },
          );
          const retries = requests.filter(({ attempt }) => attempt > 1).length;
          // The calls' own second at the end is for walks that are still under way.
          const seconds = calls / callsPerSecond + 60;
          const granted = calls * ratio + seconds * perSecond + 2 * perSecond;
          expect(retries).toBeLessThanOrEqual(Math.ceil(granted));
          for (let call = 0; call < calls; call++) {
            const own = requests.filter((request) => request.call === call);
            expect(own.length).toBeLessThanOrEqual(tiers * maxAttempts);
          }
        },
      ),
      { numRuns: 60 },
    ));
});
