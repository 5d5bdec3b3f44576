import { describe, expect, test } from 'vitest';
import {
  ChainExhaustedError,
  createFailover,
  PinnedTierError,
  resolveWithFallback,
  type Failover,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { apiError, invalid, overloaded, rateLimited, revoked, scripted } from '../support/scripted.js';
import { chain, setUp } from '../support/watched-chain.js';

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
