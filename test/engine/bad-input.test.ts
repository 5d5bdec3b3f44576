/* oxlint-disable unicorn/no-thenable -- thenables are among what is handed in here */
import { describe, expect, test } from 'vitest';
import { ConfigError, createFailover, resolveWithFallback, type CallOptions, type Tier } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { overloaded, rateLimited } from '../support/scripted.js';

const chain = ['a/1', 'b/2'] as const;
const hang = () => new Promise<never>(() => undefined);
/** What a host without types may hand over. */
const untyped = (options: unknown) => options as CallOptions;
async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of stream) expect(chunk).toBeDefined();
}

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('it was to reject'),
    (error: unknown) => error,
  );

describe('Bad input: what a call returns', () => {
  test('no stream where one was declared: it is an answer like any other', async () => {
    const failover = createFailover({ chain });
    for (const value of [undefined, null, 0, 'text', [1, 2], { choices: [] }, new Map(), () => 1]) {
      const result = await failover.run((): unknown => value, {
        isContent: () => true,
        isComplete: () => true,
        idleTimeoutMs: 1000,
      });
      expect(result.value).toBe(value);
      expect(result.index).toBe(0);
    }
  });

  test('a stream whose iterator is none: a failed attempt, and its own error in the end', async () => {
    for (const make of [() => undefined, () => ({}), () => ({ next: () => 'no promise, no result' })]) {
      const failover = createFailover({ chain });
      const bad = { [Symbol.asyncIterator]: make } as unknown as AsyncIterable<string>;
      await expect(failover.run(() => bad)).rejects.toThrow(TypeError);
    }
  });

  test('a stream whose iterator throws when it is made falls back where its error is a trigger', async () => {
    const failover = createFailover({ chain });
    const { value, index } = await failover.run(
      (_tier, context): AsyncIterable<string> => ({
        [Symbol.asyncIterator]() {
          if (context.index === 0) throw overloaded();
          return (async function* () {
            yield 'x';
          })();
        },
      }),
    );
    expect(index).toBe(1);
    expect(await value[Symbol.asyncIterator]().next()).toEqual({ done: false, value: 'x' });
  });

  test('a ReadableStream that is locked: the natural TypeError, and nothing is put to rest', async () => {
    for (const options of [{}, { idleTimeoutMs: 1000 }, { deadlineMs: 1000 }]) {
      const clock = createManualClock();
      const failover = createFailover({ chain, clock });
      const locked = new ReadableStream<string>({ start: (controller) => controller.enqueue('x') });
      locked.getReader();
      await expect(failover.run(() => locked, options)).rejects.toThrow(TypeError);
      expect((await failover.state('default')).tier).toBe(0);
      expect(clock.pending).toBe(0);
    }
  });

  test('a consumer that reads twice: an iterable goes on, a ReadableStream is locked to its first reader', async () => {
    const failover = createFailover({ chain });
    const { value: iterable } = await failover.run(async function* () {
      yield 1;
      yield 2;
    });
    const [first, second] = [iterable[Symbol.asyncIterator](), iterable[Symbol.asyncIterator]()];
    expect([(await first.next()).value, (await second.next()).value]).toEqual([1, 2]);
    expect(await Promise.all([first.next(), second.next()])).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);

    const { value: readable } = await failover.run(() => new ReadableStream<number>({ start: (it) => it.close() }), {
      isComplete: () => true,
      stream: false,
    });
    readable.getReader();
    expect(() => readable.getReader()).toThrow(TypeError);
    const { value: wrapped } = await failover.run(
      () =>
        new ReadableStream<number>({
          start(controller) {
            controller.enqueue(1);
            controller.close();
          },
        }),
    );
    wrapped.getReader();
    expect(() => wrapped.getReader()).toThrow(TypeError);
  });

  test('a promise of a class of its own, a thenable, and thenables that misbehave', async () => {
    class OwnPromise<T> extends Promise<T> {
      extra = 'as the promises of SDKs have';
    }
    const thenable = (then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void) => ({
      then,
    });
    const good = [
      () => OwnPromise.resolve('ok'),
      () => thenable((resolve) => resolve('ok')),
      () =>
        thenable((resolve, reject) => {
          resolve('ok');
          reject(new Error('too late'));
          resolve('twice');
        }),
      () =>
        thenable((resolve) => {
          resolve('ok');
          throw new Error('too late');
        }),
    ];
    for (const options of [{}, { deadlineMs: 1000 }]) {
      for (const ask of good) {
        expect((await createFailover({ chain }).run((): unknown => ask(), options)).value).toBe('ok');
      }
      const bad = [
        () => OwnPromise.reject(overloaded()),
        () => thenable((_resolve, reject) => reject(overloaded())),
        () =>
          thenable(() => {
            throw overloaded();
          }),
        () =>
          Object.defineProperty({}, 'then', {
            get() {
              throw overloaded();
            },
          }),
      ];
      for (const ask of bad) {
        const failover = createFailover({ chain });
        const result = await failover.run((_tier, { index }): unknown => (index === 0 ? ask() : 'ok'), options);
        expect([result.value, result.attempts[0]!.kind]).toEqual(['ok', 'overloaded']);
      }
    }
  });

  test('a proxy that will not be asked what it is comes through as it is', async () => {
    const closed = new Proxy(
      {},
      {
        has() {
          throw new Error('not to be asked');
        },
      },
    );
    for (const options of [{}, { deadlineMs: 1000 }]) {
      expect((await createFailover({ chain }).run(async () => closed, options)).value).toBe(closed);
    }
  });
});

