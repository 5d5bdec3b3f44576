import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import type { SharedTroubles } from '../../src/core/tier/rests/shared-trouble.js';
import { createFailover, createMemoryStore } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { breakableStore } from './breakable-store.js';

const chain = ['a/1', 'b/2'] as const;

test('property: members that learn at once over slow and broken ways to the store all end with the longest wait', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          who: fc.nat(2),
          afterMs: fc.constantFrom(0, 1, 7, 300),
          waitMs: fc.integer({ min: 1000, max: 600_000 }),
          breaks: fc.boolean(),
        }),
        { minLength: 1, maxLength: 25 },
      ),
      fc.boolean(),
      fc.infiniteStream(fc.nat(6)),
      async (failures, watches, delays) => {
        const clock = createManualClock();
        const shared = createMemoryStore({ now: () => clock.now() });
        const members = [0, 1, 2].map(() => {
          const { store, network } = breakableStore(shared, watches, delays);
          const failover = createFailover({ chain, clock, store, share: 'rests' });
          failover.on('store-error', () => undefined);
          return { failover, network };
        });
        for (const { failover } of members) await failover.state('start');
        let latest = 0;
        for (const [at, { who, afterMs, waitMs, breaks }] of failures.entries()) {
          await clock.advance(afterMs);
          const { failover, network } = members[who]!;
          network.isDown = breaks;
          latest = Math.max(latest, clock.now() + waitMs);
          await failover.record(`worker-${at}`, {
            tier: 0,
            ok: false,
            kind: 'rate_limit',
            scope: 'credential',
            retryAfterMs: waitMs,
          });
        }
        // It holds at once where it was learnt, whatever is on its way.
        const untilOf = async (member: (typeof members)[number]) => {
          const selection = await member.failover.select('nobody');
          return selection.ok ? selection.index : undefined;
        };
        for (const { network } of members) network.isDown = false;
        await clock.advance(35_000);
        for (const { failover } of members) await failover.state('start');
        await clock.settle();
        const { troubles } = (await shared.load('rest:own-credential:a'))!.state as SharedTroubles;
        const [{ wait } = { wait: null }] = troubles;
        if (latest > clock.now()) {
          expect(wait!.from + wait!.ms).toBe(latest);
          for (const member of members) expect(await untilOf(member)).toBe(1);
          await clock.advance(latest - clock.now() - 1);
          for (const member of members) expect(await untilOf(member)).toBe(1);
          await clock.advance(1);
          expect((await Promise.all(members.map(untilOf))).filter((index) => index === 0)).toHaveLength(1);
        }
      },
    ),
    { numRuns: 150 },
  ));

test('a wait that is a little longer than one that others stored while the store was away reaches it', async () => {
  const clock = createManualClock();
  const shared = createMemoryStore({ now: () => clock.now() });
  const atOnce = fc.sample(fc.infiniteStream(fc.constant(0)), 1)[0]!;
  const { store, network } = breakableStore(shared, true, atOnce);
  const behind = createFailover({ chain, clock, store, share: 'rests' });
  const ahead = createFailover({ chain, clock, store: shared, share: 'rests' });
  const rateLimit = (retryAfterMs: number) =>
    ({ tier: 0, ok: false, kind: 'rate_limit', scope: 'credential', retryAfterMs }) as const;
  behind.on('store-error', () => undefined);
  await behind.state('worker');
  network.isDown = true;
  await behind.record('worker', { tier: 1, ok: false, kind: 'server_error', scope: 'provider' });
  await clock.settle();
  // The store is known to be away, so that nobody tries to store this one.
  await behind.record('worker', rateLimit(60_500));
  network.isDown = false;
  await ahead.record('another', rateLimit(60_000));
  await clock.advance(59_999);
  expect(await ahead.select('nobody')).toMatchObject({ index: 1 });
  await clock.advance(500);
  expect(await ahead.select('nobody')).toMatchObject({ index: 1 });
  await clock.advance(1);
  expect(await ahead.select('nobody')).toMatchObject({ index: 0 });
});
