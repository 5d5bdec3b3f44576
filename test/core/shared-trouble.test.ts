import { describe, expect, test } from 'vitest';
import { parseConfig, type Policy } from '../../src/index.js';
import {
  CLOCK_SKEW_MS,
  concernsFleet,
  isMuchLonger,
  leftOf,
  NO_TROUBLES,
  withFailure,
  withoutTroubles,
  type RecordedFailure,
  type SharedTrouble,
  type SharedTroubles,
  type Span,
} from '../../src/core/tier/rests/shared-trouble.js';

const policyOf = (policy: object = {}): Policy => parseConfig({ chain: ['p/a', 'q/b'], policy }).config.policy;
const own = policyOf({ cooldown: { initialMs: 1000, factor: 2, maxMs: 8000 } });
const failure: RecordedFailure = {
  instance: 'one',
  kind: 'overloaded',
  waitMs: null,
  ownRestMs: 1000,
  at: 100,
  storeAt: 90,
  resets: 0,
};
const span = (from: number, ms: number, storeFrom: number | null = null): Span => ({ from, storeFrom, ms });
const timesOf = ({ failedAt, rest, wait }: SharedTrouble) => ({
  failedAt,
  restEnd: rest.from + rest.ms,
  waitEnd: wait ? wait.from + wait.ms : Number.NEGATIVE_INFINITY,
});
const add = (known: SharedTroubles, change: Partial<RecordedFailure>, now = 100, policy = own) =>
  withFailure(known, { ...failure, ...change, at: now }, policy, timesOf, now);
const with1 = (trouble: Partial<SharedTrouble>, answered = false): SharedTroubles => ({
  schema: 2,
  troubles: [
    {
      kind: 'overloaded',
      failedAt: 0,
      rest: span(0, 1000),
      wait: null,
      failures: 1,
      seenBy: ['one'],
      resets: 0,
      ...trouble,
    },
  ],
  answered,
});

