import { isSamePair, type Policy, type Tier } from '../../core/config.js';
import { isKind } from '../../core/kinds.js';
import { soonestRestEnd } from '../../core/tier/rests/rest.js';
import {
  FOREVER,
  pauseSources,
  type LedgerEvent,
  type PauseSource,
  type State,
  type TierState,
} from '../../core/tier/state.js';
import type { EventTier, PauseTarget, TierChangeEvent } from '../../ports/failover.js';
import type { FailoverEmitter } from './emitter.js';

/** A tier as events name it. */
export function eventTier({ provider, model, credential }: Tier, index: number): EventTier {
  return { index, provider, model, ...(credential === undefined ? {} : { credential }) };
}

/** The tiers of a chain: their printed ids, and what events call them. */
export interface NamedTiers {
  readonly ids: readonly string[];
  readonly names: readonly EventTier[];
}

/** Emits what one ledger event of this process means to listeners. A move on trial means nothing to them. */
export function announceLocal(
  emitter: FailoverEmitter,
  target: PauseTarget,
  tiers: NamedTiers,
  event: LedgerEvent,
  session: string | undefined,
): void {
  const { at, by = '' } = event;
  if (event.type === 'tier-change') announceChange(emitter, target, tiers, event, session);
  else if (event.type === 'exhausted') announceExhausted(emitter, target, event, session);
  else if (event.type === 'paused') {
    const until = event.until === undefined ? {} : { until: event.until };
    emitter.emit('paused', {
      target,
      source: pauseSourceOf(event.source),
      by,
      reason: event.reason!,
      at,
      ...until,
      origin: 'local',
    });
  } else if (event.type === 'resumed') {
    emitter.emit('resumed', { target, source: pauseSourceOf(event.source), by, at, origin: 'local' });
  } else if (event.type === 'reset' && event.lifted !== undefined) {
    emitter.emit('resumed', { target, source: 'operator', by, at, origin: 'local' });
  }
}

function announceChange(
  emitter: FailoverEmitter,
  target: PauseTarget,
  { ids, names }: NamedTiers,
  event: LedgerEvent,
  session: string | undefined,
): void {
  const from = names[ids.indexOf(event.from!)];
  const to = names[ids.indexOf(event.to!)];
  if (typeof target !== 'string' || !from || !to) return;
  emitter.emit('tier-change', {
    instance: target,
    ...(session === undefined ? {} : { session }),
    from,
    to,
    direction: event.direction!,
    reason: event.reason!,
    at: event.at,
    ...(event.until === undefined ? {} : { until: event.until }),
    source: changeSourceOf(event.source),
    origin: 'local',
  });
}

function announceExhausted(
  emitter: FailoverEmitter,
  target: PauseTarget,
  { kind, reason, at, until }: LedgerEvent,
  session: string | undefined,
): void {
  if (typeof target !== 'string' || !isExhaustionPolicy(reason)) return;
  emitter.emit('exhausted', {
    instance: target,
    ...(session === undefined ? {} : { session }),
    ...(isKind(kind) ? { kind } : {}),
    policy: reason,
    retryAt: until ?? null,
    at,
    origin: 'local',
  });
}

/** Emits what another process did, as far as the two states show it. */
export function announceRemote(
  emitter: FailoverEmitter,
  target: PauseTarget,
  names: readonly EventTier[],
  before: State,
  after: State,
  at: number,
): void {
  const from = names[before.reportedTier];
  const to = names[after.reportedTier];
  if (typeof target === 'string' && from && to && from !== to) {
    emitter.emit('tier-change', { instance: target, from, to, ...changeBetween(before, after), at, origin: 'remote' });
  }
  for (const { source, by, reason, until } of after.pauses) {
    if (before.pauses.some((other) => other.source === source)) continue;
    const end = until === undefined ? {} : { until };
    emitter.emit('paused', { target, source, by, reason, at, ...end, origin: 'remote' });
  }
  for (const { source, by } of before.pauses) {
    if (after.pauses.some((pause) => pause.source === source)) continue;
    emitter.emit('resumed', { target, source, by, at, origin: 'remote' });
  }
}

/** Emits that another process has used up its chain. */
export function announceRemoteExhausted(
  emitter: FailoverEmitter,
  instance: string,
  state: State,
  policy: Policy,
  at: number,
): void {
  emitter.emit('exhausted', {
    instance,
    ...(isKind(state.lastFailureKind) ? { kind: state.lastFailureKind } : {}),
    policy: policy.onExhausted,
    retryAt: soonestRestEnd(state, policy, at),
    at,
    origin: 'remote',
  });
}

type Change = Pick<TierChangeEvent, 'direction' | 'reason' | 'until' | 'source'>;

/** What moved an instance from one tier to another, as far as the two states show it. */
function changeBetween(before: State, after: State): Change {
  const from = before.reportedTier;
  const [was, left] = [before.tiers[from], after.tiers[from]];
  const direction = after.reportedTier > from || isRotation(before, after) ? 'down' : 'up';
  if (!was || !left) return { direction, reason: 'unknown', source: 'auto' };
  if (left.heldUntil !== null && left.heldUntil !== was.heldUntil) {
    return { direction, reason: 'hold', ...untilOf(left.heldUntil), source: 'operator' };
  }
  if (after.reportedTier === 0 && after.tiers.every(isFresh)) {
    return { direction: 'reset', reason: 'reset', source: 'operator' };
  }
  if (direction === 'up') return { direction, reason: 'recovered', source: 'auto' };
  if (left.lastFailureAt === was.lastFailureAt && left.failures <= was.failures) {
    // Nothing of its own keeps calls off the tier that was left: a rest of the fleet, or a pause of the provider does.
    if (left.restUntil === null && before.tier === from) return { direction, reason: 'resting', source: 'shared' };
    return {
      direction,
      reason: before.tier === from ? 'resting' : (left.lastFailureKind ?? 'resting'),
      source: 'auto',
    };
  }
  const reason = left.lastFailureKind ?? 'unknown';
  return { direction, reason, ...untilOf(left.restUntil), source: isKind(reason) ? 'auto' : 'external' };
}

/** One key of a model has failed, and calls go to one that stands before it: no return, none of them is better. */
function isRotation(before: State, after: State): boolean {
  const [from, to] = [before.identities[before.reportedTier], after.identities[after.reportedTier]];
  const [was, left] = [before.tiers[before.reportedTier], after.tiers[before.reportedTier]];
  return from !== undefined && to !== undefined && isSamePair(from, to) && left?.lastFailureAt !== was?.lastFailureAt;
}

/** Nothing but a reset forgets the last failure and ends a hold at every tier. */
function isFresh(tier: TierState): boolean {
  return tier.lastFailureAt === null && tier.heldUntil === null;
}

function untilOf(until: number | null): { until?: number } {
  return until === null || until >= FOREVER ? {} : { until };
}

function changeSourceOf(source: string | undefined): TierChangeEvent['source'] {
  return source === 'operator' || source === 'external' || source === 'shared' ? source : 'auto';
}

function pauseSourceOf(source: string | undefined): PauseSource {
  return pauseSources.find((known) => known === source) ?? 'operator';
}

function isExhaustionPolicy(reason: string | undefined): reason is 'wrap' | 'pause' | 'wait' | 'throw' {
  return reason === 'wrap' || reason === 'pause' || reason === 'wait' || reason === 'throw';
}
