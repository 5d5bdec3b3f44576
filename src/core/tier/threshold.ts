import type { Policy } from '../config.js';
import type { Draft } from './draft.js';
import { penaltyAt } from './rests/ladder.js';
import type { State, TierState } from './state.js';
import { nameOf } from './step.js';

/** A failure, as far as `policy.threshold` looks at it. */
interface CountedFailure {
  readonly index: number;
  readonly kind: string;
  readonly isStraggler?: boolean | undefined;
}

/**
 * The recent failures of a tier, this one included, where they are fewer than `policy.threshold` asks for. `undefined`:
 * the failure counts at once, because they are enough, its kind is not counted, or it is that of a trial.
 */
export function belowThreshold(
  state: State,
  { index, kind, isStraggler = false }: CountedFailure,
  { threshold }: Policy,
  now: number,
): readonly number[] | undefined {
  const tier = state.tiers[index];
  if (!threshold || !tier || !threshold.kinds.some((counted) => counted === kind)) return undefined;
  const isTrial = !isStraggler && (tier.failures > 0 || index < state.reportedTier);
  // While nothing works there is nothing to wait for.
  if (isTrial || state.exhaustedAt !== null) return undefined;
  const recent = [...(tier.recentFailures ?? []).filter((at) => now - at < threshold.windowMs), now];
  return recent.length < threshold.failures ? recent : undefined;
}

/** True when the last failure of a tier was only counted. */
export function hasCounted(tier: TierState | undefined): boolean {
  return (tier?.recentFailures?.length ?? 0) > 0;
}

/** Takes in a failure that changes nothing yet. The row of the one that does stands for it too. */
export function countFailure(
  draft: Draft,
  { index, kind }: CountedFailure,
  recentFailures: readonly number[],
  now: number,
): void {
  const { state } = draft;
  const tier = state.tiers[index];
  if (!tier) return;
  const penalty = penaltyAt(tier, now);
  const unrecorded = (tier.unrecorded ?? 0) + 1;
  draft.add({
    type: 'failure-counted',
    at: now,
    tier: nameOf(state.ids, index),
    kind,
    counted: true,
    set: {
      tiers: { [index]: { recentFailures, lastFailureKind: kind, lastFailureAt: now, penalty, unrecorded } },
      lastFailureKind: kind,
    },
  });
}
