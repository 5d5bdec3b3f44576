import type { FailoverConfig } from '../config.js';
import { completeState } from './stored/complete-state.js';
import { freshTierState, initialState, type LedgerEvent, type State } from './state.js';
import { strongestPause } from './rests/standing-pauses.js';

/** The state after one event. The one place where a state is made from another: every transition goes through it. */
export function applyEvent(state: State, event: LedgerEvent): State {
  const base = event.state ? completeState(event.state) : state;
  const { set } = event;
  if (!set) return base;
  const next: State = { ...base };
  if (set.tier !== undefined) next.tier = set.tier;
  if (set.reportedTier !== undefined) next.reportedTier = set.reportedTier;
  // Rows of schema 1 say instead where calls came back from, until the new tier has answered.
  if (set.returnedFrom !== undefined) next.reportedTier = set.returnedFrom ?? next.tier;
  if (set.exhaustedAt !== undefined) next.exhaustedAt = set.exhaustedAt;
  if (set.absent) next.absent = set.absent;
  if (set.lastFailureKind !== undefined) next.lastFailureKind = set.lastFailureKind;
  if (set.resetAt !== undefined) next.resetAt = set.resetAt;
  if (set.pauses) {
    next.pauses = set.pauses;
    next.paused = strongestPause(set.pauses);
  }
  if (set.fresh) next.tiers = base.tiers.map(freshTierState);
  if (set.tiers) {
    next.tiers = next.tiers.slice();
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
