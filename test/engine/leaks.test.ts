import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFailover, type CallOptions, type Clock, type Tier } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { invalid, overloaded, revoked } from '../support/scripted.js';
import { usedHeap } from '../support/used-heap.js';

const CALLS = 100_000;
const BATCH = 500;
/** About 15 bytes for each of some 60,000 calls: less than the smallest object takes. */
const MAX_GROWTH_BYTES = 1_000_000;

/** A clock that knows how many timers are set. Its timers fire when told to. */
function countingClock() {
  const timers = new Map<number, () => void>();
  let now = Date.UTC(2026, 0, 1);
  let made = 0;
  const clock: Clock = {
    now: () => now,
    setTimeout(callback) {
      timers.set(++made, callback);
      return made;
    },
    clearTimeout: (handle) => void timers.delete(handle as number),
  };
  return {
    clock,
    get pending() {
      return timers.size;
    },
    get made() {
      return made;
    },
    /** Lets every timer fire that is set now. */
    fire() {
      now += 60_000;
      for (const [handle, callback] of timers) {
        timers.delete(handle);
        callback();
      }
    },
  };
}

/** A signal that lives as long as the process, and counts who listens to it. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let added = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  const listeners = new Set<unknown>();
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    added++;
    listeners.add(given[1]);
    add(...given);
  };
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners.delete(given[1]);
    remove(...given);
  };
  return { controller, signal, added: () => added, listening: () => listeners.size };
}

const hang = () => new Promise<never>(() => undefined);
/** Ends with the signal it was handed, as an SDK does. */
const untilStopped = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

async function* chunks(...parts: (string | Error)[]): AsyncGenerator<string> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield part;
  }
}

function readable(...parts: (string | Error)[]): ReadableStream<string> {
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(part);
    },
  });
}

async function readAll(value: unknown): Promise<void> {
  let text = '';
  for await (const chunk of value as AsyncIterable<string>) text += chunk;
  if (text === '') throw new Error('nothing was read');
}

/** Not by `expect`, which keeps every promise it is asked about until its test is over. */
async function mustFail(promise: Promise<unknown>): Promise<void> {
  const failed = await promise.then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error('it was to fail');
}

interface Ending {
  /** The call; `stop` is the signal it was handed. */
  ask: (index: number, stop: () => AbortSignal) => unknown;
  options?: CallOptions;
  /** What the reader of a stream does with it. */
  read?: (value: unknown) => Promise<unknown>;
  /** It takes the clock to end it. */
  needsTime?: true;
  rejects?: true;
}

/** Every way in which a call can end, but for the caller's abort. */
const endings: Record<string, Ending> = {
  'an answer': { ask: () => 'ok' },
  'an answer within limits': { ask: async () => 'ok', options: { deadlineMs: 1000 } },
  'a fallback': {
    ask: async (index) => {
      if (index === 0) throw overloaded();
      return 'ok';
    },
  },
  'every tier failing': {
    ask: async () => {
      throw revoked();
    },
    rejects: true,
  },
  'an error that is no trigger': {
    ask: () => {
      throw invalid();
    },
    rejects: true,
  },
  'an attempt that takes too long, and says so later': {
    ask: (index, stop) => (index === 0 ? untilStopped(stop()) : 'ok'),
    options: { firstContentTimeoutMs: 1000 },
    needsTime: true,
  },
  'an attempt that ignores its signal': {
    ask: (index) => (index === 0 ? hang() : 'ok'),
    options: { firstContentTimeoutMs: 1000 },
    needsTime: true,
  },
  'a deadline': { ask: hang, options: { deadlineMs: 1000 }, needsTime: true, rejects: true },
  'a stream read to its end': { ask: () => chunks('x', 'y'), options: { idleTimeoutMs: 1000 }, read: readAll },
  'a ReadableStream read to its end': { ask: () => readable('x', 'y'), read: readAll },
  'a stream left early': {
    ask: () => chunks('x', 'y', 'z'),
    options: { idleTimeoutMs: 1000 },
    async read(value) {
      for await (const chunk of value as AsyncIterable<string>) if (chunk === 'x') break;
    },
  },
  'a ReadableStream that is cancelled': {
    ask: () => readable('x', 'y'),
    options: { idleTimeoutMs: 1000 },
    read: (value) => (value as ReadableStream<string>).cancel('enough'),
  },
  'a stream that fails before its content': {
    ask: (index) => (index === 0 ? chunks(overloaded()) : readable('x')),
    read: readAll,
  },
  'a stream that fails after its content': {
    ask: () => chunks('x', overloaded()),
    options: { idleTimeoutMs: 1000 },
    read: (value) => mustFail(readAll(value)),
  },
  'a stream that stalls after its content': {
    async *ask(_index, stop) {
      yield 'x';
      await untilStopped(stop());
    },
    options: { idleTimeoutMs: 1000 },
    read: (value) => mustFail(readAll(value)),
    needsTime: true,
  },
};

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', onUnhandled));
afterAll(() => void process.off('unhandledRejection', onUnhandled));

