import { expect, test } from 'vitest';
import { createFailover, type FailoverEvents } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

function setUp() {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock });
  const told: [string, unknown][] = [];
  const failures: FailoverEvents['attempt-failed'][] = [];
  failover.on('attempt-failed', (event) => {
    failures.push(event);
    told.push(['attempt-failed', event.tier.model]);
  });
  failover.on('tier-change', ({ direction }) => told.push(['tier-change', direction]));
  return { clock, failover, told, failures };
}

test('a failure of work elsewhere is announced like that of a wrapped call, before the step it leads to', async () => {
  const { clock, failover, told, failures } = setUp();
  const startedAt = clock.now();
  await clock.advance(2500);
  const error = { status: 429, headers: { 'retry-after': '30' }, body: { error: { message: 'Too many requests' } } };
  await failover.record('w', { tier: 'a/1', ok: false, error, startedAt });
  expect(told).toEqual([
    ['attempt-failed', '1'],
    ['tier-change', 'down'],
  ]);
  expect(failures).toEqual([
    {
      instance: 'w',
      tier: { index: 0, provider: 'a', model: '1' },
      kind: 'rate_limit',
      rule: 'throttle',
      status: 429,
      retryAfterMs: 30_000,
      durationMs: 2500,
      at: clock.now(),
    },
  ]);
});

test('a failed trial of work elsewhere is told, and no step; a success is none', async () => {
  const { clock, failover, told } = setUp();
  await failover.record('w', { tier: 0, ok: false, kind: 'overloaded' });
  await clock.advance(20_000);
  expect(await failover.select('w')).toMatchObject({ index: 0, probe: true });
  await failover.record('w', { tier: 0, ok: false, kind: 'overloaded' });
  await failover.record('w', { tier: 1, ok: true });
  expect(told).toEqual([
    ['attempt-failed', '1'],
    ['tier-change', 'down'],
    ['attempt-failed', '1'],
  ]);
});
