import type { FailoverConfig } from '../config.js';
import { Draft, unchanged } from './draft.js';
import { bestTier } from './rest.js';
import { initialState, type State, type Transition } from './state.js';
import { isFree } from './step-down.js';

/**
 * Maps a loaded state to the present chain by tier id: unknown ids are dropped, new ones are fresh, and one
 * `chain-changed` event carries the result. A state that fits already comes back as it is, with no event.
 */
export function alignState(state: State, config: FailoverConfig, now: number): Transition {
  const fresh = initialState(config);
  if (fresh.ids.length === state.ids.length && fresh.ids.every((id, index) => id === state.ids[index])) {
    return unchanged(state);
  }
  const tiers = fresh.ids.map((id, index) => state.tiers[state.ids.indexOf(id)] ?? fresh.tiers[index]!);
  const indexOf = (old: number | null) => (old === null ? -1 : fresh.ids.indexOf(state.ids[old] ?? ''));
  const kept = indexOf(state.tier);
  const tier =
    kept >= 0
      ? kept
      : Math.max(
          0,
          bestTier(tiers.length, (index) => isFree(tiers[index], now)),
        );
  const returnedFrom = kept >= 0 ? indexOf(state.returnedFrom) : -1;
  const aligned: State = {
    ...state,
    ids: fresh.ids,
    tiers,
    tier,
    returnedFrom: returnedFrom < 0 ? null : returnedFrom,
  };
  const draft = new Draft(state);
  draft.add({
    type: 'chain-changed',
    at: now,
    ...(state.ids[state.tier] === undefined ? {} : { from: state.ids[state.tier]! }),
    to: fresh.ids[tier]!,
    state: aligned,
  });
  return draft.done();
}