/** A batch of calls of one ending, each on its own instance so that no call changes what the next one meets. */
async function runBatch(
  ending: Ending,
  world: { time: ReturnType<typeof countingClock>; signal: AbortSignal; count: number },
): Promise<void> {
  const { time, signal, count } = world;
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock: time.clock });
  const calls = Array.from({ length: count }, async (_, at) => {
    const call = (_tier: Tier, context: { index: number; signal: AbortSignal }) =>
      ending.ask(context.index, () => context.signal);
    const running = failover.run(call, { ...ending.options, signal, instance: `worker-${at}` });
    if (ending.rejects) return mustFail(running);
    const { value } = await running;
    return ending.read?.(value);
  });
  // A walk with two tiers has two limits to run into, one after the other.
  for (let turn = 0; ending.needsTime && turn < 3; turn++) {
    await settle();
    time.fire();
  }
  await Promise.all(calls);
}

describe('Runtime: nothing is left behind', () => {
  test(`after ${CALLS} calls of every ending on one long-lived signal`, { timeout: 240_000 }, async () => {
    const time = countingClock();
    const { signal, added, listening } = countingSignal();
    const batches = Math.ceil(CALLS / BATCH / Object.keys(endings).length);
    const heaps: number[] = [];
    let calls = 0;
    for (let batch = 0; batch < batches; batch++) {
      for (const [name, ending] of Object.entries(endings)) {
        await runBatch(ending, { time, signal, count: BATCH });
        calls += BATCH;
        expect([name, time.pending, listening()]).toEqual([name, 0, 0]);
      }
      await settle();
      heaps.push(usedHeap());
    }
    expect(calls).toBeGreaterThanOrEqual(CALLS);
    // It has really been listened to and timed: the numbers above are no empty promise.
    expect(added()).toBeGreaterThan(CALLS);
    expect(time.made).toBeGreaterThan(CALLS / 4);
    expect(unhandled).toEqual([]);
    // The first rounds warm up. A single round may end higher, with what the engine compiled meanwhile; what stays
    // behind lifts all that follow, so the lowest of the last rounds is held to the lowest of the first.
    const lowest = (rounds: number[]) => Math.min(...rounds);
    expect(lowest(heaps.slice(-4)) - lowest(heaps.slice(2, 6))).toBeLessThan(MAX_GROWTH_BYTES);
  });

  test("after the caller's abort, wherever it finds the call", async () => {
    const time = countingClock();
    const where: Record<string, Ending> = {
      'in an attempt': { ask: (_index, stop) => untilStopped(stop()) },
      'in an attempt that ignores its signal': { ask: hang },
      'between two tiers': {
        ask: (index) => (index === 0 ? Promise.reject(overloaded()) : hang()),
        options: { deadlineMs: 1000 },
      },
      'in a stream': {
        async *ask(_index, stop) {
          yield 'x';
          await untilStopped(stop());
        },
        read: readAll,
        options: { idleTimeoutMs: 1000 },
      },
      'in a stream that ignores its signal': { ask: () => chunksThenHang(), read: readAll },
    };
    for (const [name, ending] of Object.entries(where)) {
      const failover = createFailover({ chain: ['a/1', 'b/2'], clock: time.clock });
      for (let batch = 0; batch < 10; batch++) {
        const { controller, signal, listening } = countingSignal();
        const left = Array.from({ length: BATCH }, async (_, at) => {
          const { value } = await failover.run((_tier, context) => ending.ask(context.index, () => context.signal), {
            ...ending.options,
            signal,
            instance: `worker-${at}`,
          });
          await ending.read?.(value);
        });
        const ended = Promise.allSettled(left);
        await settle();
        controller.abort(new Error('enough'));
        const reasons = (await ended).map((each) => (each.status === 'rejected' ? (each.reason as Error).message : ''));
        expect([name, new Set(reasons)]).toEqual([name, new Set(['enough'])]);
        expect([name, time.pending, listening()]).toEqual([name, 0, 0]);
      }
      expect((await failover.state('worker-0')).tier).toBe(name === 'between two tiers' ? 1 : 0);
    }
    await settle();
    expect(unhandled).toEqual([]);
  });

  test.each([
    ['an iterable', () => untilCancelled(false)],
    ['a ReadableStream', () => untilCancelled(true)],
  ])('%s whose caller aborts between two reads is cancelled at once', async (_, make) => {
    const { controller, signal, listening } = countingSignal();
    const { stream, cancelled } = make();
    const { value } = await createFailover({ chain: ['a/1'] }).run(() => stream, { signal });
    const reader = (value as AsyncIterable<string>)[Symbol.asyncIterator]();
    await reader.next();
    controller.abort(new Error('enough'));
    await settle();
    expect(cancelled()).toBe(true);
    await expect(reader.next()).rejects.toThrow('enough');
    expect(listening()).toBe(0);
  });

  test('a ReadableStream that stalls before its content and heeds no signal is cancelled', async () => {
    const time = countingClock();
    let cancelled: unknown;
    const stalled = new ReadableStream<string>({ cancel: (reason) => void (cancelled = reason) });
    const running = createFailover({ chain: ['a/1', 'b/2'], clock: time.clock }).run(
      (_tier, { index }) => (index === 0 ? stalled : readable('x')),
      { firstContentTimeoutMs: 1000 },
    );
    await settle();
    time.fire();
    expect((await running).index).toBe(1);
    expect(cancelled).toMatchObject({ code: 'TIERFALL_STREAM_STALLED' });
  });

  test('a stream that is left while a read is under way that nothing ends', async () => {
    for (const options of [{}, { idleTimeoutMs: 60_000 }]) {
      const clock = createManualClock();
      const { signal, listening } = countingSignal();
      const stops: unknown[] = [];
      const { value } = await createFailover({ chain: ['a/1'], clock }).run(() => deaf('x', stops), {
        ...options,
        signal,
      });
      const reader = value[Symbol.asyncIterator]();
      await reader.next();
      const next = reader.next();
      await settle();
      await reader.return?.();
      expect(await next).toEqual({ done: true, value: undefined });
      expect([clock.pending, listening(), stops.length]).toEqual([0, 0, 1]);
    }
  });

  test('a stream without content in time whose reads nothing ends', async () => {
    const clock = createManualClock();
    const { signal, listening } = countingSignal();
    const stops: unknown[] = [];
    const running = createFailover({ chain: ['a/1', 'b/2'], clock }).run(
      (_tier, { index }) => (index === 0 ? deaf(undefined, stops) : chunks('x')),
      { firstContentTimeoutMs: 1000, idleTimeoutMs: 60_000, signal },
    );
    await clock.advance(1000);
    const { value, index } = await running;
    expect(index).toBe(1);
    await readAll(value);
    expect([clock.pending, listening(), stops.length]).toEqual([0, 0, 1]);
  });

  test('after waits: for a retry, for a tier that is at rest', async () => {
    const time = countingClock();
    const { signal, listening } = countingSignal();
    const failover = createFailover({
      chain: ['a/1'],
      clock: time.clock,
      policy: { onExhausted: 'wait', retry: { maxAttempts: 2 } },
    });
    for (let round = 0; round < 200; round++) {
      let failures = 3;
      const running = failover.run(
        () => {
          if (failures-- > 0) throw overloaded();
          return 'ok';
        },
        { signal },
      );
      for (let turn = 0; turn < 4; turn++) {
        await settle();
        time.fire();
      }
      expect((await running).value).toBe('ok');
      expect([time.pending, listening()]).toEqual([0, 0]);
    }
    expect(unhandled).toEqual([]);
  });
});

