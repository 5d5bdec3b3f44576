import { describe, expect, test, vi } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  isTierfallError,
  type FailoverOptions,
  type PolicyOptions,
} from '../../src/index.js';
import { MONITOR_ACCESS } from '../../src/core/monitor-access-key.js';
import type { MonitorAccess } from '../../src/ports/monitor-access.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { without } from '../support/fake-stores.js';
import { overloaded, rateLimited, revoked } from '../support/scripted.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = createManualClock().now();

function setUp(policy: PolicyOptions = {}, options: Partial<FailoverOptions> = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy, ...options });
  const fail = (error: () => unknown, of: object = {}) => {
    const call = async (): Promise<never> => {
      throw error();
    };
    return failover.run(call, of).catch((thrown: unknown) => thrown);
  };
  return { clock, failover, fail };
}

/** Whether a promise has settled, and with what. */
function watched(promise: Promise<unknown>): { state: unknown } {
  const watch: { state: unknown } = { state: 'waits' };
  promise.then(
    () => (watch.state = 'ready'),
    (error: unknown) => (watch.state = error),
  );
  return watch;
}

describe('ready', () => {
  test('resolves at once where a tier may be asked', async () => {
    const { clock, failover } = setUp();
    await failover.ready('default');
    await failover.for('other').ready();
    expect(clock.pending).toBe(0);
  });

  test('resolves when the soonest tier may be asked, and leaves nothing behind', async () => {
    const { clock, failover, fail } = setUp();
    await fail(() => rateLimited(5 * 3600));
    const ready = watched(failover.ready('default'));
    await clock.advance(5 * HOUR - 1);
    expect(ready.state).toBe('waits');
    await clock.advance(1);
    expect([ready.state, clock.pending]).toEqual(['ready', 0]);
  });

  test('under wrap does not let a caller spin: it waits until the error said', async () => {
    const { clock, failover, fail } = setUp();
    for (let round = 0; round < 5; round++) {
      const error = await fail(overloaded);
      if (!isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) throw error;
      const before = clock.now();
      const ready = failover.ready('default');
      await clock.advance(60_000);
      await ready;
      expect(error.retryAt! - before).toBeGreaterThan(1000);
    }
  });

  test('waits for the next look at a revoked key, which is the process’s, not the instance’s', async () => {
    const { clock, failover, fail } = setUp();
    await fail(revoked);
    await fail(revoked, { instance: 'other' });
    await clock.advance(45_000);
    await fail(revoked);
    await clock.advance(20_000);
    // The default instance looked last; the other's own minute is over.
    await fail(revoked);
    const ready = watched(failover.ready('other'));
    await clock.settle();
    expect(ready.state).toBe('waits');
    await clock.advance(60_000);
    expect(ready.state).toBe('ready');
  });

  test.each([
    ['a reset', async (failover: ReturnType<typeof setUp>['failover']) => failover.reset('default', { by: 'ann' })],
    [
      'a reset of all',
      async (failover: ReturnType<typeof setUp>['failover']) => failover.reset({ all: true }, { by: 'ann' }),
    ],
  ])('resolves when an operator ends the wait: %s', async (_, act) => {
    const { clock, failover, fail } = setUp();
    await fail(() => rateLimited(3600));
    const ready = watched(failover.ready('default'));
    await clock.advance(60_000);
    await act(failover);
    await clock.settle();
    expect([ready.state, clock.pending]).toEqual(['ready', 0]);
  });

  test.each(['default', { all: true }] as const)('waits for a pause by a person, however long: %j', async (target) => {
    const { clock, failover } = setUp();
    await failover.pause(target, { by: 'ann', reason: 'deploy' });
    const ready = watched(failover.ready('default'));
    await clock.advance(40 * DAY);
    expect(ready.state).toBe('waits');
    await failover.resume(target, { by: 'ann' });
    await clock.settle();
    expect(ready.state).toBe('ready');
  });

  test('waits for a provider that is paused, where the others rest', async () => {
    const { clock, failover } = setUp();
    await failover.pause({ provider: 'a' }, { by: 'ann', reason: 'bill' });
    await failover.pause({ provider: 'b' }, { by: 'ann', reason: 'bill', until: clock.now() + HOUR });
    const ready = watched(failover.ready('default'));
    await clock.advance(HOUR - 1);
    expect(ready.state).toBe('waits');
    await clock.advance(1);
    expect(ready.state).toBe('ready');
  });

  test('a wait longer than a timer can be is one wait', async () => {
    const { clock, failover, fail } = setUp();
    await fail(() => rateLimited(60 * 86_400));
    const ready = watched(failover.ready('default'));
    expect(Math.max(...clock.delays)).toBeLessThan(2 ** 31);
    await clock.advance(60 * DAY - 1);
    expect(ready.state).toBe('waits');
    await clock.advance(1);
    expect([ready.state, clock.pending]).toEqual(['ready', 0]);
  });

  test('so it is on the real clock, whose timers would fire at once', async () => {
    vi.useFakeTimers();
    try {
      const failover = createFailover({ chain: ['a/1'] });
      await failover.run(() => Promise.reject(rateLimited(60 * 86_400))).catch(() => undefined);
      const ready = watched(failover.ready('default'));
      await vi.advanceTimersByTimeAsync(60 * DAY - 1000);
      expect(ready.state).toBe('waits');
      await vi.advanceTimersByTimeAsync(2000);
      expect([ready.state, vi.getTimerCount()]).toEqual(['ready', 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('ends by its signal, with its reason, and leaves nothing behind', async () => {
    const { clock, failover } = setUp();
    await failover.pause('default', { by: 'ann', reason: 'deploy' });
    const controller = new AbortController();
    const ready = watched(failover.ready('default', { signal: controller.signal }));
    await clock.settle();
    const reason = new Error('enough');
    controller.abort(reason);
    await clock.settle();
    expect([ready.state, clock.pending]).toEqual([reason, 0]);
    await expect(failover.ready('default', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('ends by its deadline, also one that is longer than a timer', async () => {
    const { clock, failover } = setUp();
    await failover.pause('default', { by: 'ann', reason: 'deploy' });
    const ready = watched(failover.ready('default', { deadlineMs: 30 * DAY }));
    await clock.advance(30 * DAY - 1);
    expect(ready.state).toBe('waits');
    await clock.advance(1);
    expect(ready.state).toMatchObject({ code: 'TIERFALL_DEADLINE', deadlineMs: 30 * DAY });
    expect(clock.pending).toBe(0);
  });

  test('ends when the failover is closed', async () => {
    const { clock, failover } = setUp();
    await failover.pause('default', { by: 'ann', reason: 'deploy' });
    const ready = watched(failover.ready('default'));
    await clock.settle();
    await failover.close();
    await clock.settle();
    expect([ready.state, clock.pending]).toMatchObject([{ code: 'TIERFALL_CLOSED' }, 0]);
    await expect(failover.ready('default')).rejects.toMatchObject({ code: 'TIERFALL_CLOSED' });
  });

  test.each<[string, object, string]>([
    ['an unknown option', { deadline: 5 }, 'deadline'],
    ['a deadline of no length', { deadlineMs: 0 }, 'deadlineMs'],
    ['a signal that is none', { signal: 5 }, 'signal'],
    ['a signal as it is', new AbortController().signal, 'options'],
  ])('refuses %s', async (_, options, path) => {
    const { failover } = setUp();
    await expect(failover.ready('default', options)).rejects.toMatchObject({ issues: [{ path }] });
    await expect(failover.ready('', {})).rejects.toMatchObject({ code: 'TIERFALL_CONFIG' });
  });
});

describe('ready and a store', () => {
  test('a process that begins in the middle of a wait waits for the rest of it', async () => {
    const store = createMemoryStore();
    const first = setUp({}, { store });
    await first.fail(() => rateLimited(5 * 3600));
    await first.failover.close();
    await first.clock.advance(2 * HOUR);
    const second = createFailover({ chain: ['a/1', 'b/2'], clock: first.clock, store });
    const told: unknown[] = [];
    second.on('available', (event) => told.push(event));
    const ready = watched(second.ready('default'));
    await first.clock.advance(3 * HOUR - 1);
    expect([ready.state, told]).toEqual(['waits', []]);
    await first.clock.advance(1);
    expect([ready.state, told]).toMatchObject(['ready', [{ instance: 'default', at: first.clock.now() }]]);
  });

  test('what another process ends is noticed, also where the store does not say what changes', async () => {
    const store = { ...createMemoryStore(), watch: undefined as never };
    const here = setUp({}, { store });
    await here.failover.pause('default', { by: 'ann', reason: 'deploy' });
    const there = createFailover({ chain: ['a/1', 'b/2'], clock: here.clock, store });
    const ready = watched(here.failover.ready('default'));
    await here.clock.advance(10_000);
    await there.resume('default', { by: 'bob' });
    expect(ready.state).toBe('waits');
    await here.clock.advance(2000);
    expect(ready.state).toBe('ready');
  });
});

describe('available', () => {
  const listen = ({ failover }: ReturnType<typeof setUp>) => {
    const told: [string, number, string][] = [];
    failover.on('available', (event) =>
      told.push(['all' in event ? 'all' : event.instance, event.at - START, event.origin]),
    );
    return told;
  };

  test('is told when calls may go again after exhausted, once, to whoever listens', async () => {
    const world = setUp({ onExhausted: 'throw' });
    const told = listen(world);
    await world.fail(() => rateLimited(3600));
    await world.clock.advance(HOUR - 1);
    expect(told).toEqual([]);
    await world.clock.advance(DAY);
    expect(told).toEqual([['default', HOUR, 'local']]);
    expect(world.clock.pending).toBe(0);
  });

  test('without a listener at that time no timer is set, and the next call tells it', async () => {
    const world = setUp();
    await world.fail(() => rateLimited(3600));
    await world.clock.settle();
    expect(world.clock.delays).toEqual([]);
    await world.clock.advance(2 * HOUR);
    const told = listen(world);
    await world.failover.run(() => 'fine');
    await world.clock.advance(DAY);
    expect(told).toEqual([['default', 2 * HOUR, 'local']]);
  });

  test('a listener who comes in the middle of the wait is told in time', async () => {
    const world = setUp();
    await world.fail(() => rateLimited(3600));
    await world.clock.advance(HOUR / 2);
    const told = listen(world);
    await world.clock.advance(HOUR);
    expect(told).toEqual([['default', HOUR, 'local']]);
  });

  test('is told where the tier that answers is the one that was told last, as no tier-change is', async () => {
    const world = setUp({ onExhausted: 'wrap' });
    const told = listen(world);
    const changes: string[] = [];
    world.failover.on('tier-change', ({ direction }) => changes.push(direction));
    await world.fail(overloaded);
    changes.length = 0;
    await world.failover.run(({ provider }) => {
      if (provider === 'a') throw overloaded();
      return 'fine';
    });
    expect([told, changes]).toEqual([[['default', 0, 'local']], []]);
  });

  test('after a pause that is lifted, and after one whose time has passed', async () => {
    const world = setUp();
    const told = listen(world);
    await world.failover.pause('agent', { by: 'ann', reason: 'deploy' });
    await world.failover.resume('agent', { by: 'ann' });
    await world.failover.pause({ all: true }, { by: 'ann', reason: 'deploy', until: world.clock.now() + HOUR });
    await world.clock.advance(HOUR);
    expect(told).toEqual([
      ['agent', 0, 'local'],
      ['all', HOUR, 'local'],
    ]);
  });

  test('not while another pause stands, or every tier rests', async () => {
    const world = setUp({ onExhausted: 'throw' });
    const told = listen(world);
    await world.fail(() => rateLimited(3600));
    await world.failover.pause('default', { by: 'ann', reason: 'deploy' });
    await world.failover.pause({ all: true }, { by: 'ann', reason: 'deploy' });
    await world.clock.advance(HOUR);
    await world.failover.resume('default', { by: 'ann' });
    expect(told).toEqual([]);
    await world.failover.resume({ all: true }, { by: 'ann' });
    expect(told).toEqual([
      ['all', HOUR, 'local'],
      ['default', HOUR, 'local'],
    ]);
  });

  test('after the events of the change that it follows', async () => {
    const { failover } = setUp();
    const order: string[] = [];
    for (const name of ['paused', 'resumed', 'available'] as const) failover.on(name, () => order.push(name));
    await failover.pause('default', { by: 'ann', reason: 'deploy' });
    await failover.resume('default', { by: 'ann' });
    expect(order).toEqual(['paused', 'resumed', 'available']);
  });

  test('of another process is remote', async () => {
    const store = createMemoryStore();
    const here = setUp({}, { store });
    const there = createFailover({ chain: ['a/1', 'b/2'], clock: here.clock, store });
    const told = listen({ ...here, failover: there });
    await there.run(() => 'fine');
    await here.fail(() => rateLimited(3600));
    await here.clock.advance(HOUR);
    await here.clock.advance(DAY);
    expect(told).toEqual([['default', HOUR, 'remote']]);
  });
});

test('who waits makes no call that a health monitor counts, however often the store is read meanwhile', async () => {
  const clock = createManualClock();
  let reads = 0;
  const memory = without(createMemoryStore({ now: () => clock.now() }), 'watch');
  const store = { ...memory, load: (key: string) => (reads++, memory.load(key)) };
  const failover = createFailover({ chain: ['a/1', 'b/2'], store, clock });
  await failover.pause('bot', { by: 'ann', reason: 'deploy' });
  const waiting = watched(failover.ready('bot'));
  await clock.advance(60_000);
  expect([reads > 20, waiting.state]).toEqual([true, 'waits']);
  const access = (failover as unknown as Record<symbol, MonitorAccess>)[MONITOR_ACCESS]!;
  expect(access.calls('bot')).toBe(0);
  await failover.close();
});

test('who waits is told although the read before the wait has brought a new chain', async () => {
  const clock = createManualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const other = createFailover({ chain: ['a/1', 'b/2'], store, clock });
  await other.update({ chain: ['a/1', 'c/3'] }, { by: 'ops' });
  await other.pause('bot', { by: 'ann', reason: 'deploy' });
  await clock.settle();

  const failover = createFailover({ chain: ['a/1', 'b/2'], store, clock });
  const waiting = watched(failover.ready('bot'));
  await clock.settle();
  expect(failover.chain.map(({ provider }) => provider)).toEqual(['a', 'c']);
  expect(waiting.state).toBe('waits');
  await failover.resume('bot', { by: 'ann' });
  await clock.settle();
  expect(waiting.state).toBe('ready');
});
