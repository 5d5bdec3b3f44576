import { strongestPause } from './fold.js';
import type { State } from './state.js';

/**
 * One state of two that were changed apart from each other: of each tier what failed last and rests longest, every
 * pause, the position of `ours`. Both must be of the same chain.
 */
export function mergeState(theirs: State, ours: State): State {
  const tiers = ours.tiers.map((mine, index) => {
    const other = theirs.tiers[index];
    if (!other) return mine;
    const later = (mine.lastFailureAt ?? 0) >= (other.lastFailureAt ?? 0) ? mine : other;
    return {
      ...later,
      restUntil: latest(mine.restUntil, other.restUntil),
      retryAfterUntil: latest(mine.retryAfterUntil, other.retryAfterUntil),
      heldUntil: latest(mine.heldUntil, other.heldUntil),
    };
  });
  const pauses = [
    ...ours.pauses,
    ...theirs.pauses.filter((pause) => !ours.pauses.some((own) => own.source === pause.source)),
  ];
  return { ...ours, tiers, pauses, paused: strongestPause(pauses) };
}

function latest(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.max(one, other);
}
