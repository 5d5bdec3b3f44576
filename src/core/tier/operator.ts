import { tierIndex, type TierRef } from '../config.js';
import { Draft, unchanged } from './draft.js';
import { bestTier, nextTier } from './rest.js';
import { FOREVER, type PauseSource, type State, type StatePatch, type TierState, type Transition } from './state.js';
import { change, endedCooldowns, isFirmlyResting, isFree } from './step-down.js';

/** Pauses an instance. Pauses of different sources stand side by side; one of the same source is replaced. */
export function pause(
  state: State,
  request: { source: PauseSource; by: string; reason: string },
  now: number,
): Transition {
  const { source, by, reason } = request;
  const present = state.pauses.find((other) => other.source === source);
  if (present && present.by === by && present.reason === reason) return unchanged(state);
  const draft = new Draft(state);
  draft.add({
    type: 'paused',
    at: now,
    by,
    source,
    reason,
    set: { pauses: [...state.pauses.filter((other) => other !== present), { source, by, reason, at: now }] },
  });
  return draft.done();
}

/**
 * Lifts pauses: all of them for an operator, only its own for a machine. Lifting the pause of a used-up chain also
 * ends its cooldowns, so that the next call is made and not refused; waits the providers named stay.
 */
export function resume(state: State, request: { source: PauseSource; by: string }, now: number): Transition {
  const { source, by } = request;
  const pauses = source === 'operator' ? [] : state.pauses.filter((other) => other.source !== source);
  if (pauses.length === state.pauses.length) return unchanged(state);
  const retries = state.pauses.some((other) => other.source === 'exhausted') && pauses.length === 0;
  const set: StatePatch = { pauses };
  if (retries) set.tiers = endedCooldowns(state.tiers, now);
  const draft = new Draft(state);
  draft.add({ type: 'resumed', at: now, by, source, set });
  const best = retries ? bestTier(state.tiers.length, (index) => !isFirmlyResting(draft.state.tiers[index], now)) : -1;
  if (best >= 0 && best !== state.tier) {
    draft.add({
      type: 'tier-change',
      at: now,
      by,
      ...change(state.ids, state.tier, best, 'wrap'),
      reason: 'resumed',
      source: 'operator',
      set: { tier: best, returnedFrom: null },
    });
  }
  return draft.done();
}

/** Back to the first tier: ends every rest, wait and hold, lifts every pause, starts every ladder over. */
export function reset(state: State, request: { by: string }, now: number): Transition {
  const { by } = request;
  const cleared: Partial<TierState> = {
    restUntil: null,
    retryAfterUntil: null,
    heldUntil: null,
    failures: 0,
    lastFailureKind: null,
  };
  const draft = new Draft(state);
  draft.add({
    type: 'reset',
    at: now,
    by,
    ...(state.paused ? { reason: 'lifted' } : {}),
    // Everything, also what is so already: rows of a state that could not be read may stand before it.
    set: {
      tier: 0,
      returnedFrom: null,
      // `lastFailureAt` stays: an attempt that began before that failure still belongs to the old incident.
      tiers: Object.fromEntries(state.tiers.map(({ lastFailureAt }, index) => [index, { ...cleared, lastFailureAt }])),
      pauses: [],
      lastFailureKind: null,
    },
  });
  if (state.tier !== 0) {
    draft.add({
      type: 'tier-change',
      at: now,
      by,
      ...change(state.ids, state.tier, 0, 'reset'),
      reason: 'reset',
      source: 'operator',
    });
  }
  return draft.done();
}

/**
 * Keeps an instance off a tier until `until` (default: until a reset). A time that has passed ends the hold.
 * Holding the current tier steps down at once, where another tier is free.
 */
export function hold(state: State, request: { tier: TierRef; by: string; until?: number }, now: number): Transition {
  const { by } = request;
  const index = tierIndex(state.ids, request.tier);
  const tier = state.tiers[index];
  if (!tier) return unchanged(state);
  const until = Math.min(request.until ?? FOREVER, FOREVER);
  const heldUntil = until > now ? until : null;
  if (heldUntil === tier.heldUntil) return unchanged(state);
  const draft = new Draft(state);
  draft.add({
    type: 'held',
    at: now,
    by,
    tier: state.ids[index] ?? String(index),
    ...(heldUntil === null || heldUntil >= FOREVER ? {} : { until: heldUntil }),
    set: { tiers: { [index]: { heldUntil } } },
  });
  const next = nextTier(state.tiers.length, index, (at) => isFree(draft.state.tiers[at], now));
  if (index === state.tier && heldUntil !== null && next >= 0) {
    draft.add({
      type: 'tier-change',
      at: now,
      by,
      ...change(state.ids, index, next, next > index ? 'down' : 'up'),
      reason: 'hold',
      source: 'operator',
      ...(heldUntil >= FOREVER ? {} : { until: heldUntil }),
      set: { tier: next, returnedFrom: null },
    });
  }
  return draft.done();
}
