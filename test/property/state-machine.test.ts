import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import {
  alignState,
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
  type PolicyOptions,
  type State,
  type Transition,
} from '../../src/index.js';
import { openRow } from '../../src/core/tier/draft.js';
import { mergeState } from '../../src/core/tier/stored/merge-state.js';

/** One thing that can happen, and how much later than the one before. */
type Step = { afterMs: number; name: string; apply: (state: State, config: FailoverConfig, now: number) => Transition };

const tiers = 3;
const index = fc.nat(tiers - 1);
const wait = fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined });
const machines = ['budget', 'alert', 'health', 'exhausted'] as const;
const source = fc.constantFrom('operator' as const, ...machines);

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
const machine = fc.constantFrom(...machines);
const machineResume = machine.map((by) => ({
  name: `resume ${by}`,
  apply: (state: State, _: FailoverConfig, now: number) => resume(state, { source: by, by }, now),
}));
const untilMs = fc.option(fc.integer({ min: -10, max: 60_000 }), { nil: undefined });
const pauses = fc.record({ by: source, forMs: untilMs }).map(({ by, forMs }) => ({
  name: `pause ${by}`,
  apply: (state: State, _: FailoverConfig, now: number) =>
    pause(state, { source: by, by, reason: 'r', ...(forMs === undefined ? {} : { until: now + forMs }) }, now),
}));
const operatorResume = fc.constant({
  name: 'resume operator',
  apply: (state: State, _: FailoverConfig, now: number) => resume(state, { source: 'operator', by: 'ann' }, now),
});
const resets = fc.constant({
  name: 'reset',
  apply: (state: State, _: FailoverConfig, now: number) => reset(state, { by: 'ann' }, now),
});
const holds = fc.record({ tier: index, forMs: untilMs }).map(({ tier, forMs }) => ({
  name: `hold ${tier}`,
  apply: (state: State, _: FailoverConfig, now: number) =>
    hold(state, { tier, by: 'ann', ...(forMs === undefined ? {} : { until: now + forMs }) }, now),
}));

