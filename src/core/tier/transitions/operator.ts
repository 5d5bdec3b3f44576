import { tierIndex, type FailoverConfig, type TierRef } from '../../config.js';
import { begin } from '../begin.js';
import { nextTier } from '../pool.js';
import { bestTier, firmRestEnd, isFree } from '../rests/rest.js';
import {
  FOREVER,
  forgottenTier,
  type Pause,
  type PauseSource,
  type State,
  type StatePatch,
  type TierState,
  type Transition,
} from '../state.js';
import { LONG_CHAIN } from '../stored/sparse-state.js';
import { change, endedCooldowns, moveTo, nameOf, untilOf } from '../step.js';

/**
 * Pauses an instance. Pauses of different sources stand side by side; one of the same source is replaced. With `until`
 * (epoch milliseconds) the pause ends by itself; one whose time has passed changes nothing.
 */
export function pause(
  state: State,
  request: { source: PauseSource; by: string; reason: string; until?: number | undefined },
  now: number,
): Transition {
  const { source, by, reason } = request;
  // What no date reaches is no time: JSON has no `Infinity`, and a stored pause has to be read again.
  const until = (request.until ?? FOREVER) >= FOREVER ? undefined : request.until;
  const draft = begin(state, now);
  const { pauses } = draft.state;
  if (until !== undefined && !(until > now)) return draft.done();
  const present = pauses.find((other) => other.source === source);
  const isSame = present?.by === by && present.reason === reason && (present.until ?? undefined) === until;
  if (isSame) return draft.done();
  const added: Pause = { source, by, reason, at: now, ...(until === undefined ? {} : { until }) };
  draft.add({
    type: 'paused',
    at: now,
    by,
    source,
    reason,
    ...(until === undefined ? {} : { until }),
    set: { pauses: [...pauses.filter((other) => other !== present), added] },
  });
  return draft.done();
}

/**
 * Lifts pauses: all of them for an operator, only its own for a machine. Lifting the pause of a used-up chain also
 * ends its cooldowns, so that the next call is made and not refused; waits the providers named stay.
 */
export function resume(
  state: State,
  request: { source: PauseSource; by: string; reason?: string | undefined },
  now: number,
): Transition {
  const { source, by, reason } = request;
  const draft = begin(state, now);
  const { pauses: before, tiers, exhaustedAt } = draft.state;
  const pauses = source === 'operator' ? [] : before.filter((other) => other.source !== source);
  if (pauses.length === before.length) return draft.done();
  const lifted = before.filter((other) => !pauses.includes(other)).map((other) => other.source);
  const set: StatePatch = { pauses };
  if (pauses.length === 0 && lifted.includes('exhausted')) {
    set.tiers = endedCooldowns(tiers, now);
    // Where a call under way has answered since, calls know where to go.
    const best = exhaustedAt === null ? -1 : bestTier(tiers.length, (index) => firmRestEnd(tiers[index]!) <= now);
    if (best >= 0) set.tier = best;
  }
  draft.add({ type: 'resumed', at: now, by, source, ...(reason === undefined ? {} : { reason }), lifted, set });
  return draft.done();
}

/** Lifts the pauses of a monitor, and no other. */
export function lift(
  state: State,
  request: { by: string; reason?: string | undefined; covers: (each: Pause) => boolean },
  now: number,
): Transition {
  const draft = begin(state, now);
  const before = draft.state.pauses;
  const lifted = before.filter(request.covers);
  if (lifted.length === 0) return draft.done();
  const pauses = before.filter((each) => !lifted.includes(each));
  const source = lifted[0]!.source;
  const sources = lifted.map((each) => each.source);
  const { by, reason } = request;
  const because = reason === undefined ? {} : { reason };
  draft.add({ type: 'resumed', at: now, by, source, ...because, lifted: sources, set: { pauses } });
  return draft.done();
}

interface ResetRequest {
  by: string;
  reason?: string | undefined;
}

