import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import {
  createFailover,
  isTierfallError,
  type CallOptions,
  type PolicyOptions,
  type TierRef,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, overloaded, rateLimited } from '../support/scripted.js';

const tooLong = () =>
  apiError(400, { code: 'context_length_exceeded', message: "This model's maximum context length is 8192 tokens." });

interface Entry {
  provider: string;
  model: string;
  credential?: string;
  contextTokens?: number;
}
const plain: Entry[] = ['a', 'b', 'c', 'd'].map((provider) => ({ provider, model: 'm' }));
const windows: Entry[] = [
  { provider: 'a', model: 'm', contextTokens: 200_000 },
  { provider: 'b', model: 'm', contextTokens: 8000 },
  { provider: 'c', model: 'm', contextTokens: 1_000_000 },
  { provider: 'd', model: 'm' },
];

/** Tiers fail with what `fails` has for their provider, as long as it has something. */
function setUp(chain: Entry[], fails: Record<string, () => unknown> = {}, policy: PolicyOptions = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, policy });
  const told: string[] = [];
  for (const name of ['tier-change', 'exhausted', 'paused', 'available'] as const)
    failover.on(name, () => told.push(name));
  const asked: string[] = [];
  const run = (options: CallOptions = {}) =>
    failover.run(async (tier) => {
      asked.push(tier.credential ?? tier.provider);
      const fail = fails[tier.provider];
      if (fail) throw fail();
      return tier.provider;
    }, options);
  return { clock, failover, fails, told, asked, run };
}

describe('first', () => {
  test.each<[string, TierRef]>([
    ['an index', 2],
    ['an id', 'c/m'],
    ['a pair', { provider: 'c', model: 'm' }],
  ])('is where the call begins, by %s; the instance stays where it is', async (_, first) => {
    const { failover, asked, told, run } = setUp(plain);
    expect((await run({ first })).index).toBe(2);
    expect(await failover.state('default')).toMatchObject({ tier: 0, reportedTier: 0 });
    expect([asked, told]).toEqual([['c'], []]);
  });

  test('then comes the chain from the top without it', async () => {
    const { failover, asked, told, run } = setUp(plain, { a: overloaded, b: overloaded, c: overloaded });
    expect((await run({ first: 1 })).index).toBe(3);
    expect(asked).toEqual(['b', 'a', 'c', 'd']);
    // What the tiers answered counts as always.
    expect(told).toEqual(['tier-change', 'tier-change']);
    expect((await failover.state('default')).tiers.map(({ failures }) => failures)).toEqual([1, 1, 1, 0]);
  });

  test('a failure of it puts it to rest and steps nobody', async () => {
    const { failover, told, run } = setUp(plain, { c: overloaded });
    expect((await run({ first: 2 })).index).toBe(0);
    const { tier, tiers } = await failover.state('default');
    expect([tier, tiers[2]!.failures, told]).toEqual([0, 1, []]);
  });

  test('one that rests is skipped, and one whose rest is over is tried by one call at a time', async () => {
    const { clock, fails, asked, run } = setUp(plain, { c: () => rateLimited(30) });
    await run({ first: 2 });
    await run({ first: 2 });
    expect(asked).toEqual(['c', 'a', 'a']);
    await clock.advance(30_000);
    delete fails['c'];
    const { index } = await run({ first: 2 });
    expect(index).toBe(2);
  });

  test('a pair that several tiers are is all of them, in their order', async () => {
    const chain = [
      { provider: 'a', model: 'm' },
      ...['k1', 'k2'].map((credential) => ({ provider: 'b', model: 'm', credential })),
    ];
    const { asked, run } = setUp(chain, { b: () => apiError(401) });
    await run({ first: { provider: 'b', model: 'm' } });
    expect(asked).toEqual(['k1', 'k2', 'a']);
    await run({ first: { provider: 'b', model: 'm' } });
    expect(asked).toEqual(['k1', 'k2', 'a', 'a']);
  });

  test('with fallbacks: there first, then those; it need not be one of them', async () => {
    const { asked, run } = setUp(plain, { b: overloaded });
    expect((await run({ first: 1, fallbacks: [3, 0] })).index).toBe(3);
    expect(asked).toEqual(['b', 'd']);
    expect((await run({ first: 1, fallbacks: [3, 0] })).index).toBe(3);
    await expect(run({ first: 'b/m', fallbacks: [] })).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    expect(asked).toEqual(['b', 'd', 'd']);
  });

  test('an invalid request there is the caller’s: nothing made the call begin below', async () => {
    const error = apiError(400, { code: 'invalid_request_error' });
    const { asked, run } = setUp(plain, { c: () => error });
    await expect(run({ first: 2 })).rejects.toBe(error);
    expect(asked).toEqual(['c']);
  });

  test.each<[string, CallOptions, string]>([
    ['beside pinned', { first: 1, pinned: 1 }, 'first'],
    ['that is not in the chain', { first: 'x/y' }, 'first'],
    ['that is out of it', { first: 9 }, 'first'],
    ['that is nothing', { first: null as never }, 'first'],
  ])('one %s is refused', async (_, options, path) => {
    await expect(setUp(plain).run(options)).rejects.toMatchObject({ issues: [{ path }] });
  });
});