/** The same chain written by another process: without a tier, in another order, or under another key. */
const chains = fc.constantFrom(
  ['p/a'],
  ['q/b', 'p/a'],
  ['p/a', 'q/b', 'r/c'],
  [{ provider: 'p', model: 'a', credential: 'other' }, 'x/y', 'q/b'],
);
const reload = chains.map((chain) => ({
  name: 'reload',
  apply: (state: State, present: FailoverConfig, now: number) => {
    const elsewhere = alignState(state, { ...present, chain: parseConfig({ chain }).config.chain }, now);
    const back = alignState(elsewhere.state, present, now + 1);
    return { state: back.state, events: [...elsewhere.events, ...back.events] };
  },
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
  reload,
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
    threshold: fc.option(fc.record({ failures: fc.integer({ min: 1, max: 4 }), windowMs: fc.constant(40_000) }), {
      nil: undefined,
    }),
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

  test('the rows alone, with the open one on top, never lead to another state', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        const rows: LedgerEvent[] = [];
        play(steps, present, (_before, after, _now, _step, events) => {
          rows.push(...events.filter(({ counted }) => !counted));
          const open = openRow(after);
          expect(replay(open ? [...rows, open] : rows, present)).toEqual(after);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('no tier-change says that a tier is back before it has answered', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        play(steps, present, (_before, _after, _now, step, events) => {
          for (const event of events.filter(({ direction }) => direction === 'up')) {
            expect(step.name).toBe(`ok ${present.chain.findIndex(({ model }) => event.to?.endsWith(`/${model}`))}`);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  test('each tier-change begins where the one before it ended', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        let reported = 'p/a';
        play(steps, present, (_before, after, _now, step, events) => {
          if (step.name === 'reload') reported = after.ids[after.reportedTier]!;
          for (const { type, from, to } of events) {
            if (type !== 'tier-change') continue;
            expect(from).toBe(reported);
            expect(to).not.toBe(from);
            reported = to!;
          }
          expect(after.ids[after.reportedTier]).toBe(reported);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('while the chain is used up there is one exhausted and no tier-change', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        play(steps, present, (before, after, _now, step, events) => {
          const types = events.map(({ type }) => type);
          if (before.exhaustedAt === null || after.exhaustedAt === null) return;
          expect(types).not.toContain('tier-change');
          // A person who resumes gives it another chance.
          if (!types.includes('paused') || step.name.startsWith('pause')) expect(types).not.toContain('exhausted');
        });
      }),
      { numRuns: 300 },
    );
  });

  test('a time to try again is never now or past', () => {
    fc.assert(
      fc.property(config, timed(anything), (present, steps) => {
        play(steps, present, (_before, after, now, _step, events) => {
          const selection = selectTier(after, present, now);
          if (!selection.ok && selection.retryAt !== null) expect(selection.retryAt).toBeGreaterThan(now);
          for (const { type, until } of events) if (type === 'exhausted' && until) expect(until).toBeGreaterThan(now);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('whatever the clock does, what is left of a rest is at most its own length', () => {
    const jumps = fc.array(fc.tuple(fc.integer({ min: -3_600_000, max: 60_000 }), fc.oneof(failure, success)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(config, jumps, (present, steps) => {
        let state = initialState(present);
        let now = 1e9;
        for (const [byMs, step] of steps) {
          now += byMs;
          state = step.apply(state, present, now).state;
          for (const { restUntil, retryAfterUntil, lastFailureAt } of state.tiers) {
            // The longest cooldown of this config is a minute, the longest wait two.
            expect((restUntil ?? now) - now).toBeLessThanOrEqual(120_000 + 1000);
            expect((retryAfterUntil ?? now) - now).toBeLessThanOrEqual(120_000 + 1000);
            expect((lastFailureAt ?? now) - now).toBeLessThanOrEqual(1000);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('under wrap a tier that rests for what needs a person is never asked twice within a minute', () => {
    const { config: present } = parseConfig({ chain: ['p/a', 'q/b', 'r/c'] });
    const kind = fc.constantFrom('auth' as const, 'quota' as const, 'model_unavailable' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20_000), kind), { maxLength: 60 }), (calls) => {
        let state = initialState(present);
        let now = 1e9;
        const askedAt = new Map<number, number>();
        for (const [afterMs, with_] of calls) {
          now += afterMs;
          const selection = selectTier(state, present, now);
          if (!selection.ok) continue;
          const { index: tier } = selection;
          expect(now - (askedAt.get(tier) ?? 0)).toBeGreaterThanOrEqual(60_000);
          askedAt.set(tier, now);
          state = applyOutcome(state, { tier, ok: false, kind: with_ }, present, now).state;
        }
      }),
      { numRuns: 200 },
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
        fc.pre(ages.length >= (present.policy.threshold?.failures ?? 1));
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

describe('State machine: two states of one instance', () => {
  const bySource = (state: State) => ({
    ...state,
    pauses: state.pauses.toSorted((one, other) => one.source.localeCompare(other.source)),
  });

  test('what only one of them changed is as that one has it, and no wait is ever lost', () => {
    fc.assert(
      fc.property(config, timed(anything), timed(anything), timed(anything), (present, first, mine, other) => {
        const base = play(first, present, () => undefined).state;
        const [ours, theirs] = [mine, other].map((steps) => {
          let now = 3_000_000;
          return steps.reduce((state, step) => step.apply(state, present, (now += step.afterMs)).state, base);
        });
        expect(bySource(mergeState(base, base, ours!))).toEqual(bySource(ours!));
        expect(bySource(mergeState(base, theirs!, base))).toEqual(bySource(theirs!));
        const merged = mergeState(base, theirs!, ours!);
        merged.tiers.forEach(({ retryAfterUntil }, at) => {
          const [one, two] = [ours!, theirs!].map((state) => state.tiers[at]!.retryAfterUntil ?? 0);
          const before = base.tiers[at]!.retryAfterUntil ?? 0;
          // One that both have, or one that only one of them has changed.
          const least = one === before ? two! : two === before ? one! : Math.max(one!, two!);
          expect(retryAfterUntil ?? 0).toBeGreaterThanOrEqual(least);
        });
        expect(merged.reportedTier).toBeLessThan(present.chain.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('State machine: a long outage', () => {
  /** Calls every so often for twelve hours in which tier 1 never answers, and tier 2 always. */
  function outage(everyMs: number, policy: PolicyOptions) {
    const { config: present } = parseConfig({ chain: ['p/a', 'q/b'], policy });
    const rows: LedgerEvent[] = [];
    let state = initialState(present);
    let trials = 0;
    for (let now = 1e9; now < 1e9 + 12 * 3_600_000; now += everyMs) {
      const selection = selectTier(state, present, now);
      if (!selection.ok) throw new Error('somewhere calls can always go');
      const first = selection.index;
      const steps = first === 0 ? [0, 1] : [1];
      if (first === 0) trials++;
      for (const tier of steps) {
        const outcome =
          tier === 0 ? ({ tier, ok: false, kind: 'server_error' } as const) : ({ tier, ok: true } as const);
        const next = applyOutcome(state, outcome, present, now);
        rows.push(...next.events.filter(({ counted }) => !counted));
        state = next.state;
      }
    }
    return { rows, trials, state, present };
  }

  test.each([
    ['probe', 1000],
    ['probe', 60_000],
    ['on-success', 1000],
  ] as const)('%s, a call every %d ms: few rows, one tier-change, the count in the rows', (recovery, everyMs) => {
    const { rows, trials, state, present } = outage(everyMs, { recovery });
    expect(trials).toBeGreaterThan(700);
    expect(rows.length).toBeLessThan(12 * 8);
    expect(rows.filter(({ type }) => type === 'tier-change')).toHaveLength(1);
    const failures = rows.reduce((sum, { type, count = 1 }) => sum + (type === 'tier-failed' ? count : 0), 0);
    const open = openRow(state);
    expect(failures + (state.tiers[0]!.unrecorded ?? 0)).toBe(trials);
    expect(replay(open ? [...rows, open] : rows, present)).toEqual(state);
  });

  test('a total outage of twelve hours under wrap: few rows, one exhausted, no tier-change after it', () => {
    const { config: present } = parseConfig({ chain: ['p/a', 'q/b', 'r/c'] });
    const rows: LedgerEvent[] = [];
    let state = initialState(present);
    for (let now = 1e9; now < 1e9 + 12 * 3_600_000; now += 10_000) {
      for (const tier of [0, 1, 2]) {
        const next = applyOutcome(state, { tier, ok: false, kind: 'overloaded' }, present, now);
        rows.push(...next.events.filter(({ counted }) => !counted));
        state = next.state;
      }
      expect(selectTier(state, present, now)).toEqual({ ok: true, index: 0, probe: false, otherwise: null });
    }
    expect(rows.length).toBeLessThan(12 * 3 * 4);
    const types = rows.map(({ type }) => type);
    expect(types.filter((type) => type === 'exhausted')).toHaveLength(1);
    expect(types.lastIndexOf('tier-change')).toBeLessThan(types.indexOf('exhausted'));
  });
});

describe('State machine: any time will do', () => {
  test('a whole story that happens earlier or later, even before 1970, is the same story', () => {
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
