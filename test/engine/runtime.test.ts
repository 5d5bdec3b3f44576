import { describe, expect, test } from 'vitest';
import {
  ChainExhaustedError,
  createFailover,
  PausedError,
  PinnedTierError,
  resolveWithFallback,
  type ConfigInput,
  type Failover,
  type FailoverEvents,
  type FailoverOptions,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { apiError, invalid, overloaded, rateLimited, revoked, scripted } from '../support/scripted.js';

const chain = ['a/1', 'b/2', 'c/3'] as const;

function setUp(options: Partial<ConfigInput & FailoverOptions> = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, ...options } as { chain: typeof chain });
  const changes: FailoverEvents['tier-change'][] = [];
  failover.on('tier-change', (event) => changes.push(event));
  return { clock, failover, changes };
}

describe('Runtime: a call walks the chain', () => {
  test('the value, its tier and every attempt come back', async () => {
    const { failover } = setUp();
    const { call } = scripted({ 'a/1': [overloaded()] });
    const result = await resolveWithFallback(failover, call);
    expect(result).toMatchObject({ value: 'answer of b/2', tier: { provider: 'b', model: '2' }, index: 1 });
    expect(result.attempts).toEqual([
      { tier: 'a/1', index: 0, ok: false, kind: 'overloaded', durationMs: 0 },
      { tier: 'b/2', index: 1, ok: true, durationMs: 0 },
    ]);
  });

  test('each tier at most once per call', async () => {
    const { failover } = setUp();
    const { call, asked } = scripted({ 'a/1': [overloaded()], 'b/2': [overloaded()], 'c/3': [overloaded()] });
    await expect(resolveWithFallback(failover, call)).rejects.toBeInstanceOf(ChainExhaustedError);
    expect(asked).toEqual(['a/1', 'b/2', 'c/3']);
  });

  test('exhausted: the error says what was tried, when to come back, and carries the last error', async () => {
    const { failover, clock } = setUp({ policy: { onExhausted: 'throw', cooldown: { initialMs: 5000 } } });
    const last = overloaded();
    const { call } = scripted({ 'a/1': [rateLimited(60)], 'b/2': [overloaded()], 'c/3': [last] });
    const error = await resolveWithFallback(failover, call).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED', retryAt: clock.now() + 5000, cause: last });
    expect((error as ChainExhaustedError).attempts.map((attempt) => attempt.kind)).toEqual([
      'rate_limit',
      'overloaded',
      'overloaded',
    ]);
  });

  test('a failure that is no trigger: the error itself, verbatim, and nothing is put to rest', async () => {
    const { failover } = setUp();
    const error = invalid();
    const { call, asked } = scripted({ 'a/1': [error] });
    await expect(resolveWithFallback(failover, call)).rejects.toBe(error);
    expect(asked).toEqual(['a/1']);
    expect((await failover.state('default')).tiers[0]).toMatchObject({ failures: 0, restUntil: null });
  });

  test('a reroute kind: this call walks on, nothing is put to rest', async () => {
    const { failover } = setUp({ policy: { reroute: ['context_overflow'] } });
    const tooLong = apiError(400, {
      code: 'context_length_exceeded',
      message: 'maximum context length is 8192 tokens',
    });
    const { call, asked } = scripted({ 'a/1': [tooLong, 'fine'] });
    expect((await resolveWithFallback(failover, call)).index).toBe(1);
    expect((await failover.state('default')).tier).toBe(0);
    expect((await resolveWithFallback(failover, call)).index).toBe(0);
    expect(asked).toEqual(['a/1', 'b/2', 'a/1']);
  });

  test('a reroute that finds no other tier gives the error itself', async () => {
    const { failover } = setUp({ policy: { reroute: ['context_overflow'] } });
    const tooLong = () => apiError(400, { code: 'context_length_exceeded', message: 'too long' });
    const last = tooLong();
    const { call } = scripted({ 'a/1': [tooLong()], 'b/2': [tooLong()], 'c/3': [last] });
    await expect(resolveWithFallback(failover, call)).rejects.toBe(last);
  });

  test('no call to a tier inside a retry-after, and the way back once it is over', async () => {
    const { failover, clock, changes } = setUp();
    const { call, asked } = scripted({ 'a/1': [rateLimited(60), 'well again'] });
    await resolveWithFallback(failover, call);
    await clock.advance(59_999);
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['a/1', 'b/2', 'b/2']);
    await clock.advance(1);
    await resolveWithFallback(failover, call);
    await resolveWithFallback(failover, call);
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['a/1', 'b/2', 'b/2', 'a/1', 'a/1', 'a/1']);
    expect(changes.map(({ direction, reason }) => `${direction} ${reason}`)).toEqual([
      'down rate_limit',
      'up recovered',
    ]);
  });

  test('where every tier is inside a retry-after nobody is called', async () => {
    const { failover, clock } = setUp();
    const { call, asked } = scripted({ 'a/1': [rateLimited(60)], 'b/2': [rateLimited(30)], 'c/3': [rateLimited(90)] });
    await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({ retryAt: clock.now() + 30_000 });
    await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({
      retryAt: clock.now() + 30_000,
      attempts: [],
    });
    expect(asked).toHaveLength(3);
  });

  test.each(['yes', 1, Promise.resolve(false)])(
    'hasSideEffects() that gives %s, from a host without types, is taken for a yes',
    async (given) => {
      const { failover } = setUp();
      const { call, asked } = scripted({ 'a/1': [overloaded()] });
      const hasSideEffects = (() => given) as unknown as () => boolean;
      await expect(resolveWithFallback(failover, call, { hasSideEffects })).rejects.toThrow('Overloaded');
      expect(asked).toEqual(['a/1']);
    },
  );

  test('hasSideEffects() returning true forbids another attempt', async () => {
    const { failover } = setUp({ policy: { retry: { maxAttempts: 3 } } });
    const error = overloaded();
    const { call, asked } = scripted({ 'a/1': [error] });
    await expect(resolveWithFallback(failover, call, { hasSideEffects: () => true })).rejects.toBe(error);
    expect(asked).toEqual(['a/1']);
    expect((await failover.state('default')).tier).toBe(1);
  });

  test('what comes of a stream later does not change the attempts its caller was told', async () => {
    const { failover } = setUp();
    const { value, attempts } = await resolveWithFallback(failover, async function* () {
      yield 'x';
      throw overloaded();
    });
    const reader = value[Symbol.asyncIterator]();
    await reader.next();
    await expect(reader.next()).rejects.toThrow('Overloaded');
    expect(attempts).toMatchObject([{ tier: 'a/1', ok: true }]);
  });

  test('the context says where the call is and what is behind it', async () => {
    const { failover } = setUp();
    const seen: unknown[] = [];
    await resolveWithFallback(failover, (tier, { index, attempt, remaining, signal }) => {
      seen.push({
        tier: tier.provider,
        index,
        attempt,
        remaining: remaining.map((each) => each.provider),
        aborted: signal.aborted,
      });
      if (index === 0) throw overloaded();
      return 1;
    });
    expect(seen).toEqual([
      { tier: 'a', index: 0, attempt: 1, remaining: ['b', 'c'], aborted: false },
      { tier: 'b', index: 1, attempt: 1, remaining: ['c'], aborted: false },
    ]);
  });
});

