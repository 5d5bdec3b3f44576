import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, type StateStore } from '../../src/index.js';
import { createHealthMonitor } from '../../src/health/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { without } from '../support/fake-stores.js';

const chain = ['a/1', 'b/2'] as const;
const ann = { by: 'ann', reason: 'incident' };

/** A store that can only be read for a while, as on a full disk, on a replica, or for a user who lacks a right. */
function readOnlyAtTimes(inner: StateStore) {
  const mood = { isReadOnly: false, isDown: false, reads: 0 };
  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    mood.reads++;
    if (mood.isDown) throw new Error('ECONNREFUSED');
    return work();
  };
  const write = async <T>(work: () => Promise<T>): Promise<T> => {
    if (mood.isReadOnly || mood.isDown) throw new Error('READONLY');
    return work();
  };
  const store: StateStore = {
    ...without(inner, 'watch'),
    load: (key) => read(() => inner.load(key)),
    history: (...args) => read(() => inner.history(...args)),
    sum: (...args) => read(() => inner.sum(...args)),
    commit: (...args) => write(() => inner.commit(...args)),
    increment: (...args) => write(() => inner.increment(...args)),
    acquire: (...args) => write(() => inner.acquire(...args)),
    release: (...args) => write(() => inner.release(...args)),
  };
  return { store, mood };
}

function begin(options: { share?: 'rests' } = {}) {
  const clock = createManualClock();
  const inner = createMemoryStore({ now: () => clock.now() });
  const { store, mood } = readOnlyAtTimes(inner);
  const failover = createFailover({ chain, clock, store, ...options });
  const told: string[] = [];
  failover.on('store-error', ({ state }) => told.push(state));
  return { clock, inner, store, mood, failover, told };
}

const overloaded = ({ provider }: { provider: string }) => {
  if (provider === 'a') throw Object.assign(new Error('overloaded'), { status: 529 });
  return provider;
};

test('a store that can be read and not written to is reported once, until something is written', async () => {
  const { clock, inner, mood, failover, told } = begin();
  await failover.state('bot');
  mood.isReadOnly = true;
  await failover.run(overloaded, { instance: 'bot' });
  await settle();
  for (let round = 0; round < 50; round++) {
    await failover.history('bot', { limit: 5 });
    await failover.run(overloaded, { instance: `new-${round}` });
    await clock.advance(1000);
  }
  expect(told).toEqual(['failing']);
  mood.isReadOnly = false;
  await clock.advance(30_000);
  await settle();
  expect(told).toEqual(['failing', 'recovered']);
  expect(await inner.load('instance:bot')).toMatchObject({ version: 1 });
  expect(await inner.load('instance:new-49')).toMatchObject({ version: 1 });
});

test('where there is nothing to store, it works again once a lease can be taken', async () => {
  const { clock, mood, failover, told } = begin();
  await failover.state('bot');
  const monitor = createHealthMonitor(failover, { clock, intervalMs: 5000 });
  mood.isReadOnly = true;
  for (let round = 0; round < 60; round++) await clock.advance(1000);
  expect(told).toEqual(['failing']);
  mood.isReadOnly = false;
  for (let round = 0; round < 30; round++) await clock.advance(1000);
  expect(told).toEqual(['failing', 'recovered']);
  await monitor.close();
});

test('it is still read: a pause by another process is seen, and no call waits for that', async () => {
  const { clock, inner, mood, failover, told } = begin();
  await failover.state('bot');
  mood.isReadOnly = true;
  await failover.run(overloaded, { instance: 'bot' });
  await settle();
  expect(told).toEqual(['failing']);
  const other = createFailover({ chain, clock, store: inner });
  await other.pause({ all: true }, ann);
  await clock.advance(2000);
  // It begins the read that the next one goes by, at the latest.
  await failover.run(overloaded, { instance: 'bot' }).catch(() => undefined);
  await settle();
  await expect(failover.run(overloaded, { instance: 'bot' })).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
});

test('a store that is down is not asked by every call', async () => {
  const { clock, mood, failover, told } = begin();
  await failover.state('bot');
  mood.isDown = true;
  await failover.run(overloaded, { instance: 'bot' });
  await settle();
  await clock.advance(2000);
  const before = mood.reads;
  for (let round = 0; round < 50; round++) {
    await failover.run(overloaded, { instance: 'bot' });
    await settle();
  }
  // Once what the call needs and what is common to all.
  expect(mood.reads - before).toBeLessThanOrEqual(5);
  expect(told).toEqual(['failing']);
});

test('a commit that was stored though its answer was lost does not leave the store failing for good', async () => {
  const { clock, inner, store, failover, told } = begin();
  await failover.state('bot');
  store.commit = async (...args) => {
    await inner.commit(...args);
    store.commit = inner.commit.bind(inner);
    throw new Error('ECONNRESET');
  };
  await failover.run(overloaded, { instance: 'bot' });
  await clock.advance(10_000);
  expect(told).toEqual(['failing', 'recovered']);
  const rows = await failover.history('bot', { limit: 5 });
  expect(rows.map(({ type }) => type)).toEqual(['tier-change', 'tier-failed']);
});

test('what a budget has used elsewhere is read, too', async () => {
  const clock = createManualClock();
  const inner = createMemoryStore({ now: () => clock.now() });
  const { store, mood } = readOnlyAtTimes(inner);
  const policy = { tokenBudget: { limit: 1000, windowMs: 3_600_000 } };
  const [one, other] = [store, inner].map((each) => createFailover({ chain, policy, clock, store: each }));
  await one!.state('bot');
  mood.isReadOnly = true;
  await one!.run(overloaded, { instance: 'bot' });
  await settle();
  await other!.recordUsage('bot', { inputTokens: 300, outputTokens: 100 });
  await clock.advance(2000);
  expect(await one!.budget('bot')).toMatchObject({ used: 400 });
});
