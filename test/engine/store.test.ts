import { describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  initialState,
  parseConfig,
  replay,
  resolveWithFallback,
  type FailoverEvents,
  type FailoverOptions,
  type StateStore,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { moodyStore } from '../support/fake-stores.js';
import { overloaded, rateLimited, revoked, scripted } from '../support/scripted.js';

const chain = ['a/1', 'b/2'] as const;

/** A failover, and what it tells of its store. */
function heard(options: FailoverOptions) {
  const failover = createFailover({ chain, ...options });
  const told: string[] = [];
  failover.on('store-error', ({ state, error }) => told.push(error ? `${state}: ${error.message}` : state));
  return { failover, told };
}

function refuse(): never {
  throw new Error('ECONNREFUSED');
}

describe('Runtime: when a call reads the store', () => {
  test('only when its snapshot is missing or older than stalenessMs; otherwise the happy path touches no store', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store });
    await resolveWithFallback(failover, () => 1);
    const first = mood.loads;
    expect(first).toBeGreaterThan(0);
    for (let call = 0; call < 100; call++) await resolveWithFallback(failover, () => 1);
    await clock.advance(1999);
    await resolveWithFallback(failover, () => 1);
    expect([mood.loads, mood.commits]).toEqual([first, 0]);
    await clock.advance(1);
    await resolveWithFallback(failover, () => 1);
    expect(mood.loads).toBeGreaterThan(first);
    expect(clock.pending).toBe(0);
  });

  test('with a live watch it never reads again', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const watching: StateStore = { ...store, watch: () => () => undefined };
    const failover = createFailover({ chain, clock, store: watching });
    await resolveWithFallback(failover, () => 1);
    const { loads } = mood;
    await clock.advance(3_600_000);
    await resolveWithFallback(failover, () => 1);
    expect(mood.loads).toBe(loads);
  });

  test.each([undefined, null, { key: 'instance:default' }])(
    'a watch that tells %j does not say what has changed: all is read again by who asks next',
    async (told) => {
      const { store } = moodyStore();
      const clock = createManualClock();
      let tell: (key: never) => void = () => undefined;
      const watching: StateStore = {
        ...store,
        watch(listener) {
          tell = listener;
          return () => undefined;
        },
      };
      const [here, there] = [
        createFailover({ chain, clock, store: watching }),
        createFailover({ chain, clock, store }),
      ];
      await here.run(() => 1);
      await there.pause('default', { by: 'ann', reason: 'deploy' });
      await here.run(() => 1);
      tell(told as never);
      await expect(here.run(() => 1)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', by: 'ann' });
    },
  );

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a promise', Promise.resolve()],
    ['what throws', refuse],
  ])('a watch that gives %s to be left by does not keep the failover from closing', async (_name, leave) => {
    const inner = createMemoryStore();
    const failover = createFailover({ chain, store: { ...inner, watch: () => leave as () => void } });
    const { call } = scripted({ 'a/1': [revoked()] });
    await failover.run(call);
    await failover.close();
    expect((await inner.load('instance:default'))?.state).toMatchObject({ tier: 1 });
  });

  test('a watch that was broken for a moment is no longer believed: all is read again', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    let tell: ((live: boolean) => void) | undefined;
    const watching: StateStore = {
      ...store,
      watch(_listener, status) {
        tell = status;
        status?.(true);
        return () => undefined;
      },
    };
    const [here, there] = [createFailover({ chain, clock, store: watching }), createFailover({ chain, clock, store })];
    await here.run(() => 1, { instance: 'bot' });
    tell?.(false);
    await there.pause('bot', { by: 'ann', reason: 'deploy' });
    await there.pause({ all: true }, { by: 'bob', reason: 'outage' });
    tell?.(true);
    await expect(here.run(() => 1, { instance: 'bot' })).rejects.toMatchObject({ by: 'bob' });
    await there.resume({ all: true }, { by: 'bob' });
    tell?.(false);
    tell?.(true);
    await expect(here.run(() => 1, { instance: 'bot' })).rejects.toMatchObject({ by: 'ann' });
    const { loads } = mood;
    await here.select('bot');
    expect(mood.loads).toBe(loads);
  });

  test('it waits at most loadTimeoutMs, and after one time-out no call waits until a read has come through', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    mood.hangs = true;
    const failover = createFailover({ chain, clock, store });
    const first = resolveWithFallback(failover, () => 'answer');
    let answered = false;
    void first.then(() => (answered = true));
    await clock.advance(199);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(answered).toBe(true);
    expect((await resolveWithFallback(failover, () => 'at once')).value).toBe('at once');
  });

  test('it reads also the pauses over everything, however often its own state is stored', async () => {
    const clock = createManualClock();
    const { store } = moodyStore();
    const [here, there] = [createFailover({ chain, clock, store }), createFailover({ chain, clock, store })];
    await here.run(() => 1);
    await there.pause({ all: true }, { by: 'ann', reason: 'deploy' });
    await clock.advance(1500);
    await here.record('default', { tier: 1, ok: false, kind: 'overloaded' });
    await clock.advance(500);
    await expect(here.run(() => 1)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', by: 'ann' });
  });

  test('a request to it may take storeTimeoutMs, 5,000 unless told', async () => {
    for (const [options, limitMs] of [
      [{}, 5000],
      [{ storeTimeoutMs: 70 }, 70],
    ] as const) {
      const clock = createManualClock();
      const { store, mood } = moodyStore();
      mood.hangs = true;
      const { failover, told } = heard({ clock, store, loadTimeoutMs: 0, ...options });
      const state = failover.state('bot');
      await clock.advance(limitMs - 1);
      expect(told).toEqual([]);
      await clock.advance(1);
      expect(told).toEqual([expect.stringMatching(/^failing/)]);
      await state;
    }
  });

  test('a store that refuses is not asked again by each call', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store });
    await failover.run(() => 1);
    mood.fails = true;
    await clock.advance(2000);
    await failover.run(() => 1);
    const { loads } = mood;
    for (let call = 0; call < 50; call++) await failover.run(() => 1);
    expect(mood.loads).toBe(loads);
  });

  test('a store that never answers is told of when the first call has waited in vain, and once', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    mood.hangs = true;
    const { failover, told } = heard({ clock, store });
    for (const instance of ['one', 'two', 'three']) {
      void resolveWithFallback(failover, () => 1, { instance });
      await clock.advance(200);
    }
    expect(told).toEqual(['failing: the store did not answer within 200 ms (loadTimeoutMs); calls go on without it']);
    await clock.advance(60_000);
    expect(told).toHaveLength(1);
    mood.hangs = false;
    await clock.advance(60_000);
    expect(told).toEqual([expect.stringMatching(/^failing/), 'recovered']);
  });

  test('a store that is slow each time is told of once, and again when it has been in time meanwhile', async () => {
    const clock = createManualClock();
    const inner = createMemoryStore();
    let delayMs = 300;
    const load: StateStore['load'] = async (key) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, delayMs));
      return inner.load(key);
    };
    const { store } = moodyStore(inner);
    const { failover, told } = heard({ clock, store: { ...store, load } });
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) {
        void resolveWithFallback(failover, () => 1);
        await clock.advance(3000);
      }
    };
    await rounds(5);
    expect(told).toEqual([expect.stringMatching(/^failing/), 'recovered']);
    delayMs = 100;
    await rounds(2);
    expect(told).toHaveLength(2);
    delayMs = 300;
    await rounds(5);
    expect(told).toHaveLength(4);
  });

  test('a host whose calls never wait hears nothing of a store that answers', async () => {
    const clock = createManualClock();
    const { store } = moodyStore();
    const { failover, told } = heard({ clock, store, loadTimeoutMs: 0 });
    void resolveWithFallback(failover, () => 1);
    await clock.advance(3000);
    expect(told).toEqual([]);
  });

  test("a slow store keeps neither the caller's abort nor a deadline waiting", async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    mood.hangs = true;
    const controller = new AbortController();
    const aborted = resolveWithFallback(createFailover({ chain, clock, store }), () => 1, {
      signal: controller.signal,
    });
    await clock.advance(10);
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');

    const began = clock.now();
    const hurried = resolveWithFallback(createFailover({ chain, clock, store }), () => clock.now() - began, {
      deadlineMs: 100,
    });
    await clock.advance(100);
    expect((await hurried).value).toBe(50);
  });

  test('also after a wait for a tier: what others did meanwhile is respected', async () => {
    const clock = createManualClock();
    const { store } = moodyStore();
    const policy = { onExhausted: 'wait' as const };
    const [one, other] = [
      createFailover({ chain, clock, store, policy }),
      createFailover({ chain, clock, store, policy }),
    ];
    const { call, asked } = scripted({ 'a/1': [rateLimited(60)], 'b/2': [rateLimited(60)] });
    const waiting = resolveWithFallback(one, call).catch((error: unknown) => error);
    await clock.advance(30_000);
    await other.pause('default', { by: 'ann', reason: 'enough' });
    await clock.advance(30_000);
    expect(await waiting).toMatchObject({ code: 'TIERFALL_PAUSED', by: 'ann' });
    expect(asked).toHaveLength(2);
  });
});

