import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  type Failover,
  type Notifier,
  type StateStore,
  type Tier,
} from '../../src/index.js';
import { instrumentFailover, type InstrumentOptions } from '../../src/otel/index.js';
import { createManualClock, type ManualClock } from '../../src/testing/index.js';
import { createTelemetry, type Point, type TestTelemetry } from './telemetry.js';

let telemetry: TestTelemetry;
let clock: ManualClock;
beforeEach(() => {
  telemetry = createTelemetry();
  clock = createManualClock();
});
afterEach(() => telemetry.close());

const chain: Tier[] = [
  { provider: 'anthropic', model: 'opus' },
  { provider: 'bedrock', model: 'opus' },
];
const opus = { 'gen_ai.provider.name': 'anthropic', 'gen_ai.request.model': 'opus', 'tierfall.tier.index': 0 };
const backup = { 'gen_ai.provider.name': 'aws.bedrock', 'gen_ai.request.model': 'opus', 'tierfall.tier.index': 1 };
const chat = { 'gen_ai.operation.name': 'chat' };
async function reject(error: unknown): Promise<never> {
  throw error;
}

function observed(failover: Failover = createFailover({ chain, clock }), options: InstrumentOptions = {}) {
  const { tracerProvider, meterProvider } = telemetry;
  return instrumentFailover(failover, { tracerProvider, meterProvider, clock, ...options });
}

async function points(name: string): Promise<Point[]> {
  return (await telemetry.metrics()).get(name)?.points ?? [];
}

test('calls and attempts are counted and timed by tier and outcome', async () => {
  const failover = observed();

  const asked = failover.run(async (tier) => {
    await new Promise<void>((resolve) => clock.setTimeout(resolve, tier.provider === 'anthropic' ? 500 : 1500));
    return tier.provider === 'anthropic' ? reject({ status: 429, headers: { 'retry-after': '30' } }) : 'Hi';
  });
  await clock.advance(500);
  await clock.advance(1500);
  await asked;
  const found = await telemetry.metrics();

  const failed = { ...chat, ...opus, 'tierfall.outcome': 'error', 'error.type': 'rate_limit' };
  const worked = { ...chat, ...backup, 'tierfall.outcome': 'ok' };
  expect(found.get('tierfall.attempts')?.points).toEqual([
    { attributes: failed, value: 1 },
    { attributes: worked, value: 1 },
  ]);
  expect(found.get('tierfall.attempt.duration')).toEqual({
    unit: 's',
    points: [
      { attributes: failed, value: { count: 1, sum: 0.5 } },
      { attributes: worked, value: { count: 1, sum: 1.5 } },
    ],
  });
  expect(found.get('tierfall.operation.duration')).toEqual({
    unit: 's',
    points: [{ attributes: worked, value: { count: 1, sum: 2 } }],
  });
  const move = { 'tierfall.from': 'anthropic/opus', 'tierfall.to': 'bedrock/opus' };
  expect(found.get('tierfall.fallbacks')?.points).toEqual([
    { attributes: { ...chat, ...move, 'error.type': 'rate_limit' }, value: 1 },
  ]);
  expect(found.get('tierfall.tier_changes')?.points).toEqual([
    {
      attributes: { ...move, 'tierfall.direction': 'down', 'tierfall.reason': 'rate_limit', 'tierfall.source': 'auto' },
      value: 1,
    },
  ]);
  // 30 s from the moment the answer came.
  expect(found.get('tierfall.rest.duration')?.points).toEqual([
    { attributes: { ...opus, 'tierfall.reason': 'rate_limit' }, value: { count: 1, sum: 30 } },
  ]);
});

test('time to first content is what the caller waited, failed attempts included', async () => {
  const failover = observed();
  const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));

  const asked = failover.run(async function* (tier) {
    await wait(1000);
    if (tier.provider === 'anthropic') throw { status: 529 };
    yield 'Hi';
    await wait(4000);
  } as (tier: Tier) => AsyncIterable<string>);
  await clock.advance(1000);
  await clock.advance(1000);
  const { value } = await asked;
  const read = (async () => {
    for await (const _ of value);
  })();
  await clock.advance(4000);
  await read;

  expect(await points('tierfall.time_to_first_content')).toEqual([
    { attributes: { ...chat, ...backup }, value: { count: 1, sum: 2 } },
  ]);
  expect(await points('tierfall.operation.duration')).toMatchObject([{ value: { count: 1, sum: 6 } }]);
});

