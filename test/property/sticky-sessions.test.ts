import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import { createFailover, isTierfallError } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, rateLimited } from '../support/scripted.js';

const IDLE_MS = 120_000;

interface Step {
  afterMs: number;
  /** Which tiers fail from now on. */
  down: boolean[];
  sessions: number[];
  latencyMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.oneof(fc.nat(5000), fc.nat(200_000)),
  down: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  // 0 is a call without a session.
  sessions: fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
  latencyMs: fc.nat(500),
});

test.each(['probe', 'on-success'] as const)('%s: a session never changes its model while its own works', (recovery) =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, counts) => {
      const clock = createManualClock();
      const failover = createFailover({
        chain: ['a/m', 'b/m', 'c/m'],
        clock,
        policy: {
          recovery,
          stickySessions: { idleMs: IDLE_MS },
          ...(counts ? { threshold: { failures: 2, windowMs: 60_000 } } : {}),
        },
      });
      /** In the order of what happened: when a tier failed last, and who served a session last. */
      let happened = 0;
      const failedAs = [0, 0, 0];
      const served = new Map<number, { index: number; as: number; at: number }>();
      failover.on('attempt-failed', ({ tier }) => void (failedAs[tier.index] = ++happened));
      for (const { afterMs, down, sessions, latencyMs } of steps) {
        await clock.advance(afterMs);
        const calls = sessions.map(async (session) => {
          const last = served.get(session);
          const own = last && failedAs[last.index]! < last.as && clock.now() - last.at < IDLE_MS ? last : undefined;
          const asked: number[] = [];
          try {
            const { index } = await failover.run(
              async (_tier, { index: at }) => {
                asked.push(at);
                await new Promise<void>((resolve) => clock.setTimeout(resolve, latencyMs));
                if (down[at]) throw at === 1 ? rateLimited(30) : overloaded();
                return at;
              },
              session === 0 ? {} : { session: `s${session}` },
            );
            if (session !== 0) served.set(session, { index, as: ++happened, at: clock.now() });
          } catch (error) {
            if (!isTierfallError(error)) throw error;
          }
          if (session !== 0 && own && asked.length > 0) expect(asked[0]).toBe(own.index);
        });
        await clock.advance(10_000);
        await Promise.all(calls);
      }
    }),
    { numRuns: 200 },
  ),
);