describe('promptTokens', () => {
  test.each<[number, number, string[]]>([
    [5000, 0, ['a']],
    [200_000, 0, ['a']],
    [200_001, 2, ['c']],
    [2_000_000, 3, ['d']],
  ])('%i tokens go to tier %i', async (promptTokens, index, expected) => {
    const { failover, told, asked, run } = setUp(windows);
    expect((await run({ promptTokens })).index).toBe(index);
    expect([asked, told]).toEqual([expected, []]);
    expect(await failover.state('default')).toMatchObject({ tier: 0 });
  });

  test('a fallback that is too small is skipped', async () => {
    const { asked, run } = setUp(windows, { a: overloaded });
    expect((await run({ promptTokens: 9000 })).index).toBe(2);
    expect(asked).toEqual(['a', 'c']);
  });

  test.each<NonNullable<PolicyOptions['onExhausted']>>(['wrap', 'wait', 'throw', 'pause'])(
    'more than every window: a typed error that names the largest, and nobody rests or hears of it (%s)',
    async (onExhausted) => {
      const { clock, failover, told, asked, run } = setUp(windows.slice(0, 3), {}, { onExhausted });
      const error: unknown = await run({ promptTokens: 1_000_001 }).catch((thrown: unknown) => thrown);
      if (!isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) throw error;
      expect([error.attempts, error.retryAt]).toEqual([[], null]);
      expect(error.notAsked.map(({ tier, reason, until }) => [tier, reason, until])).toEqual([
        ['a/m', 'window', null],
        ['b/m', 'window', null],
        ['c/m', 'window', null],
      ]);
      expect(error.message).toContain('the largest window, of c/m, 1000000');
      expect([asked, told, clock.pending]).toEqual([[], [], 0]);
      expect(await failover.state('default')).toMatchObject({ pauses: [], exhaustedAt: null });
    },
  );

  test('a pinned tier that is too small is not asked', async () => {
    const { asked, run } = setUp(windows);
    await expect(run({ pinned: 1, promptTokens: 9000 })).rejects.toMatchObject({
      notAsked: expect.arrayContaining([expect.objectContaining({ tier: 'b/m', reason: 'window' })]),
    });
    expect(asked).toEqual([]);
  });

  test('where the large ones rest, the error says when; the small ones are no reason to wrap', async () => {
    const { clock, told, run } = setUp(windows.slice(0, 3), { c: () => rateLimited(60) });
    await run({ promptTokens: 500_000 }).catch(() => undefined);
    await expect(run({ promptTokens: 500_000 })).rejects.toMatchObject({ retryAt: clock.now() + 60_000 });
    expect(told).toEqual([]);
  });

  test('the trial of a large tier is made by a call that only it can take', async () => {
    const { clock, fails, run } = setUp(windows.slice(0, 3), { c: overloaded });
    await run({ promptTokens: 500_000 }).catch(() => undefined);
    await clock.advance(60_000);
    delete fails['c'];
    expect((await run({ promptTokens: 500_000 })).index).toBe(2);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '9'])('%j is refused', async (promptTokens) => {
    await expect(setUp(windows).run({ promptTokens: promptTokens as number })).rejects.toMatchObject({
      issues: [{ path: 'promptTokens' }],
    });
  });

  test.each([0, -1, Number.NaN, '8k'])('a window of %j is refused', (contextTokens) => {
    const chain = [{ provider: 'a', model: 'm', contextTokens: contextTokens as number }];
    expect(() => createFailover({ chain })).toThrow('chain[0].contextTokens: expected');
  });
});

