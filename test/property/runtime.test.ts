import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import { call, operator, play, script, turn } from '../support/played-calls.js';

// Nothing below looks inside: what is checked is what the providers would see, and what callers are told.

const anything = fc.oneof({ weight: 6, arbitrary: call }, { weight: 1, arbitrary: operator });
const anyTurn = turn([200, 429, 503, 500, 401, 400]);

describe('Runtime: what never happens', () => {
  test('a tier is never asked twice in one call, but for the retries inside it', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        // Under `wait` a call walks further rounds, each tier once in each.
        fc.pre(each.policy.onExhausted !== 'wait');
        await play(each, ({ call: number, index, attempt }, { requests }) => {
          const own = requests.filter((request) => request.call === number);
          const before = own.filter((request) => request.index === index);
          expect(attempt).toBe(before.length + 1);
          if (attempt > 1) expect(own.at(-1)!.index).toBe(index);
          expect(attempt).toBeLessThanOrEqual(each.policy.retry?.maxAttempts ?? 1);
        });
      }),
      { numRuns: 300 },
    ));

  test('a tier is never asked inside the wait it named', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        await play(each, ({ index, startedAt }, { silentUntil }) => {
          expect(startedAt).toBeGreaterThanOrEqual(silentUntil[index]!);
        });
      }),
      { numRuns: 300 },
    ));

  test('nobody is asked while paused, whoever paused', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        await play(each, (_, { paused }) => expect(paused).toBe(0));
      }),
      { numRuns: 300 },
    ));

  test('no call is left hanging, no timer is left set, and no request is left out of what a caller is told', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        const { requests, endings, pending } = await play(each, () => undefined);
        expect(pending).toBe(0);
        for (const { call: number, attempts } of endings) {
          if (!attempts) continue;
          const seen = requests.filter((request) => request.call === number).map(({ index }) => index);
          expect(attempts.map(({ index }) => index)).toEqual(seen);
        }
      }),
      { numRuns: 200 },
    ));
});
