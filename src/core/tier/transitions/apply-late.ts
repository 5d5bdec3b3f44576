import { begin, isAhead, CLOCK_TOLERANCE_MS } from '../begin.js';
import { applyEvent } from '../fold.js';
import type { LedgerEvent, State, TierState, Transition } from '../state.js';

/**
 * Applies a change that was made at `madeAt` to a state that others may have changed since. A failure that is newer
 * than the change is then no sign of a clock that was set back: nothing is re-based to `madeAt`, so that no wait gets
 * shorter.
 */
export function applyLate(
  state: State,
  madeAt: number,
  now: number,
  transition: (state: State) => Transition,
): Transition {
  if (madeAt >= now || !isAhead(state, madeAt)) return transition(state);
  // What is ahead of the present is another clock's, or this one was set back.
  const draft = begin(state, now);
  const present = draft.state;
  const { events } = transition({ ...present, tiers: present.tiers.map((tier) => asOf(tier, madeAt)) });
  for (const event of events) draft.events.push(withFailuresOf(present, event, madeAt));
  draft.state = draft.events.reduce(applyEvent, state);
  return draft.done();
}

/** The latest time of a failure that is no sign of a clock that was set back. */
function latestKnown(madeAt: number): number {
  return madeAt + CLOCK_TOLERANCE_MS;
}

function asOf(tier: TierState, madeAt: number): TierState {
  const { lastFailureAt } = tier;
  return lastFailureAt === null ? tier : { ...tier, lastFailureAt: Math.min(lastFailureAt, latestKnown(madeAt)) };
}

/** A row may repeat all that is known of a tier. */
function withFailuresOf(present: State, event: LedgerEvent, madeAt: number): LedgerEvent {
  const tiers = event.set?.tiers;
  if (!tiers) return event;
  const restored = Object.entries(tiers).map(([index, patch]) => {
    const { lastFailureAt = null } = present.tiers[Number(index)] ?? {};
    return [index, patch.lastFailureAt === latestKnown(madeAt) ? { ...patch, lastFailureAt } : patch] as const;
  });
  return { ...event, set: { ...event.set, tiers: Object.fromEntries(restored) } };
}