describe('Runtime: pins and fallbacks', () => {
  test('pinned never leaves its tier', async () => {
    const { failover } = setUp();
    const error = overloaded();
    const { call, asked } = scripted({ 'b/2': [error] });
    await expect(resolveWithFallback(failover, call, { pinned: 1 })).rejects.toBe(error);
    await resolveWithFallback(failover, call, { pinned: { provider: 'c', model: '3' } });
    expect(asked).toEqual(['b/2', 'c/3']);
  });

  test('a pinned tier inside a retry-after is not called', async () => {
    const { failover, clock } = setUp();
    const { call, asked } = scripted({ 'a/1': [rateLimited(60)] });
    await resolveWithFallback(failover, call);
    const refused = await resolveWithFallback(failover, call, { pinned: 0 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PinnedTierError);
    expect(refused).toMatchObject({ tier: 'a/1', retryAt: clock.now() + 60_000 });
    expect(asked).toEqual(['a/1', 'b/2']);
    await clock.advance(60_000);
    await expect(resolveWithFallback(failover, () => 'well', { pinned: 0 })).resolves.toMatchObject({ index: 0 });
  });

  test('a pin that is no tier of the chain is an error that names the chain', async () => {
    const { failover } = setUp();
    await expect(resolveWithFallback(failover, () => 1, { pinned: 9 })).rejects.toMatchObject({
      code: 'TIERFALL_CONFIG',
      message: expect.stringContaining('0 (a/1), 1 (b/2), 2 (c/3)'),
    });
  });

  test('fallbacks are tiers of this chain, in their order; [] is strict', async () => {
    const { failover } = setUp();
    const { call, asked } = scripted({ 'a/1': [overloaded()], 'c/3': [overloaded()] });
    expect((await resolveWithFallback(failover, call, { fallbacks: ['c/3', 'b/2'] })).index).toBe(1);
    expect(asked).toEqual(['a/1', 'c/3', 'b/2']);
    const strict = createFailover({ chain, clock: createManualClock() });
    await expect(resolveWithFallback(strict, call, { fallbacks: [] })).rejects.toBeInstanceOf(ChainExhaustedError);
    await expect(resolveWithFallback(strict, call, { fallbacks: ['x/y'] })).rejects.toMatchObject({
      message: expect.stringContaining('fallbacks[0]'),
    });
  });

  test('a strict call says when its own tier may be asked again; under wait it waits for that', async () => {
    const script = () => scripted({ 'a/1': [rateLimited(60), 'back'] });
    const thrown = setUp({ policy: { onExhausted: 'throw' } });
    await expect(resolveWithFallback(thrown.failover, script().call, { fallbacks: [] })).rejects.toMatchObject({
      code: 'TIERFALL_CHAIN_EXHAUSTED',
      retryAt: thrown.clock.now() + 60_000,
    });

    const waiting = setUp({ policy: { onExhausted: 'wait' } });
    const { call, asked } = script();
    const answer = resolveWithFallback(waiting.failover, call, { fallbacks: [] });
    await waiting.clock.advance(59_999);
    expect(asked).toEqual(['a/1']);
    await waiting.clock.advance(1);
    expect((await answer).value).toBe('back');
  });

  test('under wait the tier a call began at belongs to the next round too', async () => {
    const { failover, clock } = setUp({ policy: { onExhausted: 'wait' } });
    const { call, asked } = scripted({ 'a/1': [rateLimited(5), 'back'], 'b/2': [rateLimited(60)] });
    const answer = resolveWithFallback(failover, call, { fallbacks: [1] });
    await clock.advance(5000);
    expect((await answer).value).toBe('back');
    expect(asked).toEqual(['a/1', 'b/2', 'a/1']);
  });

  test.each([[[]], [[2]]])(
    'fallbacks %j: a call that has not begun waits for the soonest tier of all',
    async (fallbacks) => {
      const { failover, clock } = setUp({ policy: { onExhausted: 'wait' } });
      for (const [tier, seconds] of [5, 30, 600].entries()) {
        await failover.record('default', { tier, ok: false, kind: 'rate_limit', retryAfterMs: seconds * 1000 });
      }
      const answer = resolveWithFallback(failover, (_tier, { index }) => index, { fallbacks });
      await clock.advance(5000);
      expect((await answer).value).toBe(0);
    },
  );
});

describe('Runtime: retries inside a tier', () => {
  test('the same tier is asked again after a delay, and the retry is told', async () => {
    const { failover, clock } = setUp({
      random: () => 0,
      policy: { retry: { maxAttempts: 3, initialDelayMs: 100, backoffFactor: 3 } },
    });
    const retries: unknown[] = [];
    failover.on('retry', ({ attempt, delayMs, tier }) => retries.push([tier.index, attempt, delayMs]));
    const { call, asked } = scripted({ 'a/1': [overloaded(), overloaded(), 'well'] });
    const result = resolveWithFallback(failover, call);
    await clock.advance(99);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    await clock.advance(300);
    expect((await result).attempts.map((attempt) => attempt.ok)).toEqual([false, false, true]);
    expect(retries).toEqual([
      [0, 2, 100],
      [0, 3, 300],
    ]);
    expect((await failover.state('default')).tiers[0]!.failures).toBe(0);
  });

  test('never for auth, and never where the provider named a wait', async () => {
    const { failover } = setUp({ policy: { retry: { maxAttempts: 5, kinds: ['rate_limit', 'overloaded'] } } });
    const { call, asked } = scripted({ 'a/1': [revoked()], 'b/2': [rateLimited(1)] });
    expect((await resolveWithFallback(failover, call)).index).toBe(2);
    expect(asked).toEqual(['a/1', 'b/2', 'c/3']);
    expect(() => setUp({ policy: { retry: { kinds: ['auth'] } } })).toThrow('policy.retry.kinds[0]');
  });

  test.each<[string, (failover: Failover) => Promise<unknown>, string[]]>([
    [
      'another call puts the tier to rest',
      (failover) => failover.record('default', { tier: 0, ok: false, kind: 'quota' }),
      ['a/1', 'b/2'],
    ],
    ['an operator holds it', (failover) => failover.hold('default', 0, { by: 'ann' }), ['a/1', 'b/2']],
    ['somebody pauses', (failover) => failover.pause({ all: true }, { by: 'ann', reason: 'deploy' }), ['a/1']],
  ])('no retry where %s meanwhile', async (_, act, expected) => {
    const { failover, clock } = setUp({ policy: { retry: { maxAttempts: 2, initialDelayMs: 1000, jitter: 0 } } });
    const { call, asked } = scripted({ 'a/1': [overloaded()] });
    const result = resolveWithFallback(failover, call).catch(() => undefined);
    await clock.advance(500);
    await act(failover);
    await clock.advance(500);
    await result;
    expect(asked).toEqual(expected);
  });

  test('no retry whose delay would not fit into the deadline: the next tier is asked at once', async () => {
    const { failover, clock } = setUp({ policy: { retry: { maxAttempts: 2, initialDelayMs: 3000, jitter: 0 } } });
    const { call, asked } = scripted({ 'a/1': [overloaded()] });
    expect((await resolveWithFallback(failover, call, { deadlineMs: 3000 })).index).toBe(1);
    const retried = resolveWithFallback(failover, call, { deadlineMs: 3001, instance: 'patient' });
    await clock.advance(3000);
    expect((await retried).index).toBe(1);
    expect(asked).toEqual(['a/1', 'b/2', 'a/1', 'a/1', 'b/2']);
  });

  test('attempts at a tier that fails for good count as one failure of it', async () => {
    const { failover, clock } = setUp({ policy: { retry: { maxAttempts: 3, initialDelayMs: 10, jitter: 0 } } });
    const { call, asked } = scripted({ 'a/1': [overloaded()] });
    const result = resolveWithFallback(failover, call);
    await clock.advance(1000);
    expect((await result).index).toBe(1);
    expect(asked).toEqual(['a/1', 'a/1', 'a/1', 'b/2']);
    expect((await failover.state('default')).tiers[0]!.failures).toBe(1);
  });
});

describe('Runtime: time and aborts', () => {
  const hang = () => new Promise(() => undefined);

  test("a caller's abort stops at once, is rethrown, counts against no provider and leaves no timer", async () => {
    const { failover, clock } = setUp({ policy: { attemptTimeoutMs: 60_000 } });
    const failed: unknown[] = [];
    failover.on('attempt-failed', (event) => failed.push(event));
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const result = resolveWithFallback(failover, (_tier, { signal }) => ((inner = signal), hang()), {
      signal: controller.signal,
    });
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(inner?.reason).toBe(reason);
    expect(failed).toEqual([]);
    expect(clock.delays).toEqual([]);
    expect((await failover.state('default')).lastFailureKind).toBeNull();
  });

  test('an abort before the call asks nobody', async () => {
    const { failover } = setUp();
    const { call, asked } = scripted({});
    await expect(resolveWithFallback(failover, call, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow(
      'no',
    );
    expect(asked).toEqual([]);
  });

  test('a signal that is asked for after its attempt was given up is aborted already', async () => {
    const { failover, clock } = setUp({ policy: { attemptTimeoutMs: 1000 } });
    const seen: boolean[] = [];
    const call = async (_tier: unknown, context: { index: number; signal: AbortSignal }) => {
      if (context.index > 0) return 'answer';
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 2000));
      seen.push(context.signal.aborted);
      return 'late';
    };
    const result = resolveWithFallback(failover, call);
    await clock.advance(2000);
    expect([(await result).value, seen]).toEqual(['answer', [true]]);
  });

  test('an attempt that takes too long is a timeout, and the next tier takes over', async () => {
    const { failover, clock } = setUp({ policy: { attemptTimeoutMs: 1000 } });
    let aborted: unknown;
    const call = (_tier: unknown, { index, signal }: { index: number; signal: AbortSignal }) => {
      if (index > 0) return 'answer';
      signal.addEventListener('abort', () => (aborted = signal.reason));
      return hang();
    };
    const result = resolveWithFallback(failover, call);
    await clock.advance(1000);
    expect((await result).attempts[0]).toMatchObject({ kind: 'timeout', durationMs: 1000 });
    expect(aborted).toMatchObject({ code: 'TIERFALL_ATTEMPT_TIMEOUT' });
    expect(clock.delays).toEqual([]);
  });

  test('one deadline over the walk leaves each tier behind an equal share', async () => {
    const { failover, clock } = setUp();
    const result = resolveWithFallback(failover, hang, { deadlineMs: 9000 }).catch((error: unknown) => error);
    await clock.advance(9000);
    expect(await result).toMatchObject({
      code: 'TIERFALL_DEADLINE',
      deadlineMs: 9000,
      message: expect.stringMatching(
        /^no tier answered within the deadline of 9000 ms: .+ \(timeout\), .+ \(timeout\), /,
      ),
    });
    expect(((await result) as { attempts: { durationMs: number }[] }).attempts.map((each) => each.durationMs)).toEqual([
      3000, 3000, 3000,
    ]);
    expect(clock.delays).toEqual([]);
  });

  test('a message names the last attempts of a long call, and no more of them', () => {
    const attempts = Array.from({ length: 1000 }, (_, index) => ({
      tier: `a/${index}`,
      index,
      ok: false,
      kind: 'timeout' as const,
      durationMs: 1,
    }));
    const { message } = new ChainExhaustedError({ attempts, retryAt: null });
    expect(message).toMatch(/^no tier answered: failed: …, a\/990 \(timeout\), .*, a\/999 \(timeout\)$/);
  });

  test.each([{ pinned: 0 }, { hasSideEffects: () => true, fallbacks: [] }])(
    'a deadline that passes in the only attempt there may be (%o) is a DeadlineError all the same',
    async (options) => {
      const { failover, clock } = setUp({ policy: { attemptTimeoutMs: 5000 } });
      const result = resolveWithFallback(failover, hang, { ...options, deadlineMs: 1000 }).catch(
        (error: unknown) => error,
      );
      await clock.advance(1000);
      expect(await result).toMatchObject({
        code: 'TIERFALL_DEADLINE',
        attempts: [{ tier: 'a/1', kind: 'timeout' }],
        cause: { code: 'TIERFALL_ATTEMPT_TIMEOUT' },
      });
    },
  );

  test('a pinned attempt that is cut by its own limit says so, and a provider that fails at the deadline too', async () => {
    const { failover, clock } = setUp({ policy: { attemptTimeoutMs: 500 } });
    const cut = resolveWithFallback(failover, hang, { pinned: 0, deadlineMs: 1000 }).catch((error: unknown) => error);
    await clock.advance(500);
    expect(await cut).toMatchObject({ code: 'TIERFALL_ATTEMPT_TIMEOUT' });
    const error = overloaded();
    const fails = () => {
      void clock.advance(1000);
      throw error;
    };
    await expect(resolveWithFallback(failover, fails, { pinned: 1, deadlineMs: 1000 })).rejects.toBe(error);
  });

  test('an attemptTimeoutMs that would take all that is left of a deadline leaves the tiers behind a share', async () => {
    const { failover, clock } = setUp({ policy: { attemptTimeoutMs: 5000 } });
    const timesOf = async (deadlineMs: number, instance: string) => {
      const result = resolveWithFallback(failover, hang, { deadlineMs, instance }).catch((error: unknown) => error);
      await clock.advance(deadlineMs);
      return ((await result) as { attempts: { durationMs: number }[] }).attempts.map((each) => each.durationMs);
    };
    expect(await timesOf(3000, 'short')).toEqual([1000, 1000, 1000]);
    expect(await timesOf(9000, 'long')).toEqual([5000, 2000, 2000]);
  });

  test('a share of a deadline says nothing about a tier the first time, an attemptTimeoutMs does', async () => {
    const { failover, clock } = setUp({ policy: { attemptTimeoutMs: 8000 } });
    const failuresAfter = async (deadlineMs: number, instance: string) => {
      const result = resolveWithFallback(failover, hang, { deadlineMs, instance }).catch(() => undefined);
      await clock.advance(deadlineMs);
      await result;
      return (await failover.state(instance)).tiers.map(({ failures }) => failures);
    };
    // 8000 of the policy, then shares of 500; then shares of 2000, of tiers that have not answered in between.
    expect(await failuresAfter(9000, 'one')).toEqual([1, 0, 0]);
    expect(await failuresAfter(6000, 'other')).toEqual([0, 1, 1]);
  });

  test('a share that does not come out even is rounded up: times stay whole milliseconds', async () => {
    const { failover, clock } = setUp();
    const call = (_tier: unknown, { index }: { index: number }) => (index === 0 ? hang() : 'answer');
    const result = resolveWithFallback(failover, call, { deadlineMs: 8000 });
    await clock.advance(8000);
    expect((await result).attempts[0]).toMatchObject({ kind: 'timeout', durationMs: 2667 });
    expect((await failover.state('default')).tiers[0]!.lastFailureAt! % 1).toBe(0);
  });

  test("an abort out of a call that was never handed our signal is the host's own: verbatim, and counted against nobody", async () => {
    const { failover } = setUp();
    const error = new DOMException('This operation was aborted', 'AbortError');
    const asked: number[] = [];
    const call = (_tier: unknown, { index }: { index: number }) => (asked.push(index), Promise.reject(error));
    for (const options of [{}, { deadlineMs: 1000 }]) {
      await expect(resolveWithFallback(failover, call, options)).rejects.toBe(error);
    }
    expect(asked).toEqual([0, 0]);
    expect((await failover.state('default')).tiers[0]!.failures).toBe(0);
  });

  test('an abort an SDK reports that nobody asked for is its own time-out', async () => {
    const { failover } = setUp();
    const abort = () => new DOMException('This operation was aborted', 'AbortError');
    const call = (_tier: unknown, { index, signal }: { index: number; signal: AbortSignal }) => {
      if (index === 0 && !signal.aborted) throw abort();
      return 'answer';
    };
    expect((await resolveWithFallback(failover, call)).attempts[0]!.kind).toBe('timeout');
  });
});

describe('Runtime: exhaustion policies', () => {
  test('wrap without a budget: retryAt is the end that the soonest rest would have had', async () => {
    const { failover, clock } = setUp({ policy: { retryBudget: { ratio: 0, perSecond: 0 } } });
    const { call } = scripted({ 'a/1': [overloaded()], 'b/2': [overloaded()], 'c/3': [overloaded()] });
    const told: unknown[] = [];
    failover.on('exhausted', ({ retryAt }) => told.push(retryAt));
    await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({ retryAt: clock.now() + 7400 });
    expect(told).toEqual([clock.now() + 7400]);
  });

  const down = () => ({ 'a/1': [overloaded()], 'b/2': [overloaded()], 'c/3': [overloaded()] });

  test('wrap starts again at the best tier, and a later call in the same round goes on to tiers it has not tried', async () => {
    const { failover, changes } = setUp();
    const used: unknown[] = [];
    failover.on('exhausted', ({ kind, policy }) => used.push({ kind, policy }));
    const { call, asked } = scripted({ 'a/1': [overloaded(), 'back'], 'b/2': [overloaded()], 'c/3': [overloaded()] });
    await expect(resolveWithFallback(failover, call)).rejects.toBeInstanceOf(ChainExhaustedError);
    expect(changes).toHaveLength(2);
    expect(used).toEqual([{ kind: 'overloaded', policy: 'wrap' }]);
    expect((await resolveWithFallback(failover, call)).value).toBe('back');
    expect(asked).toEqual(['a/1', 'b/2', 'c/3', 'a/1']);
    expect(changes.at(-1)).toMatchObject({ direction: 'up', from: { index: 2 }, to: { index: 0 } });
  });

  test('a call that began further down goes on to the tiers whose cooldown wrap has ended', async () => {
    const { failover } = setUp();
    const { call, asked } = scripted({
      'a/1': [overloaded(), 'a again'],
      'b/2': ['b', overloaded()],
      'c/3': [overloaded()],
    });
    await resolveWithFallback(failover, call);
    expect((await resolveWithFallback(failover, call)).value).toBe('a again');
    expect(asked).toEqual(['a/1', 'b/2', 'b/2', 'c/3', 'a/1']);
  });

  test('pause: the call that exhausts it throws ChainExhaustedError, later ones PausedError, until somebody resumes', async () => {
    const { failover } = setUp({ policy: { onExhausted: 'pause' } });
    const paused: unknown[] = [];
    failover.on('paused', ({ source, target }) => paused.push([source, target]));
    const { call, asked } = scripted({ ...down(), 'a/1': [overloaded(), 'well'] });
    // Nobody knows when somebody will resume.
    await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({
      code: 'TIERFALL_CHAIN_EXHAUSTED',
      retryAt: null,
    });
    await expect(resolveWithFallback(failover, call)).rejects.toBeInstanceOf(PausedError);
    expect(asked).toHaveLength(3);
    expect(paused).toEqual([['exhausted', 'default']]);
    await failover.resume('default', { by: 'ann' });
    expect((await resolveWithFallback(failover, call)).value).toBe('well');
  });

  test('wait sleeps until the soonest tier and walks another round', async () => {
    const { failover, clock } = setUp({ policy: { onExhausted: 'wait', cooldown: { initialMs: 5000, factor: 1 } } });
    const { call, asked } = scripted({ ...down(), 'a/1': [overloaded(), 'well'] });
    const result = resolveWithFallback(failover, call);
    await clock.advance(4999);
    expect(asked).toHaveLength(3);
    await clock.advance(1);
    expect((await result).value).toBe('well');
    expect(asked).toEqual(['a/1', 'b/2', 'c/3', 'a/1']);
  });

  test('wait is bounded by the deadline and by the signal', async () => {
    const { failover, clock } = setUp({ policy: { onExhausted: 'wait', cooldown: { initialMs: 60_000 } } });
    const { call } = scripted(down());
    await expect(resolveWithFallback(failover, call, { deadlineMs: 30_000 })).rejects.toBeInstanceOf(
      ChainExhaustedError,
    );
    const controller = new AbortController();
    const waiting = resolveWithFallback(failover, call, { signal: controller.signal });
    await clock.advance(10);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.delays).toEqual([]);
  });

  test.each<[string, (failover: ReturnType<typeof setUp>['failover'], until: number) => Promise<void>]>([
    ['a reset', (failover) => failover.reset('default', { by: 'ann' })],
    ['a hold that is ended', (failover, until) => failover.hold('default', 0, { by: 'ann', until: until - 3_595_000 })],
  ])('who waits for a tier hears of %s that frees one', async (_, free) => {
    const { failover, clock } = setUp({ policy: { onExhausted: 'wait' } });
    const until = clock.now() + 3_600_000;
    for (const tier of chain.keys()) await failover.hold('default', tier, { by: 'ann', until });
    const answer = resolveWithFallback(failover, (_tier, { index }) => index);
    await clock.advance(1000);
    expect(clock.delays).toEqual([3_599_000]);
    await free(failover, until);
    await clock.advance(4000);
    expect((await answer).value).toBe(0);
    expect(clock.delays).toEqual([]);
  });

  test('who waits for a tier hears of a pause at once', async () => {
    for (const target of ['default', { all: true as const }]) {
      const { failover, clock } = setUp({ policy: { onExhausted: 'wait' } });
      for (const tier of chain.keys()) {
        await failover.record('default', { tier, ok: false, kind: 'rate_limit', retryAfterMs: 60_000 });
      }
      const answer = resolveWithFallback(failover, () => 1).catch((error: unknown) => error);
      await clock.advance(1000);
      await failover.pause(target, { by: 'ann', reason: 'enough' });
      expect(await answer).toBeInstanceOf(PausedError);
      expect(clock.delays).toEqual([]);
    }
  });

  test('a thousand that wait are not disturbed by each that joins them', async () => {
    let made = 0;
    const clock = createManualClock();
    const counting = {
      ...clock,
      setTimeout: (...given: Parameters<typeof clock.setTimeout>) => (made++, clock.setTimeout(...given)),
    };
    const failover = createFailover({ chain, clock: counting, policy: { onExhausted: 'wait' } });
    for (const tier of chain.keys()) {
      await failover.record('default', { tier, ok: false, kind: 'rate_limit', retryAfterMs: 60_000 });
    }
    const waiting: Promise<unknown>[] = [];
    for (let each = 0; each < 1000; each++) {
      waiting.push(resolveWithFallback(failover, () => 1));
      await Promise.resolve();
    }
    await settle();
    expect(made).toBeLessThan(1100);
    await clock.advance(60_000);
    expect(await Promise.all(waiting)).toHaveLength(1000);
  });

  test('a wait that others make longer goes on, and ends for good where the deadline would come first', async () => {
    const { failover, clock } = setUp({ policy: { onExhausted: 'wait' } });
    const began = clock.now();
    const hold = (until: number) =>
      Promise.all([...chain.keys()].map((tier) => failover.hold('default', tier, { by: 'ann', until })));
    await hold(began + 10_000);
    const patient = resolveWithFallback(failover, () => clock.now() - began);
    const hurried = resolveWithFallback(failover, () => 1, { deadlineMs: 15_000 }).catch((error: unknown) => error);
    await clock.advance(5000);
    await hold(began + 20_000);
    await clock.advance(5000);
    expect(await hurried).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED', retryAt: began + 20_000 });
    await clock.advance(10_000);
    expect((await patient).value).toBe(20_000);
  });

  test('exhausted is told once, and again only after a tier has answered', async () => {
    const { failover } = setUp();
    const told: unknown[] = [];
    failover.on('exhausted', ({ policy }) => told.push(policy));
    const { call } = scripted(down());
    for (let round = 0; round < 3; round++) await resolveWithFallback(failover, call).catch(() => undefined);
    expect(told).toEqual(['wrap']);
  });
});

