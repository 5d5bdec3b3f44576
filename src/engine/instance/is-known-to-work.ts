import type { TierState } from '../../core/tier/state.js';
import type { SharedRests } from '../fleet/shared-rests.js';
import type { EngineClock } from '../time/clock.js';

/** True when another instance has had an answer since the tier failed here, if it ever did. */
export function isKnownToWork(
  sharedRests: SharedRests,
  index: number,
  tier: TierState | undefined,
  clock: EngineClock,
): boolean {
  if (!tier || !sharedRests.hasAnswered(index)) return false;
  if (tier.failures === 0) return true;
  const failedAt = clock.elapsed() - (clock.now() - (tier.lastFailureAt ?? 0));
  return sharedRests.endedSince(index, failedAt)?.kind === tier.lastFailureKind;
}
