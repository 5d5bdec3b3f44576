import { describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  type Failover,
  type FailoverOptions,
  type StateStore,
} from '../../src/index.js';
import { createManualClock, type ManualClock } from '../../src/testing/manual-clock.js';
import { moodyStore, without } from '../support/fake-stores.js';

const chain = ['a/1', 'b/2'] as const;
const policy = { cooldown: { initialMs: 10_000, factor: 2 } } as const;
const minute = 60_000;

/** Members of a fleet, each a process of its own; `store` gives each its way to the shared one. */
function fleetOf(count: number, options: { store?: (shared: StateStore, clock: ManualClock) => StateStore } = {}) {
  const clock = createManualClock();
  const shared = createMemoryStore({ now: () => clock.now() });
  const { store = (it) => it } = options;
  const members = Array.from({ length: count }, () =>
    createFailover({ chain, policy, clock, share: 'rests', store: store(shared, clock) } as FailoverOptions & {
      chain: typeof chain;
    }),
  );
  return { clock, shared, members };
}

/** Answers come after so long; what has begun is not held up by the calls of the test. */
const slow =
  (ms: number, ...operations: ('load' | 'commit' | 'acquire')[]) =>
  (shared: StateStore, clock: ManualClock): StateStore => {
    const after = async <T>(work: Promise<T>) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
      return work;
    };
    const store: StateStore = { ...shared };
    if (operations.includes('load')) store.load = (key) => after(shared.load(key));
    if (operations.includes('commit')) store.commit = (...facts) => after(shared.commit(...facts));
    if (operations.includes('acquire')) store.acquire = (...facts) => after(shared.acquire(...facts));
    return store;
  };

/** The store answers a request for a lease 20 ms after it has decided, and notifies 5 ms after a commit. */
const answersLate = (shared: StateStore, clock: ManualClock): StateStore => {
  const pass = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
  return {
    ...shared,
    async acquire(...facts) {
      const isOurs = await shared.acquire(...facts);
      await pass(20);
      return isOurs;
    },
    watch: (listener, ...rest) =>
      shared.watch!((...change) => void clock.setTimeout(() => listener(...change), 5), ...rest),
  };
};

