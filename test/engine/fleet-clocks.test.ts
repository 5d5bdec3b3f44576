import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import { CLOCK_SKEW_MS, leftOf } from '../../src/core/tier/rests/shared-trouble.js';
import { createFailover, createMemoryStore, type Clock, type StateStore } from '../../src/index.js';
import { createManualClock, type ManualClock } from '../../src/testing/manual-clock.js';
import { without } from '../support/fake-stores.js';

const chain = ['a/1', 'b/2'] as const;
const minute = 60_000;

/** A machine whose clock is wrong by so much, and can be set. */
function machine(time: ManualClock, offsetMs = 0) {
  const wrong = { offsetMs };
  const clock: Clock = {
    now: () => time.now() + wrong.offsetMs,
    setTimeout: (callback, delayMs) => time.setTimeout(callback, delayMs),
    clearTimeout: (handle) => time.clearTimeout(handle),
  };
  return { clock, wrong };
}

/** Stores that tell their time, and stores that cannot. */
const stores: Record<string, (time: ManualClock) => StateStore> = {
  'a store that tells its time': (time) => createMemoryStore({ now: () => time.now() }),
  'a store that tells no time': (time) => {
    return without(createMemoryStore({ now: () => time.now() }), 'now');
  },
};

async function startsAt(failover: { select(name: string): Promise<{ ok: boolean; index?: number }> }, name: string) {
  const selection = await failover.select(name);
  return selection.ok ? selection.index : undefined;
}

describe.each(Object.entries(stores))(
  "share: 'rests' among machines whose clocks differ, on %s",
  (_name, makeStore) => {
    test('property: a wait is honoured at most as long as it was named, and never less than what is left of it', () =>
      fc.assert(
        fc.asyncProperty(
          fc.record({
            writerMs: fc.integer({ min: -5 * minute, max: 5 * minute }),
            readerMs: fc.integer({ min: -5 * minute, max: 5 * minute }),
            waitMs: fc.integer({ min: 1000, max: 40 * minute }),
            readAfterMs: fc.integer({ min: 0, max: 45 * minute }),
            startsLate: fc.boolean(),
          }),
          async ({ writerMs, readerMs, waitMs, readAfterMs, startsLate }) => {
            const time = createManualClock();
            const store = makeStore(time);
            const member = (offsetMs: number) =>
              createFailover({ chain, clock: machine(time, offsetMs).clock, store, share: 'rests' });
            const writer = member(writerMs);
            const early = member(readerMs);
            await Promise.all([writer.state('one'), early.state('two')]);
            const began = time.now();
            await writer.record('one', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: waitMs });
            await time.settle();
            await time.advance(readAfterMs);
            const reader = startsLate ? member(readerMs) : early;
            const isOff = (await startsAt(reader, 'two')) === 1;
            const leftMs = began + waitMs - time.now();
            if (leftMs > 0) expect(isOff).toBe(true);
            // One that has followed from the beginning, or knows the store's time, is exact.
            if (leftMs <= 0 && (!startsLate || store.now)) expect(isOff).toBe(false);
            if (!isOff) return;
            await time.advance(startsLate && !store.now ? waitMs : leftMs);
            expect(await startsAt(reader, 'three')).toBe(0);
          },
        ),
        { numRuns: 60 },
      ));

    test('a process ten minutes ahead does not blind the others, and a failure it reports is forgotten in time', async () => {
      const time = createManualClock();
      const store = makeStore(time);
      const ahead = createFailover({ chain, clock: machine(time, 10 * minute).clock, store, share: 'rests' });
      const exact = createFailover({ chain, clock: machine(time).clock, store, share: 'rests' });
      await Promise.all([ahead.state('one'), exact.state('two')]);
      await ahead.record('one', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 30_000 });
      await time.settle();
      expect(await startsAt(exact, 'two')).toBe(1);
      await time.advance(30_000);
      const answers: unknown[] = [];
      for (let call = 0; call < 3; call++) {
        answers.push((await exact.run(({ provider }) => provider, { instance: 'two' })).value);
        await time.settle();
      }
      expect(answers).toEqual(['a', 'a', 'a']);
      expect((await ahead.run(({ provider }) => provider, { instance: 'four' })).value).toBe('a');
    });

    test('a clock that is set back in the middle of a wait does not make it longer', async () => {
      const time = createManualClock();
      const store = makeStore(time);
      const { clock, wrong } = machine(time);
      const failover = createFailover({ chain, clock, store, share: 'rests' });
      await failover.state('two');
      await failover.record('one', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 30_000 });
      await time.advance(10_000);
      wrong.offsetMs = -60 * minute;
      expect(await startsAt(failover, 'two')).toBe(1);
      await time.advance(19_000);
      expect(await startsAt(failover, 'two')).toBe(1);
      // The clock of a host has one time for both: the moment in which it was set counts for nothing.
      await time.advance(11_001);
      expect(await startsAt(failover, 'three')).toBe(0);
    });

    test('an answer to another instance leaves a wait as it was that is over only by the time that has passed', async () => {
      const time = createManualClock();
      const { clock, wrong } = machine(time);
      const failover = createFailover({ chain, clock, store: makeStore(time), share: 'rests' });
      const served = async (instance: string) => (await failover.run(({ provider }) => provider, { instance })).value;
      await failover.record('one', { tier: 0, ok: false, kind: 'quota', retryAfterMs: 30_000 });
      await time.advance(31_000);
      await failover.state('two');
      wrong.offsetMs = -10_000;
      expect(await served('two')).toBe('a');
      expect(await served('one')).toBe('b');
      await time.advance(10_000);
      expect(await served('one')).toBe('a');
    });

    test("an instance's reset ends its own view of a wait, whatever the clocks; the others keep theirs", async () => {
      const time = createManualClock();
      const store = makeStore(time);
      const ahead = createFailover({ chain, clock: machine(time, 10 * minute).clock, store, share: 'rests' });
      const exact = createFailover({ chain, clock: machine(time).clock, store, share: 'rests' });
      await Promise.all([ahead.state('one'), exact.state('two'), exact.state('three')]);
      await ahead.record('one', { tier: 0, ok: false, kind: 'auth' });
      await time.settle();
      expect(await startsAt(exact, 'two')).toBe(1);
      await exact.reset('two', { by: 'ann' });
      await time.settle();
      expect(await startsAt(exact, 'two')).toBe(0);
      expect(await startsAt(exact, 'three')).toBe(1);
      // What the fleet learns after that concerns it like all others.
      await exact.record('three', { tier: 0, ok: false, kind: 'model_unavailable', scope: 'model' });
      await time.settle();
      expect(await startsAt(exact, 'two')).toBe(1);
    });

    test("an operator's pause of another process is seen within stalenessMs, also after the clock was set back", async () => {
      const time = createManualClock();
      const store = without(makeStore(time), 'watch');
      const { clock, wrong } = machine(time);
      const here = createFailover({ chain, clock, store, share: 'rests' });
      const there = createFailover({ chain, clock: machine(time, 10 * minute).clock, store });
      await here.run(() => 1, { instance: 'bot' });
      wrong.offsetMs = -60 * minute;
      await here.run(() => 1, { instance: 'bot' });
      await there.pause('bot', { by: 'ann', reason: 'deploy' });
      await time.advance(2000);
      await expect(here.run(() => 1, { instance: 'bot' })).rejects.toMatchObject({
        code: 'TIERFALL_PAUSED',
        by: 'ann',
      });
      await there.resume('bot', { by: 'ann' });
      await there.pause({ all: true }, { by: 'bob', reason: 'outage' });
      await time.advance(2000);
      await expect(here.run(() => 1, { instance: 'bot' })).rejects.toMatchObject({
        code: 'TIERFALL_PAUSED',
        by: 'bob',
      });
    });
  },
);