describe('a context overflow that is rerouted', () => {
  const policy: PolicyOptions = { reroute: ['context_overflow'] };

  test('goes to larger windows only, and to those nobody has named', async () => {
    const { failover, told, asked, run } = setUp(windows, { a: tooLong, c: overloaded }, policy);
    expect((await run()).index).toBe(3);
    expect([asked, told]).toEqual([['a', 'c', 'd'], []]);
    expect(await failover.state('default')).toMatchObject({ tier: 0 });
  });

  test.each<NonNullable<PolicyOptions['onExhausted']>>(['wrap', 'wait'])(
    'where no larger one is left, the error itself is thrown (%s)',
    async (onExhausted) => {
      const error = tooLong();
      const chain = [windows[0]!, windows[1]!];
      const { clock, told, asked, run } = setUp(chain, { a: () => error }, { ...policy, onExhausted });
      await expect(run()).rejects.toBe(error);
      expect([asked, told, clock.pending]).toEqual([['a'], [], 0]);
    },
  );

  test('without named windows it goes on as before', async () => {
    const { asked, run } = setUp(plain, { a: tooLong, b: tooLong }, policy);
    expect((await run()).index).toBe(2);
    expect(asked).toEqual(['a', 'b', 'c']);
  });
});

describe('under wait, the only window that is large enough', () => {
  const chain: Entry[] = [
    { provider: 'a', model: 'm', contextTokens: 8000 },
    { provider: 'b', model: 'm', contextTokens: 1_000_000 },
  ];
  /** The large one names a wait, once. */
  const failsOnce = (others: Record<string, () => unknown> = {}) => {
    const fails: Record<string, () => unknown> = { ...others };
    fails['b'] = () => {
      delete fails['b'];
      return rateLimited(5);
    };
    return fails;
  };

  test('is asked again when its rest is over', async () => {
    const { clock, run, asked } = setUp(chain, failsOnce(), { onExhausted: 'wait' });
    const answer = run({ promptTokens: 100_000 });
    await clock.advance(4999);
    expect(asked).toEqual(['b']);
    await clock.advance(1);
    expect(asked).toEqual(['b', 'b']);
    await answer;
    expect(clock.delays).toEqual([]);
  });

  test('is asked again where the smaller one has said that it is none', async () => {
    const policy: PolicyOptions = { onExhausted: 'wait', reroute: ['context_overflow'] };
    const { clock, run, asked } = setUp(chain, failsOnce({ a: tooLong }), policy);
    const answer = run();
    await clock.advance(5000);
    expect(asked).toEqual(['a', 'b', 'b']);
    await answer;
  });
});

test.each<[string, CallOptions]>([
  ['may go nowhere else', { fallbacks: [] }],
  ['names it as its fallback', { fallbacks: [0] }],
  ['names it as the first', { first: 0, fallbacks: [] }],
])('under wait a call whose tier is too small does not wait: it %s', async (_, options) => {
  const chain: Entry[] = [
    { provider: 'a', model: 'm', contextTokens: 8000 },
    { provider: 'b', model: 'm', contextTokens: 1_000_000 },
  ];
  const { clock, run, asked } = setUp(chain, {}, { onExhausted: 'wait' });
  const ended = run({ promptTokens: 100_000, ...options }).catch((error: unknown) => error);
  await clock.settle();
  expect(clock.delays).toEqual([]);
  expect(await ended).toMatchObject({
    code: 'TIERFALL_CHAIN_EXHAUSTED',
    notAsked: [{ tier: 'a/m', reason: 'window' }],
  });
  expect(asked).toEqual([]);
});

test('never: a tier that is too small is asked, one is asked twice, or the options of a call move the instance', async () => {
  const windowOf = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(windowOf, { minLength: 1, maxLength: 5 }),
      fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      fc.option(fc.nat({ max: 4 }), { nil: undefined }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      async (sizes, promptTokens, firstOf, overflows) => {
        const chain = sizes.map((contextTokens, at) => ({
          provider: `p${at}`,
          model: 'm',
          ...(contextTokens === undefined ? {} : { contextTokens }),
        }));
        const first = firstOf === undefined ? undefined : firstOf % chain.length;
        const policy: PolicyOptions = { reroute: ['context_overflow'] };
        const failover = createFailover({ chain, clock: createManualClock(), policy });
        const asked: number[] = [];
        const call = async (_: unknown, { index }: { index: number }) => {
          asked.push(index);
          if (overflows[index]) throw tooLong();
        };
        await failover.run(call, { promptTokens, first }).catch(() => undefined);
        expect(new Set(asked).size).toBe(asked.length);
        let overflown = 0;
        for (const index of asked) {
          const size = sizes[index] ?? Number.POSITIVE_INFINITY;
          expect(size).toBeGreaterThanOrEqual(promptTokens ?? 0);
          expect(size).toBeGreaterThan(overflown);
          if (overflows[index] && sizes[index] !== undefined) overflown = Math.max(overflown, sizes[index]);
        }
        if (first !== undefined && (sizes[first] ?? 9) >= (promptTokens ?? 0)) expect(asked[0]).toBe(first);
        expect(await failover.state('default')).toMatchObject({ tier: 0, exhaustedAt: null, lastFailureKind: null });
      },
    ),
    { numRuns: 300 },
  );
});
