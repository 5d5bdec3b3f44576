import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, type StateStore } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { without } from '../support/fake-stores.js';
import { overloaded, rateLimited, scripted } from '../support/scripted.js';
import { usedHeap } from '../support/used-heap.js';

const chain = ['a/1', 'b/2'] as const;

/** So many new instances that the ones nobody uses are dropped. */
async function crowd(failover: { run(call: () => unknown, options: { instance: string }): Promise<unknown> }) {
  for (let place = 0; place < 25_000; place++) await failover.run(() => 1, { instance: `other-${place}` });
}

describe('instances that are let go of', () => {
  test.each(['default', 'shared'])(
    'a pause reaches a call that waits while many others come by (a %s store)',
    async (kind) => {
      const clock = createManualClock();
      const store = kind === 'shared' ? { store: createMemoryStore({ now: () => clock.now() }) } : {};
      const failover = createFailover({ chain: ['a/1'], clock, policy: { onExhausted: 'wait' }, ...store });
      const { call, asked } = scripted({ 'a/1': [rateLimited(30), 'answer'] });
      const waiting = failover.run(call, { instance: 'patient' }).catch((error: unknown) => error);
      await clock.settle();
      await crowd(failover);
      await failover.pause('patient', { by: 'ann', reason: 'stop' });
      await clock.advance(60_000);
      expect(await waiting).toMatchObject({ code: 'TIERFALL_PAUSED', by: 'ann' });
      expect(asked).toHaveLength(1);
    },
  );

  test('a failure of a call that was under way meanwhile is learnt by the instance', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock });
    const { promise, reject } = Promise.withResolvers<string>();
    const running = failover.run(({ provider }) => (provider === 'a' ? promise : 'answer'), { instance: 'slow' });
    await crowd(failover);
    reject(overloaded());
    expect((await running).index).toBe(1);
    expect((await failover.state('slow')).tier).toBe(1);
  });

  test('sessions that failed once are not kept for ever, in the private store neither', {
    timeout: 60_000,
  }, async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock });
    const { call } = scripted({ 'a/1': [overloaded()] });
    const fail = async (from: number, count: number) => {
      for (let place = from; place < from + count; place++) {
        await failover.run(call, { instance: `session-${place}` });
        if (place % 1000 === 0) await clock.advance(60_000);
      }
    };
    await fail(0, 30_000);
    const before = usedHeap();
    await fail(30_000, 30_000);
    expect(usedHeap() - before).toBeLessThan(15_000_000);
    expect(await failover.history('session-0', { limit: 10 })).toEqual([]);
    expect((await failover.history('session-59999', { limit: 10 })).length).toBeGreaterThan(0);
  });

  test.each([
    ['a hold', (it: ReturnType<typeof createFailover>) => it.hold('bot', 0, { by: 'ann' })],
    ['a pause', (it: ReturnType<typeof createFailover>) => it.pause('bot', { by: 'ann', reason: 'stop' })],
    [
      'a wait',
      (it: ReturnType<typeof createFailover>) =>
        it.record('bot', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 3_600_000 }),
    ],
  ])('%s keeps its instance in the private store', async (_name, act) => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock });
    await act(failover);
    const before = await failover.state('bot');
    await crowd(failover);
    expect(await failover.state('bot')).toEqual(before);
  });
});

