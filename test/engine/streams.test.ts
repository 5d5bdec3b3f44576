import { describe, expect, test } from 'vitest';
import { createFailover, resolveWithFallback, type CallOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { overloaded } from '../support/scripted.js';

const chain = ['a/1', 'b/2'] as const;
const stall = () => new Promise<never>(() => undefined);

async function* chunks(...parts: (string | Error | (() => Promise<unknown>))[]): AsyncGenerator<string> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    if (typeof part === 'function') await part();
    else yield part;
  }
}

function readable(...parts: (string | Error)[]): ReadableStream<string> {
  const rest = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = rest.shift();
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(part);
    },
  });
}

async function collect(stream: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of stream) all.push(chunk);
  return all;
}

function setUp(
  streams: Record<number, () => AsyncIterable<string> | ReadableStream<string>>,
  options: CallOptions<string> = {},
) {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock });
  const asked: number[] = [];
  const signals: AbortSignal[] = [];
  const open = () =>
    resolveWithFallback(
      failover,
      (_tier, { index, signal }): AsyncIterable<string> => {
        asked.push(index);
        signals.push(signal);
        return streams[index]!() as AsyncIterable<string>;
      },
      options,
    );
  return { clock, failover, asked, signals, open };
}

const isContent = (chunk: string) => !chunk.startsWith(':');
const isComplete = (chunk: string) => chunk === '[done]';

describe('Runtime: streams fall back until the first content', () => {
  test('an error before any content is invisible to the reader', async () => {
    const { open, asked } = setUp({ 0: () => chunks(overloaded()), 1: () => chunks('x', 'y') });
    const { value, index, attempts } = await open();
    expect(await collect(value)).toEqual(['x', 'y']);
    expect([index, asked, attempts[0]!.kind]).toEqual([1, [0, 1], 'overloaded']);
  });

  test('preamble is not content: the reader sees one stream, from its beginning', async () => {
    const { open } = setUp(
      { 0: () => chunks(':start of a', overloaded()), 1: () => chunks(':start of b', 'x') },
      { isContent },
    );
    expect(await collect((await open()).value)).toEqual([':start of b', 'x']);
  });

  test('an error after content is recorded and thrown to the reader, never silently restarted', async () => {
    const error = overloaded();
    const { open, asked, failover } = setUp({ 0: () => chunks('x', error), 1: () => chunks('never') });
    const { value } = await open();
    const reader = value[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 'x' });
    await expect(reader.next()).rejects.toBe(error);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(asked).toEqual([0]);
    expect((await failover.state('default')).tier).toBe(1);
  });

  test('success is recorded at the end, not at the first content', async () => {
    const { open, failover, clock } = setUp({ 0: () => chunks('x', 'y'), 1: () => chunks('x', 'y') });
    await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    await clock.advance(3_600_000);
    const { value } = await open();
    expect((await failover.state('default')).tier).toBe(1);
    await collect(value);
    expect((await failover.state('default')).tier).toBe(0);
  });

  test('a stream that ends where isComplete never said yes is a network failure', async () => {
    const before = setUp({ 0: () => chunks(':start'), 1: () => chunks('x', '[done]') }, { isContent, isComplete });
    const { value, attempts } = await before.open();
    expect(await collect(value)).toEqual(['x', '[done]']);
    expect(attempts[0]!.kind).toBe('network');

    const after = setUp({ 0: () => chunks('x') }, { isContent, isComplete });
    await expect(collect((await after.open()).value)).rejects.toMatchObject({
      code: 'TIERFALL_STREAM_CUT',
      message: expect.stringContaining('ended before its end mark: none of its chunks was one (1)'),
      chunks: 1,
      tier: 'a/1',
    });
    expect((await after.failover.state('default')).lastFailureKind).toBe('network');
  });

  test('an empty stream is a failure; one that is complete without content is not', async () => {
    const empty = setUp({ 0: () => chunks(), 1: () => chunks('x') });
    expect((await empty.open()).attempts[0]!.kind).toBe('network');
    const complete = setUp({ 0: () => chunks(':start', '[done]') }, { isContent: () => false, isComplete });
    expect(await collect((await complete.open()).value)).toEqual([':start', '[done]']);
  });

  test('stream: false hands it through untouched', async () => {
    const failover = createFailover({ chain });
    const own = chunks('x');
    expect((await resolveWithFallback(failover, () => own, { stream: false })).value).toBe(own);
  });

  test('the value keeps its kind: a ReadableStream stays one', async () => {
    const failover = createFailover({ chain });
    const { value } = await resolveWithFallback(failover, (_tier, { index }) =>
      index === 0 ? readable(overloaded()) : readable('x', 'y'),
    );
    expect(value).toBeInstanceOf(ReadableStream);
    expect(await collect(value)).toEqual(['x', 'y']);
  });
});