test('property: what is left of a span is between nothing and its length, and exact by the store', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.integer({ min: -CLOCK_SKEW_MS, max: CLOCK_SKEW_MS }),
      fc.integer({ min: 0, max: 7_200_000 }),
      fc.boolean(),
      (ms, skewMs, ageMs, knowsStore) => {
        const from = 1_790_000_000_000;
        const span = { from, storeFrom: knowsStore ? from - 12_345 : null, ms };
        const left = leftOf(span, from + ageMs + skewMs, knowsStore ? from - 12_345 + ageMs : undefined);
        expect(left).toBeGreaterThanOrEqual(Math.max(0, Math.min(ms, ms - ageMs)));
        expect(left).toBeLessThanOrEqual(ms);
        if (knowsStore) expect(left).toBe(Math.max(0, Math.min(ms, ms - ageMs)));
      },
    ),
  );
});

test('a process behind, that has read of a failure ahead of it, shortens no wait that is named long after', async () => {
  const time = createManualClock();
  const store = without(createMemoryStore({ now: () => time.now() }), 'watch');
  const member = (offsetMs: number) => createFailover({ chain, clock: machine(time, offsetMs).clock, store });
  const [ahead, behind] = [member(4000), member(0)];
  await behind.state('one');
  await time.advance(5000);
  await ahead.record('one', { tier: 1, ok: false, kind: 'overloaded', retryAfterMs: minute });
  await behind.state('one');
  await time.advance(10 * minute);
  await ahead.record('one', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 5 * minute });
  await time.advance(4000);
  await behind.record('one', { tier: 1, ok: false, kind: 'overloaded' });
  await time.advance(5000);
  const [tier] = (await ahead.state('one')).tiers;
  // It may be shorter by what the clocks differ.
  expect(tier!.retryAfterUntil! - time.now()).toBeGreaterThan(4.5 * minute);
});
