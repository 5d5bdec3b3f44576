import { strongestPause } from '../rests/standing-pauses.js';
import { pauseSources, type State, type TierState } from '../state.js';

/**
 * One state of two that were changed apart from each other, both of them made from `base`. What only one of them
 * changed is as that one has it. Where both did: of a tier what failed last and rests longest, of all else what `ours`
 * has. The three must be of the same chain.
 */
export function mergeState(base: State, theirs: State, ours: State): State {
  const stayed =
    ours.tier === base.tier && ours.reportedTier === base.reportedTier && ours.exhaustedAt === base.exhaustedAt;
  const { tier, reportedTier, exhaustedAt } = stayed ? theirs : ours;
  const tiers = ours.tiers.map((mine, index) => mergeTier(base.tiers[index], theirs.tiers[index], mine));
  const pauses = pauseSources.flatMap((source) => {
    const [before, other, own] = [base, theirs, ours].map((state) =>
      state.pauses.find((pause) => pause.source === source),
    );
    return (isSame(before, own) ? other : own) ?? [];
  });
  const absent = isSame(base.absent, ours.absent) ? theirs.absent : ours.absent;
  const { lastFailureKind } = ours.lastFailureKind === base.lastFailureKind ? theirs : ours;
  const paused = strongestPause(pauses);
  const resetAt = latest(theirs.resetAt ?? null, ours.resetAt ?? null);
  const merged = { ...ours, tier, reportedTier, exhaustedAt, tiers, absent, pauses, paused, lastFailureKind };
  return resetAt === null ? merged : { ...merged, resetAt };
}

/** One tier of two states; where both changed it, what failed last, with the longest of all rests. */
export function mergeTier(before: TierState | undefined, other: TierState | undefined, mine: TierState): TierState {
  if (!other || isSame(before, other)) return mine;
  if (isSame(before, mine)) return other;
  const isMine = latest(mine.lastFailureAt, other.lastFailureAt) === mine.lastFailureAt;
  const isMyWait = latest(mine.retryAfterUntil, other.retryAfterUntil) === mine.retryAfterUntil;
  return {
    ...(isMine ? mine : other),
    restUntil: latest(mine.restUntil, other.restUntil),
    retryAfterUntil: latest(mine.retryAfterUntil, other.retryAfterUntil),
    retryAfterMs: (isMyWait ? mine : other).retryAfterMs,
    heldUntil: latest(mine.heldUntil, other.heldUntil),
    cooldownUntil: latest(mine.cooldownUntil, other.cooldownUntil),
    modelRestUntil: latest(mine.modelRestUntil, other.modelRestUntil),
    modelRetryAfterUntil: latest(mine.modelRetryAfterUntil, other.modelRetryAfterUntil),
    penalty: Math.max(mine.penalty, other.penalty),
    ...mergedFailures(mine, other),
  };
}

/** What was counted on either side; where one of them left the tier, the count starts over. */
function mergedFailures(mine: TierState, other: TierState): Pick<TierState, 'recentFailures'> {
  const [one, two] = [mine.recentFailures, other.recentFailures];
  if (!one && !two) return {};
  if (mine.failures > 0 || other.failures > 0) return { recentFailures: null };
  const left = [...(two ?? [])];
  for (const at of one ?? []) {
    const same = left.indexOf(at);
    if (same >= 0) left.splice(same, 1);
  }
  return { recentFailures: [...(one ?? []), ...left].sort((a, b) => a - b) };
}

/** Parts of states are plain JSON whose keys stand in one order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function latest(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.max(one, other);
}
