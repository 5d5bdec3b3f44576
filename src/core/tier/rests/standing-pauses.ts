import { pauseSources, type Pause, type State } from '../state.js';

/** The strongest of `pauses`, in the order of `pauseSources`; a source that is none of those is the weakest. */
export function strongestPause(pauses: readonly Pause[]): Pause | null {
  for (const source of pauseSources) {
    const found = pauses.find((pause) => pause.source === source);
    if (found) return found;
  }
  return pauses[0] ?? null;
}

/** True for a pause of a health monitor, which lets a call through to find out whether it is still needed. */
export function isMonitors({ source }: Pick<Pause, 'source'>): boolean {
  return source === 'health' || source === 'alert';
}

/** True for a pause whose time has not passed. */
export function isStanding(pause: Pause, now: number): boolean {
  // A host may write `null` for none.
  const until = pause.until ?? null;
  return until === null || until > now;
}

/** The pauses whose time has not passed. A state keeps the others until its next transition. */
export function standingPauses(state: Pick<State, 'pauses' | 'paused'>, now: number): Pause[] {
  const { pauses, paused } = state;
  const all = pauses.length > 0 || !paused ? pauses : [paused];
  return all.filter((pause) => isStanding(pause, now));
}

/** The pause that keeps calls off now, `null` where none does. */
export function standingPause(state: Pick<State, 'pauses' | 'paused'>, now: number): Pause | null {
  return state.paused ? strongestPause(standingPauses(state, now)) : null;
}

/** When the last of these pauses ends by itself; `null` where one of them does not. */
export function pauseEnd(pauses: readonly Pause[]): number | null {
  let end: number | null = null;
  for (const { until = null } of pauses) {
    if (until === null) return null;
    end = Math.max(end ?? until, until);
  }
  return end;
}

/** True while a budget's pause, which ends by itself, has yet to end. */
export function isPausedByBudget({ pauses }: Pick<State, 'pauses'>, now: number): boolean {
  return pauses.some(({ source, until = now }) => source === 'budget' && until > now);
}