describe('Runtime: streams and time', () => {
  test('attemptTimeoutMs and deadlineMs end at first content', async () => {
    const { open, clock } = setUp({ 0: () => chunks('x', () => settle(), 'y') }, { deadlineMs: 1000 });
    const { value } = await open();
    await clock.advance(5000);
    expect(await collect(value)).toEqual(['x', 'y']);
    expect(clock.delays).toEqual([]);
  });

  test('no first content in time is a stall, and another tier takes over', async () => {
    const { open, clock, signals } = setUp(
      { 0: () => chunks(':start', stall), 1: () => chunks('x') },
      { isContent, firstContentTimeoutMs: 2000 },
    );
    const opening = open();
    await clock.advance(2000);
    expect((await opening).attempts[0]).toMatchObject({ kind: 'timeout', durationMs: 2000 });
    expect(signals[0]!.reason).toMatchObject({ code: 'TIERFALL_STREAM_STALLED', limit: 'firstContentTimeoutMs' });
  });

  test('idleTimeoutMs counts only while a read is pending', async () => {
    const { open, clock } = setUp({ 0: () => chunks('x', 'y', stall) }, { idleTimeoutMs: 1000 });
    const reader = (await open()).value[Symbol.asyncIterator]();
    await reader.next();
    await clock.advance(60_000);
    expect(clock.delays).toEqual([]);
    expect(await reader.next()).toEqual({ done: false, value: 'y' });
    const stalled = reader.next().catch((error: unknown) => error);
    await clock.advance(1000);
    expect(await stalled).toMatchObject({ code: 'TIERFALL_STREAM_STALLED', limit: 'idleTimeoutMs', afterMs: 1000 });
  });

  test("the caller's abort reaches the reader and the provider, and counts against nobody", async () => {
    const controller = new AbortController();
    const { open, signals, failover } = setUp({ 0: () => chunks('x', stall) }, { signal: controller.signal });
    const reader = (await open()).value[Symbol.asyncIterator]();
    await reader.next();
    const next = reader.next();
    // Whatever its reason reads like.
    const reason = Object.assign(new Error('enough'), { status: 401 });
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(signals[0]!.aborted).toBe(true);
    expect((await failover.state('default')).lastFailureKind).toBeNull();
  });
});