test('an exhausted chain is counted once, with the calls that found it so', async () => {
  const failover = observed(createFailover({ chain, clock, policy: { onExhausted: 'throw' } }));

  await failover.run(() => reject({ status: 401 })).catch(() => undefined);
  await failover.run(() => reject({ status: 401 })).catch(() => undefined);

  expect(await points('tierfall.exhausted')).toEqual([
    { attributes: { 'error.type': 'auth', 'tierfall.policy': 'throw' }, value: 1 },
  ]);
  expect(await points('tierfall.operation.duration')).toMatchObject([
    {
      attributes: { ...chat, 'tierfall.outcome': 'error', 'error.type': 'TIERFALL_CHAIN_EXHAUSTED' },
      value: { count: 2 },
    },
  ]);
});

test('instances are counted by the tier they are on, and named only when asked for', async () => {
  const failover = observed();
  await failover.for('one').run(() => 'Hi');
  await failover.for('two').run(() => 'Hi');
  // A detour is no change of place.
  await failover.for('two').run(() => 'Hi', { pinned: 1 });
  await failover.for('nobody').run(() => 'Hi', { fallbacks: [1], pinned: 1 });
  await failover.for('three').run((tier) => (tier.provider === 'anthropic' ? reject({ status: 500 }) : 'Hi'));
  expect(await points('tierfall.instances')).toEqual([
    { attributes: opus, value: 2 },
    { attributes: backup, value: 1 },
  ]);

  await failover.reset('three', { by: 'ana' });
  expect(await points('tierfall.instances')).toEqual([
    { attributes: opus, value: 3 },
    { attributes: backup, value: 0 },
  ]);
  failover.dispose();

  const named = observed(undefined, { attributes: ['instance'] });
  await named.for('four').run(() => 'Hi');
  expect(await points('tierfall.instances')).toContainEqual({
    attributes: { ...opus, 'tierfall.instance': 'four' },
    value: 1,
  });
});

test("what another process did moves instances here, but is that one's to count", async () => {
  const store = createMemoryStore();
  const elsewhere = createFailover({ chain, clock, store });
  const failover = observed(createFailover({ chain, clock, store }));
  await failover.run(() => 'Hi');
  const origins: string[] = [];
  failover.on('tier-change', ({ origin }) => origins.push(origin));

  await elsewhere.run((tier) => (tier.provider === 'anthropic' ? reject({ status: 500 }) : 'Hi'));
  await elsewhere.pause('default', { by: 'ana', reason: 'lunch' });
  await clock.settle();
  const found = await telemetry.metrics();

  expect(origins).toEqual(['remote']);
  expect(found.get('tierfall.instances')?.points.map(({ value }) => value)).toEqual([0, 1]);
  for (const name of ['tierfall.tier_changes', 'tierfall.rest.duration', 'tierfall.pauses']) {
    expect(found.get(name)?.points ?? []).toEqual([]);
  }
});

