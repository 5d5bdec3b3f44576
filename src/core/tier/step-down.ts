import type { FailoverConfig } from '../config.js';
import type { Draft } from './draft.js';
import { bestTier, firmRestEnd, nextTier, restEnd, soonestRestEnd } from './rest.js';
import { FOREVER, type LedgerEvent, type StatePatch, type TierState } from './state.js';

/** Why a tier is being left. */
export interface StepReason {
  kind: string;
  source: 'auto' | 'external';
  until: number;
}

/** Leaves the current tier, which was just put to rest: to the next free one, or to what the policy says. */
export function stepDown(draft: Draft, config: FailoverConfig, reason: StepReason, now: number): void {
  const from = draft.state.tier;
  const { tiers, ids } = draft.state;
  const next = nextTier(tiers.length, from, (index) => isFree(tiers[index], now));
  if (next >= 0) {
    draft.add({
      type: 'tier-change',
      at: now,
      ...change(ids, from, next, next > from ? 'down' : 'up'),
      reason: reason.kind,
      source: reason.source,
      until: reason.until,
      set: { tier: next, returnedFrom: null },
    });
    return;
  }
  if (config.policy.onExhausted === 'wrap' && wrap(draft, reason, now)) return;
  exhaust(draft, config, reason.kind, now);
}

/** Notes that no tier is left that is not at rest; under `pause` it pauses the instance, where nothing has yet. */
export function exhaust(draft: Draft, { policy }: FailoverConfig, kind: string, now: number): void {
  const { pauses } = draft.state;
  const pausing = policy.onExhausted === 'pause';
  // What attempts that were still under way have to say is about a chain that is known to be used up.
  if (pausing && pauses.some(({ source }) => source === 'exhausted')) return;
  const soonest = soonestRestEnd(draft.state, policy);
  draft.add({
    type: 'exhausted',
    at: now,
    kind,
    reason: policy.onExhausted,
    ...(soonest < FOREVER ? { until: soonest } : {}),
  });
  if (!pausing) return;
  const pause = { source: 'exhausted' as const, by: 'tierfall', reason: `chain exhausted: ${kind}`, at: now };
  draft.add({
    type: 'paused',
    at: now,
    by: pause.by,
    source: pause.source,
    reason: pause.reason,
    set: { pauses: [...pauses, pause] },
  });
}

/** Ends every cooldown and starts again at the best tier that nobody asked to be left alone. False: there is none. */
function wrap(draft: Draft, reason: StepReason, now: number): boolean {
  const { state } = draft;
  const best = bestTier(state.tiers.length, (index) => !isFirmlyResting(state.tiers[index], now));
  if (best < 0) return false;
  const from = state.tier;
  const set: StatePatch = { tier: best, returnedFrom: null, tiers: endedCooldowns(state.tiers, now) };
  const facts = { at: now, reason: reason.kind, source: reason.source, set };
  draft.add(
    best === from
      ? { type: 'wrapped', ...facts }
      : { type: 'tier-change', ...change(state.ids, from, best, 'wrap'), ...facts, until: reason.until },
  );
  return true;
}

/** Patches that end every cooldown and leave retry-afters, holds and ladders as they are. */
export function endedCooldowns(tiers: readonly TierState[], now: number): Record<number, Partial<TierState>> {
  const patches: Record<number, Partial<TierState>> = {};
  tiers.forEach((tier, index) => {
    if (tier.restUntil === null) return;
    const { retryAfterUntil } = tier;
    patches[index] = { restUntil: retryAfterUntil !== null && retryAfterUntil > now ? retryAfterUntil : null };
  });
  return patches;
}

/** The fields that say a tier was left for another. */
export function change(
  ids: readonly string[],
  from: number,
  to: number,
  direction: NonNullable<LedgerEvent['direction']>,
): Pick<LedgerEvent, 'direction'> & { from: string; to: string } {
  return { from: ids[from] ?? String(from), to: ids[to] ?? String(to), direction };
}

export function isFree(tier: TierState | undefined, now: number): boolean {
  return tier !== undefined && restEnd(tier) <= now;
}

export function isFirmlyResting(tier: TierState | undefined, now: number): boolean {
  return tier === undefined || firmRestEnd(tier) > now;
}
