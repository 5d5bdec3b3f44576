import type { LedgerEvent, State } from '../core/tier/state.js';
import type { PauseTarget, TierChangeEvent, TierName } from '../ports/failover.js';
import type { FailoverEmitter } from './emitter.js';

/** Who an announcement is about, and how its tiers are called. */
export type Announced = PauseTarget;

/** Tells listeners what one ledger event of this process means to them. */
export function announceLocal(
  emitter: FailoverEmitter,
  target: Announced,
  names: readonly TierName[],
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
  names: readonly TierName[],
  before: State,
  after: State,
  at: number,
): void {
  const from = names[before.tier];
  const to = names[after.tier];
  if (typeof target === 'string' && from && to && before.tier !== after.tier) {
    const down = after.tier > before.tier;
    const rest = after.tiers[before.tier]?.restUntil;
    const reason = down ? (after.lastFailureKind ?? 'unknown') : after.lastFailureKind === null ? 'reset' : 'recovered';
    emitter.emit('tier-change', {
      instance: target,
      from,
      to,
      direction: down ? 'down' : 'up',
      reason,
      at,
      ...(typeof rest === 'number' ? { until: rest } : {}),
      source: 'auto',
      origin: 'remote',
    });
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

function idOf(name: TierName): string {
  return `${name.provider}/${name.model}`;
}

function sourceOf(source: string | undefined): TierChangeEvent['source'] {
  return source === 'operator' || source === 'external' ? source : 'auto';
}

function pauseSourceOf(source: string | undefined): 'operator' | 'exhausted' | 'health' {
  return source === 'exhausted' || source === 'health' ? source : 'operator';
}