test('after an update instances are counted by the new chain', async () => {
  const failover = observed();
  await failover.for('one').run(() => 'Hi');
  await failover.for('two').run((tier) => (tier.provider === 'anthropic' ? reject({ status: 500 }) : 'Hi'));
  await failover.update({ chain: ['openai/gpt', chain[0]!] }, { by: 'ana' });
  const gpt = { 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt', 'tierfall.tier.index': 0 };
  const moved = { ...opus, 'tierfall.tier.index': 1 };
  expect(failover.chain).toHaveLength(2);
  expect(await points('tierfall.instances')).toEqual([
    { attributes: gpt, value: 0 },
    { attributes: moved, value: 1 },
  ]);
  await failover.for('two').run(() => 'Hi');
  expect(await points('tierfall.instances')).toEqual([
    { attributes: gpt, value: 1 },
    { attributes: moved, value: 1 },
  ]);
});

test('of more than ten thousand instances the last ten thousand are counted', async () => {
  const failover = observed();
  for (let at = 0; at < 10_050; at++) await failover.for(`tenant-${at}`).run(() => 'Hi');
  expect((await points('tierfall.instances')).map(({ value }) => value)).toEqual([10_000, 0]);
});

test('retries, pauses, store and notifier errors are counted; what fails now can be seen', async () => {
  let broken = true;
  const memory = createMemoryStore();
  const store: StateStore = {
    ...bound(memory),
    commit: (...given) => (broken ? reject(new Error('gone')) : memory.commit(...given)),
  };
  let tell: Parameters<Notifier['attach']>[0]['onStateChange'] | undefined;
  const notifier: Notifier = {
    name: 'slack',
    attach(host) {
      tell = (change) => host.onStateChange(change);
      return { notify: () => undefined, close: async () => undefined };
    },
  };
  const policy = { retry: { maxAttempts: 2, initialDelayMs: 10, jitter: 0 } };
  const failover = observed(createFailover({ chain, clock, store, notifiers: [notifier], policy }));

  const asked = failover.run((tier) => (tier.provider === 'anthropic' ? reject({ status: 500 }) : 'Hi'));
  await clock.advance(10);
  await asked;
  tell?.({ state: 'failing' });
  await failover.pause('default', { by: 'ana', reason: 'lunch' }).catch(() => undefined);
  await clock.settle();
  const failing = await telemetry.metrics();
  broken = false;
  tell?.({ state: 'recovered' });
  // Said when it is closed: no change of its health.
  tell?.({ state: 'failing', dropped: 2 });
  await failover.resume('default', { by: 'ana' }).catch(() => undefined);
  await clock.advance(60_000);
  const well = await telemetry.metrics();

  expect(failing.get('tierfall.retries')?.points).toEqual([
    { attributes: { ...opus, 'error.type': 'server_error' }, value: 1 },
  ]);
  expect(failing.get('tierfall.store.errors')?.points).toEqual([{ attributes: {}, value: 1 }]);
  expect(failing.get('tierfall.notifier.errors')?.points).toEqual([
    { attributes: { 'tierfall.notifier': 'slack' }, value: 1 },
  ]);
  const now = (found: typeof well, name: string) => found.get(name)?.points.map(({ value }) => value);
  expect([now(failing, 'tierfall.store.failing'), now(failing, 'tierfall.notifier.failing')]).toEqual([[1], [1]]);
  expect([now(well, 'tierfall.store.failing'), now(well, 'tierfall.notifier.failing')]).toEqual([[0], [0]]);
  expect(well.get('tierfall.pauses')?.points.map(({ attributes }) => attributes)).toEqual([
    { 'tierfall.pause.action': 'paused', 'tierfall.source': 'operator' },
    { 'tierfall.pause.action': 'resumed', 'tierfall.source': 'operator' },
  ]);
});

test('what happens in another process is counted there alone', async () => {
  const store = createMemoryStore();
  const failover = observed(createFailover({ chain, clock, store }));
  const heard: string[] = [];
  for (const event of ['exhausted', 'paused', 'resumed'] as const) {
    failover.on(event, ({ origin }) => heard.push(`${event} ${origin}`));
  }
  await failover.for('bot').run(() => 'Hi');
  const other = createFailover({ chain, clock, store });
  await other.pause('bot', { by: 'ana', reason: 'lunch' });
  await other.resume('bot', { by: 'ana' });
  await other
    .for('bot')
    .run(async () => reject({ status: 401 }))
    .catch(() => undefined);
  await clock.advance(1000);

  expect(heard).toEqual(['paused remote', 'resumed remote', 'exhausted remote']);
  expect(await points('tierfall.pauses')).toEqual([]);
  expect(await points('tierfall.exhausted')).toEqual([]);
});

test('a chain that something outside has used up is counted without a kind of error', async () => {
  const failover = observed(createFailover({ chain, clock, policy: { onExhausted: 'throw' } }));
  for (const tier of [0, 1]) await failover.recordExternalTrigger('default', 'maintenance', { tier });

  expect(await points('tierfall.exhausted')).toEqual([{ attributes: { 'tierfall.policy': 'throw' }, value: 1 }]);
});

test('two hundred instances make no more series than a few', async () => {
  const failover = observed();
  for (let at = 0; at < 200; at++) await failover.for(`tenant-${at}`).run(() => 'Hi', { session: `chat-${at}` });

  for (const { points: found } of (await telemetry.metrics()).values()) expect(found.length).toBeLessThanOrEqual(2);
});

/** A store's methods, still bound to it. */
function bound(store: StateStore): StateStore {
  return {
    load: (key) => store.load(key),
    commit: (...given) => store.commit(...given),
    history: (...given) => store.history(...given),
    instances: () => store.instances(),
    increment: (...given) => store.increment(...given),
    sum: (...given) => store.sum(...given),
    acquire: (...given) => store.acquire(...given),
    release: (...given) => store.release(...given),
  };
}