describe('what a fleet knows of a failure', () => {
  test('the first one is kept with who saw it, and matters', () => {
    expect(add(NO_TROUBLES, {})).toEqual({
      known: {
        schema: 2,
        troubles: [
          {
            kind: 'overloaded',
            failedAt: 100,
            rest: span(100, 1000, 90),
            wait: null,
            failures: 1,
            seenBy: ['one'],
            resets: 0,
          },
        ],
        answered: false,
      },
      matters: true,
    });
    expect(NO_TROUBLES).toEqual({ schema: 2, troubles: [], answered: false });
  });

  test('what may be the fault of one machine is not kept', () => {
    const known = with1({});
    for (const kind of ['timeout', 'network', 'rate_limit'])
      expect(add(known, { kind })).toEqual({ known, matters: false });
  });

  test('a second witness is news, a third and the same one again are not', () => {
    const two = add(with1({}), { instance: 'two' }, 500);
    expect(two.matters).toBe(true);
    expect(two.known.troubles[0]).toMatchObject({
      seenBy: ['one', 'two'],
      failures: 1,
      failedAt: 500,
      rest: span(500, 1000, 90),
    });
    const three = add(two.known, { instance: 'three' }, 750);
    expect(three.matters).toBe(false);
    expect(three.known.troubles[0]).toMatchObject({ seenBy: ['one', 'two'], failedAt: 500, rest: span(750, 1000, 90) });
    expect(add(NO_TROUBLES, { ownRestMs: 0 }).known.troubles[0]!.rest.ms).toBe(1000);
    // One that ends at the same time is no other rest.
    const same = with1({ rest: span(0, 1500) });
    expect(add(same, {}, 500).known).toBe(same);
    const known = with1({ rest: span(0, 9000) });
    expect(add(known, {}, 500)).toEqual({ known, matters: false });
    expect(add(known, {}, 500).known).toBe(known);
  });

  test('a rest of our own choice that ends a little later is no news, a wait of the provider always is', () => {
    const laterBy = (ms: number, rest: number, change: Partial<RecordedFailure> = {}) => {
      const known = with1({ rest: span(0, rest), wait: change.waitMs ? span(0, rest) : null });
      return add(known, { ownRestMs: rest, ...change }, ms).known !== known;
    };
    expect([laterBy(249, 1000), laterBy(250, 1000)]).toEqual([false, true]);
    expect([laterBy(999, 60_000), laterBy(1000, 60_000)]).toEqual([false, true]);
    expect([laterBy(0, 1000, { waitMs: 1000 }), laterBy(1, 1000, { waitMs: 1000 })]).toEqual([false, true]);
  });

  test('once enough have seen it, it concerns all', () => {
    const seen = (kind: string, seenBy: string[], wait: Span | null = null) =>
      concernsFleet({ kind, failedAt: 0, rest: span(0, 1), wait, failures: 1, seenBy, resets: 0 });
    expect([seen('overloaded', ['a']), seen('overloaded', ['a', 'b']), seen('overloaded', ['a'], span(0, 1))]).toEqual([
      false,
      true,
      true,
    ]);
    expect([seen('auth', ['a']), seen('auth', []), seen('timeout', ['a', 'b'])]).toEqual([true, false, false]);
  });

  test('a later failure climbs the ladder for all, those who failed together saw one', () => {
    const later = add(with1({ failures: 2 }), {}, 1000);
    expect(later).toMatchObject({ matters: true, known: { troubles: [{ failures: 3, rest: span(1000, 4000, 90) }] } });
    expect(add(with1({ failures: 2 }), {}, 999).known.troubles[0]).toMatchObject({
      failures: 2,
      rest: span(999, 2000, 90),
    });
    // Twice its length, and an hour, after its end it is another trouble.
    expect(add(with1({ failures: 2 }), {}, 3_600_999).known.troubles[0]!.failures).toBe(3);
    expect(add(with1({ failures: 2 }), {}, 3_601_000).known.troubles[0]!.failures).toBe(1);
    const long = with1({ failures: 2, rest: span(0, 3_600_000) });
    expect(add(long, {}, 3_600_000 * 3).known.troubles[0]!.failures).toBe(3);
    expect(add(long, {}, 3_600_000 * 3 + 1).known.troubles[0]!.failures).toBe(1);
  });

  test('under the default ladder the fleet looks after half the time, until it is a long outage', () => {
    const usual = policyOf();
    expect(add(NO_TROUBLES, { ownRestMs: 7400 }, 100, usual).known.troubles[0]!.rest).toEqual(span(100, 3700, 90));
    const restOf = (failures: number, policy: Policy) =>
      add(with1({ failures }), { ownRestMs: 7000 }, 2000, policy).known.troubles[0]!.rest.ms;
    expect(restOf(11, usual)).toBe(Math.ceil((7400 * 1.002 ** 11) / 2));
    expect(restOf(12, usual)).toBe(Math.ceil(7400 * 1.002 ** 12));
    for (const change of [{ initialMs: 7401 }, { factor: 1.003 }, { maxMs: 15_001 }]) {
      const policy = policyOf({
        cooldown: { overloaded: { initialMs: 7400, factor: 1.002, maxMs: 15_000, ...change } },
      });
      expect(add(NO_TROUBLES, { ownRestMs: 7400 }, 100, policy).known.troubles[0]!.rest.ms).toBeGreaterThanOrEqual(
        7400,
      );
    }
    // What only a person mends is not looked at sooner.
    expect(add(NO_TROUBLES, { kind: 'auth', ownRestMs: 3_600_000 }, 100, usual).known.troubles[0]!.rest.ms).toBe(
      3_600_000,
    );
  });

  test('a wait that the provider named is kept apart, and never shortened', () => {
    const first = add(with1({ rest: span(0, 9000) }), { waitMs: 5000, ownRestMs: 0 }, 500);
    expect(first.matters).toBe(true);
    expect(first.known.troubles[0]).toMatchObject({ wait: span(500, 5000, 90), rest: span(0, 9000), failures: 1 });
    const shorter = add(first.known, { waitMs: 4000, ownRestMs: 0 }, 600);
    expect(shorter).toEqual({ known: first.known, matters: false });
    const longer = add(first.known, { waitMs: 9000, ownRestMs: 0 }, 600);
    expect(longer.matters).toBe(false);
    expect(longer.known.troubles[0]).toMatchObject({
      wait: span(600, 9000, 90),
      rest: span(600, 9000, 90),
      failedAt: 500,
    });
    // With a wait one witness is enough.
    expect(add(first.known, { instance: 'two' }, 600).known.troubles[0]!.seenBy).toEqual(['one']);
    const within = add(first.known, { waitMs: 6000, ownRestMs: 0 }, 600);
    expect(within.known.troubles[0]).toMatchObject({ wait: span(600, 6000, 90), rest: span(0, 9000) });
    expect(add(NO_TROUBLES, { kind: 'rate_limit', waitMs: 5000 }).matters).toBe(true);
    // A failure without one leaves it.
    expect(add(first.known, { instance: 'two' }, 600).known.troubles[0]!.wait).toEqual(span(500, 5000, 90));
    // The first wait is believed as it is; a tier that fails again climbs the ladder all the same.
    expect(add(NO_TROUBLES, { waitMs: 500, ownRestMs: 0 }).known.troubles[0]!.rest.ms).toBe(500);
    expect(add(with1({ failures: 3 }), { waitMs: 500, ownRestMs: 0 }, 2000).known.troubles[0]!.rest.ms).toBe(8000);
    // It is running as long as either has not ended.
    const waiting = with1({ wait: span(0, 3000) });
    expect(add(waiting, {}, 2999).known.troubles[0]!.failures).toBe(1);
    expect(add(waiting, {}, 3000).known.troubles[0]!.failures).toBe(2);
    expect(add(waiting, {}, 3000).known.troubles[0]!.wait).toBeNull();
  });

  test('fractions of a wait are rounded up', () => {
    expect(add(NO_TROUBLES, { waitMs: 1500.2, ownRestMs: 0 }).known.troubles[0]!.wait!.ms).toBe(1501);
  });

  test('a look at what only a person mends matters, where it is not the one of a second ago', () => {
    const broken = with1({ kind: 'auth', failedAt: 5000, rest: span(5000, 3_600_000) });
    const look = (now: number) =>
      add(broken, { kind: 'auth', ownRestMs: 0 }, now, policyOf({ cooldown: { initialMs: 0, factor: 1, maxMs: 0 } }));
    expect([look(5999).matters, look(6000).matters]).toEqual([false, true]);
    expect(look(6000).known.troubles[0]).toMatchObject({ failedAt: 6000, rest: span(5000, 3_600_000) });
    const busy = with1({ rest: span(0, 9000) });
    expect(add(busy, {}, 5000).matters).toBe(false);
  });

  test('after an answer the next failure matters, and ends what the answer said', () => {
    const after = add(with1({ rest: span(0, 9000) }, true), {}, 500);
    expect(after).toMatchObject({ matters: true, known: { answered: false } });
  });

  test('what a later reset ended counts as over; another kind stands beside it', () => {
    expect(add(with1({ failures: 5, resets: 0 }), { resets: 1 }, 500).known.troubles).toMatchObject([
      { failures: 1, resets: 1 },
    ]);
    expect(add(with1({ failures: 5, resets: 2 }), { resets: 1 }, 500).known.troubles).toMatchObject([{ failures: 5 }]);
    const both = add(with1({}), { kind: 'auth' }, 500).known.troubles;
    expect(both.map(({ kind }) => kind)).toEqual(['overloaded', 'auth']);
    expect(add(with1({ failures: 3 }), { kind: 'auth' }, 500).known.troubles[1]!.failures).toBe(1);
  });
});