describe('forget(instance)', () => {
  const stores: Record<string, () => StateStore> = {
    'a store that can forget': () => createMemoryStore(),
    'a store that cannot': () => without(createMemoryStore(), 'forget'),
  };

  test.each(Object.entries(stores))('drops what is kept of it, on %s', async (_name, makeStore) => {
    const clock = createManualClock();
    const store = makeStore();
    const [here, there] = [createFailover({ chain, clock, store }), createFailover({ chain, clock, store })];
    await here.record('bot', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 60_000 });
    await here.pause('bot', { by: 'ann', reason: 'stop' });
    await clock.settle();
    expect((await there.state('bot')).paused).toMatchObject({ by: 'ann' });
    await here.forget('bot');
    await clock.settle();
    for (const failover of [here, there]) {
      expect(await failover.state('bot')).toMatchObject({ tier: 0, paused: null, tiers: [{ restUntil: null }, {}] });
      expect((await failover.run(({ provider }) => provider, { instance: 'bot' })).value).toBe('a');
    }
    if (store.forget) {
      expect(await store.load('instance:bot')).toBeUndefined();
      expect(await here.history('bot', { limit: 10 })).toEqual([]);
    }
    // It begins anew.
    await there.record('bot', { tier: 0, ok: false, kind: 'overloaded' });
    await clock.settle();
    expect((await here.state('bot')).tier).toBe(1);
  });

  test('a call under way obeys the waits that are named after that, and a pause', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock, policy: { onExhausted: 'wait' } });
    const asked: string[] = [];
    const limited = Object.assign(new Error('slow down'), { status: 429, headers: { 'retry-after': '60' } });
    const calls = ['default', 'bot'].map((instance) =>
      failover
        .run(
          async ({ provider }) => {
            asked.push(provider);
            if (asked.length <= 2) await failover.forget(instance);
            throw limited;
          },
          { instance },
        )
        .catch((error: unknown) => error),
    );
    await clock.advance(59_000);
    expect(asked.toSorted()).toEqual(['a', 'a', 'b', 'b']);
    for (const instance of ['default', 'bot']) await failover.pause(instance, { by: 'ann', reason: 'stop' });
    await clock.advance(60_000);
    expect(asked.length).toBe(4);
    expect(await Promise.all(calls)).toMatchObject([{ code: 'TIERFALL_PAUSED' }, { code: 'TIERFALL_PAUSED' }]);
  });

  test('a pause that a person asks for meanwhile holds, also behind a slow commit', async () => {
    const clock = createManualClock();
    const inner = createMemoryStore();
    const commit: StateStore['commit'] = async (...args) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 1000));
      return inner.commit(...args);
    };
    const failover = createFailover({ chain, clock, store: { ...inner, commit } });
    await failover.state('bot');
    const reporting = failover.record('bot', { tier: 0, ok: false, kind: 'quota' });
    await clock.advance(100);
    const forgetting = failover.forget('bot');
    const pausing = failover.pause('bot', { by: 'ann', reason: 'stop' });
    await clock.advance(10_000);
    await Promise.all([reporting, forgetting, pausing]);
    expect(await failover.state('bot')).toMatchObject({ tier: 0, paused: { by: 'ann' }, lastFailureKind: null });
    expect((await inner.load('instance:bot'))?.state).toMatchObject({ paused: { by: 'ann' } });
  });

  test('what happens while it is forgotten is kept, and a store that fails says so', async () => {
    const clock = createManualClock();
    const inner = createMemoryStore();
    const gate = Promise.withResolvers<void>();
    const store: StateStore = {
      ...inner,
      async forget(key) {
        await gate.promise;
        await inner.forget!(key);
      },
    };
    const failover = createFailover({ chain, clock, store });
    await failover.pause('bot', { by: 'ann', reason: 'stop' });
    const forgetting = failover.forget('bot');
    await clock.settle();
    await failover.record('bot', { tier: 0, ok: false, kind: 'quota' });
    gate.resolve();
    await forgetting;
    await clock.settle();
    expect((await inner.load('instance:bot'))?.state).toMatchObject({ tier: 1, paused: null });

    const broken = createFailover({
      chain,
      clock,
      store: { ...inner, forget: () => Promise.reject(new Error('ECONNREFUSED')) },
    });
    broken.on('store-error', () => undefined);
    await broken.state('bot');
    await expect(broken.forget('bot')).rejects.toMatchObject({ code: 'TIERFALL_STORE', operation: 'forget' });
    expect((await broken.state('bot')).tier).toBe(1);
  });
});

describe('waiting for the store', () => {
  test('history(), hold() and pause() wait for their own change, however many follow it', async () => {
    const clock = createManualClock();
    const inner = createMemoryStore();
    const later = async <T>(work: () => Promise<T>) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 25));
      return work();
    };
    const store: StateStore = {
      ...inner,
      load: (key) => later(() => inner.load(key)),
      commit: (...facts) => later(() => inner.commit(...facts)),
      history: (...facts) => later(() => inner.history(...facts)),
    };
    const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock, store });
    let stopped = false;
    const caller = async (name: number) => {
      for (let count = 0; !stopped; count++) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 2 + (name % 5)));
        await failover.hold('default', name % 3, { by: `${name}`, until: clock.now() + 1000 + count }).catch(() => 1);
      }
    };
    const callers = Array.from({ length: 30 }, (_, name) => caller(name));
    await clock.advance(500);
    const tookMs = async (work: () => Promise<unknown>) => {
      const began = clock.now();
      let ended = Number.POSITIVE_INFINITY;
      void work().then(() => (ended = clock.now()));
      await clock.advance(300);
      return ended - began;
    };
    // One commit may be under way, the next one holds the change; then the history itself is read.
    expect(await tookMs(() => failover.history('default', { limit: 5 }))).toBeLessThanOrEqual(75);
    expect(await tookMs(() => failover.hold('default', 2, { by: 'ann' }))).toBeLessThanOrEqual(50);
    expect(await tookMs(() => failover.pause('default', { by: 'ann', reason: 'r' }))).toBeLessThanOrEqual(50);
    stopped = true;
    await clock.advance(1000);
    await Promise.all(callers);
  });
});