describe('Runtime: one prober at a time', () => {
  test.each(['on-success', 'probe'] as const)(
    '%s: of a crowd, one call tries the tier that came back',
    async (recovery) => {
      const { failover, clock } = setUp({ policy: { recovery, cooldown: { initialMs: 1000 } } });
      let failing = true;
      const asked: number[] = [];
      const gates: (() => void)[] = [];
      const call = async (_tier: unknown, { index }: { index: number }) => {
        asked.push(index);
        if (index === 0 && failing) throw overloaded();
        if (index === 0) await new Promise<void>((resolve) => gates.push(resolve));
        return index;
      };
      await resolveWithFallback(failover, call);
      failing = false;
      await clock.advance(1000);
      if (recovery === 'on-success') await resolveWithFallback(failover, call);
      asked.length = 0;
      const crowd = Array.from({ length: 20 }, () => resolveWithFallback(failover, call));
      await clock.advance(0);
      expect(asked.filter((index) => index === 0)).toHaveLength(1);
      expect(asked.filter((index) => index === 1)).toHaveLength(19);
      for (const open of gates) open();
      await Promise.all(crowd);
      expect((await failover.state('default')).tier).toBe(0);
    },
  );

  test("a prober's failure is invisible to its caller", async () => {
    const { failover, clock } = setUp({ policy: { recovery: 'probe', cooldown: { initialMs: 1000 } } });
    const { call, asked } = scripted({ 'a/1': [overloaded()] });
    await resolveWithFallback(failover, call);
    await clock.advance(1000);
    expect((await resolveWithFallback(failover, call)).index).toBe(1);
    expect(asked).toEqual(['a/1', 'b/2', 'a/1', 'b/2']);
  });
});

