import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWatchHub, type SubscriptionListener } from '../../src/stores/watch-hub.js';

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
  for (let index = 0; index < 35_000; index++) hub.know(`instance:${index}`);
  connections[0]!.listener.live();
  expect(told.length).toBeGreaterThanOrEqual(10_000);
  expect(told.length).toBeLessThanOrEqual(20_000);
  expect(told).toContain('instance:34999');
  expect(told).not.toContain('instance:0');
  hub.close();
});
