import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, type Tier } from '../../src/index.js';
import { MONITOR_ACCESS } from '../../src/core/monitor-access-key.js';
import type { AdmissionFacts, MonitorAccess } from '../../src/ports/monitor-access.js';
import type { SharedTroubles } from '../../src/core/tier/rests/shared-trouble.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { remoteStore, without } from '../support/fake-stores.js';
import { apiError, overloaded } from '../support/scripted.js';

/*
 * What may change while a call, an operator or a reader waits for something else.
 */

const by = { by: 'ops' };
const pause = { ...by, reason: 'an invoice' };
const idOf = ({ provider, model }: Tier) => `${provider}/${model}`;
const pool = (...credentials: string[]) => ({ provider: 'p', model: 'm', credentials, order: 'least-used' }) as const;

describe('a chain that is in the store', () => {
  test('several first calls at once that name a tier of it all wait until it is read', async () => {
    const store = createMemoryStore();
    const before = createFailover({ chain: ['a/1'], store });
    await before.run(idOf);
    await before.update({ chain: ['a/1', 'b/2'] }, by);
    const failover = createFailover({ chain: ['a/1'], store });
    const calls = [1, 2].map(() => failover.run(idOf, { pinned: 'b/2' }));
    expect((await Promise.all(calls)).map(({ value }) => value)).toEqual(['b/2', 'b/2']);
  });

  test('first calls at once, under way when it is read, are spread over its keys', async () => {
    const store = createMemoryStore();
    const before = createFailover({ chain: [pool('x', 'y')], store });
    await before.run(idOf);
    await before.update({ chain: [pool('a', 'b', 'c')] }, by);
    const failover = createFailover({ chain: [pool('x', 'y')], store });
    const asked = new Set<unknown>();
    const call = async ({ credential }: Tier) => {
      asked.add(credential);
      await Promise.resolve();
    };
    await Promise.all([1, 2, 3].map(() => failover.run(call)));
    expect(asked).toEqual(new Set(['a', 'b', 'c']));
  });
});

test('calls that fail together on the way of those with nothing to handle are spread over the keys behind', async () => {
  const failover = createFailover({ chain: ['q/n', pool('a', 'b', 'c', 'd')], clock: createManualClock() });
  await failover.run(() => 1);
  const asked = new Set<unknown>();
  const call = async ({ provider, credential }: Tier) => {
    await Promise.resolve();
    if (provider === 'q') throw apiError(503);
    asked.add(credential);
  };
  await Promise.all([1, 2, 3, 4].map(() => failover.run(call)));
  expect(asked).toEqual(new Set(['a', 'b', 'c', 'd']));
});

describe('an update of the chain', () => {
  test('is told to who waits in `ready`, also where nothing has ever happened to the instance', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1'], clock });
    await failover.pause({ provider: 'a' }, pause);
    let isReady = false;
    void failover.ready('bot').then(() => (isReady = true));
    await clock.settle();
    await failover.update({ chain: ['b/2'] }, by);
    await clock.settle();
    expect(isReady).toBe(true);
  });

  test.each([
    [['c/3', 'a/1'], { tier: 'a/1', ok: true }, ['answered']],
    [['c/3'], undefined, ['unreached']],
  ] as const)('keeps the trial of a pause that a host has taken: %j', async (chain, report, ends) => {
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock() });
    const access = (failover as unknown as Record<symbol, MonitorAccess>)[MONITOR_ACCESS]!;
    await failover.pause('bot', { ...pause, source: 'health' });
    const told: string[] = [];
    const facts: AdmissionFacts = {
      acquire: async () => true,
      release: () => undefined,
      onEnd: (end) => void told.push(end),
    };
    access.admit('bot', 'monitor', facts);
    expect(await failover.select('bot')).toMatchObject({ ok: true, probe: true, index: 0 });
    await failover.update({ chain }, by);
    if (report) await failover.record('bot', report);
    expect(told).toEqual(ends);
  });

  test('a stream that has yet to give content keeps its call from missing what follows', async () => {
    const clock = createManualClock();
    const policy = { onExhausted: 'wait', cooldown: { initialMs: 60_000 } } as const;
    const failover = createFailover({ chain: ['a/1'], clock, policy });
    await failover.run(() => 1);
    const { promise, reject } = Promise.withResolvers<never>();
    let asked = 0;
    const run = failover.run(async function* () {
      if (++asked === 1) await promise;
      yield 'content';
    } as never);
    await clock.settle();
    await failover.update({ policy: { ...policy, maxRetryAfterMs: 1000 } }, by);
    await failover.pause('default', pause);
    await failover.resume('default', by);
    reject(overloaded());
    await clock.settle();
    await clock.advance(1000);
    expect(asked).toBe(1);
    await failover.reset('default', by);
    await clock.advance(1000);
    expect(asked).toBe(2);
    await run;
  });
});