describe('Runtime: what is hostile is contained', () => {
  test('a call that throws undefined, a string or synchronously fails like any other', async () => {
    const { failover } = setUp();
    for (const thrown of [undefined, null, 'plain words', 42]) {
      const call = () => {
        throw thrown;
      };
      await expect(
        resolveWithFallback(failover, call).then(
          () => 'value',
          (error: unknown) => ({ error }),
        ),
      ).resolves.toEqual({ error: thrown });
    }
  });

  test('a listener, a classifier, a clock and a random source that throw break nothing', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    const failover = createFailover({
      chain,
      classify: boom,
      random: boom,
      clock: { now: boom },
      policy: { retry: { maxAttempts: 2, initialDelayMs: 0 } },
    });
    failover.on('tier-change', boom);
    const rejects: () => unknown = async () => boom();
    failover.on('attempt-failed', rejects);
    const { call } = scripted({ 'a/1': [overloaded()] });
    expect((await resolveWithFallback(failover, call)).index).toBe(1);
  });

  test('isolated: two failovers in one process share nothing', async () => {
    const one = createFailover({ chain });
    const other = createFailover({ chain });
    const { call } = scripted({ 'a/1': [overloaded(), 'a'] });
    await resolveWithFallback(one, call);
    expect((await resolveWithFallback(other, call)).index).toBe(0);
  });

  test('a closed failover refuses new instances and operators by name', async () => {
    const { failover } = setUp();
    await failover.close();
    await expect(resolveWithFallback(failover, () => 1)).rejects.toMatchObject({ code: 'TIERFALL_CLOSED' });
  });

  test('closed a second time it waits for the same end: what a notifier still holds is delivered', async () => {
    const delivery = Promise.withResolvers<void>();
    const line = { notify: () => undefined, close: () => delivery.promise };
    const failover = createFailover({ chain, notifiers: [{ name: 'slow', attach: () => line }] });
    const ended: string[] = [];
    const closing = [
      failover.close().then(() => ended.push('first')),
      failover.close().then(() => ended.push('second')),
    ];
    await settle();
    expect(ended).toEqual([]);
    delivery.resolve();
    await Promise.all(closing);
    expect(ended).toEqual(['first', 'second']);
  });
});