describe('Bad input: how a call fails', () => {
  test.each([undefined, null, 0, '', 'words', Symbol('s'), Number.NaN])('it throws %s', async (thrown) => {
    for (const options of [{}, { deadlineMs: 1000 }]) {
      const failover = createFailover({ chain });
      const asked: number[] = [];
      const throwing = (_tier: Tier, { index }: { index: number }) => {
        asked.push(index);
        throw thrown;
      };
      expect(await caught(failover.run(throwing, options))).toBe(thrown);
      expect(
        await caught(failover.run((_tier, { index }) => (asked.push(index), Promise.reject(thrown)), options)),
      ).toBe(thrown);
      // Nobody can say what that was: it is no trigger.
      expect(asked).toEqual([0, 0]);
      expect((await failover.state('default')).tier).toBe(0);
    }
  });

  test('it throws synchronously: as if it had rejected', async () => {
    for (const options of [{}, { deadlineMs: 1000 }, { signal: new AbortController().signal }]) {
      const { index, attempts } = await createFailover({ chain }).run((_tier, context) => {
        if (context.index === 0) throw overloaded();
        return 'ok';
      }, options);
      expect([index, attempts.length]).toEqual([1, 2]);
    }
  });

  test('it throws something frozen, sealed, or whose every property throws', async () => {
    const trap = () => {
      throw new Error('not to be asked');
    };
    const hostile = new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap });
    const failover = createFailover({ chain });
    const errors: unknown[] = [];
    await failover.run(() => Promise.reject(hostile)).catch((error: unknown) => void errors.push(error));
    expect(errors[0] === hostile).toBe(true);
    const { index } = await failover.run((_tier, context) => {
      if (context.index === 0) throw Object.freeze(overloaded());
      return 'ok';
    });
    expect(index).toBe(1);
  });

  test('it fails by itself in the little time a deadline left it: what the provider says counts', async () => {
    const clock = createManualClock();
    const policy = { retry: { maxAttempts: 2, initialDelayMs: 600, jitter: false } };
    const failover = createFailover({ chain: ['a/1'], clock, policy });
    const running = caught(
      failover.run(
        (_tier, { attempt }) => {
          throw attempt === 1 ? overloaded() : rateLimited(60);
        },
        { deadlineMs: 1000 },
      ),
    );
    await clock.advance(600);
    const retryAt = clock.now() + 60_000;
    expect(await running).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED', retryAt });
    expect((await failover.state('default')).tiers[0]!.retryAfterUntil).toBe(retryAt);
  });

  test('it answers, or fails, after its time was up: nobody hears of it', async () => {
    for (const late of ['resolve', 'reject'] as const) {
      const clock = createManualClock();
      const failover = createFailover({ chain, clock, policy: { attemptTimeoutMs: 1000 } });
      let settleLate: () => void = () => undefined;
      const running = failover.run((_tier, { index }) => {
        if (index === 1) return 'in time';
        return new Promise<string>((resolve, reject) => {
          settleLate = () => (late === 'resolve' ? resolve('too late') : reject(overloaded()));
        });
      });
      await clock.advance(1000);
      expect((await running).value).toBe('in time');
      const before = await failover.state('default');
      settleLate();
      await settle();
      expect(await failover.state('default')).toEqual(before);
    }
  });

  test("it ignores its signal: the caller's abort still ends the call at once", async () => {
    const controller = new AbortController();
    const clock = createManualClock();
    const failover = createFailover({ chain, clock });
    const running = caught(failover.run(hang, { signal: controller.signal, deadlineMs: 60_000 }));
    await settle();
    controller.abort('enough');
    expect(await running).toBe('enough');
    expect(clock.pending).toBe(0);
  });

  test('a call that aborts its own caller ends with that abort', async () => {
    const controller = new AbortController();
    const failover = createFailover({ chain });
    const error = await caught(
      failover.run(
        () => {
          controller.abort(new Error('from inside'));
          throw overloaded();
        },
        { signal: controller.signal },
      ),
    );
    expect(error).toMatchObject({ message: 'from inside' });
    expect((await failover.state('default')).lastFailureKind).toBeNull();
  });
});

