import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WatchOptions } from '../../src/ports/state-store.js';
import { createWatchHub, type SubscriptionListener, type WatchHub } from '../../src/stores/watch-hub.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A hub whose connections do what the test says. */
function setUp() {
  const connections: { listener: SubscriptionListener; closed: boolean }[] = [];
  const hub = createWatchHub({
    heartbeatMs: 1000,
    open(listener) {
      const connection = { listener, closed: false };
      connections.push(connection);
      return {
        ping: async () => undefined,
        close: () => {
          connection.closed = true;
        },
      };
    },
  });
  return { hub, connections };
}

test('a connection that never begins to listen is given up and made anew', async () => {
  const { hub, connections } = setUp();
  const live: boolean[] = [];
  hub.watch(
    () => undefined,
    (isLive) => live.push(isLive),
  );
  await vi.advanceTimersByTimeAsync(4999);
  expect(connections).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(101);
  expect(connections.map(({ closed }) => closed)).toEqual([true, false]);
  connections[1]!.listener.live();
  expect(live).toEqual([false, true]);
  hub.close();
});

test.each([false, true])(
  'what a connection says once it was lost counts no more (it had begun: %s)',
  async (hadBegun) => {
    const { hub, connections } = setUp();
    const told: string[] = [];
    const live: boolean[] = [];
    hub.watch(
      (key) => told.push(key),
      (isLive) => live.push(isLive),
    );
    const first = connections[0]!.listener;
    if (hadBegun) first.live();
    first.lost();
    first.lost();
    first.live();
    first.message('instance:a');
    expect([told, live]).toEqual([[], hadBegun ? [false, true, false] : [false]]);
    await vi.advanceTimersByTimeAsync(50);
    expect(connections).toHaveLength(2);
    hub.close();
  },
);

test('a server that stays away is asked more and more seldom, at most every five seconds', async () => {
  const { hub, connections } = setUp();
  hub.watch(() => undefined);
  const gaps: number[] = [];
  for (let tries = 1; tries <= 12; tries++) {
    connections.at(-1)!.listener.lost();
    let waitedMs = 0;
    for (; connections.length === tries && waitedMs < 10_000; waitedMs += 5) await vi.advanceTimersByTimeAsync(5);
    gaps.push(waitedMs);
  }
  expect(gaps[0]).toBeLessThanOrEqual(50);
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(2500);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(5000);
  hub.close();
});

test('a connection that is lost while it is being opened is closed', async () => {
  let closed = 0;
  const hub = createWatchHub({
    heartbeatMs: 1000,
    open(listener) {
      listener.lost();
      return { ping: async () => undefined, close: () => void closed++ };
    },
  });
  hub.watch(() => undefined);
  expect(closed).toBe(1);
  hub.close();
});

test('after a break the keys used last are reported, and of the others not more than as many', () => {
  const { hub, connections } = setUp();
  const told: string[] = [];
  hub.watch((key) => told.push(key));
  for (let index = 0; index < 35_000; index++) void hub.know(`instance:${index}`);
  connections[0]!.listener.live();
  expect(told.length).toBeGreaterThanOrEqual(10_000);
  expect(told.length).toBeLessThanOrEqual(20_000);
  expect(told).toContain('instance:34999');
  expect(told).not.toContain('instance:0');
  hub.close();
});

