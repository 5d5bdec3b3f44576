import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, type Failover, type PolicyOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, overloaded, rateLimited, revoked } from '../support/scripted.js';

const eventNames = ['tier-change', 'attempt-failed', 'retry', 'exhausted', 'available', 'paused', 'resumed'] as const;

function setUp(answers: Record<string, unknown> = {}, policy: PolicyOptions = {}) {
  const clock = createManualClock();
  const failover: Failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock, policy });
  const told: string[] = [];
  for (const name of eventNames) failover.on(name, () => told.push(name));
  const asked: string[] = [];
  const call = async ({ provider }: { provider: string }): Promise<unknown> => {
    asked.push(provider);
    const answer = answers[provider];
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? (answer as () => unknown)() : (answer ?? 'fine');
  };
  return { clock, failover, told, asked, call };
}

describe('drill', () => {
  test('asks every tier once and says which are dead and why, without a secret', async () => {
    const key = 'sk-proj-aaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    const { clock, failover, told, asked, call } = setUp({
      a: apiError(401, { code: 'invalid_api_key', message: `Incorrect API key provided: ${key}` }),
      c: apiError(404, { code: 'model_not_found', message: 'The model `3` does not exist' }),
    });
    const before = await failover.state('default');
    const results = await failover.drill(call);
    expect(results).toEqual([
      { tier: 'a/1', ok: false, kind: 'auth', durationMs: 0, message: expect.stringContaining('Incorrect API key') },
      { tier: 'b/2', ok: true, durationMs: 0 },
      { tier: 'c/3', ok: false, kind: 'model_unavailable', durationMs: 0, message: expect.any(String) },
    ]);
    expect(JSON.stringify(results)).not.toContain(key);
    expect([asked, told, clock.pending]).toEqual([['a', 'b', 'c'], [], 0]);
    expect(await failover.state('default')).toEqual(before);
    expect(await failover.history('default', { limit: 9 })).toEqual([]);
  });

  test('lets go of a stream that a tier answers with, of either kind', async () => {
    const left: string[] = [];
    const generator = async function* () {
      try {
        yield 'a';
        yield 'b';
      } finally {
        left.push('iterable');
      }
    };
    const { failover, call } = setUp({
      a: () =>
        new ReadableStream({
          start: (controller) => controller.enqueue('a'),
          cancel: () => void left.push('readable'),
        }),
      b: () => generator(),
    });
    const results = await failover.drill(call);
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(left.toSorted()).toEqual(['iterable', 'readable']);
  });

  test('a cooldown keeps it off no tier; a wait of the provider and a hold do, and are reported', async () => {
    const { clock, failover, asked, call } = setUp();
    await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    await failover.record('default', { tier: 1, ok: false, kind: 'rate_limit', retryAfterMs: 60_000 });
    await failover.hold('default', 2, { by: 'ann' });
    const before = await failover.state('default');
    const until = new Date(clock.now() + 60_000).toISOString();
    expect(await failover.drill(call)).toEqual([
      { tier: 'a/1', ok: true, durationMs: 0 },
      {
        tier: 'b/2',
        ok: false,
        kind: 'rate_limit',
        durationMs: 0,
        message: `not asked: its provider asked to be left alone until ${until}`,
      },
      { tier: 'c/3', ok: false, durationMs: 0, message: expect.stringContaining('not asked: it is held or paused') },
    ]);
    expect(asked).toEqual(['a']);
    // An answer clears nothing.
    expect(await failover.state('default')).toEqual(before);
  });

  test('is of the instance that asks: another one’s waits are its own', async () => {
    const { failover, asked, call } = setUp();
    await failover.record('agent', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 60_000 });
    await failover.for('agent').drill(call);
    expect(asked).toEqual(['b', 'c']);
    await failover.drill(call);
    expect(asked).toEqual(['b', 'c', 'a', 'b', 'c']);
  });

  test.each(['default', { all: true }] as const)('a pause rejects: %j', async (target) => {
    const { failover, asked, call } = setUp();
    await failover.pause(target, { by: 'ann', reason: 'deploy' });
    await expect(failover.drill(call)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', by: 'ann' });
    expect(asked).toEqual([]);
  });

  test('a paused provider is reported, not asked', async () => {
    const { failover, asked, call } = setUp();
    await failover.pause({ provider: 'b' }, { by: 'ann', reason: 'bill' });
    expect(await failover.drill(call)).toMatchObject([{ ok: true }, { ok: false }, { ok: true }]);
    expect(asked).toEqual(['a', 'c']);
  });

  test('a tier that does not answer in time is dead, and the next one is asked', async () => {
    const { clock, failover, told, call } = setUp({ a: () => new Promise(() => undefined) });
    const drilling = failover.drill(call, { timeoutMs: 2000 });
    await clock.advance(2000);
    expect(await drilling).toMatchObject([
      { ok: false, kind: 'timeout', durationMs: 2000 },
      { ok: true },
      { ok: true },
    ]);
    expect([told, clock.pending]).toEqual([[], 0]);
  });

  test('ends by its signal, with its reason, and leaves nothing behind', async () => {
    const { clock, failover, call } = setUp({ b: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const drilling = failover.drill(call, { signal: controller.signal });
    await clock.settle();
    controller.abort(new Error('enough'));
    await expect(drilling).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });

  test('a stream is read to its first content and left; one that fails or is cut before is dead', async () => {
    const left: string[] = [];
    const chunks = (list: readonly unknown[], name: string) =>
      async function* () {
        try {
          yield* list;
        } finally {
          left.push(name);
        }
      };
    const start = { type: 'message_start', message: {} };
    const content = { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } };
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const { failover, told, call } = setUp({
      a: chunks([start, content, content], 'a'),
      b: chunks([start, error], 'b'),
      c: chunks([start], 'c'),
    });
    expect(await failover.drill(call)).toMatchObject([
      { ok: true },
      { ok: false, kind: 'overloaded' },
      { ok: false, kind: 'network' },
    ]);
    expect([left.toSorted(), told]).toEqual([['a', 'b', 'c'], []]);
  });

  test('an answer that reports a failure is one', async () => {
    const { failover, call } = setUp({ a: { object: 'response', status: 'failed', error: null, output: [] } });
    expect((await failover.drill(call))[0]).toMatchObject({ ok: false, kind: 'server_error' });
  });

  test.each<[string, (failover: Failover) => Promise<unknown>, string]>([
    ['an unknown option', (failover) => failover.drill(() => 1, { timeout: 5 } as object), 'timeout'],
    ['a time of no length', (failover) => failover.drill(() => 1, { timeoutMs: 0 }), 'timeoutMs'],
    ['a signal that is none', (failover) => failover.drill(() => 1, { signal: 5 as never }), 'signal'],
    ['a call that is none', (failover) => failover.drill(5 as never), 'call'],
  ])('refuses %s', async (_, act, path) => {
    await expect(act(setUp().failover)).rejects.toMatchObject({ issues: [{ path }] });
  });
});

