import { completeState } from './stored/complete-state.js';
import { applyEvent } from './fold.js';
import type { LedgerEvent, State, StatePatch, TierState, Transition } from './state.js';

/** A transition in the making: each event is folded in as it is added, so state and events cannot disagree. */
export class Draft {
  readonly #before: State;
  state: State;
  readonly events: LedgerEvent[] = [];

  constructor(state: State) {
    this.#before = state;
    this.state = completeState(state);
  }

  /** Adds an event. One that a ledger keeps also sets what counted ones before it did. */
  add(event: LedgerEvent): void {
    const isWhole = event.counted === true || event.state !== undefined;
    const whole = isWhole ? event : { ...event, ...withUnrecorded(this.state, event.set) };
    this.state = applyEvent(this.state, whole);
    this.events.push(whole);
  }

  /** Adds what another transition made of this state. */
  append({ state, events }: Transition): void {
    this.state = completeState(state);
    this.events.push(...events);
  }

  done(): Transition {
    return { state: this.events.length === 0 ? this.#before : this.state, events: this.events };
  }
}

/** `set` with all that counted events have set and no row of the ledger has yet. */
function withUnrecorded(state: State, set: StatePatch | undefined): { set?: StatePatch } {
  const tiers = set?.fresh ? undefined : unrecordedTiers(state);
  if (!tiers) return {};
  for (const [index, patch] of Object.entries(set?.tiers ?? {})) {
    tiers[Number(index)] = { ...tiers[Number(index)], ...patch };
  }
  return { set: { tier: state.tier, lastFailureKind: state.lastFailureKind, ...set, tiers } };
}

/** The tiers that the rows of a ledger do not lead to, whole; `undefined`: there are none. */
function unrecordedTiers(state: State): Record<number, Partial<TierState>> | undefined {
  let tiers: Record<number, Partial<TierState>> | undefined;
  state.tiers.forEach((tier, index) => {
    if (tier.unrecorded === null) return;
    tiers ??= {};
    // Failed attempts that are still to be counted stay so; a tier without any is recorded by this.
    tiers[index] = tier.unrecorded === 0 ? { ...tier, unrecorded: null } : tier;
  });
  return tiers;
}

/**
 * The row that a ledger lacks: what counted events have done since the last one that it has. A reader of a ledger puts
 * it on top, so that the rows lead to the state. `undefined`: there is none.
 */
export function openRow(input: State): LedgerEvent | undefined {
  const state = completeState(input);
  const tiers = unrecordedTiers(state);
  if (!tiers) return undefined;
  const indexes = Object.keys(tiers).map(Number);
  const index = indexes.reduce((one, other) => (failedAt(state, other) > failedAt(state, one) ? other : one));
  const tier = state.tiers[index]!;
  const count = indexes.reduce((sum, each) => sum + (state.tiers[each]?.unrecorded ?? 0), 0);
  const set: StatePatch = {
    tier: state.tier,
    lastFailureKind: state.lastFailureKind,
    tiers: Object.fromEntries(indexes.map((each) => [each, state.tiers[each]!])),
  };
  const facts = { at: tier.lastFailureAt ?? 0, tier: state.ids[index] ?? String(index), set };
  if (count === 0) return { type: 'trial', ...facts };
  return {
    type: 'tier-failed',
    ...facts,
    ...(tier.lastFailureKind === null ? {} : { kind: tier.lastFailureKind }),
    ...(tier.restUntil === null ? {} : { until: tier.restUntil }),
    ...(count > 1 ? { count } : {}),
  };
}

function failedAt(state: State, index: number): number {
  return state.tiers[index]?.lastFailureAt ?? Number.NEGATIVE_INFINITY;
}
