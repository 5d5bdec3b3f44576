import type { FailoverConfig } from '../config.js';
import { freshTierState, initialState, pauseSources, type LedgerEvent, type Pause, type State } from './state.js';

/** The strongest of `pauses`: a person's before a used-up chain's before a monitor's before any other that stands. */
export function strongestPause(pauses: readonly Pause[]): Pause | null {
  for (const source of pauseSources) {
    const found = pauses.find((pause) => pause.source === source);
    if (found) return found;
  }
  return pauses[0] ?? null;
}

/** The state after one event. The one place where a state is made from another: every transition goes through it. */
export function applyEvent(state: State, event: LedgerEvent): State {
  const base = event.state ?? state;
  const { set } = event;
  if (!set) return base;
  const next: State = { ...base };
  if (set.tier !== undefined) next.tier = set.tier;
  if (set.returnedFrom !== undefined) next.returnedFrom = set.returnedFrom;
  if (set.lastFailureKind !== undefined) next.lastFailureKind = set.lastFailureKind;
  if (set.pauses) {
    next.pauses = set.pauses;
    next.paused = strongestPause(set.pauses);
  }
  if (set.tiers) {
    next.tiers = base.tiers.slice();
    for (const [key, patch] of Object.entries(set.tiers)) {
      const index = Number(key);
      next.tiers[index] = { ...(next.tiers[index] ?? freshTierState()), ...patch };
    }
  }
  return next;
}

/**
 * The state that a ledger leads to, oldest event first. Needs no clock. Where history was trimmed, a `snapshot`
 * event stands first.
 */
export function replay(events: Iterable<LedgerEvent>, config: Pick<FailoverConfig, 'chain'>): State {
  let state = initialState(config);
  for (const event of events) state = applyEvent(state, event);
  return state;
}