describe('how much longer', () => {
  const longer = (stored: Partial<SharedTrouble>, present: Partial<SharedTrouble>) =>
    isMuchLonger(with1(stored), with1(present));

  test('a rest is matters from a second on', () => {
    expect([
      longer({}, { rest: span(0, 1999) }),
      longer({}, { rest: span(0, 2000) }),
      longer({}, { rest: span(1000, 1000) }),
    ]).toEqual([false, true, true]);
    expect([
      longer({}, { wait: span(0, 999) }),
      longer({}, { wait: span(0, 1000) }),
      longer({ wait: span(0, 500) }, { wait: span(0, 1400) }),
    ]).toEqual([false, true, false]);
    expect(longer({ kind: 'auth' }, {})).toBe(true);
    const one = with1({});
    const two = { ...one, troubles: [...one.troubles, ...with1({ kind: 'auth' }).troubles] };
    expect(isMuchLonger(one, two)).toBe(true);
    expect(longer({ rest: span(0, 9000), wait: span(0, 9000) }, {})).toBe(false);
  });
});

describe('what is left of a span', () => {
  test('by the store’s clock where both know it, else by the writer’s, which may differ by ten minutes', () => {
    expect(leftOf(span(0, 5000, 100), 999_999, 1100)).toBe(4000);
    expect(leftOf(span(0, 5000, 100), 0, 50)).toBe(5000);
    expect(leftOf(span(0, 5000, 100), 0, 9000)).toBe(0);
    expect(leftOf(span(1000, 5000), 2000, 1100)).toBe(5000);
    expect(leftOf(span(1000, 5000), 2000 + CLOCK_SKEW_MS, undefined)).toBe(4000);
    expect(leftOf(span(1000, 5000, 1000), 6000 + CLOCK_SKEW_MS, undefined)).toBe(0);
    expect(CLOCK_SKEW_MS).toBe(600_000);
  });
});

describe('what ends troubles', () => {
  test('ends those it says, and remembers an answer', () => {
    const known = with1({});
    expect(withoutTroubles(known, ({ kind }) => kind === 'auth', true)).toBe(known);
    expect(withoutTroubles(known, () => true, true)).toEqual({ schema: 2, troubles: [], answered: true });
    expect(withoutTroubles(known, () => true, false)).toEqual({ schema: 2, troubles: [], answered: false });
    expect(withoutTroubles(with1({}, true), () => true, false).answered).toBe(true);
  });
});
