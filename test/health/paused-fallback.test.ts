import { expect, test } from 'vitest';
import type { FailoverOptions } from '../../src/index.js';
import { overloaded } from '../support/scripted.js';
import { MINUTE, setUp } from './set-up.js';

// A fallback is needed only when what is before it fails: its canary is the first call that needs it.

/** `b`, the second of two tiers, is paused, and it is time for its canary. `a` works. */
async function pausedFallback(policy: object = {}) {
  const world = setUp({ tiers: 2, failoverOptions: { policy } as FailoverOptions });
  world.fail(undefined);
  await world.monitor.alert({ rule: 'errors', reason: 'many', by: 'alerts', target: { provider: 'b' } });
  for (let minute = 0; minute < 10; minute++) {
    await world.clock.advance(MINUTE);
    await world.call();
  }
  return world;
}

test('a paused fallback that nobody needs stays paused, and is not asked', async () => {
  const { asked, monitor } = await pausedFallback();
  expect(new Set(asked)).toEqual(new Set(['a']));
  expect(monitor.status().pauses).toMatchObject([{ target: { provider: 'b' } }]);
});

test.each([
  ['wrap', {}],
  ['throw', { onExhausted: 'throw' }],
  ['a threshold that its first failure does not reach', { threshold: { failures: 3, windowMs: MINUTE } }],
])('the call whose better tier fails is its canary, under %s', async (_name, policy) => {
  const { call, asked, fail, monitor } = await pausedFallback(policy);
  fail(overloaded());
  expect(await call()).toBe('b');
  expect(asked.slice(-2)).toEqual(['a', 'b']);
  expect(monitor.status().pauses).toEqual([]);
});

test('so is a call that begins while the better tier rests', async () => {
  const { clock, failover, asked, call, monitor } = await pausedFallback({ onExhausted: 'throw' });
  await failover.record('default', { tier: 0, ok: false, kind: 'overloaded', retryAfterMs: MINUTE });
  await clock.settle();
  expect(await call()).toBe('b');
  expect(asked.at(-1)).toBe('b');
  expect(monitor.status().pauses).toEqual([]);
});

test('never one that a person has paused as well', async () => {
  const { failover, call, asked, fail } = await pausedFallback();
  await failover.pause({ provider: 'b' }, { by: 'ann', reason: 'maintenance' });
  fail(overloaded());
  expect(await call()).toBe('TIERFALL_CHAIN_EXHAUSTED');
  expect(asked).not.toContain('b');
});

test('and never for a call that names other fallbacks', async () => {
  const { failover, fail } = await pausedFallback();
  fail(overloaded());
  const alone = failover.run(
    async ({ provider }) => {
      if (provider === 'a') throw overloaded();
      return provider;
    },
    { fallbacks: [] },
  );
  await expect(alone).rejects.toThrow('overloaded');
});
