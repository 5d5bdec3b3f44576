import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  alignState,
  applyOutcome,
  hold,
  initialState,
  parseConfig,
  pause,
  recordExternalTrigger,
  replay,
  reset,
  resume,
  selectTier,
  type FailoverConfig,
  type LedgerEvent,
  type SharedRests,
  type State,
  type Transition,
} from '../../src/index.js';
import { openRow } from '../../src/core/tier/draft.js';

/**
 * Decisions are data: each JSON file beside this one holds scenarios for one rule of the state machine, each a list
 * of phases. A phase does one thing at one time (`at`, milliseconds) and says what follows: parts of the state, the
 * types of the events, the next selection.
 */
interface Phase {
  at: number;
  outcome?: Parameters<typeof applyOutcome>[1];
  trigger?: Parameters<typeof recordExternalTrigger>[1];
  pause?: Parameters<typeof pause>[1];
  resume?: Parameters<typeof resume>[1];
  reset?: Parameters<typeof reset>[1];
  hold?: Parameters<typeof hold>[1];
  chain?: unknown[];
  /** Rests from outside that an outcome and the selection are handed. */
  shared?: SharedRests;
  expect: {
    tier?: number;
    tiers?: Record<string, Record<string, unknown>>;
    paused?: Record<string, unknown> | null;
    pauses?: string[];
    events?: string[];
    direction?: string;
    /** Fields of the one `tier-change`; `null`: there is none. */
    change?: Record<string, unknown> | null;
    /** The types of the events that a ledger keeps a row of. */
    rows?: string[];
    /** Of the first event that stands for several failed attempts. */
    count?: number;
    /** Of the `exhausted` event. */
    until?: number;
    select?: unknown;
    /** All of the events but `set`, which the fold covers, and of the state all that is neither null nor empty. */
    whole?: { events: unknown[]; state?: unknown };
    state?: Record<string, unknown>;
  };
}

interface Scenario {
  name: string;
  config: unknown;
  phases: Phase[];
}

const folder = new URL('.', import.meta.url);
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const { rule, scenarios } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
    rule: string;
    scenarios: Scenario[];
  };
  describe(rule, () => {
    test.each(scenarios)('$name', ({ config: input, phases }) => {
      let { config } = parseConfig(input);
      let state = initialState(config);
      const ledger: LedgerEvent[] = [];
      for (const [index, phase] of phases.entries()) {
        if (phase.chain) config = { ...config, chain: parseConfig({ chain: phase.chain }).config.chain };
        const frozen = deepFreeze(structuredClone(state));
        const { state: next, events } = step(frozen, phase, config);
        ledger.push(...events);
        state = next;
        check(`phase ${index} at ${phase.at}`, phase, state, events, config);
      }
      expect(replay(ledger, config), 'the fold of the events').toEqual(state);
      const rows = ledger.filter(({ counted }) => !counted);
      expect(replay(withOpenRow(rows, state), config), 'the fold of the rows').toEqual(state);
      expect(JSON.parse(JSON.stringify(state)), 'plain JSON').toEqual(state);
    });
  });
}

/** The rows of a ledger, and on top what it has yet to record. */
function withOpenRow(rows: LedgerEvent[], state: State): LedgerEvent[] {
  const open = openRow(state);
  return open ? [...rows, open] : rows;
}

function step(state: State, phase: Phase, config: FailoverConfig): Transition {
  const { at } = phase;
  if (phase.outcome) return applyOutcome(state, phase.outcome, config, at, phase.shared);
  if (phase.trigger) return recordExternalTrigger(state, phase.trigger, config, at);
  if (phase.pause) return pause(state, phase.pause, at);
  if (phase.resume) return resume(state, phase.resume, at);
  if (phase.reset) return reset(state, phase.reset, at);
  if (phase.hold) return hold(state, phase.hold, at, config);
  if (phase.chain) return alignState(state, config, at);
  return { state, events: [] };
}

function check(
  label: string,
  { at, shared, expect: want }: Phase,
  state: State,
  events: LedgerEvent[],
  config: FailoverConfig,
) {
  if (want.tier !== undefined) expect(state.tier, `${label}: tier`).toBe(want.tier);
  for (const [index, fields] of Object.entries(want.tiers ?? {})) {
    expect(state.tiers[Number(index)], `${label}: tiers[${index}]`).toMatchObject(fields);
  }
  if (want.paused !== undefined) {
    if (want.paused === null) expect(state.paused, `${label}: paused`).toBeNull();
    else expect(state.paused, `${label}: paused`).toMatchObject(want.paused);
  }
  if (want.pauses) expect(state.pauses.map(({ source }) => source).sort(), `${label}: pauses`).toEqual(want.pauses);
  if (want.events)
    expect(
      events.map((event) => event.type),
      `${label}: events`,
    ).toEqual(want.events);
  if (want.direction) {
    expect(events.find((event) => event.type === 'tier-change')?.direction, `${label}: direction`).toBe(want.direction);
  }
  if (want.change !== undefined) {
    const changes = events.filter(({ type }) => type === 'tier-change');
    if (want.change === null) expect(changes, `${label}: no tier-change`).toEqual([]);
    else expect(changes, `${label}: tier-change`).toEqual([expect.objectContaining(want.change)]);
  }
  if (want.rows) {
    const rows = events.filter(({ counted }) => !counted);
    expect(
      rows.map(({ type }) => type),
      `${label}: rows`,
    ).toEqual(want.rows);
  }
  if (want.count !== undefined) {
    expect(events.find(({ count }) => count !== undefined)?.count, `${label}: count`).toBe(want.count);
  }
  if (want.until !== undefined) {
    expect(events.find((event) => event.type === 'exhausted')?.until, `${label}: until`).toBe(want.until);
  }
  if (want.select) expect(selectTier(state, config, at, shared), `${label}: selection`).toEqual(want.select);
  if (want.whole) {
    const told = events.map(({ set: _set, state: _state, at: _at, ...event }) => event);
    expect(told, `${label}: events`).toStrictEqual(want.whole.events);
    expect(events.filter((event) => event.at !== at)).toEqual([]);
    const { schema: _schema, ids: _ids, identities: _identities, paused: _paused, tiers, absent, ...others } = state;
    const kept = {
      ...known(others),
      tiers: tiers.map(known),
      ...(absent.length > 0 ? { absent: absent.map(known) } : {}),
    };
    if (want.whole.state) expect(kept, `${label}: state`).toStrictEqual(want.whole.state);
  }
  if (want.state) expect(state, `${label}: state`).toMatchObject(want.state);
}

function known(part: object): object {
  const isNothing = (value: unknown) => value === null || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(part).filter(([, value]) => !isNothing(value)));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