describe('Runtime: a store that is down never fails a call', () => {
  test('the engine goes on from memory, says so once, and catches up when the store is back', async () => {
    const clock = createManualClock();
    const inner = createMemoryStore();
    const { store, mood } = moodyStore(inner);
    const failover = createFailover({ chain, clock, store });
    const told: string[] = [];
    failover.on('store-error', ({ state }) => told.push(state));
    await resolveWithFallback(failover, () => 1);
    mood.fails = true;
    const { call } = scripted({ 'a/1': [rateLimited(3600)] });
    for (let round = 0; round < 5; round++) expect((await resolveWithFallback(failover, call)).index).toBe(1);
    await clock.advance(60_000);
    await resolveWithFallback(failover, call);
    expect(told).toEqual(['failing']);
    expect(await inner.load('instance:default')).toBeUndefined();

    mood.fails = false;
    await clock.advance(60_000);
    expect(told).toEqual(['failing', 'recovered']);
    const landed = await inner.load('instance:default');
    expect(landed!.state).toEqual(await failover.state('default'));
    const history = await inner.history('instance:default', { limit: 100 });
    expect(replay(history.toReversed(), { chain: failover.chain })).toEqual(landed!.state);
  });

  test('a failover that is closed while its store is away leaves no timer', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store });
    mood.fails = true;
    await failover.pause('bot', { by: 'ann', reason: 'deploy' }).catch(() => undefined);
    expect(clock.pending).toBe(1);
    await failover.close();
    expect(clock.pending).toBe(0);
  });

  test('each loss is looked after anew: what gathers in the second lands as soon as in a first', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store });
    const lose = async (forMs: number) => {
      mood.fails = true;
      await failover.pause('bot', { by: 'ann', reason: `${mood.commits}` }).catch(() => undefined);
      await clock.advance(forMs);
      mood.fails = false;
    };
    const stored = async () => (await store.load('instance:bot'))?.state;
    await lose(600_000);
    await clock.advance(30_000);
    expect(await stored()).toEqual(await failover.state('bot'));
    await lose(1);
    await clock.advance(500);
    expect(await stored()).toEqual(await failover.state('bot'));
  });

  test('an operator action that did not land rejects with StoreError, and holds here all the same', async () => {
    const clock = createManualClock();
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock, store });
    await resolveWithFallback(failover, () => 1);
    mood.fails = true;
    await expect(failover.pause('default', { by: 'ann', reason: 'r' })).rejects.toMatchObject({
      code: 'TIERFALL_STORE',
    });
    await expect(resolveWithFallback(failover, () => 1)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
  });

  test.each<[string, StateStore['instances']]>([
    ['at once', () => refuse()],
    [
      'half-way',
      async function* () {
        yield 'bot';
        refuse();
      },
    ],
  ])('a list of instances that fails %s fails with StoreError', async (_when, instances) => {
    const failover = createFailover({ chain, store: { ...createMemoryStore(), instances } });
    const listed = (async () => {
      for await (const name of failover.instances()) expect(name).toBe('bot');
    })();
    await expect(listed).rejects.toMatchObject({ code: 'TIERFALL_STORE', cause: { message: 'ECONNREFUSED' } });
  });

  test('a long outage is remembered in bounded space and lands as one whole', async () => {
    const clock = createManualClock();
    const inner = createMemoryStore();
    const { store, mood } = moodyStore(inner);
    const failover = createFailover({ chain, clock, store });
    await resolveWithFallback(failover, () => 1);
    mood.fails = true;
    for (let round = 0; round < 3000; round++) {
      await failover.record('default', { tier: round % 2, ok: false, kind: 'overloaded' });
      if (round % 100 === 0) await clock.advance(10);
    }
    mood.fails = false;
    await clock.advance(120_000);
    const landed = await inner.load('instance:default');
    expect(landed!.state).toEqual(await failover.state('default'));
    const history = await failover.history('default', { limit: 100_000 });
    expect(history.length).toBeLessThan(5000);
    expect(replay(history.toReversed(), { chain: failover.chain })).toEqual(landed!.state);
  });

  test('what gathers behind one slow commit lands whole, also beyond what is kept apart', async () => {
    const clock = createManualClock();
    const inner = createMemoryStore();
    let answer: () => void = () => undefined;
    const slow: StateStore = {
      ...inner,
      commit: async (...args) => {
        await new Promise<void>((resolve) => (answer = resolve));
        return inner.commit(...args);
      },
    };
    const failover = createFailover({ chain, clock, store: slow });
    await resolveWithFallback(failover, () => 1);
    for (let round = 0; round < 600; round++)
      await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    await clock.settle();
    answer();
    await clock.settle();
    // The second commit takes all that gathered behind the first; then as much again, and more, comes behind that.
    for (let round = 0; round < 1500; round++)
      await failover.record('default', { tier: 1, ok: false, kind: 'overloaded' });
    for (let commit = 0; commit < 10; commit++) {
      answer();
      await clock.settle();
    }
    const landed = await inner.load('instance:default');
    expect(landed!.state).toEqual(await failover.state('default'));
    const history = await failover.history('default', { limit: 100_000 });
    expect(replay(history.toReversed(), { chain: failover.chain })).toEqual(landed!.state);
  });

  test.each([
    ['corrupt', { schema: 1, ids: 'nonsense' }],
    ['of a later version', { schema: 99 }],
    ['between two tiers', { ...initialState(parseConfig({ chain }).config), tier: 0.5 }],
  ])(
    'a stored state that is %s is a named error and a fresh start, and is not written over until a reset',
    async (_what, bad) => {
      const inner = createMemoryStore();
      await inner.commit('instance:default', 0, bad, []);
      const failover = createFailover({ chain, store: inner });
      const told: FailoverEvents['store-error'][] = [];
      failover.on('store-error', (event) => told.push(event));
      const { call } = scripted({ 'a/1': [overloaded()] });
      expect((await resolveWithFallback(failover, call)).index).toBe(1);
      expect(told).toMatchObject([{ state: 'failing', error: { code: 'TIERFALL_STORE', key: 'instance:default' } }]);
      expect((await inner.load('instance:default'))!.state).toEqual(bad);
      await failover.reset('default', { by: 'ann' });
      expect((await inner.load('instance:default'))!.state).toMatchObject({ schema: 2, tier: 0 });
    },
  );
});

