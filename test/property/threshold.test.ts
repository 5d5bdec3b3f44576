import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import {
  applyOutcome,
  createFailover,
  initialState,
  parseConfig,
  replay,
  selectTier,
  type LedgerEvent,
} from '../../src/index.js';
import { openRow } from '../../src/core/tier/draft.js';
import { parseState } from '../../src/schema/stored/parse-state.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError } from '../support/scripted.js';

const threshold = fc.record({
  failures: fc.integer({ min: 1, max: 5 }),
  windowMs: fc.integer({ min: 1, max: 60_000 }),
});

test('a tier is left at the n-th failure of a window, never before, and what is kept stays small', () => {
  const story = fc.array(fc.tuple(fc.nat(30_000), fc.boolean(), fc.nat(40_000)), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(threshold, story, (limit, steps) => {
      const { config } = parseConfig({ chain: ['p/a', 'q/b'], policy: { threshold: limit } });
      let state = initialState(config);
      let now = 1_000_000;
      const failedAt: number[] = [];
      const ledger: LedgerEvent[] = [];
      for (const [afterMs, ok, ageMs] of steps) {
        now += afterMs;
        const startedAt = now - ageMs;
        const outcome = ok ? { tier: 0, ok, startedAt } : { tier: 0, ok, kind: 'server_error' as const, startedAt };
        const { state: next, events } = applyOutcome(state, outcome, config, now);
        ledger.push(...events);
        state = next;
        if (!ok) failedAt.push(now);
        const inWindow = failedAt.filter((at) => now - at < limit.windowMs).length;
        expect(parseState(JSON.parse(JSON.stringify(state)), 'instance:x')).toEqual(state);
        expect(replay(ledger, config)).toEqual(state);
        const open = openRow(state);
        const rows = ledger.filter(({ counted }) => !counted);
        expect(replay(open ? [...rows, open] : rows, config)).toEqual(state);
        if (!ok && inWindow >= limit.failures) {
          expect(state.tier).toBe(1);
          expect(state.tiers[0]!.failures).toBe(1);
          expect(state.tiers[0]!.recentFailures ?? null).toBeNull();
          return;
        }
        expect(rows).toEqual([]);
        expect(selectTier(state, config, now)).toEqual({ ok: true, index: 0, probe: false, otherwise: null });
        expect(state.tiers[0]!.recentFailures?.length ?? 0).toBeLessThan(limit.failures);
        expect(state.tiers[1]).not.toHaveProperty('recentFailures');
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever the threshold, no call fails while one tier works, and each goes on at once', () =>
  fc.assert(
    fc.asyncProperty(
      threshold,
      fc.array(fc.tuple(fc.nat(5000), fc.boolean()), { maxLength: 40 }),
      async (limit, calls) => {
        const clock = createManualClock();
        const failover = createFailover({ chain: ['p/a', 'q/b'], clock, policy: { threshold: limit } });
        for (const [afterMs, fails] of calls) {
          await clock.advance(afterMs);
          const before = clock.now();
          const { value } = await failover.run(async ({ provider }) => {
            if (provider === 'p' && fails) throw apiError(503);
            return provider;
          });
          if (fails) expect(value).toBe('q');
          expect(clock.now()).toBe(before);
        }
      },
    ),
    { numRuns: 200 },
  ));
