import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ChainExhaustedError, createFailover, PausedError, resolveWithFallback } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { overloaded, scripted } from '../support/scripted.js';
import { chain, setUp } from '../support/watched-chain.js';

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

  test.each([
    ['a word', 'user left'],
    ['nothing', null],
    ['an error of another realm', runInNewContext('new TypeError("user left")') as unknown],
    ['an object', { code: 499 }],
  ])('the reason of an abort is rethrown as it is, also between retries: %s', async (_, reason) => {
    const { failover, clock } = setUp({ policy: { retry: { maxAttempts: 3, initialDelayMs: 100, jitter: 0 } } });
    const controller = new AbortController();
    const call = (_tier: unknown, { attempt }: { attempt: number }) => {
      if (attempt === 1) throw overloaded();
      return hang();
    };
    const result = resolveWithFallback(failover, call, { signal: controller.signal });
    const ended = result.catch((error: unknown) => ({ error }));
    await clock.advance(100);
    controller.abort(reason);
    expect(await ended).toEqual({ error: reason });
    expect(clock.delays).toEqual([]);
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

  test('wait, with an abort out of a listener that hears of the used-up chain: its reason is rethrown', async () => {
    const { failover, clock } = setUp({ policy: { onExhausted: 'wait' } });
    const controller = new AbortController();
    const reason = new Error('enough');
    failover.on('exhausted', () => controller.abort(reason));
    const waiting = resolveWithFallback(failover, scripted(down()).call, { signal: controller.signal });
    await expect(waiting).rejects.toBe(reason);
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
