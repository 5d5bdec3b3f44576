/* oxlint-disable unicorn/no-thenable -- promises with a `then` of their own are what is handed in here */
import { describe, expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { overloaded } from '../support/scripted.js';

const stall = () => new Promise<never>(() => undefined);
const isContent = (chunk: string) => !chunk.startsWith(':');
const isComplete = (chunk: string) => chunk === '[done]';

async function* chunks(...parts: (string | Error | typeof stall)[]): AsyncGenerator<string> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    if (typeof part === 'function') await part();
    else yield part;
  }
}

function readable(...parts: string[]): ReadableStream<string> {
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
  });
}

/** A failover whose first tier was down and is on trial: what a stream does to that shows what was recorded. */
async function onTrial() {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy: { recovery: 'probe' } });
  await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
  await clock.advance(3_600_000);
  const whoAnswers = async () => (await failover.run(({ provider }) => provider)).value;
  const failures = async () => (await failover.state('default')).tiers[0]!.failures;
  return { failover, whoAnswers, failures };
}

describe('a reader that leaves', () => {
  type Leave = (stream: AsyncGenerator<string>, abort: () => void) => unknown;
  const leaving: [string, Leave][] = [
    ['returns', (stream) => stream.return(undefined)],
    [
      'breaks off its loop',
      async (stream) => {
        for await (const _ of stream) break;
      },
    ],
    ['aborts', (_, abort) => abort()],
    [
      'aborts while it reads',
      (stream, abort) => {
        stream.next().catch(() => undefined);
        abort();
      },
    ],
    ['throws into it', (stream) => stream.throw(new Error('enough')).catch(() => undefined)],
    ['disposes of it', (stream) => stream[Symbol.asyncDispose]()],
  ];

  test.each(leaving)('after content (it %s): the tier has answered', async (_, leave) => {
    const { failover, whoAnswers, failures } = await onTrial();
    const controller = new AbortController();
    const source = () => chunks(':preamble', 'x', 'y', stall);
    const { value, index } = await failover.run(source, { isContent, signal: controller.signal });
    await value.next();
    await value.next();
    await leave(value, () => controller.abort());
    expect([index, await failures(), await whoAnswers()]).toEqual([0, 0, 'a']);
  });

  test.each(leaving.filter(([name]) => !name.startsWith('breaks') && !name.includes('while')))(
    'before content (it %s): nothing is recorded, the place is free, the provider is cancelled',
    async (_, leave) => {
      const { failover, whoAnswers, failures } = await onTrial();
      const controller = new AbortController();
      let asked: AbortSignal | undefined;
      const call = (_tier: unknown, { signal }: { signal: AbortSignal }) => {
        asked = signal;
        return chunks(':preamble', 'x', 'y');
      };
      const { value } = await failover.run(call, { isContent, signal: controller.signal });
      await value.next();
      await leave(value, () => controller.abort());
      expect([await failures(), asked?.aborted]).toEqual([1, true]);
      // The next call is the trial.
      expect(await whoAnswers()).toBe('a');
    },
  );

  test('at the end mark: the tier has answered, also without content', async () => {
    const { failover, failures } = await onTrial();
    const { value } = await failover.run(() => chunks(':blocked', '[done]', 'usage'), { isContent, isComplete });
    await value.next();
    expect(await failures()).toBe(1);
    for await (const chunk of value) if (chunk === '[done]') break;
    expect(await failures()).toBe(0);
  });

  test('a ReadableStream that is cancelled counts the same', async () => {
    const { failover, failures } = await onTrial();
    const { value } = await failover.run(() => readable('x', 'y'));
    const reader = value.getReader();
    await reader.read();
    await reader.cancel();
    expect(await failures()).toBe(0);
  });

  test('an error after the end mark is the reader’s, and counts against the tier', async () => {
    const { failover } = await onTrial();
    const error = overloaded();
    const { value } = await failover.run(() => chunks('x', '[done]', error), { isComplete });
    const read = async () => {
      for await (const chunk of value) void chunk;
    };
    await expect(read()).rejects.toBe(error);
  });

  test('every chunk that was on its way when it left is dropped, and a read that waits ends', async () => {
    const failover = createFailover({ chain: ['a/1'] });
    const { value } = await failover.run(() => chunks('x', stall));
    await value.next();
    const waiting = [value.next(), value.next()];
    expect(await value.return('over')).toEqual({ done: true, value: 'over' });
    const end = { done: true, value: undefined };
    expect(await Promise.all(waiting)).toEqual([end, end]);
  });
});