/** A stream that goes on for ever and tells whether it was left. */
function untilCancelled(isReadable: boolean): { stream: AsyncIterable<string>; cancelled: () => boolean } {
  let left = false;
  const cancelled = () => left;
  if (isReadable) {
    const stream = new ReadableStream<string>(
      { pull: (controller) => controller.enqueue('x'), cancel: () => void (left = true) },
      { highWaterMark: 0 },
    );
    return { stream, cancelled };
  }
  async function* forever() {
    try {
      for (;;) yield 'x';
    } finally {
      left = true;
    }
  }
  return { stream: forever(), cancelled };
}

/** Gives `first`, and from then on no read of it ever ends. Counts how often it was told to stop. */
function deaf(first: string | undefined, stops: unknown[]): AsyncIterable<string> {
  const given = first === undefined ? [] : [first];
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => (given.length > 0 ? { done: false, value: given.shift()! } : hang()),
      return: (reason?: unknown) => {
        stops.push(reason);
        return hang();
      },
    }),
  };
}

async function* chunksThenHang(): AsyncGenerator<string> {
  yield 'x';
  await hang();
}

describe('Runtime: the fetch handed out leaves nothing behind either', () => {
  let server: Server;
  let url: string;
  const open = new Set<unknown>();
  beforeAll(async () => {
    server = createServer((request, response) => {
      open.add(response);
      response.once('close', () => open.delete(response));
      if (request.url === '/fails') response.writeHead(500).end('{}');
      else if (request.url === '/stalls')
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: x\n\n');
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: x\n\ndata: y\n\n');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['/answers', async (response: Response) => void (await response.text())],
    ['/answers', async (response: Response) => response.body?.cancel()],
    ['/fails', async (response: Response) => void (await response.text())],
    [
      '/stalls',
      async (response: Response) => {
        const reader = response.body!.getReader();
        await reader.read();
        await reader.cancel();
      },
    ],
  ])('%s, 400 times', async (path, use) => {
    const time = countingClock();
    const { signal, listening } = countingSignal();
    const failover = createFailover({ chain: ['a/1'], clock: time.clock });
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(
        Array.from({ length: 20 }, () =>
          failover.run(async (_tier, { fetch }) => use(await fetch(url + path)), { signal, idleTimeoutMs: 1000 }),
        ),
      );
      expect([time.pending, listening()]).toEqual([0, 0]);
    }
    await vanished();
    expect(unhandled).toEqual([]);
  });

  /** Waits until the server has no response under way; the test's own time limit ends a wait in vain. */
  async function vanished(): Promise<void> {
    while (open.size > 0) await settle(1);
  }

  test('an attempt that is stopped closes its connection', async () => {
    const time = countingClock();
    const { controller, signal, listening } = countingSignal();
    const failover = createFailover({ chain: ['a/1'], clock: time.clock });
    const running = Promise.allSettled(
      Array.from({ length: 20 }, () =>
        failover.run(async (_tier, { fetch }) => (await fetch(`${url}/stalls`)).text(), { signal }),
      ),
    );
    while (open.size < 20) await settle(1);
    controller.abort(new Error('enough'));
    expect((await running).every(({ status }) => status === 'rejected')).toBe(true);
    await vanished();
    expect([time.pending, listening()]).toEqual([0, 0]);
    expect(unhandled).toEqual([]);
  });
});
