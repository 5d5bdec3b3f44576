import { generateText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { describe, expect, test } from 'vitest';
import { failoverModel } from '../../src/ai-sdk/index.js';
import {
  createFailover,
  createMemoryStore,
  type Logger,
  resolveWithFallback,
  type StateStore,
  StoreError,
} from '../../src/index.js';
import { createHealthMonitor, createStatusPageSource } from '../../src/health/index.js';
import { createConsoleNotifier } from '../../src/notifiers/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { invalid, overloaded, revoked } from '../support/scripted.js';
import { fiveErrors, MINUTE, SECOND, provider, setUp } from './set-up.js';

describe('a rule that trips', () => {
  test('pauses its provider at once, tells once, and says why', async () => {
    const { clock, failover, monitor, told, calls, call, asked } = setUp();
    const since = clock.now();
    await calls(5);
    expect(told).toEqual(['paused {"provider":"a"} health']);
    expect(monitor.status()).toMatchObject({
      enabled: true,
      storeOk: true,
      pauses: [
        {
          target: provider,
          source: 'health',
          by: 'health-monitor',
          reason: 'rule five: 5 failures in 5 min',
          rule: 'five',
          since,
        },
      ],
      rules: [{ name: 'five', target: provider }],
    });
    asked.length = 0;
    await clock.advance(3 * SECOND);
    expect(await call()).toBe('TIERFALL_PAUSED');
    expect(await failover.select('default')).toMatchObject({ ok: false, reason: 'paused' });
    expect(asked).toEqual([]);
    const [row] = await failover.history(provider, { limit: 1 });
    expect(row).toMatchObject({ type: 'paused', source: 'health', by: 'health-monitor' });
  });

  test('follows a new chain', async () => {
    const { failover, monitor, told, calls, call } = setUp();
    await failover.update({ chain: ['z/9', 'a/1'] }, { by: 'ops' });
    await calls(5);
    expect(told).toEqual([]);
    await failover.update({ chain: ['a/1'] }, { by: 'ops' });
    await calls(4);
    expect(told).toEqual([]);
    expect(await call()).toBe('TIERFALL_CHAIN_EXHAUSTED');
    expect(told).toEqual(['paused {"provider":"a"} health']);
    await failover.update({ chain: ['a/1', 'b/2'] }, { by: 'ops' });
    expect(await call()).toBe('b');
    expect(monitor.status().pauses).toHaveLength(1);
  });

  test('tells callers when calls may go on', async () => {
    const { clock, failover, calls } = setUp();
    await calls(5);
    await clock.advance(5 * SECOND);
    const refused = resolveWithFallback(failover, () => 1);
    await expect(refused).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', source: 'health' });
    const retryAt = await refused.then(
      () => 0,
      (error: { retryAt: number }) => error.retryAt,
    );
    expect(retryAt).toBeGreaterThan(clock.now() + 4 * MINUTE);
    expect(retryAt).toBeLessThanOrEqual(clock.now() + 5 * MINUTE);
  });

  test('skips the tiers of the provider where another one is left, in every way in', async () => {
    const { clock, failover, calls, call, asked } = setUp({ tiers: 2 });
    await calls(5);
    asked.length = 0;
    await clock.advance(MINUTE);
    expect(await call()).toBe('b');
    expect(await failover.select('x')).toMatchObject({ ok: true, index: 1 });
    const answers = {
      content: [{ type: 'text' as const, text: 'b' }],
      finishReason: { unified: 'stop' as const, raw: 'stop' },
      usage: { inputTokens: { total: 1 }, outputTokens: { total: 1 } },
      warnings: [],
    };
    const models = ['a', 'b'].map(() => new MockLanguageModelV4({ doGenerate: answers as never }));
    const model = failoverModel(failover, ({ provider: name }) => models[name === 'a' ? 0 : 1]!);
    await generateText({ model, prompt: 'Hello', maxRetries: 0 });
    expect(models.map(({ doGenerateCalls }) => doGenerateCalls.length)).toEqual([0, 1]);
    expect(asked).toEqual(['b']);
  });

  test.each([
    ['a key', revoked()],
    ['one request', invalid()],
  ])('is not tripped by what is the fault of %s', async (_, error) => {
    const { calls, told, fail } = setUp({ tiers: 2 });
    fail(error);
    await calls(20);
    expect(told).toEqual([]);
  });

  test('of scope all and instance pauses just that', async () => {
    const rules = [{ name: 'own', threshold: 3, windowMs: MINUTE, scope: 'instance' as const }];
    const { call, told } = setUp({ rules, tiers: 2 });
    for (let each = 0; each < 6; each++) await call('busy');
    await call('other');
    expect(told).toEqual([]);
    const alone = setUp({ rules });
    for (let each = 0; each < 3; each++) await alone.call('busy');
    await alone.call('other');
    expect(alone.told).toEqual(['paused "busy" health']);
    const all = setUp({ rules: [{ ...rules[0]!, scope: 'all' }] });
    await all.calls(3);
    expect(all.told).toEqual(['paused {"all":true} health']);
  });

  test('of scope instance counts calls beside rules about shares of them', async () => {
    const rules = [
      { name: 'own', scope: 'instance' as const, windows: [{ windowMs: MINUTE, ratio: 1, minimumCalls: 3 }] },
      { name: 'share', windows: [{ windowMs: MINUTE, ratio: 1, minimumCalls: 50 }] },
    ];
    const { call, monitor, told } = setUp({ rules });
    for (let each = 0; each < 3; each++) {
      await call('busy');
      await call(`other-${each}`);
    }
    expect(told).toEqual(['paused "busy" health']);
    const counted = monitor.status().rules.find(({ target }) => target === 'busy');
    expect(counted).toMatchObject({ name: 'own', windows: [{ count: 3, calls: 3 }] });
  });

  test('needs all of its windows', async () => {
    const rules = [
      {
        name: 'both',
        windows: [
          { windowMs: MINUTE, count: 3 },
          { windowMs: 10 * MINUTE, count: 6 },
        ],
      },
    ];
    const { calls, clock, told } = setUp({ rules });
    await calls(3);
    expect(told).toEqual([]);
    await clock.advance(5 * MINUTE);
    await calls(2);
    expect(told).toEqual([]);
    await calls(1);
    expect(told).toEqual(['paused {"provider":"a"} health']);
  });

  test('is not tripped by trials of a tier that another one stands in for', async () => {
    const { clock, call, told, failover } = setUp({
      tiers: 2,
      rules: [{ name: 'two', threshold: 2, windowMs: 60 * MINUTE }],
    });
    await call();
    for (let each = 0; each < 20; each++) {
      await clock.advance(MINUTE);
      await call();
    }
    expect(failover.stats().tiers[0]!.failed).toBeGreaterThan(10);
    expect(told).toEqual([]);
  });
});

describe('the way back', () => {
  test('is one call, after all rules were clear for long enough', async () => {
    const { clock, monitor, told, calls, call, asked, fail } = setUp();
    await calls(5);
    fail(undefined);
    asked.length = 0;
    for (let minute = 0; minute < 4; minute++) {
      await clock.advance(MINUTE);
      expect(await call()).toBe('TIERFALL_PAUSED');
    }
    await clock.advance(70 * SECOND);
    expect(asked).toEqual([]);
    expect(monitor.status().pauses).toHaveLength(1);
    expect(await call()).toBe('a');
    expect(told).toEqual(['paused {"provider":"a"} health', 'resumed {"provider":"a"} health health-monitor']);
    expect(monitor.status().pauses).toEqual([]);
  });

  test('is closed to all other calls while that one is under way, and to a caller that aborts it proves nothing', async () => {
    const { clock, failover, calls, call, asked, told } = setUp();
    await calls(5);
    await clock.advance(6 * MINUTE);
    const controller = new AbortController();
    const hanging = resolveWithFallback(failover, () => new Promise<never>(() => undefined), {
      signal: controller.signal,
    });
    await clock.settle();
    asked.length = 0;
    expect(await call()).toBe('TIERFALL_PAUSED');
    expect(asked).toEqual([]);
    controller.abort(new Error('enough'));
    await expect(hanging).rejects.toThrow('enough');
    await call();
    expect(asked).toEqual(['a']);
    expect(told).toHaveLength(1);
  });

  test('waits twice as long after each call that failed, and never into a wait the provider named', async () => {
    const { clock, monitor, calls, call, asked } = setUp();
    await calls(5);
    asked.length = 0;
    const tried: number[] = [];
    const begin = clock.now();
    for (let minute = 1; minute <= 60; minute++) {
      await clock.advance(MINUTE);
      const before = asked.length;
      await call();
      if (asked.length > before) tried.push(Math.round((clock.now() - begin) / MINUTE));
    }
    expect(tried).toEqual([6, 16, 36]);
    expect(monitor.status().pauses[0]!.resumesAt).toBeGreaterThan(clock.now());
  });

  test('through outside work: select and record', async () => {
    const { clock, failover, calls, told } = setUp();
    await calls(5);
    await clock.advance(6 * MINUTE);
    expect(await failover.select('w')).toMatchObject({ ok: true, index: 0, probe: true });
    expect(await failover.select('w')).toMatchObject({ ok: false, reason: 'paused' });
    await failover.record('w', { tier: 0, ok: true });
    await clock.settle();
    expect(told.at(-1)).toBe('resumed {"provider":"a"} health health-monitor');
    expect(await failover.select('w')).toMatchObject({ ok: true, index: 0 });
  });

  test('of a better tier, by a call that another one would have served', async () => {
    const { clock, call, calls, asked, told, fail } = setUp({ tiers: 2 });
    await calls(5);
    await clock.advance(6 * MINUTE);
    asked.length = 0;
    // It fails: its caller is served by the other one all the same.
    expect(await call()).toBe('b');
    expect(asked).toEqual(['a', 'b']);
    fail(undefined);
    await clock.advance(11 * MINUTE);
    expect(await call()).toBe('a');
    expect(told.at(-1)).toBe('resumed {"provider":"a"} health health-monitor');
  });
});

describe('a person', () => {
  test('is never overruled: their pause stays, whatever the monitor finds', async () => {
    const { clock, failover, monitor, calls, call, fail } = setUp();
    await calls(5);
    await monitor.pause({ by: 'ann', reason: 'maintenance', target: provider });
    fail(undefined);
    for (let minute = 0; minute < 90; minute++) {
      await clock.advance(MINUTE);
      await call();
    }
    expect(await failover.select('default')).toMatchObject({ ok: false });
    expect(monitor.status().pauses).toContainEqual(expect.objectContaining({ source: 'operator', by: 'ann' }));
    await monitor.resume({ by: 'ann', target: provider });
    expect(await call()).toBe('a');
  });

  test.each(['monitor', 'failover'] as const)('who resumes by the %s is believed for ten minutes', async (way) => {
    const { clock, failover, monitor, calls, told } = setUp();
    await calls(5);
    if (way === 'monitor') await monitor.resume({ by: 'ann' });
    else await failover.resume(provider, { by: 'ann' });
    await clock.advance(10 * SECOND);
    await calls(20);
    expect(told.filter((line) => line.startsWith('paused'))).toHaveLength(1);
    await clock.advance(10 * MINUTE);
    await calls(5);
    expect(told.filter((line) => line.startsWith('paused'))).toHaveLength(2);
  });

  test('without a target lifts what monitors paused, and no operator’s pause of a provider', async () => {
    const { failover, monitor, call } = setUp({ tiers: 2 });
    await monitor.alert({ rule: 'pager', reason: 'on fire', by: 'pager' });
    await monitor.alert({ rule: 'pager', reason: 'on fire', by: 'pager', target: provider });
    await failover.pause({ provider: 'b' }, { by: 'bob', reason: 'contract' });
    await monitor.resume({ by: 'ann' });
    expect(monitor.status().pauses).toEqual([expect.objectContaining({ target: { provider: 'b' }, by: 'bob' })]);
    expect(await call('x')).toBe('TIERFALL_CHAIN_EXHAUSTED');
  });

  test.each([true, false])(
    'without a target also lifts what a monitor of another process has just paused (enabled: %s)',
    async (enabled) => {
      const clock = createManualClock();
      const store = createMemoryStore({ now: () => clock.now() });
      const pager = setUp({ tiers: 2, failoverOptions: { clock, store } });
      const desk = setUp({ tiers: 2, failoverOptions: { clock, store }, enabled });
      await clock.advance(10 * SECOND);
      for (const target of ['agent-1', { provider: 'gone' }]) {
        await pager.monitor.alert({ rule: 'pager', reason: 'on fire', by: 'pager', target });
      }
      await desk.monitor.resume({ by: 'ann' });
      expect(await desk.call('agent-1')).toBe('b');
      await clock.advance(3 * SECOND);
      expect(await pager.call('agent-1')).toBe('b');
      expect(pager.monitor.status().pauses).toEqual([]);
    },
  );
});

describe('other sources', () => {
  test('errors that the host saw itself', async () => {
    const { clock, monitor, told } = setUp();
    monitor.recordError('five', { provider: 'a', count: 4 });
    await clock.settle();
    expect(told).toEqual([]);
    monitor.recordError('five', { provider: 'a', at: clock.now() + MINUTE });
    await clock.settle();
    expect(told).toEqual(['paused {"provider":"a"} health']);
    expect(() => monitor.recordError('six')).toThrow('rule: no rule has this name; known: five');
    expect(() => monitor.recordError('five')).toThrow('error.provider: which provider failed?');
    for (const count of [0, -1, 1.5, Number.NaN, 1e9]) {
      expect(() => monitor.recordError('five', { provider: 'a', count })).toThrow(
        'error.count: expected a whole number',
      );
    }
    expect(() => monitor.recordError('five', { provider: 'a', at: Number.NaN })).toThrow('error.at: expected epoch');
  });

  test('lines of a log, at warn and above, in the form of pino or of a console', async () => {
    const rules = [
      {
        name: 'lines',
        threshold: 4,
        windowMs: MINUTE,
        match: { phrases: ['Is Overloaded'], patterns: ['status 5\\d\\d'], providers: ['a'] },
      },
    ];
    const { clock, monitor, told } = setUp({ rules });
    const sink = monitor.logSink();
    sink({ level: 30, msg: 'the model is overloaded: status 529' });
    sink({ level: 'debug', message: 'the model is overloaded: status 529' });
    sink({ level: 50, msg: 'the model is overloaded' });
    sink({ level: 50, msg: 'the model IS OVERLOADED: status 529' });
    sink({ level: 'warn', message: 'the model is overloaded: status 529' });
    sink({ level: 'ERROR', message: 'the model is overloaded: status 503' });
    await clock.settle();
    expect(monitor.status().rules[0]!.windows[0]).toMatchObject({ count: 3 });
    sink({ level: 60, msg: 'the model is overloaded: status 500' });
    await clock.settle();
    expect(told).toEqual(['paused {"provider":"a"} health']);
  });

  test('nothing that our own parts write, also while the store fails', async () => {
    const rules = [
      {
        name: 'lines',
        threshold: 1,
        windowMs: MINUTE,
        scope: 'all' as const,
        match: { patterns: ['fail|paused|store|error'] },
      },
    ];
    const store = createMemoryStore();
    let sink: (line: { level: number; msg: string }) => void = () => undefined;
    const logger: Logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (msg) => sink({ level: 40, msg }),
      error: (msg) => sink({ level: 50, msg }),
    };
    const failing: StateStore = {
      ...store,
      commit: () => Promise.reject(new Error('down')),
      load: () => Promise.reject(new Error('down')),
    };
    const { clock, monitor, calls, told } = setUp({ rules, logger, failoverOptions: { logger, store: failing } });
    sink = monitor.logSink();
    await calls(10);
    await clock.advance(10 * MINUTE);
    expect(told).toEqual([]);
    sink({ level: 40, msg: 'the store failed' });
    await clock.settle();
    expect(told).toEqual(['paused {"all":true} health']);
  });

  test('of a line of a megabyte only the beginning is read', async () => {
    const rules = [
      {
        name: 'lines',
        threshold: 2,
        windowMs: MINUTE,
        scope: 'all' as const,
        match: { patterns: ['over.{0,30}loaded'] },
      },
    ];
    const { clock, monitor, told } = setUp({ rules });
    const sink = monitor.logSink();
    const rest = 'x'.repeat(1_000_000);
    for (let each = 0; each < 5; each++) sink({ level: 50, msg: `${rest} overloaded` });
    for (const record of [null, undefined, 7, {}, { level: 50 }, { level: 50, msg: {} }]) sink(record as never);
    await clock.settle();
    expect(told).toEqual([]);
    for (let each = 0; each < 2; each++) sink({ level: 50, msg: `overloaded ${rest}` });
    await clock.settle();
    expect(told).toEqual(['paused {"all":true} health']);
  });

  test('what the console notifier writes to the log it reads is not counted', async () => {
    const rules = [
      { name: 'lines', threshold: 1, windowMs: MINUTE, scope: 'all' as const, match: { phrases: ['stepped down'] } },
    ];
    let sink: (line: { level: number; msg: string }) => void = () => undefined;
    const written: string[] = [];
    const write = (level: number) => (msg: string) => {
      written.push(msg);
      sink({ level, msg });
    };
    const notifiers = [createConsoleNotifier({ output: { info: write(30), warn: write(40) } })];
    const { clock, monitor, call, told } = setUp({ rules, tiers: 2, failoverOptions: { notifiers } });
    sink = monitor.logSink();
    await call();
    await clock.settle();
    expect(written.join()).toMatch(/stepped down/iu);
    expect(told).toEqual([]);
  });

  test('an alert from outside pauses, and never lifts', async () => {
    const { clock, monitor, told, call, fail } = setUp();
    fail(undefined);
    await monitor.alert({ rule: 'error-budget', reason: 'burning, key sk-abcdefghijklmnop', by: 'grafana' });
    expect(told).toEqual(['paused {"all":true} alert']);
    const [pause] = monitor.status().pauses;
    expect(pause).toMatchObject({ source: 'alert', by: 'grafana', rule: 'error-budget', target: { all: true } });
    expect(pause!.reason).not.toContain('abcdefghijklmnop');
    await clock.advance(4 * MINUTE);
    expect(await call()).toBe('TIERFALL_PAUSED');
    await clock.advance(2 * MINUTE);
    expect(await call()).toBe('a');
    expect(told.at(-1)).toBe('resumed {"all":true} alert health-monitor');
    await expect(monitor.alert({ rule: '', reason: 'r', by: 'x' })).rejects.toThrow(
      'rule: expected a non-empty string',
    );
  });

  test('a status page lowers what is asked for and is quoted, and pauses nothing by itself', async () => {
    const asked: string[] = [];
    const page = {
      status: { indicator: 'major', description: 'Partial Outage' },
      incidents: [{ name: 'Elevated\nerrors' }],
    };
    const fetch = (async (url: string) => {
      asked.push(url);
      return Response.json(page);
    }) as unknown as typeof globalThis.fetch;
    const statusPages = [createStatusPageSource({ url: 'https://status.example.com', provider: 'a', fetch })];
    const rules = [{ name: 'share', windows: [{ windowMs: 10 * MINUTE, ratio: 0.5, minimumCalls: 20 }] }];
    const { clock, monitor, calls, told, fail } = setUp({ rules, statusPages });
    fail(undefined);
    await calls(1);
    await clock.advance(10 * MINUTE);
    expect(asked).toEqual([]);
    fail(overloaded());
    await calls(4);
    await monitor.evaluate();
    expect(asked).toEqual(['https://status.example.com/api/v2/summary.json']);
    expect(told).toEqual(['paused {"provider":"a"} health']);
    expect(monitor.status().pauses[0]!.reason).toBe(
      'rule share: 4 of 4 calls failed in 10 min; the status page says: Partial Outage: Elevated errors',
    );
  });
});

