import { describe, expect, it, vi } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  resolveWithFallback,
  StoreError,
  type StateStore,
} from '../../src/index.js';
import { clearTarget } from '../../src/core/health/target.js';
import { createHealthMonitor } from '../../src/health/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { overloaded } from '../support/scripted.js';
import { MINUTE, SECOND, provider, setUp } from './set-up.js';

const rules = [
  { name: 'everything', threshold: 3, windowMs: MINUTE, scope: 'all' as const },
  { name: 'one instance', threshold: 3, windowMs: MINUTE, scope: 'instance' as const },
  { name: 'of a', threshold: 3, windowMs: MINUTE, match: { providers: ['a'] } },
  { name: 'of a or b', threshold: 3, windowMs: MINUTE, match: { providers: ['a', 'b'] } },
];

describe('an error that the host saw itself', () => {
  it.each<[string, object | undefined, string]>([
    ['everything', {}, 'paused {"all":true} health'],
    ['one instance', { instance: 'bot' }, 'paused "bot" health'],
    ['of a', {}, 'paused {"provider":"a"} health'],
    ['of a or b', { provider: 'b' }, 'paused {"provider":"b"} health'],
  ])('of the rule %j counts for %j', async (name, error, expected) => {
    const { clock, monitor, told } = setUp({ rules, tiers: 2 });
    monitor.recordError(name, { ...error, count: 2 });
    await clock.settle();
    expect(told).toEqual([]);
    monitor.recordError(name, error);
    await clock.settle();
    expect(told).toEqual([expected]);
  });

  it('counts for an instance by its whole name, however long', async () => {
    const { clock, monitor, told } = setUp({ rules });
    const instance = 'bot'.repeat(200);
    monitor.recordError('one instance', { instance, count: 3 });
    await clock.settle();
    expect(told).toEqual([`paused "${instance}" health`]);
  });

  it.each<[string, unknown, string]>([
    ['no such rule', {}, 'rule: no rule has this name; known: everything, one instance, of a, of a or b'],
    ['one instance', {}, 'error.instance: expected a non-empty string'],
    ['of a or b', {}, 'error.provider: which provider failed?'],
    ['of a or b', { provider: 'c' }, 'error.provider: the rule is about a, b'],
    ['of a', { at: Number.NaN }, 'error.at: expected epoch milliseconds'],
    ['of a', { count: 0 }, 'error.count: expected a whole number from 1 to 1000000'],
    ['of a', { times: 3 }, 'error.times: unknown option'],
    ['of a', null, 'error: expected { at, count, provider, instance }'],
  ])('of the rule %j is refused as %j', (name, error, message) => {
    expect(() => setUp({ rules, tiers: 2 }).monitor.recordError(name, error as never)).toThrow(message);
  });

  it.each(['.', '..'])('of a name that no instance may have, %s, is refused', async (name) => {
    const { monitor } = setUp({ rules });
    expect(() => monitor.recordError('one instance', { instance: name })).toThrow(`cannot be called ${name}`);
    const alert = { rule: 'pager', reason: 'on fire', by: 'pager', target: name };
    await expect(monitor.alert(alert)).rejects.toThrow(`target: an instance cannot be called ${name}`);
    expect(monitor.status().pauses).toEqual([]);
  });

  it('of such a name that an earlier version stored keeps no rule from pausing, and nobody from resuming', async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const state = { ...clearTarget('x', clock.now()), phase: 'paused', rule: 'pager', pausedAt: clock.now() };
    await store.commit('health:targets', 0, { schema: 1, targets: { 'instance:..': state } }, []);
    const { monitor, calls, told } = setUp({ failoverOptions: { clock, store } });
    await clock.advance(5 * MINUTE);
    expect(monitor.status().checkedAt).toBeGreaterThan(clock.now() - 2 * MINUTE);
    await calls(5);
    expect(told).toEqual(['paused {"provider":"a"} health']);
    await monitor.resume({ by: 'ann' });
    expect(monitor.status().pauses).toEqual([]);
  });

  it('counts no more once the monitor is closed', async () => {
    const { clock, monitor, told } = setUp({ rules });
    const sink = monitor.logSink();
    await monitor.close();
    await monitor.close();
    monitor.recordError('of a', { count: 3 });
    sink({ level: 'error', msg: 'boom' });
    await clock.advance(MINUTE);
    expect(told).toEqual([]);
  });

  it('from before a person has resumed the provider counts no more', async () => {
    const { clock, monitor, told } = setUp({ rules, graceMs: 0 });
    const before = clock.now();
    await clock.advance(SECOND);
    await monitor.resume({ by: 'ann', target: provider });
    await clock.advance(SECOND);
    told.length = 0;
    monitor.recordError('of a', { at: before, count: 3 });
    await clock.settle();
    expect(told).toEqual([]);
    monitor.recordError('of a', { count: 3 });
    await clock.settle();
    expect(told).toEqual(['paused {"provider":"a"} health']);
  });
});