describe('a generator stays one', () => {
  const run = async <R>(generator: () => AsyncGenerator<string, R, unknown>) =>
    (await createFailover({ chain: ['a/1', 'b/2'] }).run(generator)).value;

  test('what it returns is the value of its end, once', async () => {
    async function* source() {
      yield 'x';
      return { totalTokens: 12 };
    }
    const stream = await run(source);
    expect(await stream.next()).toEqual({ done: false, value: 'x' });
    expect(await stream.next()).toEqual({ done: true, value: { totalTokens: 12 } });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('it receives what its reader sends', async () => {
    const sent: unknown[] = [];
    async function* source(): AsyncGenerator<string, void, unknown> {
      sent.push(yield 'x');
      sent.push(yield 'y');
    }
    const stream = await run(source);
    await stream.next('never seen, as by every generator');
    await stream.next('one');
    await stream.next('two');
    expect(sent).toEqual(['one', 'two']);
  });

  test('it may catch what its reader throws, and go on', async () => {
    async function* source() {
      try {
        yield 'x';
      } catch (error) {
        yield `caught ${String(error)}`;
      }
      return 'end';
    }
    const stream = await run(source);
    await stream.next();
    expect(await stream.throw('stop')).toEqual({ done: false, value: 'caught stop' });
    expect(await stream.next()).toEqual({ done: true, value: 'end' });
  });

  test('what it does not catch is the reader’s, and counts against no tier', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { value } = await failover.run(() => chunks('x', 'y'));
    await value.next();
    const error = Object.assign(new Error('mine'), { status: 503 });
    await expect(value.throw(error)).rejects.toBe(error);
    expect(await value.next()).toEqual({ done: true, value: undefined });
    await expect(value.throw(error)).rejects.toBe(error);
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test('await using ends it', async () => {
    let isClosed = false;
    async function* source() {
      try {
        yield 'x';
        yield 'y';
      } finally {
        isClosed = true;
      }
    }
    {
      await using stream = await run(source);
      await stream.next();
    }
    await settle();
    expect(isClosed).toBe(true);
  });

  test('what is no generator does not become one', async () => {
    const failover = createFailover({ chain: ['a/1'] });
    const iterable = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false as const, value: 'x' }) }) };
    const { value } = await failover.run(() => iterable);
    expect(['throw' in value, Symbol.asyncDispose in value]).toEqual([false, false]);
    let isDisposed = false;
    const disposable = { ...iterable, [Symbol.asyncDispose]: async () => void (isDisposed = true) };
    await using stream = (await failover.run(() => disposable)).value as AsyncIterable<string> & AsyncDisposable;
    expect(Symbol.asyncDispose in stream).toBe(true);
    await stream[Symbol.asyncDispose]();
    await settle();
    expect(isDisposed).toBe(true);
  });
});

describe('a stream of bytes stays one', () => {
  const bytes = (...parts: number[][]): ReadableStream<Uint8Array> => {
    const rest = [...parts];
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        const part = rest.shift();
        if (part) controller.enqueue(new Uint8Array(part));
        else {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
    });
  };
  const run = async (stream: () => ReadableStream<Uint8Array>) =>
    (await createFailover({ chain: ['a/1', 'b/2'] }).run(stream)).value;

  test('its reader may bring a buffer of its own', async () => {
    const reader = (await run(() => bytes([1, 2, 3], [4]))).getReader({ mode: 'byob' });
    const read = async (size: number) => {
      const { done, value } = await reader.read(new Uint8Array(size));
      return done ? 'end' : [...value];
    };
    expect([await read(2), await read(9), await read(9), await read(9)]).toEqual([[1, 2], [3], [4], 'end']);
  });

  test('a Response can be made of it', async () => {
    const body = await run(() => new Response('hello there').body!);
    expect(await new Response(body).text()).toBe('hello there');
  });

  test('a tee, a cancel and an error pass through it', async () => {
    const [one, other] = (await run(() => bytes([1], [2]))).tee();
    expect([await new Response(one).bytes(), await new Response(other).bytes()].map((all) => [...all])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    let reason: unknown;
    const endless = () =>
      new ReadableStream({
        type: 'bytes',
        pull: (controller) => controller.enqueue(new Uint8Array([7])),
        cancel: (given: unknown) => void (reason = given),
      });
    await (await run(endless)).cancel('enough');
    expect(reason).toBe('enough');
  });

  test('a stream of other chunks is no stream of bytes', async () => {
    const failover = createFailover({ chain: ['a/1'] });
    const { value } = await failover.run(() => readable('x'));
    expect(() => value.getReader({ mode: 'byob' })).toThrow(TypeError);
  });
});

describe('a promise of the host’s', () => {
  /** `target` with a `then` of its own. */
  const withThen = (target: object, value: () => unknown) =>
    Reflect.defineProperty(target, 'then', { value }) && target;
  const run = (answer: () => unknown) => createFailover({ chain: ['a/1', 'b/2'] }).run(answer);
  const throwing = () => {
    throw new Error('then');
  };

  test('whose own then throws or gives nothing resolves like any other', async () => {
    for (const then of [throwing, () => undefined]) {
      const { value } = await run(() => withThen(Promise.resolve('hello'), then));
      expect(value).toBe('hello');
    }
  });

  test('a thenable that throws is a failed attempt, never a throw of run itself', async () => {
    const answer = run(() => withThen({}, throwing));
    await expect(answer).rejects.toThrow('then');
    const failover = createFailover({ chain: ['a/1'] });
    await failover.run(() => 1);
    const proxy = failover.run(() => new Proxy(Promise.resolve('hello'), {}));
    await expect(proxy).rejects.toThrow(TypeError);
  });

  test('a subclass of Promise is one', async () => {
    class ApiPromise<V> extends Promise<V> {}
    expect((await run(() => ApiPromise.resolve('hello'))).value).toBe('hello');
  });
});