test('a call that is about to wait hears what a listener does about the news that its chain is used up', async () => {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1'], clock, policy: { onExhausted: 'wait' } });
  failover.on('exhausted', ({ instance }) => failover.reset(instance, by));
  await failover.hold('bot', 0, { ...by, until: clock.now() + 3_600_000 });
  let value: unknown;
  void failover.run(idOf, { instance: 'bot' }).then((result) => ({ value } = result));
  await clock.advance(1000);
  expect(value).toBe('a/1');
});

test('a read that began before a conflict does not undo what the conflict brought', async () => {
  const clock = createManualClock();
  const shared = createMemoryStore();
  const { store, stop } = remoteStore(without(shared, 'watch'));
  const here = createFailover({ chain: ['a/1'], clock, store, stalenessMs: 60_000 });
  const there = createFailover({ chain: ['a/1'], clock, store: shared });
  await here.state('other');
  const letGo = stop('load');
  const reading = here.state('bot');
  await clock.settle();
  await there.pause('bot', pause);
  // Nothing is left of it: there it is paused already.
  await here.pause('bot', pause);
  letGo();
  await reading;
  expect((await here.state('bot')).paused).toMatchObject(pause);
});

test('a reset of what instances share reaches one that comes into memory meanwhile', async () => {
  const clock = createManualClock();
  const shared = createMemoryStore();
  const before = createFailover({ chain: ['a/1', 'b/2'], clock, store: shared });
  await before.record('bot', { tier: 0, ok: false, kind: 'quota' });
  await before.close();
  const { store, stop } = remoteStore(shared);
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, store });
  const letGo = stop('commit', 'rest:resets');
  const resetting = failover.reset({ provider: 'a' }, by);
  await clock.settle();
  expect((await failover.run(idOf, { instance: 'bot' })).value).toBe('b/2');
  letGo();
  await resetting;
  expect((await failover.run(idOf, { instance: 'bot' })).value).toBe('a/1');
});

test('a reset of what instances share reaches one that another process has changed since it was read', async () => {
  const clock = createManualClock();
  const shared = createMemoryStore();
  const chain = ['a/1', 'b/2'] as const;
  const here = createFailover({ chain, clock, store: without(shared, 'watch') });
  const there = createFailover({ chain, clock, store: shared });
  await here.state('bot');
  await there.record('bot', { tier: 0, ok: false, kind: 'quota' });
  await clock.advance(10_000);
  await here.reset({ provider: 'a' }, by);
  expect((await there.state('bot')).tiers[0]).toMatchObject({ failures: 0, restUntil: null });
});

test('a clock that moves on while a failure is recorded does not shorten the rest that the fleet learns of', async () => {
  const restAfter = async (tickMs: number) => {
    let now = 1e12;
    const store = createMemoryStore();
    const clock = { now: () => (now += tickMs) };
    const policy = { cooldown: { initialMs: 10_000, factor: 2 } };
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock, store, share: 'rests', policy });
    // What only this instance sees makes its own ladder the higher one.
    for (const kind of ['network', 'network', 'auth'] as const) {
      await failover.record('bot', { tier: 0, ok: false, kind, scope: 'credential' });
      now += 120_000;
    }
    const { state } = (await store.load('rest:own-credential:a'))!;
    return (state as SharedTroubles).troubles[0]!.rest.ms;
  };
  expect(await restAfter(0)).toBe(40_000);
  expect(await restAfter(1)).toBe(40_000);
});