describe('the store', () => {
  const failingStore = () => {
    const store = createMemoryStore();
    let isDown = false;
    const guard =
      <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        isDown ? Promise.reject(new StoreError({ operation: 'any', message: 'down' })) : method(...args);
    const wrapped: StateStore = {
      ...store,
      load: guard((key) => store.load(key)),
      commit: guard((...args: Parameters<StateStore['commit']>) => store.commit(...args)),
      increment: guard((...args: Parameters<StateStore['increment']>) => store.increment(...args)),
      sum: guard((...args: Parameters<StateStore['sum']>) => store.sum(...args)),
      acquire: guard((...args: Parameters<StateStore['acquire']>) => store.acquire(...args)),
    };
    return { store: wrapped, down: (value: boolean) => (isDown = value) };
  };

  test('fails, and calls go on: a local trip still pauses here', async () => {
    const { store, down } = failingStore();
    const { clock, calls, call, told } = setUp({ failoverOptions: { store } });
    down(true);
    await calls(5);
    expect(told).toEqual(['paused {"provider":"a"} health']);
    await clock.advance(MINUTE);
    expect(await call()).toBe('TIERFALL_PAUSED');
  });

  test('that does not take a resume of everything that is paused: who asked is told', async () => {
    const inner = createMemoryStore();
    let isDown = false;
    const store: StateStore = {
      ...inner,
      commit: async (key, ...facts) =>
        isDown && key === 'provider:a' ? Promise.reject(new Error('down')) : inner.commit(key, ...facts),
    };
    const { calls, call, fail, monitor } = setUp({ failoverOptions: { store } });
    await calls(5);
    isDown = true;
    await expect(monitor.resume({ by: 'ann' })).rejects.toThrow(
      'the resume of provider a was not stored; it holds in this process',
    );
    fail(undefined);
    expect(await call()).toBe('a');
  });

  test('fails, and no call is let through, where that is asked for', async () => {
    const { store, down } = failingStore();
    const { clock, call, fail, asked } = setUp({ onStoreFailure: 'closed', failoverOptions: { store } });
    fail(undefined);
    expect(await call()).toBe('a');
    down(true);
    await clock.advance(5 * SECOND);
    await call();
    await clock.settle();
    asked.length = 0;
    expect(await call()).toBe('TIERFALL_PAUSED');
    expect(asked).toEqual([]);
    down(false);
    await clock.advance(MINUTE);
    expect(await call()).toBe('a');
  });

  test('forgets its counters: what this process knows still counts', async () => {
    const store = createMemoryStore();
    const { clock, calls, told, monitor } = setUp({
      failoverOptions: { store: { ...store, sum: async () => Number.NaN } },
    });
    await calls(4);
    await clock.advance(MINUTE);
    await monitor.evaluate();
    await calls(1);
    expect(told).toEqual(['paused {"provider":"a"} health']);
  });

  test('is shared by monitors with other rules: each lifts what it paused', async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const start = () => createFailover({ chain: ['a/1'], clock, store });
    const [one, other] = [start(), start()];
    const strict = createHealthMonitor(one, { rules: fiveErrors });
    const loose = createHealthMonitor(other, { rules: [{ name: 'thousand', threshold: 1000, windowMs: MINUTE }] });
    strict.recordError('five', { provider: 'a', count: 5 });
    await clock.settle();
    for (let minute = 0; minute < 4; minute++) {
      await clock.advance(MINUTE);
      await loose.evaluate();
    }
    expect(loose.status().pauses).toEqual([expect.objectContaining({ target: provider, source: 'health' })]);
    // The rules that paused it are gone: those that are left take it over.
    await strict.close();
    await one.close();
    await clock.advance(10 * MINUTE);
    await resolveWithFallback(other, async () => 'ok');
    await clock.settle();
    expect(loose.status().pauses).toEqual([]);
  });
});

