import { applyEvent } from '../../core/tier/fold.js';
import type { LedgerEvent, State, Transition } from '../../core/tier/state.js';
import type { StoredState } from '../../ports/state-store.js';

/** A pure transition with its own time bound in: it can be applied again to another state. */
export type Apply = (state: State) => Transition;

/** A change that has yet to reach the store. */
export interface Pending {
  apply: Apply;
  events: LedgerEvent[];
}

/** What was asked to be stored, and of which pending changes it was made. */
export interface CommitRequest {
  state: State;
  landing: readonly Pending[];
}

export function foldPending(state: State, pending: Pending): State {
  return pending.events.reduce(applyEvent, state);
}

/** Is this what the request asked to be stored? */
export function isStored(request: CommitRequest, version: number, stored: StoredState | undefined): boolean {
  return stored?.version === version && JSON.stringify(stored.state) === JSON.stringify(request.state);
}
