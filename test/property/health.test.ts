import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import { bucketMs } from '../../src/core/health/windows.js';
import {
  clearTarget,
  endCanary,
  evaluateTarget,
  resumedByPerson,
  resumeWaitMs,
  type TargetState,
} from '../../src/core/health/target.js';
import { createFailover } from '../../src/index.js';
import { createHealthMonitor } from '../../src/health/index.js';
import { Tallies } from '../../src/health/tallies.js';
import { compileHealthRule } from '../../src/schema/health-rules.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const times = { resumeAfterMs: 300_000, graceMs: 600_000 };

test('a count is never off by more than a bucket at either end, against every failure kept', () => {
  const windowMs = fc.constantFrom(15_000, 90_000, 240_000, 600_000, 1_800_000, 3_600_000);
  const gaps = fc.array(fc.integer({ min: 0, max: 120_000 }), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(windowMs, gaps, fc.integer({ min: 0, max: 1_000_000 }), (length, steps, offset) => {
      const rule = compileHealthRule({ name: 'r', windows: [{ windowMs: length, count: 1 }] });
      const tallies = new Tallies([rule], () => 0);
      const kept: number[] = [];
      let now = 1_700_000_000_000 + offset;
      for (const step of steps) {
        now += step;
        kept.push(now);
        tallies.add('all', rule.series, now, 1);
        const counted = tallies.count('all', [rule.series], length, now, 0);
        const width = bucketMs(length);
        const within = (ms: number) => kept.filter((at) => at > now - ms).length;
        expect(counted).toBeGreaterThanOrEqual(within(length - width));
        expect(counted).toBeLessThanOrEqual(within(length));
      }
    }),
  );
});

test('what is spread over a time is neither lost nor made', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 59_000 }), fc.integer({ min: 1, max: 5000 }), (gap, calls) => {
      const rule = compileHealthRule({ name: 'r', windows: [{ windowMs: 90_000, ratio: 0.5 }] });
      const tallies = new Tallies([rule], () => 0);
      const now = 1_700_000_000_000;
      tallies.spread('all', 'calls', now - gap, now, calls);
      expect(tallies.count('all', ['calls'], 90_000, now, 0)).toBe(calls);
    }),
  );
});

type Event =
  | { type: 'evaluate'; trip: boolean; standsIn: boolean }
  | { type: 'canary'; ok: boolean }
  | { type: 'person' };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('evaluate' as const), trip: fc.boolean(), standsIn: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('canary' as const), ok: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ type: 'person' as const }) },
);

test('no call is let through before all rules were clear for as long as it takes, and no person is overruled', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 400_000 }), event), { maxLength: 60 }), (steps) => {
      let now = 1_700_000_000_000;
      let state: TargetState = clearTarget('r', now);
      let stands = false;
      let clearFrom = now;
      let resumedAt = Number.NEGATIVE_INFINITY;
      for (const [gap, next] of steps) {
        now += gap;
        const before = state;
        if (next.type === 'person') {
          state = resumedByPerson(state, times, now);
          stands = false;
          resumedAt = now;
        } else if (next.type === 'canary') {
          if (before.phase !== 'trying') continue;
          ({ state } = endCanary(state, next.ok, now));
          if (next.ok) stands = false;
          clearFrom = now;
        } else {
          const pause = { source: 'health' as const, by: 'm', reason: 'r', at: now };
          const facts = {
            trip: next.trip ? { rule: 'r', reason: 'r' } : undefined,
            standing: stands ? pause : undefined,
            standsIn: next.standsIn,
          };
          const decision = evaluateTarget(state, facts, times, now);
          ({ state } = decision);
          if (decision.action === 'place') {
            stands = true;
            state = { ...state, isPlaced: true };
          }
          if (before.phase === 'clear' && state.phase === 'paused') {
            expect(now - resumedAt).toBeGreaterThanOrEqual(times.graceMs);
            clearFrom = Number.POSITIVE_INFINITY;
          }
          if (next.trip) clearFrom = Number.POSITIVE_INFINITY;
          else if (!Number.isFinite(clearFrom) && state.phase !== 'clear') clearFrom = now;
          if (before.phase === 'paused' && state.phase === 'trying') {
            expect(now - clearFrom).toBeGreaterThanOrEqual(resumeWaitMs(state, times, next.standsIn));
            expect(now - clearFrom).toBeGreaterThanOrEqual(times.resumeAfterMs);
          }
        }
        expect(state.phase === 'clear').toBe(state.pausedAt === null);
      }
    }),
  );
});

test("a person's pause is never lifted, whatever the monitor sees and does", async () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('calls' as const), count: fc.integer({ min: 1, max: 12 }), down: fc.boolean() }),
    fc.record({ type: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ type: fc.constant('alert' as const) }),
    fc.record({ type: fc.constant('evaluate' as const) }),
  );
  const target = fc.constantFrom<{ all: true } | { provider: string }>({ all: true }, { provider: 'a' });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 10 }),
      fc.array(step, { maxLength: 12 }),
      target,
      async (before, after, paused) => {
        const clock = createManualClock();
        const failover = createFailover({ chain: ['a/1'], clock });
        const monitor = createHealthMonitor(failover, { rules: [{ name: 'five', threshold: 5, windowMs: 300_000 }] });
        let asked = 0;
        const play = async (steps: typeof before) => {
          for (const each of steps) {
            if (each.type === 'wait') await clock.advance(each.minutes * 60_000);
            else if (each.type === 'alert')
              await monitor.alert({ rule: 'r', reason: 'r', by: 'pager', target: paused });
            else if (each.type === 'evaluate') await monitor.evaluate();
            else {
              for (let call = 0; call < each.count; call++) {
                const ask = async () => {
                  asked++;
                  if (each.down) throw Object.assign(new Error('Overloaded'), { status: 529 });
                };
                await failover.run(ask, { instance: `i${call}` }).catch(() => undefined);
              }
            }
          }
        };
        await play(before);
        await failover.pause(paused, { by: 'ann', reason: 'maintenance' });
        asked = 0;
        await play(after);
        expect(asked).toBe(0);
        expect(monitor.status().pauses.some(({ source }) => source === 'operator')).toBe(true);
        await monitor.close();
      },
    ),
    { numRuns: 40 },
  );
});
