import { describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  resolveWithFallback,
  type ClockInput,
  type StateStore,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, rateLimited, scripted } from '../support/scripted.js';

const chain = ['a/1', 'b/2'] as const;
const policy = { cooldown: { initialMs: 1000, factor: 2, maxMs: 8000 } } as const;

/** A memory store that counts what is asked of it; one that cannot tell of changes without `watch`. */
function counting(watches: boolean): { store: StateStore; asked: string[] } {
  const inner = createMemoryStore();
  const asked: string[] = [];
  const load: StateStore['load'] = (key) => {
    asked.push(`load ${key}`);
    return inner.load(key);
  };
  const store: StateStore = { ...inner, load };
  if (!watches) delete store.watch;
  return { store, asked };
}

test('a clock or a chance that is none is not believed', async () => {
  const manual = createManualClock();
  const delays: number[] = [];
  for (const random of [() => 0.5, () => 7, () => Number.NaN]) {
    const failover = createFailover({
      chain,
      clock: manual,
      random,
      policy: { retry: { maxAttempts: 2, initialDelayMs: 1000, jitter: 0.5 } },
    });
    failover.on('retry', ({ delayMs }) => delays.push(delayMs));
    const run = failover.run(scripted({ 'a/1': [overloaded()] }).call);
    await manual.advance(5000);
    await run;
  }
  expect(delays).toEqual([delays[0], delays[0], delays[0]]);
  const before = Date.now();
  const failover = createFailover({ chain, clock: { now: () => Number.NaN } });
  await failover.run(scripted({ 'a/1': [overloaded()] }).call);
  const [row] = await failover.history('default', { limit: 1 });
  expect(row?.at).toBeGreaterThanOrEqual(before);
});

describe.each([0, -5_000_000])('Runtime on a clock that stands at %d', (now) => {
  test.each([true, false])(
    'the happy path touches no store after the first call (a live watch: %s)',
    async (watches) => {
      const clock = createManualClock({ now });
      const { store, asked } = counting(watches);
      const failover = createFailover({ chain, clock, store });
      await resolveWithFallback(failover, () => 1);
      const first = asked.splice(0);
      expect(first).toContain('load instance:default');
      for (let call = 0; call < 10; call++) await resolveWithFallback(failover, () => 1);
      await clock.advance(1999);
      await resolveWithFallback(failover, () => 1);
      expect(asked).toEqual([]);
      await clock.advance(1);
      await resolveWithFallback(failover, () => 1);
      expect(asked).toEqual(watches ? [] : first);
    },
  );

  test('a call steps down, a wait is kept, the way back is found', async () => {
    const clock = createManualClock({ now });
    const failover = createFailover({ chain, clock, policy });
    const { call, asked } = scripted({ 'a/1': [rateLimited(5), 'fine'] });
    await resolveWithFallback(failover, call);
    await clock.advance(4999);
    await resolveWithFallback(failover, call);
    await clock.advance(1);
    await resolveWithFallback(failover, call);
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['a/1', 'b/2', 'b/2', 'a/1', 'a/1']);
    expect((await failover.state('default')).tiers[0]).toMatchObject({ failures: 0, restUntil: null });
  });

  test('paused, no provider is called; a used-up chain says when to come back', async () => {
    const clock = createManualClock({ now });
    const failover = createFailover({ chain, clock, policy: { ...policy, onExhausted: 'throw' } });
    await failover.pause('default', { by: 'ann', reason: 'deploy' });
    await expect(resolveWithFallback(failover, () => 1)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
    await failover.resume('default', { by: 'ann' });
    const { call } = scripted({ 'a/1': [overloaded()], 'b/2': [overloaded()] });
    await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({ retryAt: now + 1000 });
    expect((await failover.state('default')).tiers[0]!.retryAfterUntil).toBeNull();
  });
});

test.each<[string, ClockInput]>([
  ['Date itself', Date],
  ['an object with now() only', { now: () => 5_000_000 }],
])('Runtime on %s: rests and ledgers are by its time, timers by the real clock', async (_name, clock) => {
  const failover = createFailover({ chain, clock, policy });
  const { call } = scripted({ 'a/1': [rateLimited(5)] });
  const before = clock.now();
  expect((await resolveWithFallback(failover, call, { deadlineMs: 60_000 })).index).toBe(1);
  const { restUntil } = (await failover.state('default')).tiers[0]!;
  expect(restUntil).toBeGreaterThanOrEqual(before + 5000);
  expect(restUntil).toBeLessThanOrEqual(clock.now() + 5000);
});