/** Back to the first tier: ends every rest, wait and hold, lifts every pause, starts every ladder over. */
export function reset(state: State, request: ResetRequest, now: number): Transition {
  return resetAll(state, request, now, {});
}

/**
 * The same in a state that other processes read: its time tells them of a reset of an instance that had not failed
 * itself, which looks as it did before.
 */
export function resetForAll(state: State, request: ResetRequest, now: number): Transition {
  return resetAll(state, request, now, { resetAt: now });
}

function resetAll(state: State, { by, reason }: ResetRequest, now: number, mark: StatePatch): Transition {
  const draft = begin(state, now);
  const { tiers, pauses, reportedTier } = draft.state;
  draft.add({
    type: 'reset',
    at: now,
    by,
    ...(reason === undefined ? {} : { reason }),
    ...(pauses.length > 0 ? { lifted: pauses.map(({ source }) => source) } : {}),
    // Everything, also what is so already: rows of a state that could not be read may stand before it.
    set: {
      tier: 0,
      reportedTier: 0,
      exhaustedAt: null,
      ...freshTiers(tiers),
      absent: [],
      pauses: [],
      lastFailureKind: null,
      ...mark,
    },
  });
  if (reportedTier !== 0) {
    draft.add({
      type: 'tier-change',
      at: now,
      by,
      ...change(draft.state, reportedTier, 0, 'reset'),
      reason: 'reset',
      source: 'operator',
    });
  }
  return draft.done();
}

/** A pool may have a thousand keys: a long chain is not written out. */
function freshTiers(tiers: readonly TierState[]): Pick<StatePatch, 'fresh' | 'tiers'> {
  if (tiers.length > LONG_CHAIN) return { fresh: true };
  return { tiers: Object.fromEntries(tiers.map((tier, index) => [index, forgottenTier(tier)])) };
}

/**
 * Keeps an instance off a tier until `until` (epoch milliseconds; default: until a reset). A time that has passed ends
 * the hold. Holding the current tier steps to another one at once, where one is free.
 *
 * @param config says in which pools no key is better than another
 */
export function hold(
  state: State,
  request: { tier: TierRef; by: string; reason?: string | undefined; until?: number | undefined },
  now: number,
  config?: Pick<FailoverConfig, 'chain'>,
): Transition {
  const { by, reason } = request;
  const draft = begin(state, now);
  const before = draft.state;
  const index = tierIndex(before.ids, request.tier, before.identities);
  const tier = before.tiers[index];
  if (!tier) return draft.done();
  const until = Math.min(request.until ?? FOREVER, FOREVER);
  const heldUntil = until > now ? until : null;
  if (heldUntil === tier.heldUntil) return draft.done();
  const chain = config?.chain ?? before.identities.map(({ provider, model }) => ({ provider, model }));
  const set: StatePatch = { tiers: { [index]: { heldUntil } } };
  const leaves = index === before.tier && heldUntil !== null && before.exhaustedAt === null;
  const isTrial = before.tier !== before.reportedTier;
  // The beginning of a trial is no `tier-change`, and neither is an end without an answer.
  if (leaves && isTrial) set.tier = before.reportedTier;
  // In a chain that is used up a step is told to nobody either.
  else if (index === before.tier && heldUntil !== null && before.exhaustedAt !== null) {
    const free = nextTier(chain, index, (at) => isFree(before.tiers[at], now));
    if (free >= 0) set.tier = free;
  }
  draft.add({
    type: 'held',
    at: now,
    by,
    tier: nameOf(before.ids, index),
    ...(reason === undefined ? {} : { reason }),
    ...untilOf(heldUntil),
    set,
  });
  if (!leaves || isTrial) return draft.done();
  const next = nextTier(chain, index, (at) => isFree(draft.state.tiers[at], now));
  const why = { reason: 'hold', source: 'operator' as const, by, ...untilOf(heldUntil) };
  if (next >= 0) moveTo(draft, next, why, chain, now);
  return draft.done();
}