test('a reset after a state that could not be read: the state is the fold of its ledger again', async () => {
  const clock = createManualClock();
  const inner = createMemoryStore();
  const before = createFailover({ chain, clock, store: inner });
  await before.record('default', { tier: 0, ok: false, kind: 'auth' });
  await before.pause('default', { by: 'ann', reason: 'r' });
  await inner.commit('instance:default', 2, { schema: 1, ids: 'nonsense' }, []);
  const after = createFailover({ chain, clock, store: inner });
  await after.state('default');
  await after.reset('default', { by: 'ann' });
  const rows = (await inner.history('instance:default', { limit: 100 })).toReversed();
  expect(replay(rows, after)).toEqual((await inner.load('instance:default'))!.state);
});

test.each([{ all: true }, { provider: 'a' }] as const)(
  'a pause of %j that cannot be read is refused with what helps, as there is no reset of it',
  async (target) => {
    const store = createMemoryStore();
    await store.commit('all' in target ? 'all' : 'provider:a', 0, { schema: 99 }, []);
    const failover = createFailover({ chain, store });
    const told: string[] = [];
    failover.on('store-error', ({ error }) => told.push(error?.message ?? ''));
    await failover.state('default');
    await expect(failover.pause(target, { by: 'ann', reason: 'r' })).rejects.toThrow(/delete the record/u);
    expect(told).toEqual([expect.stringMatching(/left as it is until it is deleted/u)]);
  },
);

