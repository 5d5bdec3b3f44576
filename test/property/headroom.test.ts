import * as fc from '../support/fast-check.js';
import { afterEach, expect, test, vi } from 'vitest';
import { createFailover, type CallOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { answerRequests, limitHeaders, urlOf } from '../support/limit-headers.js';
import { overloaded, rateLimited } from '../support/scripted.js';

afterEach(() => vi.restoreAllMocks());

const chain = ['a', 'b', 'c'].map((provider) => ({ provider, model: 'm' }));

/** What a tier does and says of its limit from now on. */
const mood = fc.record({ down: fc.boolean(), limits: fc.boolean(), remaining: fc.nat(10), resetSeconds: fc.nat(120) });
const step = fc.record({
  afterMs: fc.oneof(fc.nat(3000), fc.nat(90_000)),
  moods: fc.array(mood, { minLength: 3, maxLength: 3 }),
  session: fc.option(fc.nat(2), { nil: undefined }),
  only: fc.boolean(),
});

test.each(['wrap', 'pause', 'wait', 'throw'] as const)(
  '%s: whatever is left of which limit, no call fails while a tier that it may ask works',
  (onExhausted) =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(2), fc.boolean(), async (steps, works, sticky) => {
        const clock = createManualClock();
        const headers: Record<string, Record<string, string>> = {};
        answerRequests(headers);
        const failover = createFailover({
          chain,
          clock,
          policy: {
            onExhausted,
            headroom: { share: 0.05 },
            ...(sticky ? { stickySessions: { idleMs: 60_000 } } : {}),
          },
        });
        for (const { afterMs, moods, session, only } of steps) {
          await clock.advance(afterMs);
          moods.forEach(({ remaining, resetSeconds }, at) => {
            headers[chain[at]!.provider] = limitHeaders(remaining, resetSeconds);
          });
          const options: CallOptions = {
            ...(session === undefined ? {} : { session: `s${session}` }),
            ...(only ? { first: works, fallbacks: [works] } : {}),
          };
          const { index } = await failover.run(async (tier, { index: at, fetch }) => {
            const { down, limits } = moods[at]!;
            if (down && at !== works) throw limits ? rateLimited(20) : overloaded();
            await fetch(urlOf(tier));
            return tier.provider;
          }, options);
          if (only) expect(index).toBe(works);
        }
      }),
      { numRuns: 150 },
    ),
);

test('a tier that works is left alone only for one that has not failed, and never after the reset', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = createManualClock();
      const headers: Record<string, Record<string, string>> = {};
      answerRequests(headers);
      const failover = createFailover({ chain, clock, policy: { headroom: { share: 0.05 } } });
      const lowUntil = [0, 0, 0];
      failover.on('tier-change', ({ reason, from, to, until }) => {
        if (reason !== 'headroom') return;
        expect(until).toBe(lowUntil[from.index]);
        expect(lowUntil[to.index]! <= clock.now()).toBe(true);
      });
      for (const { afterMs, moods } of steps) {
        await clock.advance(afterMs);
        moods.forEach(({ remaining, resetSeconds }, at) => {
          headers[chain[at]!.provider] = limitHeaders(remaining, resetSeconds);
        });
        const { index } = await failover.run(async (tier, { fetch }) => void (await fetch(urlOf(tier))));
        const { remaining, resetSeconds } = moods[index]!;
        lowUntil[index] = remaining <= 5 && resetSeconds > 0 ? clock.now() + resetSeconds * 1000 : 0;
        expect(index === 0 || lowUntil.slice(0, index).some((until) => until > clock.now())).toBe(true);
      }
    }),
    { numRuns: 150 },
  ));
