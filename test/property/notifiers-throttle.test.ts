import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { eventKeys } from '../../src/notifiers/selection/event-keys.js';
import type { Digest } from '../../src/notifiers/selection/throttle.js';
import { createThrottle } from '../../src/notifiers/selection/throttle.js';
import type { Notification } from '../../src/ports/notifier.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const windowMs = 300_000;
const tiers = ['a', 'b', 'c'].map((model, index) => ({ index, provider: 'p', model }));

interface Step {
  instance: number;
  to: number;
  afterMs: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    instance: fc.nat({ max: 4 }),
    to: fc.nat({ max: 2 }),
    afterMs: fc.constantFrom(0, 0, 1_000, 60_000, 299_999, 300_000),
  }),
  { maxLength: 60 },
);

interface Told {
  at: number;
  notification: Notification;
  digest: Digest | undefined;
}

/** Plays a history of instances that move between three tiers, and what of it was told. */
async function play(history: readonly Step[], burst: number): Promise<{ told: Told[]; changes: Notification[] }> {
  const clock = createManualClock({ now: 0 });
  const told: Told[] = [];
  const changes: Notification[] = [];
  const emit = (notification: Notification, digest: Digest | undefined): void => {
    told.push({ at: clock.now(), notification, digest });
  };
  const throttle = createThrottle({ clock, windowMs, burst, emit });
  const places = new Map<number, number>();
  for (const { instance, to, afterMs } of history) {
    if (afterMs > 0) await clock.advance(afterMs);
    const from = tiers[places.get(instance) ?? 0];
    const next = tiers[to];
    if (from === undefined || next === undefined || from === next) continue;
    places.set(instance, to);
    const direction = next.index > from.index ? 'down' : 'up';
    const names = { instance: `agent-${instance}`, from, to: next, direction } as const;
    const change: Notification = {
      event: 'tier-change',
      payload: { ...names, reason: 'timeout', at: clock.now(), source: 'auto', origin: 'local' },
    };
    changes.push(change);
    throttle.push(change);
  }
  await clock.advance(2 * windowMs);
  expect(clock.delays).toEqual([]);
  return { told, changes };
}

const settings = { numRuns: 150 };

describe('the throttle', () => {
  it('never tells one key twice within its window', () =>
    fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (history, burst) => {
        const { told } = await play(history, burst);
        const lastAt = new Map<string, number>();
        for (const { at, notification, digest } of told) {
          for (const one of [notification, ...(digest?.others ?? [])]) {
            const { key } = eventKeys(one);
            expect(at - (lastAt.get(key) ?? -windowMs)).toBeGreaterThanOrEqual(windowMs);
            lastAt.set(key, at);
          }
        }
      }),
      settings,
    ));

  it('always ends with the last word of every instance, in the right order', () =>
    fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (history, burst) => {
        const { told, changes } = await play(history, burst);
        const words = told.flatMap(({ notification, digest }) => [
          ...(digest?.others ?? []).toReversed(),
          notification,
        ]);
        for (const instance of new Set(changes.map((change) => eventKeys(change).subject))) {
          const happened = changes.filter((change) => eventKeys(change).subject === instance);
          const said = words.filter((word) => eventKeys(word).subject === instance);
          expect(said.at(-1)).toBe(happened.at(-1));
          const order = said.map((word) => happened.indexOf(word));
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
      settings,
    ));

  it('tells or counts every change', () =>
    fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (history, burst) => {
        const { told, changes } = await play(history, burst);
        expect(told.reduce((sum, { digest }) => sum + 1 + (digest?.more ?? 0), 0)).toBe(changes.length);
      }),
      settings,
    ));
});