describe('Bad input: options', () => {
  const wrong: [string, unknown][] = [
    ['deadlineMs', Number.NaN],
    ['deadlineMs', 0],
    ['deadlineMs', -1],
    ['deadlineMs', Number.POSITIVE_INFINITY],
    ['deadlineMs', '1000'],
    ['firstContentTimeoutMs', Number.NaN],
    ['idleTimeoutMs', Number.NaN],
    ['idleTimeoutMs', 0],
    ['isContent', true],
    ['isComplete', 'message_stop'],
    ['hasSideEffects', true],
    ['signal', {}],
    ['signal', new AbortController()],
    ['signal', null],
    ['fallbacks', 'b/2'],
    ['fallbacks', { 0: 'b/2' }],
    ['fallbacks', null],
    ['pinned', 2],
    ['pinned', -1],
    ['pinned', 0.5],
    ['pinned', Number.NaN],
    ['pinned', null],
    ['pinned', {}],
    ['pinned', { provider: 'a', model: 'none' }],
    ['instance', ''],
    ['instance', 7],
    ['instance', null],
  ];
  test.each(wrong)('%s: %s is refused by name, before anybody is asked', async (name, value) => {
    const failover = createFailover({ chain });
    let asked = 0;
    const error = await caught(failover.run(() => asked++, untyped({ [name]: value })));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).issues.map(({ path }) => path)).toEqual([name]);
    expect(asked).toBe(0);
  });

  test.each([
    ['fallbacks[1]', [1, 'c/3']],
    ['fallbacks[0]', [null]],
    ['fallbacks[0]', [Number.NaN, 0]],
  ])('%s is named', async (path, fallbacks) => {
    const error = await caught(createFailover({ chain }).run(hang, untyped({ fallbacks })));
    expect((error as ConfigError).issues.map((issue) => issue.path)).toEqual([path]);
    expect((error as ConfigError).message).toContain('known: 0 (a/1), 1 (b/2)');
  });

  test('everything that is wrong is named at once', async () => {
    const error = await caught(
      createFailover({ chain }).run(hang, untyped({ deadlineMs: 'soon', signal: 1, isContent: 1, fallbacks: 1 })),
    );
    expect((error as ConfigError).issues.map(({ path }) => path).toSorted()).toEqual([
      'deadlineMs',
      'fallbacks',
      'isContent',
      'signal',
    ]);
  });

  test('no call, no options object', async () => {
    const failover = createFailover({ chain });
    for (const call of [undefined, null, 'ask', {}]) {
      const error = await caught(resolveWithFallback(failover, call as () => string));
      expect((error as ConfigError).issues[0]!.path).toBe('call');
    }
    for (const options of [null, 'fast', 7]) {
      const error = await caught(failover.run(() => 'ok', untyped(options)));
      expect((error as ConfigError).issues[0]!.path).toBe('options');
    }
  });

  test('frozen options, and ones shared by many calls, are read and left as they are', async () => {
    const failover = createFailover({ chain });
    const options = Object.freeze({
      fallbacks: Object.freeze([1]),
      pinned: Object.freeze({ provider: 'a', model: '1' }),
      deadlineMs: 1000,
      hasSideEffects: () => false,
    });
    const results = await Promise.all(Array.from({ length: 20 }, () => failover.run(() => 'ok', options)));
    expect(new Set(results.map(({ value }) => value))).toEqual(new Set(['ok']));
  });

  test('tests of the host that throw decide for the safe side', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    const failover = createFailover({ chain });
    const asked: number[] = [];
    const failing = (_tier: Tier, { index }: { index: number }) => {
      asked.push(index);
      throw overloaded();
    };
    // Not to know whether something was done forbids another try.
    await expect(failover.run(failing, { hasSideEffects: boom })).rejects.toThrow('Overloaded');
    expect(asked).toEqual([0]);
    async function* words() {
      yield 'x';
      throw overloaded();
    }
    // Not to know whether it was content: it was, and nothing is started again behind it.
    const { value } = await createFailover({ chain }).run(words, { isContent: boom, isComplete: boom });
    await expect(readAll(value)).rejects.toThrow('Overloaded');
  });
});