describe('Runtime: several processes on one store', () => {
  const pair = (options: object = {}) => {
    const clock = createManualClock();
    const store = createMemoryStore();
    const make = () => createFailover({ chain, clock, store, ...options });
    return { clock, store, one: make(), other: make() };
  };

  test("a pause, a reset and a step by one reach the other, told as 'remote'", async () => {
    const { one, other, clock } = pair();
    const told: string[] = [];
    other.on('tier-change', ({ direction, reason, origin }) => told.push(`${direction} ${reason} ${origin}`));
    other.on('paused', ({ by, origin }) => told.push(`paused by ${by} ${origin}`));
    other.on('resumed', ({ origin }) => told.push(`resumed ${origin}`));
    await resolveWithFallback(other, () => 1);
    await one.record('default', { tier: 0, ok: false, kind: 'quota' });
    await clock.settle();
    expect((await resolveWithFallback(other, (tier) => tier.provider)).value).toBe('b');
    await one.pause('default', { by: 'ann', reason: 'r' });
    await clock.settle();
    await expect(resolveWithFallback(other, () => 1)).rejects.toMatchObject({ by: 'ann' });
    await one.resume('default', { by: 'ann' });
    await one.pause({ all: true }, { by: 'bob', reason: 'r' });
    await clock.settle();
    await expect(resolveWithFallback(other, () => 1)).rejects.toMatchObject({ by: 'bob' });
    expect(told).toEqual(['down quota remote', 'paused by ann remote', 'resumed remote', 'paused by bob remote']);
  });

  test('a change made by another process is told as it was told there', async () => {
    const { one, other, clock } = pair({ policy: { cooldown: { initialMs: 1000, factor: 1, maxMs: 1000 } } });
    const told: Record<'here' | 'there', Partial<FailoverEvents['tier-change']>[]> = { here: [], there: [] };
    one.on('tier-change', (event) => told.there.push({ ...event, origin: 'remote' }));
    other.on('tier-change', (event) => told.here.push(event));
    await other.state('default');
    const exhausted: unknown[] = [];
    for (const each of [one, other]) {
      each.on('exhausted', ({ kind, origin }) => exhausted.push({ kind, origin }));
    }
    const fail = (tier: number) => one.record('default', { tier, ok: false, kind: 'quota' });
    const steps = [
      () => fail(0),
      () => one.record('default', { tier: 1, ok: true }),
      () => one.record('default', { tier: 0, ok: true }),
      () => one.recordExternalTrigger('default', 'over_budget'),
      () => one.reset('default', { by: 'ann' }),
      () => one.hold('default', 0, { by: 'ann', until: clock.now() + 500 }),
      () => one.record('default', { tier: 1, ok: true }),
      () => one.record('default', { tier: 0, ok: true }),
      () => one.hold('default', 0, { by: 'ann' }),
      () => one.reset('default', { by: 'ann' }),
      () => fail(0),
    ];
    for (const step of steps) {
      await step();
      await clock.settle();
      expect(told.here).toEqual(told.there);
      await clock.advance(1000);
    }
    expect(told.here.map(({ direction, reason, source }) => `${direction} ${reason} ${source}`)).toEqual([
      'down quota auto',
      'up recovered auto',
      'down over_budget external',
      'reset reset operator',
      'down hold operator',
      'up recovered auto',
      'down hold operator',
      'reset reset operator',
      'down quota auto',
    ]);
    await fail(0);
    await fail(1);
    await clock.settle();
    // A chain that is used up tells no step; it is told itself.
    expect(told.here).toHaveLength(9);
    expect(exhausted).toEqual([
      { kind: 'quota', origin: 'local' },
      { kind: 'quota', origin: 'remote' },
    ]);
  });

  test('two that step at once make one step: the loser applies its transition again', async () => {
    const { one, other, store, clock } = pair();
    await Promise.all([resolveWithFallback(one, () => 1), resolveWithFallback(other, () => 1)]);
    const startedAt = clock.now();
    await clock.advance(10);
    await Promise.all([
      one.record('default', { tier: 0, ok: false, kind: 'overloaded', startedAt }),
      other.record('default', { tier: 0, ok: false, kind: 'overloaded', startedAt }),
    ]);
    await clock.settle();
    const history = await store.history('instance:default', { limit: 100 });
    expect(history.filter((event) => event.type === 'tier-change')).toHaveLength(1);
    expect(await one.state('default')).toEqual(await other.state('default'));
  });

  test('two that report a fact from outside at once make one step, also where they name no tier', async () => {
    const store = createMemoryStore();
    const clocks = [createManualClock({ now: 0 }), createManualClock({ now: 7 })] as const;
    const [one, other] = clocks.map((clock) => createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock, store }));
    for (const each of [one!, other!]) await each.state('default');
    await Promise.all([one, other].map((each) => each!.recordExternalTrigger('default', 'over_budget')));
    for (const clock of clocks) await clock.settle();
    expect(await one!.state('default')).toMatchObject({ tier: 1, tiers: { 1: { failures: 0 } } });
    expect(await other!.state('default')).toEqual(await one!.state('default'));
    await other!.recordExternalTrigger('default', 'over_budget');
    expect((await other!.state('default')).tier).toBe(2);
  });

  test('that the chain is used up is told again once a tier has answered, whichever process had the answer', async () => {
    const { one, other, clock } = pair({ policy: { onExhausted: 'throw' } });
    let told = 0;
    one.on('exhausted', () => told++);
    const failing = () => resolveWithFallback(one, () => Promise.reject(overloaded())).catch(() => undefined);
    await failing();
    await failing();
    expect(told).toBe(1);
    await clock.advance(60_000);
    await resolveWithFallback(other, () => 1);
    await clock.settle();
    await failing();
    expect(told).toBe(2);
  });

  test('a state of another chain is mapped to this one, once', async () => {
    const { one, store, clock } = pair();
    await one.record('default', { tier: 0, ok: false, kind: 'quota' });
    await clock.settle();
    const newer = createFailover({ chain: ['z/0', 'b/2', 'a/1'], clock, store });
    expect(await newer.state('default')).toMatchObject({ ids: ['z/0', 'b/2', 'a/1'], tier: 1 });
    expect((await newer.history('default', { limit: 9 }))[0]).toMatchObject({ type: 'chain-changed' });
  });
});