describe('Runtime: streams and their readers', () => {
  test("a prober's caller who aborts between two reads gives the place back at once", async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock, policy: { recovery: 'probe' } });
    await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    await clock.advance(3_600_000);
    const controller = new AbortController();
    const { value, index } = await failover.run(() => chunks('x', 'y'), { signal: controller.signal });
    await value[Symbol.asyncIterator]().next();
    const whoAnswers = async () => (await failover.run((_tier, context) => context.index)).value;
    expect([index, await whoAnswers()]).toEqual([0, 1]);
    controller.abort();
    expect(await whoAnswers()).toBe(0);
  });

  test.each<[string, (stream: AsyncIterable<string>) => Promise<unknown>, boolean]>([
    ['ends well', collect, false],
    ['fails after its content', (stream) => collect(stream).catch(() => undefined), true],
    [
      'is left by its reader',
      async (stream) => {
        for await (const chunk of stream) if (chunk === 'x') break;
      },
      false,
    ],
  ])('a probing stream that %s gives the place back: the next one probes as soon as it may', async (_, read, fails) => {
    const clock = createManualClock();
    const cooldown = { initialMs: 10_000, factor: 1, maxMs: 10_000 };
    const failover = createFailover({ chain, clock, policy: { recovery: 'probe', cooldown } });
    const trouble = () =>
      failover.run((_tier, context) => {
        if (context.index === 0) throw overloaded();
      });
    await trouble();
    await clock.advance(10_000);
    const { value, index } = await failover.run(() => (fails ? chunks('x', overloaded()) : chunks('x', 'y')));
    expect(index).toBe(0);
    await read(value);
    if (!fails) await trouble();
    await clock.advance(10_000);
    expect((await failover.run((_tier, context) => context.index)).value).toBe(0);
  });

  test('a reader that leaves early cancels the provider and records nothing', async () => {
    let cleaned = false;
    async function* source() {
      try {
        yield 'x';
        yield 'y';
      } finally {
        cleaned = true;
      }
    }
    const { open, signals, failover } = setUp({ 0: source });
    for await (const chunk of (await open()).value) {
      expect(chunk).toBe('x');
      break;
    }
    await settle();
    expect([cleaned, signals[0]!.aborted]).toEqual([true, true]);
    expect((await failover.state('default')).lastFailureKind).toBeNull();
  });

  test('a ReadableStream that is cancelled cancels its source', async () => {
    let cancelled: unknown;
    const failover = createFailover({ chain });
    const { value } = await resolveWithFallback(
      failover,
      () =>
        new ReadableStream<string>({
          pull: (controller) => controller.enqueue('x'),
          cancel: (reason) => void (cancelled = reason),
        }),
    );
    await value.cancel('enough');
    expect(cancelled).toBe('enough');
  });

  test('a slow reader of a fast provider holds no more than the chunk in hand', async () => {
    let made = 0;
    async function* fast() {
      for (;;) yield String(made++);
    }
    const { open } = setUp({ 0: fast });
    const reader = (await open()).value[Symbol.asyncIterator]();
    await settle();
    expect(made).toBeLessThanOrEqual(1);
    for (let read = 0; read < 10; read++) await reader.next();
    await settle();
    expect(made).toBeLessThanOrEqual(10);
  });

  test('a ReadableStream is read no further than its reader asks', async () => {
    let made = 0;
    const source = () =>
      new ReadableStream<string>({ pull: (controller) => controller.enqueue(String(made++)) }, { highWaterMark: 0 });
    const reader = ((await setUp({ 0: source }).open()).value as ReadableStream<string>).getReader();
    for (let count = 1; count <= 5; count++) {
      await reader.read();
      await settle();
      expect(made).toBe(count);
    }
  });

  test('reads that are not waited for keep their order', async () => {
    const { open } = setUp({ 0: () => chunks('x', 'y', 'z') });
    const reader = (await open()).value[Symbol.asyncIterator]();
    const all = await Promise.all([reader.next(), reader.next(), reader.next(), reader.next()]);
    expect(all.map(({ value }) => value)).toEqual(['x', 'y', 'z', undefined]);
  });

  test('a consumer that reads twice goes on where the first left off, as with a generator', async () => {
    const { open } = setUp({ 0: () => chunks('x', 'y') });
    const { value } = await open();
    expect((await value[Symbol.asyncIterator]().next()).value).toBe('x');
    expect((await value[Symbol.asyncIterator]().next()).value).toBe('y');
  });

  test('a ReadableStream that is locked already fails as it would without us', async () => {
    const failover = createFailover({ chain });
    const locked = readable('x');
    locked.getReader();
    await expect(resolveWithFallback(failover, () => locked)).rejects.toThrow(TypeError);
  });

  test('isContent and isComplete that throw decide nothing', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    // Content, for nobody may be asked twice, and no end mark, for nothing says that it was whole.
    const { open, asked } = setUp({ 0: () => chunks('x', overloaded()), 1: () => chunks('y') }, { isContent: boom });
    await expect(collect((await open()).value)).rejects.toThrow('Overloaded');
    expect(asked).toEqual([0]);
    const { value } = await setUp({ 0: () => chunks('x') }, { isComplete: boom }).open();
    await expect(collect(value)).rejects.toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
  });

  test('a stream that arrives after nobody waits for it any more is cancelled', async () => {
    let cleaned = false;
    async function* late() {
      try {
        yield 'x';
      } finally {
        cleaned = true;
      }
    }
    let answer: (value: AsyncIterable<string>) => void = () => undefined;
    const clock = createManualClock();
    const failover = createFailover({ chain, clock, policy: { attemptTimeoutMs: 1000 } });
    const result = resolveWithFallback(failover, (_tier, { index }) =>
      index === 0 ? new Promise<AsyncIterable<string>>((resolve) => (answer = resolve)) : chunks('y'),
    );
    await clock.advance(1000);
    expect(await collect((await result).value)).toEqual(['y']);
    const source = late();
    await source.next();
    answer(source);
    await settle();
    expect(cleaned).toBe(true);
  });

  test.each([{ pinned: 0 }, { deadlineMs: 1000 }])(
    'so is one that would be handed through untouched (%j)',
    async (options) => {
      const clock = createManualClock();
      const failover = createFailover({ chain: ['a/1'], clock, policy: { attemptTimeoutMs: 1000 } });
      const reasons: unknown[] = [];
      const answer = Promise.withResolvers<ReadableStream<string>>();
      const result = resolveWithFallback(failover, () => answer.promise, { ...options, stream: false });
      result.catch(() => undefined);
      await clock.advance(1000);
      await expect(result).rejects.toBeInstanceOf(Error);
      answer.resolve(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }));
      await settle();
      expect(reasons.length).toBe(1);
    },
  );
});