test('never: a drill changes state, ledger, events or where the next call goes, whatever happened before and in it', async () => {
  const failure = fc.constantFrom(
    overloaded,
    revoked,
    () => rateLimited(30),
    () => apiError(400),
    undefined,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ tier: fc.nat({ max: 2 }), fail: failure, ms: fc.nat({ max: 20_000 }) }), { maxLength: 8 }),
      fc.array(failure, { minLength: 3, maxLength: 3 }),
      async (past, present) => {
        const store = createMemoryStore();
        const clock = createManualClock();
        const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock, store, share: 'rests' });
        for (const { tier, fail, ms } of past) {
          await failover.record('default', fail ? { tier, ok: false, error: fail() } : { tier, ok: true });
          await clock.advance(ms);
        }
        const told: string[] = [];
        for (const name of eventNames) failover.on(name, () => told.push(name));
        const facts = async () =>
          JSON.stringify([
            await failover.state('default'),
            await failover.history('default', { limit: 99 }),
            failover.stats(),
          ]);
        const before = await facts();
        const asked: number[] = [];
        await failover.drill(async (_, { index }) => {
          asked.push(index);
          const fail = present[index];
          if (fail) throw fail();
        });
        expect(await facts()).toBe(before);
        expect(told).toEqual([]);
        expect(new Set(asked).size).toBe(asked.length);
        const { tiers } = await failover.state('default');
        for (const index of asked) expect(tiers[index]!.retryAfterUntil ?? 0).toBeLessThanOrEqual(clock.now());
        await failover.close();
      },
    ),
    { numRuns: 200 },
  );
});