describe('a target', () => {
  const expected = 'target: expected an instance name, { provider } or { all: true }';
  it.each<[unknown, string]>([
    ['', 'target: expected a non-empty string'],
    [7, expected],
    [{}, expected],
    [{ provider: ' ' }, expected],
    [{ all: true, provider: 'a' }, expected],
    [{ instance: 'bot' }, 'target.instance: unknown option'],
  ])('cannot be %j', async (target, message) => {
    const { monitor, told } = setUp();
    await expect(monitor.alert({ rule: 'r', reason: 'r', by: 'b', target: target as never })).rejects.toThrow(message);
    expect(told).toEqual([]);
  });

  it('can be one instance', async () => {
    const { monitor, told } = setUp();
    await monitor.alert({ rule: 'r', reason: 'r', by: 'b', target: 'bot' });
    expect(told).toEqual(['paused "bot" alert']);
    await expect(monitor.alert(undefined as never)).rejects.toThrow('alert: expected { rule, reason, by, target }');
  });
});

describe('options', () => {
  it.each<[unknown, string]>([
    [{ clock: { now: () => 0 } }, 'clock: expected an object with now(), setTimeout() and clearTimeout()'],
    [{ clock: 7 }, 'clock: expected'],
    [{ logger: { info: () => undefined } }, 'logger: expected an object with info and warn'],
    [{ logger: null }, 'logger: expected'],
    [{ statusPages: {} }, 'statusPages: expected a list of what createStatusPageSource returned'],
    [{ statusPages: ['https://status.example.com'] }, 'statusPages: expected a list'],
  ])('%j', (options, message) => {
    expect(() => setUp(options as never)).toThrow(message);
  });

  it('are an object', () => {
    const failover = createFailover({ chain: ['a/1'] });
    expect(() => createHealthMonitor(failover, null as never)).toThrow('options: expected an object, or nothing');
  });

  it('without rules watch nothing, and an alert still pauses', async () => {
    const { monitor, calls, told } = setUp({ rules: [] });
    await calls(20);
    expect(told).toEqual([]);
    expect((await monitor.evaluate()).rules).toEqual([]);
    await monitor.alert({ rule: 'r', reason: 'r', by: 'b' });
    expect(told).toEqual(['paused {"all":true} alert']);
  });

  it('may name a provider that the chain lacks, which is a warning', async () => {
    const match = { providers: ['a', 'aa'] };
    const { lines } = setUp({ rules: [{ name: 'five', threshold: 5, windowMs: 5 * MINUTE, match }] });
    expect(lines).toEqual(['tierfall: health: rule five names aa, which is no provider of the chain']);
  });

  it('may hold a logger that rejects', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    // Typed as what a host without types hands in.
    const rejects = (async () => Promise.reject(new Error('boom'))) as never;
    const { calls, told } = setUp({ logger: { debug: rejects, info: rejects, warn: rejects, error: rejects } });
    await calls(5);
    await settle();
    process.off('unhandledRejection', unhandled);
    expect(told).toEqual(['paused {"provider":"a"} health']);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('what a rule counts', () => {
  it('is named in hours where its window is', async () => {
    const { calls, monitor } = setUp({ rules: [{ name: 'slow', threshold: 5, windowMs: 120 * MINUTE }] });
    await calls(5);
    expect(monitor.status().pauses[0]?.reason).toBe('rule slow: 5 failures in 2 h');
  });

  it('are the lines of other loggers, not those of one of ours', async () => {
    const lines = [
      { name: 'disk', threshold: 1, windowMs: MINUTE, scope: 'all' as const, match: { phrases: ['disk broke'] } },
    ];
    const { clock, monitor, told } = setUp({ rules: lines });
    const sink = monitor.logSink();
    sink({ level: 50, msg: 'the disk broke', name: 'tierfall:http' });
    await clock.settle();
    expect(told).toEqual([]);
    sink({ level: 50, msg: 'the disk broke', name: 'app' });
    await clock.settle();
    expect(told).toEqual(['paused {"all":true} health']);
  });

  it('are the calls of a provider that came with a new chain, too', async () => {
    const share = [{ name: 'share', windows: [{ windowMs: MINUTE, ratio: 0.5, minimumCalls: 4 }] }];
    const { failover, told, calls } = setUp({ rules: share, chain: ['z/9'] });
    await failover.update({ chain: ['a/1'] }, { by: 'ops' });
    await calls(4);
    expect(told).toEqual(['paused {"provider":"a"} health']);
  });

  it('leaves out a call that began before a person resumed the provider', async () => {
    const one = [{ name: 'one', threshold: 1, windowMs: MINUTE }];
    const { failover, clock, monitor, told, call } = setUp({ rules: one, graceMs: 0 });
    let fail = (): void => undefined;
    const slow = resolveWithFallback(
      failover,
      () => new Promise((_, reject) => (fail = () => reject(overloaded()))),
    ).catch(() => undefined);
    await clock.settle();
    await clock.advance(SECOND);
    await monitor.resume({ by: 'ann', target: provider });
    await clock.advance(SECOND);
    told.length = 0;
    fail();
    await slow;
    await clock.settle();
    expect(told).toEqual([]);
    await call();
    expect(told).toEqual(['paused {"provider":"a"} health']);
  });
});

describe('a status page of the host', () => {
  it('is read once an interval, and one that throws keeps no rule from pausing', async () => {
    let reads = 0;
    const statusPages = [
      {
        provider: 'a',
        read(): never {
          reads += 1;
          throw new RangeError('no page today');
        },
      },
    ];
    const { monitor, calls, told } = setUp({ statusPages });
    await calls(5);
    expect(told).toEqual(['paused {"provider":"a"} health']);
    await monitor.evaluate();
    await monitor.evaluate();
    expect(reads).toBe(1);
  });

  it('that never answers keeps no rule from pausing', async () => {
    const statusPages = [{ provider: 'a', read: () => new Promise<never>(() => undefined) }];
    const { clock, calls, told } = setUp({ statusPages });
    await calls(5);
    expect(told).toEqual([]);
    await clock.advance(30_000);
    expect(told).toEqual(['paused {"provider":"a"} health']);
  });

  it('that answers after the monitor was closed changes nothing any more', async () => {
    let answer: (page: undefined) => void = () => undefined;
    const read = () => new Promise<undefined>((resolve) => (answer = resolve));
    const one = setUp({ statusPages: [{ provider: 'a', read }] });
    await one.calls(5);
    await one.monitor.close();
    answer(undefined);
    await one.clock.settle();
    expect(one.told).toEqual([]);

    const other = setUp({ statusPages: [{ provider: 'a', read }], intervalMs: 3_600_000, resumeAfterMs: 60_000 });
    await other.calls(5);
    answer(undefined);
    await other.clock.settle();
    other.fail(undefined);
    await other.clock.advance(3_600_000);
    await other.monitor.close();
    answer(undefined);
    await other.clock.settle();
    expect(await other.call()).toBe('TIERFALL_PAUSED');
    expect(other.clock.pending).toBe(0);
  });
});

describe('monitors of one store', () => {
  function fleet() {
    const store = createMemoryStore();
    const one = setUp({ failoverOptions: { store } });
    const failoverOptions = { store, clock: one.clock };
    return { one, other: setUp({ failoverOptions }), off: setUp({ failoverOptions, enabled: false }) };
  }

  it('know what another one has paused, and that a person has resumed it elsewhere', async () => {
    const { one, other } = fleet();
    await one.calls(5);
    await one.clock.advance(SECOND);
    expect(other.monitor.status().pauses).toMatchObject([{ target: provider, rule: 'five' }]);
    await other.monitor.resume({ by: 'ann' });
    await one.clock.advance(SECOND);
    expect(one.monitor.status().pauses).toEqual([]);
    one.fail(undefined);
    expect(await one.call()).toBe('a');
  });

  it('know that the call of another one was answered', async () => {
    const { one, other } = fleet();
    await one.calls(5);
    await one.clock.advance(6 * MINUTE);
    other.fail(undefined);
    expect(await other.call()).toBe('a');
    await one.clock.advance(5 * SECOND);
    expect([one.monitor.status().pauses, other.monitor.status().pauses]).toEqual([[], []]);
  });

  it('let a person resume through one that is switched off', async () => {
    const { one, off } = fleet();
    await one.calls(5);
    await one.clock.advance(SECOND);
    await off.monitor.resume({ by: 'ann' });
    await one.clock.advance(SECOND);
    expect(one.monitor.status().pauses).toEqual([]);
    await one.monitor.alert({ rule: 'r', reason: 'r', by: 'b', target: provider });
    await one.clock.advance(SECOND);
    await off.monitor.resume({ by: 'ann', target: provider });
    await one.clock.advance(SECOND);
    expect(one.monitor.status().pauses).toEqual([]);
  });
});

describe('a store that fails', () => {
  function failing() {
    const store = createMemoryStore();
    let isDown = false;
    const wrapped = new Proxy(store, {
      get: (target, name: keyof StateStore) =>
        isDown && name !== 'watch' && name !== 'close'
          ? () => Promise.reject(new StoreError({ operation: name, message: 'down' }))
          : target[name],
    });
    return { store: wrapped, down: (value: boolean) => (isDown = value) };
  }

  it('refuses calls from the beginning of a monitor that is closed to it, and lets them go with it', async () => {
    const { store, down } = failing();
    const { clock, failover, call, fail } = setUp({ failoverOptions: { store } });
    fail(undefined);
    down(true);
    await call();
    await clock.advance(5 * SECOND);
    await call();
    const strict = createHealthMonitor(failover, { onStoreFailure: 'closed' });
    expect(await call()).toBe('TIERFALL_PAUSED');
    await strict.close();
    expect(await call()).toBe('a');
  });

  it('gets what was paused meanwhile once it is back', async () => {
    const { store, down } = failing();
    const { clock, calls, told } = setUp({ failoverOptions: { store } });
    await calls(1);
    down(true);
    await calls(5);
    expect(told).toEqual(['paused {"provider":"a"} health']);
    down(false);
    await clock.advance(2 * MINUTE);
    const later = setUp({ failoverOptions: { store, clock } });
    await clock.advance(2 * SECOND);
    expect(later.monitor.status().pauses).toMatchObject([{ target: provider, source: 'health', rule: 'five' }]);
  });
});