describe('a connection that is told which instances to report', () => {
  /** What it is asked for, and how the test answers that. */
  function selection() {
    const requests: { what: string; answer: () => Promise<void>; refuse: () => Promise<void> }[] = [];
    const request = async (what: string): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const settled = async (settle: () => void) => {
        settle();
        await vi.advanceTimersByTimeAsync(0);
      };
      requests.push({
        what,
        answer: async () => settled(resolve),
        refuse: async () => settled(() => reject(new Error('NOPERM'))),
      });
      return promise;
    };
    return {
      requests,
      add: async (keys: readonly string[]) => request(keys.length > 3 ? `${keys.length} keys` : keys.join()),
      setAll: async (all: boolean) => request(all ? 'all' : 'not all'),
    };
  }

  /** A watcher of what is asked for. */
  function watched(hub: WatchHub, options: WatchOptions = { instances: 'asked' }) {
    const told: string[] = [];
    const live: boolean[] = [];
    const stop = hub.watch(
      (key) => told.push(key),
      (isLive) => live.push(isLive),
      options,
    );
    return { told, live, stop };
  }

  /** Did it resolve? */
  async function isDone(waiting: Promise<void> | undefined): Promise<boolean> {
    let isOver = waiting === undefined;
    void waiting?.then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(0);
    return isOver;
  }

  async function listening() {
    const { hub, connections } = setUp();
    const watcher = watched(hub);
    const selected = selection();
    connections[0]!.listener.live(selected);
    await vi.advanceTimersByTimeAsync(0);
    expect(watcher.live).toEqual([false, true]);
    return { hub, connections, ...watcher, ...selected };
  }

  test('is live once it reports what was asked for before', async () => {
    const { hub, connections } = setUp();
    expect(hub.know('instance:a')).toBeUndefined();
    void hub.know('provider:acme');
    const { told, live } = watched(hub);
    const selected = selection();
    connections[0]!.listener.live(selected);
    await vi.advanceTimersByTimeAsync(0);
    expect([selected.requests.map(({ what }) => what), live]).toEqual([['instance:a'], [false]]);
    await selected.requests[0]!.answer();
    expect([told, live]).toEqual([
      ['instance:a', 'provider:acme'],
      [false, true],
    ]);
    hub.close();
  });

  test('keeps every request for an instance waiting until it reports that one', async () => {
    const { hub, requests, told } = await listening();
    const [first, second] = [hub.know('instance:a'), hub.know('instance:a')];
    expect(hub.know('provider:acme')).toBeUndefined();
    expect([await isDone(first), await isDone(second)]).toEqual([false, false]);
    await requests[0]!.answer();
    expect([await isDone(first), await isDone(second)]).toEqual([true, true]);
    expect(hub.know('instance:a')).toBeUndefined();
    expect(requests).toHaveLength(1);
    expect(told).toEqual([]);
    hub.close();
  });

  test('keeps no request waiting for long, and reports the key when it answers at last', async () => {
    const { hub, requests, told } = await listening();
    const waiting = hub.know('instance:a');
    await vi.advanceTimersByTimeAsync(49);
    expect(await isDone(waiting)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isDone(waiting)).toBe(true);
    expect(told).toEqual([]);
    await requests[0]!.answer();
    expect(told).toEqual(['instance:a']);
    hub.close();
  });

  test('keeps no request waiting when it is broken, and the next one asks for all of it again', async () => {
    const { hub, connections, requests, told, live } = await listening();
    const waiting = hub.know('instance:a');
    await requests[0]!.refuse();
    expect(await isDone(waiting)).toBe(true);
    expect(live).toEqual([false, true, false]);
    expect(hub.know('instance:b')).toBeUndefined();
    await vi.advanceTimersByTimeAsync(50);
    const next = selection();
    connections[1]!.listener.live(next);
    expect(next.requests.map(({ what }) => what)).toEqual(['instance:a,instance:b']);
    expect(told).toEqual([]);
    await next.requests[0]!.answer();
    expect(told).toEqual(['instance:a', 'instance:b']);
    expect(live).toEqual([false, true, false, true]);
    hub.close();
  });

  test('is asked more and more seldom while the server refuses', async () => {
    const { hub, connections } = setUp();
    const { live } = watched(hub, {});
    for (let tries = 1; tries <= 7; tries++) {
      const selected = selection();
      connections.at(-1)!.listener.live(selected);
      await selected.requests[0]!.refuse();
      await vi.advanceTimersByTimeAsync(5000);
    }
    const before = connections.length;
    const selected = selection();
    connections.at(-1)!.listener.live(selected);
    await selected.requests[0]!.refuse();
    await vi.advanceTimersByTimeAsync(2000);
    expect([connections.length, live]).toEqual([before, [false]]);
    hub.close();
  });

  test('reports all instances once more than 10,000 were asked for, also after a break', async () => {
    const { hub, connections, requests } = await listening();
    for (let index = 0; index < 10_000; index++) void hub.know(`instance:${index}`);
    for (const { answer } of requests.splice(0)) void answer();
    await vi.advanceTimersByTimeAsync(0);
    const waiting = hub.know('instance:more');
    expect(requests.map(({ what }) => what)).toEqual(['all']);
    expect(await isDone(waiting)).toBe(false);
    await requests[0]!.answer();
    expect(await isDone(waiting)).toBe(true);
    expect(hub.know('instance:yet more')).toBeUndefined();
    connections[0]!.listener.lost();
    await vi.advanceTimersByTimeAsync(50);
    const next = selection();
    connections[1]!.listener.live(next);
    expect(next.requests.map(({ what }) => what)).toEqual(['all']);
    hub.close();
  });

  test('is live for a watcher of all once it reports all, and goes back when that one stops', async () => {
    const { hub, requests, live, told } = await listening();
    void hub.know('instance:a');
    await requests[0]!.answer();
    const first = watched(hub, {});
    first.stop();
    const second = watched(hub, {});
    expect(requests.slice(1).map(({ what }) => what)).toEqual(['all', 'not all', 'all']);
    await requests[1]!.answer();
    await requests[2]!.answer();
    expect(second.live).toEqual([false]);
    await requests[3]!.answer();
    expect([second.live, second.told]).toEqual([[false, true], ['instance:a']]);
    expect(watched(hub, {}).live).toEqual([true]);
    second.stop();
    expect(requests).toHaveLength(4);
    // Of the other watcher nothing has changed.
    expect([live, told]).toEqual([[false, true], []]);
    hub.close();
  });
});