describe('the switch', () => {
  test('off: nothing is counted, paused or lifted; a person still can', async () => {
    const { clock, monitor, calls, told } = setUp({ enabled: false });
    expect(clock.pending).toBe(0);
    await calls(20);
    monitor.recordError('five', { provider: 'a', count: 50 });
    await monitor.alert({ rule: 'r', reason: 'r', by: 'b' });
    await clock.advance(10 * MINUTE);
    expect(told).toEqual([]);
    expect(await monitor.evaluate()).toMatchObject({ enabled: false, pauses: [] });
    await monitor.pause({ by: 'ann', reason: 'why' });
    await monitor.resume({ by: 'ann' });
    expect(told).toEqual(['paused {"all":true} operator', 'resumed {"all":true} operator ann']);
  });

  test('closed, with the monitor or with the failover: no timer is left', async () => {
    const one = setUp();
    await one.monitor.close();
    expect(one.clock.pending).toBe(0);
    const other = setUp();
    await other.failover.close();
    expect(other.clock.pending).toBe(0);
    other.monitor.recordError('five', { provider: 'a', count: 5 });
  });

  test('closed while a pause stands: callers are no longer told a time at which it ends', async () => {
    const { clock, failover, monitor } = setUp();
    await monitor.alert({ rule: 'pager', reason: 'on fire', by: 'pager' });
    await clock.advance(MINUTE);
    const retryAt = () => failover.run(() => 'answer').catch((error: { retryAt?: number | null }) => error.retryAt);
    expect(await retryAt()).toBeGreaterThan(clock.now() + MINUTE);
    await monitor.close();
    await clock.advance(60 * MINUTE);
    expect(await retryAt()).toBeNull();
    const again = createHealthMonitor(failover, { rules: fiveErrors });
    await clock.advance(10 * SECOND);
    expect(await failover.run(() => 'answer')).toMatchObject({ value: 'answer' });
    await again.close();
  });

  test.each([
    [{ interval: 5 }, 'interval: unknown option'],
    [{ intervalMs: 0 }, 'intervalMs: expected'],
    [{ resumeAfterMs: Number.NaN }, 'resumeAfterMs: expected'],
    [{ graceMs: -1 }, 'graceMs: expected'],
    [{ onStoreFailure: 'shut' }, "onStoreFailure: expected 'open' or 'closed'"],
    [{ rules: [{}] }, 'rules[0].name: expected a name'],
    [{ enabled: 'yes' }, 'enabled: expected true or false'],
  ])('refuses %j', (options, message) => {
    expect(() => setUp(options as never)).toThrow(message);
  });

  test('refuses what is no failover', () => {
    expect(() => createHealthMonitor({} as never)).toThrow('failover: expected what createFailover returned');
  });
});

test('a thousand rules watch a call, each by itself', async () => {
  const rules = Array.from({ length: 1000 }, (_, index) => ({
    name: `r${index}`,
    threshold: index === 999 ? 5 : 1e6,
    windowMs: 60_000 + index,
  }));
  const { calls, monitor } = setUp({ rules });
  await calls(4);
  await monitor.evaluate();
  expect(monitor.status().pauses).toEqual([]);
  await calls(1);
  await monitor.evaluate();
  expect(monitor.status().pauses).toMatchObject([{ source: 'health', rule: 'r999' }]);
});