describe("share: 'rests': one process of the fleet at a time tries a tier", () => {
  test.each([
    ['once a minute', minute, {}],
    ['once in ten minutes', 10 * minute, {}],
    [
      'once a minute, over a store that takes longer than a call waits',
      minute,
      { store: slow(300, 'acquire', 'load') },
    ],
    [
      'once in ten minutes, without notifications',
      10 * minute,
      { store: (store: StateStore) => without(store, 'watch') },
    ],
  ])('an agent that calls %s comes back to a healthy primary', async (_name, everyMs, options) => {
    const { clock, members } = fleetOf(2, options);
    const [agent] = members;
    let isDown = true;
    let asked = 0;
    const call = async ({ provider }: { provider: string }) => {
      if (provider !== 'a') return 'fallback';
      asked++;
      if (isDown) throw Object.assign(new Error('invalid key'), { status: 401 });
      return 'primary';
    };
    const running = async () => {
      const answer = agent!.run(call, { instance: 'slow' });
      await clock.advance(5000);
      return (await answer).value;
    };
    await running();
    isDown = false;
    asked = 0;
    const answers: unknown[] = [];
    for (let round = 0; round < 30; round++) {
      await clock.advance(everyMs - 5000);
      answers.push(await running());
    }
    expect(asked).toBeGreaterThan(25);
    expect(answers.slice(2)).toEqual(Array.from({ length: 28 }, () => 'primary'));
  });

  test.each<[string, (agent: Failover) => Promise<unknown>]>([
    ['work elsewhere that is never reported', (agent) => agent.select('crashed')],
    ['a call that never ends', async (agent) => void agent.run(() => new Promise(() => {}), { instance: 'hangs' })],
  ])('a trial that is lost keeps its process away for a minute: %s', async (_name, lose) => {
    const { clock, members } = fleetOf(2);
    const [agent] = members;
    for (const instance of ['crashed', 'hangs', 'other']) {
      await agent!.record(instance, { tier: 0, ok: false, kind: 'overloaded' });
    }
    await clock.advance(10_000);
    await lose(agent!);
    await clock.settle();
    const served = async () => {
      const answer = agent!.run(({ provider }) => provider, { instance: 'other' });
      await clock.settle();
      return (await answer).value;
    };
    expect(await served()).toBe('b');
    await clock.advance(minute);
    expect(await served()).toBe('a');
  });

  test('the call that asks for the lease is the trial itself, and waits for the answer', async () => {
    const { clock, members } = fleetOf(2, { store: slow(50, 'acquire') });
    await members[0]!.record('one', { tier: 0, ok: false, kind: 'auth' });
    await clock.advance(10_000);
    const call = members[1]!.run(({ provider }) => provider, { instance: 'two' });
    await clock.advance(49);
    const state = await Promise.race([call.then(() => 'answered'), clock.settle().then(() => 'waits')]);
    expect(state).toBe('waits');
    await clock.advance(1);
    expect((await call).value).toBe('a');
  });

  test('it waits at most loadTimeoutMs, and a call that learns of no other holder is the trial', async () => {
    const { clock, members } = fleetOf(1, {
      store: (shared) => ({ ...shared, acquire: () => new Promise(() => undefined) }),
    });
    const [member] = members;
    await member!.record('one', { tier: 0, ok: false, kind: 'auth' });
    await clock.advance(10_000);
    const call = member!.run(({ provider }) => provider, { instance: 'two' });
    await clock.advance(200);
    expect((await call).value).toBe('a');
  });

  test('a lease that another process has sends calls where they work, and is not asked for by each of them', async () => {
    const { clock, shared, members } = fleetOf(2);
    let acquired = 0;
    const { promise, resolve } = Promise.withResolvers<string>();
    const counted = createFailover({
      chain,
      policy,
      clock,
      share: 'rests',
      store: { ...shared, acquire: (...facts) => (acquired++, shared.acquire(...facts)) },
    });
    await counted.state('three');
    await members[0]!.record('one', { tier: 0, ok: false, kind: 'auth' });
    await clock.advance(10_000);
    const trial = members[0]!.run(({ provider }) => (provider === 'a' ? promise : provider), { instance: 'one' });
    await clock.settle();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => counted.run(({ provider }) => provider, { instance: 'three' })),
    );
    expect([...new Set(answers.map(({ value }) => value))]).toEqual(['b']);
    expect(acquired).toBe(1);
    resolve('a');
    await trial;
    await clock.settle();
    expect((await counted.run(({ provider }) => provider, { instance: 'three' })).value).toBe('a');
  });

  test('a trial that never ends does not keep the fleet away: after a minute another process may try', async () => {
    const { clock, members } = fleetOf(2);
    await members[0]!.record('one', { tier: 0, ok: false, kind: 'auth' });
    await clock.advance(10_000);
    void members[0]!.run(({ provider }) => (provider === 'a' ? new Promise(() => undefined) : provider), {
      instance: 'one',
    });
    await clock.settle();
    const goes = async () => (await members[1]!.run(({ provider }) => provider, { instance: 'two' })).value;
    expect(await goes()).toBe('b');
    await clock.advance(minute);
    expect(await goes()).toBe('a');
  });

  test('a lease that is granted when another process has just failed there is given back', async () => {
    const { clock, members } = fleetOf(3, { store: answersLate });
    const [one, two, three] = members;
    let isDown = true;
    const call = async ({ provider }: { provider: string }) => {
      if (provider === 'a' && isDown) throw Object.assign(new Error('overloaded'), { status: 529 });
      return provider;
    };
    const ask = async (member: typeof one, instance: string) => {
      const answer = member!.run(call, { instance });
      await clock.advance(100);
      return (await answer).value;
    };
    await ask(one, 'one');
    await ask(two, 'two');
    await ask(three, 'three');
    await clock.advance(10_000);
    const failing = one!.run(call, { instance: 'one' });
    // The first has failed and released the lease; the second has not heard of that when it asks for it.
    await clock.advance(20);
    const late = two!.run(call, { instance: 'two' });
    await clock.advance(100);
    expect((await failing).value).toBe('b');
    expect((await late).value).toBe('b');
    isDown = false;
    await clock.advance(20_000);
    expect(await ask(three, 'three')).toBe('a');
  });

  test('a caller who aborts while it waits for the lease leaves it to the next call', async () => {
    const { clock, members } = fleetOf(1, { store: slow(50, 'acquire') });
    const [member] = members;
    await member!.record('one', { tier: 0, ok: false, kind: 'auth' });
    await clock.advance(10_000);
    const controller = new AbortController();
    const aborted = member!.run(({ provider }) => provider, { instance: 'two', signal: controller.signal });
    await clock.advance(10);
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await clock.advance(50);
    expect((await member!.run(({ provider }) => provider, { instance: 'two' })).value).toBe('a');
  });

  test('a fleet whose store is slow and down still tries: nobody stays away for ever', async () => {
    const { clock, shared } = fleetOf(0);
    const { store, mood } = moodyStore(shared);
    const failover = createFailover({ chain, policy, clock, share: 'rests', store });
    await failover.record('one', { tier: 0, ok: false, kind: 'auth' });
    await clock.settle();
    mood.hangs = true;
    await clock.advance(10_000);
    const answers: unknown[] = [];
    for (let count = 0; count < 2; count++) {
      const call = failover.run(({ provider }) => provider, { instance: 'one' });
      await clock.advance(1000);
      answers.push((await call).value);
    }
    // The first call has waited as long as it may for the state already.
    expect(answers).toEqual(['b', 'a']);
  });
});
