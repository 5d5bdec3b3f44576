import { isKind } from '../../core/kinds.js';
import { FOREVER, type LedgerEvent, type State } from '../../core/tier/state.js';
import type { PauseTarget, TierChangeEvent, EventTier } from '../../ports/failover.js';
import type { FailoverEmitter } from './emitter.js';

/** Who an announcement is about, and how its tiers are called. */
export type Announced = PauseTarget;

/** Tells listeners what one ledger event of this process means to them. */
export function announceLocal(
  emitter: FailoverEmitter,
  target: Announced,
  names: readonly EventTier[],
  event: LedgerEvent,
  session: string | undefined,
): void {
  const { at, by = '' } = event;
  if (event.type === 'tier-change' && typeof target === 'string') {
    const from = names.find((name) => idOf(name) === event.from);
    const to = names.find((name) => idOf(name) === event.to);
    if (!from || !to) return;
    emitter.emit('tier-change', {
      instance: target,
      ...(session === undefined ? {} : { session }),
      from,
      to,
      direction: event.direction ?? 'down',
      reason: event.reason ?? '',
      at,
      ...(event.until === undefined ? {} : { until: event.until }),
      source: sourceOf(event.source),
      origin: 'local',
    });
  } else if (event.type === 'paused') {
    const source = pauseSourceOf(event.source);
    emitter.emit('paused', { target, source, by, reason: event.reason ?? '', at, origin: 'local' });
  } else if (event.type === 'resumed') {
    emitter.emit('resumed', { target, source: pauseSourceOf(event.source), by, at, origin: 'local' });
  } else if (event.type === 'reset' && event.reason === 'lifted') {
    emitter.emit('resumed', { target, source: 'operator', by, at, origin: 'local' });
  }
}

/** Tells listeners what another process did, as far as the two states show it. */
export function announceRemote(
  emitter: FailoverEmitter,
  target: Announced,
  names: readonly EventTier[],
  before: State,
  after: State,
  at: number,
): void {
  const from = names[before.tier];
  const to = names[after.tier];
  if (typeof target === 'string' && from && to && before.tier !== after.tier) {
    emitter.emit('tier-change', { instance: target, from, to, ...changeBetween(before, after), at, origin: 'remote' });
  }
  for (const { source, by, reason } of after.pauses) {
    if (before.pauses.some((pause) => pause.source === source)) continue;
    emitter.emit('paused', { target, source, by, reason, at, origin: 'remote' });
  }
  for (const { source, by } of before.pauses) {
    if (after.pauses.some((pause) => pause.source === source)) continue;
    emitter.emit('resumed', { target, source, by, at, origin: 'remote' });
  }
}

type Change = Pick<TierChangeEvent, 'direction' | 'reason' | 'until' | 'source'>;

/** What moved an instance from one tier to another, as far as the two states show it. */
function changeBetween(before: State, after: State): Change {
  const direction = after.tier > before.tier ? 'down' : 'up';
  const [was, left, next] = [before.tiers[before.tier], after.tiers[before.tier], after.tiers[after.tier]];
  if (!was || !left || !next) return { direction, reason: 'unknown', source: 'auto' };
  if (left.heldUntil !== null && left.heldUntil !== was.heldUntil) {
    return { direction, reason: 'hold', ...untilOf(left.heldUntil), source: 'operator' };
  }
  // Nothing else forgets the last failure; where there was none, a return to the first tier has yet to be confirmed.
  if (after.lastFailureKind === null && (before.lastFailureKind !== null || after.reportedTier === after.tier)) {
    return { direction: 'reset', reason: 'reset', source: 'operator' };
  }
  if (before.paused?.source === 'exhausted' && !after.paused) {
    return { direction: 'wrap', reason: 'resumed', source: 'operator' };
  }
  if (left.lastFailureAt === was.lastFailureAt && left.failures <= was.failures) {
    return { direction, reason: direction === 'up' ? 'recovered' : 'resting', source: 'auto' };
  }
  const reason = left.lastFailureKind ?? 'unknown';
  const source = isKind(reason) ? 'auto' : 'external';
  // Only wrapping around leaves tiers that have failed without a rest of our own choice.
  const wrapped = next.failures > 0 && next.restUntil === null && left.restUntil === left.retryAfterUntil;
  if (direction === 'up' && wrapped) return { direction: 'wrap', reason, source };
  return { direction, reason, ...untilOf(left.restUntil), source };
}

function untilOf(until: number | null): { until?: number } {
  return until === null || until >= FOREVER ? {} : { until };
}

function idOf(name: EventTier): string {
  return `${name.provider}/${name.model}`;
}

function sourceOf(source: string | undefined): TierChangeEvent['source'] {
  return source === 'operator' || source === 'external' ? source : 'auto';
}

function pauseSourceOf(source: string | undefined): 'operator' | 'exhausted' | 'health' {
  return source === 'exhausted' || source === 'health' ? source : 'operator';
}
