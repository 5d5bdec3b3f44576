import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyOutcome,
  hold,
  initialState,
  kinds,
  parseConfig,
  pause,
  recordExternalTrigger,
  replay,
  reset,
  resume,
  selectTier,
  type FailoverConfig,
  type LedgerEvent,
  type State,
  type Transition,
} from '../../src/index.js';

/** One thing that can happen, and how much later than the one before. */
type Step = { afterMs: number; name: string; apply: (state: State, config: FailoverConfig, now: number) => Transition };

const tiers = 3;
const index = fc.nat(tiers - 1);
const wait = fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined });
const source = fc.constantFrom('operator' as const, 'exhausted' as const, 'health' as const);

const failure = fc
  .record({
    tier: index,
    kind: fc.constantFrom(...kinds),
    retryAfterMs: wait,
    ageMs: fc.nat(20_000),
    scope: fc.constantFrom('model' as const, 'credential' as const, 'provider' as const),
  })
  .map(({ ageMs, retryAfterMs, ...outcome }) => ({
    name: `fail ${outcome.tier} ${outcome.kind}`,
    apply: (state: State, config: FailoverConfig, now: number) =>
      applyOutcome(
        state,
        { ...outcome, ok: false, startedAt: now - ageMs, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
        config,
        now,
      ),
  }));
const success = fc.record({ tier: index, ageMs: fc.nat(20_000) }).map(({ tier, ageMs }) => ({
  name: `ok ${tier}`,
  apply: (state: State, config: FailoverConfig, now: number) =>
    applyOutcome(state, { tier, ok: true, startedAt: now - ageMs }, config, now),
}));
const trigger = fc.record({ tier: fc.option(index, { nil: undefined }) }).map(({ tier }) => ({
  name: `trigger ${tier}`,
  apply: (state: State, config: FailoverConfig, now: number) =>
    recordExternalTrigger(state, { kind: 'token_budget', ...(tier === undefined ? {} : { tier }) }, config, now),
}));
const machine = fc.constantFrom('exhausted' as const, 'health' as const);
const machineResume = machine.map((by) => ({
  name: `resume ${by}`,
  apply: (state: State, _: FailoverConfig, now: number) => resume(state, { source: by, by }, now),
}));
const pauses = source.map((by) => ({
  name: `pause ${by}`,
  apply: (state: State, _: FailoverConfig, now: number) => pause(state, { source: by, by, reason: 'r' }, now),
}));
const operatorResume = fc.constant({
  name: 'resume operator',
  apply: (state: State, _: FailoverConfig, now: number) => resume(state, { source: 'operator', by: 'ann' }, now),
});
const resets = fc.constant({
  name: 'reset',
  apply: (state: State, _: FailoverConfig, now: number) => reset(state, { by: 'ann' }, now),
});
const holds = fc
  .record({ tier: index, untilMs: fc.option(fc.integer({ min: -10, max: 60_000 }), { nil: undefined }) })
  .map(({ tier, untilMs }) => ({
    name: `hold ${tier}`,
    apply: (state: State, _: FailoverConfig, now: number) =>
      hold(state, { tier, by: 'ann', ...(untilMs === undefined ? {} : { until: now + untilMs }) }, now),
  }));

const anything = fc.oneof(
  { weight: 6, arbitrary: failure },
  { weight: 4, arbitrary: success },
  trigger,
  machineResume,
  pauses,
  operatorResume,
  resets,
  holds,
);
const byMachines = fc.oneof(
  { weight: 6, arbitrary: failure },
  { weight: 4, arbitrary: success },
  trigger,
  machineResume,
);
const timed = (step: fc.Arbitrary<Omit<Step, 'afterMs'>>) =>
  fc.array(
    fc.tuple(fc.nat(30_000), step).map(([afterMs, what]): Step => ({ afterMs, ...what })),
    { maxLength: 40 },
  );

const config = fc
  .record({
    onExhausted: fc.constantFrom('wrap' as const, 'pause' as const, 'wait' as const, 'throw' as const),
    recovery: fc.constantFrom('on-success' as const, 'probe' as const),
    shared: fc.boolean(),
  })
  .map(({ shared, ...policy }) => {
    const chain = shared ? ['p/a', 'p/b', 'q/c'] : ['p/a', 'q/b', 'r/c'];
    return parseConfig({
      chain,
      policy: {
        ...policy,
        triggers: ['auth', 'rate_limit', 'overloaded', 'network', 'token_budget'],
        cooldown: { initialMs: 1000, factor: 2, maxMs: 60_000 },
      },
    }).config;
  });

/** Plays steps and calls back after each with what was and what is. */
function play(
  steps: readonly Step[],
  present: FailoverConfig,
  look: (before: State, after: State, now: number, step: Step, events: LedgerEvent[]) => void,
) {
  let now = 1_000_000;
  let state = initialState(present);
  const ledger: LedgerEvent[] = [];
  for (const step of steps) {
    now += step.afterMs;
    const { state: next, events } = step.apply(state, present, now);
    ledger.push(...events);
    look(state, next, now, step, events);
    state = next;
  }
  return { state, ledger };
}

describe('State machine: what never happens', () => {
  test('the state is never anything but the fold of its events', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        const { state, ledger } = play(steps, present, () => undefined);
        expect(replay(ledger, present)).toEqual(state);
        expect(replay(JSON.parse(JSON.stringify(ledger)) as LedgerEvent[], present)).toEqual(state);
      }),
      { numRuns: 300 },
    );
  });

  test('a transition never mutates its input, and one without events never changes the state', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        const copies = new Map<State, string>();
        play(steps, present, (before, after, _now, _step, events) => {
          expect(JSON.stringify(before)).toBe(copies.get(before) ?? JSON.stringify(before));
          copies.set(after, JSON.stringify(after));
          if (events.length === 0) expect(after).toBe(before);
        });
      }),
      { numRuns: 200 },
    );
  });

  test('a tier inside a retry-after, a hold or a rest that is not of our choosing is never selected', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        play(steps, present, (_before, after, now) => {
          const selection = selectTier(after, present, now);
          if (!selection.ok) return;
          for (const chosen of [selection.index, selection.otherwise]) {
            if (chosen === null) continue;
            const tier = after.tiers[chosen]!;
            expect(tier.retryAfterUntil ?? 0).toBeLessThanOrEqual(now);
            expect(tier.heldUntil ?? 0).toBeLessThanOrEqual(now);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  test('a tier that has failed and not answered since is not for everyone while one that works is free', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        play(steps, present, (_before, after, now) => {
          const selection = selectTier(after, present, now);
          if (!selection.ok) return;
          const works = after.tiers.flatMap(({ failures, restUntil, retryAfterUntil, heldUntil }, at) =>
            failures === 0 && Math.max(restUntil ?? 0, retryAfterUntil ?? 0, heldUntil ?? 0) <= now ? [at] : [],
          );
          const everyone = selection.probe ? selection.otherwise : selection.index;
          expect(everyone).not.toBe(selection.probe ? selection.index : null);
          if (works.some((at) => at !== selection.index)) expect(works).toContain(everyone);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('a retry-after is never shortened by anything but a reset', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        play(steps, present, (before, after, now, step) => {
          if (step.name === 'reset') return;
          before.tiers.forEach((tier, at) => {
            const until = tier.retryAfterUntil ?? 0;
            if (until > now) expect(after.tiers[at]!.retryAfterUntil ?? 0).toBeGreaterThanOrEqual(until);
          });
        });
      }),
      { numRuns: 300 },
    );
  });

  test("a machine never lifts a person's pause, and paused, nothing is selected", () => {
    fc.assert(
      fc.property(config, timed(byMachines), (present, steps) => {
        const paused = pause(initialState(present), { source: 'operator', by: 'ann', reason: 'r' }, 1).state;
        let state = paused;
        let now = 1_000_000;
        for (const step of steps) {
          now += step.afterMs;
          state = step.apply(state, present, now).state;
          expect(state.paused).toMatchObject({ source: 'operator', by: 'ann' });
          expect(selectTier(state, present, now)).toEqual({ ok: false, reason: 'paused', retryAt: null });
        }
      }),
      { numRuns: 200 },
    );
  });

  test('one burst never steps two tiers', () => {
    fc.assert(
      fc.property(config, fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }), (present, ages) => {
        let state = initialState(present);
        let steps = 0;
        // All attempts began before the first of them failed, and failed one after another.
        ages.forEach((age, at) => {
          const now = 10_000 + at;
          const outcome = { tier: 0, ok: false as const, kind: 'overloaded' as const, startedAt: 9000 - age };
          const { state: next, events } = applyOutcome(state, outcome, present, now);
          steps += events.filter((event) => event.type === 'tier-change').length;
          state = next;
        });
        expect(steps).toBe(1);
        expect(state.tiers[0]!.failures).toBe(1);
      }),
    );
  });
});

describe('State machine: any time will do', () => {
  test('a whole story told earlier or later, even before 1970, is the same story', () => {
    fc.assert(
      fc.property(config, timed(anything), fc.integer({ min: -1e9, max: 1e12 }), (present, steps, offset) => {
        const tell = (from: number) => {
          let state = initialState(present);
          let now = from;
          return steps.map((step) => {
            now += step.afterMs;
            state = step.apply(state, present, now).state;
            const selection = selectTier(state, present, now);
            const rests = state.tiers.map((tier) => [tier.failures, tier.restUntil === null, tier.heldUntil === null]);
            return [state.tier, rests, selection.ok ? selection : selection.reason];
          });
        };
        expect(tell(offset)).toEqual(tell(1_000_000));
      }),
    );
  });
});

describe('Chain config: what never happens', () => {
  test('any JSON value gives a config or a ConfigError, never another error', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ chain: fc.jsonValue(), policy: fc.jsonValue() }, { requiredKeys: [] })),
        (input) => {
          try {
            const { config: parsed } = parseConfig(input);
            expect(parsed.chain.length).toBeGreaterThan(0);
            expect(parseConfig(parsed).config).toEqual(parsed);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ConfigError', code: 'TIERFALL_CONFIG' });
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
