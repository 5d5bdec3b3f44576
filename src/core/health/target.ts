/*
 * What a monitor knows of one target (a provider, an instance, everything) and decides about it. Pure: times are handed
 * in, and what is to be done is returned. A monitor stores the value, so that a fleet decides together.
 *
 * clear --trip--> paused --all rules clear for long enough--> trying --canary answers--> clear
 *                    ^------------------ canary fails, or a rule trips ----'
 */

/** What is known of one target. Times are epoch milliseconds. */
export interface TargetState {
  readonly phase: 'clear' | 'paused' | 'trying';
  /** Who paused: a rule, or an alert from outside. */
  readonly source: 'health' | 'alert';
  readonly by: string;
  readonly reason: string;
  /** The rule that tripped, or the alert's. */
  readonly rule: string | null;
  /** When the present phase of being paused began; `null` while clear. */
  readonly pausedAt: number | null;
  /** The pause has been put on the target. Until then it is still to be done. */
  readonly isPlaced: boolean;
  /** Since when all rules have been clear; `null`: they are not. */
  readonly clearSince: number | null;
  /** Failed returns that still count: the wait doubles with each. */
  readonly relapses: number;
  /** When it last went from paused to clear. */
  readonly resumedAt: number | null;
  /** Rules are judged on what came after this. */
  readonly judgedFrom: number;
  /** A person has resumed it: no rule pauses it before then. */
  readonly graceUntil: number | null;
  /** Which rules the monitor had that paused it, and when it last looked. */
  readonly ruleset: string;
  readonly checkedAt: number;
}

/** How long things take, in milliseconds. */
export interface TargetTimes {
  readonly resumeAfterMs: number;
  readonly graceMs: number;
}

/** A wait is never longer than this: of a provider that another tier stands in for, and of everything. */
export const LONGEST_STANDBY_WAIT_MS = 15 * 60_000;
export const LONGEST_WAIT_MS = 60 * 60_000;
/** After so long without a trip earlier relapses no longer count. */
export const FORGET_RELAPSES_MS = 30 * 60_000;

/** What was under way when a pause began, in other processes too, says nothing about the time after it. */
const SETTLE_MS = 5000;
/** A pause is placed within this time, or the process that was about to place it is gone. */
const PLACED_WITHIN_MS = 5000;

/** What an evaluation found. */
export interface TargetFacts {
  /** The first rule that is tripped, and what it counted, in words. */
  readonly trip: { readonly rule: string; readonly reason: string } | undefined;
  /** The pause of source `health` or `alert` that stands on the target, if one does. */
  readonly standing:
    | { readonly source: 'health' | 'alert'; readonly by: string; readonly reason: string; readonly at: number }
    | undefined;
  /** A tier of another provider takes the calls meanwhile. */
  readonly standsIn: boolean;
}

/** What to do about a target now: `place` puts the pause on it, `lift` takes it off. */
export type TargetAction = 'place' | 'lift' | 'none';

export interface TargetDecision {
  readonly state: TargetState;
  readonly action: TargetAction;
}

export function clearTarget(ruleset: string, now: number): TargetState {
  return {
    phase: 'clear',
    source: 'health',
    by: '',
    reason: '',
    rule: null,
    pausedAt: null,
    isPlaced: false,
    clearSince: null,
    relapses: 0,
    resumedAt: null,
    judgedFrom: 0,
    graceUntil: null,
    ruleset,
    checkedAt: now,
  };
}

/** How long all rules have to be clear before a canary is let through, in milliseconds. */
export function resumeWaitMs(state: TargetState, { resumeAfterMs }: TargetTimes, standsIn: boolean): number {
  const longest = Math.max(resumeAfterMs, standsIn ? LONGEST_STANDBY_WAIT_MS : LONGEST_WAIT_MS);
  return Math.min(longest, resumeAfterMs * 2 ** Math.min(state.relapses, 30));
}

/** When a canary may be let through if nothing trips before; `null` while not paused, or not clear. */
export function resumesAt(state: TargetState, times: TargetTimes, standsIn: boolean): number | null {
  if (state.phase === 'clear' || state.clearSince === null) return null;
  return state.clearSince + resumeWaitMs(state, times, standsIn);
}

/** Takes in what an evaluation found. */
export function evaluateTarget(
  before: TargetState,
  facts: TargetFacts,
  times: TargetTimes,
  now: number,
): TargetDecision {
  const state = {
    ...withoutFuture(before, now),
    graceUntil: bounded(before.graceUntil, now + times.graceMs),
    checkedAt: now,
  };
  const { trip, standing } = facts;
  if (state.phase === 'clear') {
    // A pause that nobody remembers: of a monitor that died, or forgot.
    if (standing) return { state: followPause(adopt(state, standing, now), facts, times, now), action: 'none' };
    if (!trip || (state.graceUntil !== null && now < state.graceUntil))
      return { state: settled(state, now), action: 'none' };
    return place(state, { source: 'health', by: 'health-monitor', reason: trip.reason, rule: trip.rule }, now);
  }
  // It was lifted, and by no monitor.
  if (state.isPlaced && !standing) return { state: resumedByPerson(state, times, now), action: 'none' };
  if (!state.isPlaced && standing)
    return { state: followPause({ ...state, isPlaced: true }, facts, times, now), action: 'none' };
  // The monitor that was about to place it did not get that far.
  if (!state.isPlaced) return { state, action: now - before.checkedAt >= PLACED_WITHIN_MS ? 'place' : 'none' };
  return { state: followPause(state, facts, times, now), action: 'none' };
}

/** An alert from outside pauses a target; one that is paused already waits anew. */
export function alertTarget(
  before: TargetState,
  alert: { by: string; reason: string; rule: string },
  now: number,
): TargetDecision {
  const state = withoutFuture(before, now);
  return place(state, { source: 'alert', ...alert }, now);
}

/** The canary's call has ended. */
export function endCanary(before: TargetState, answered: boolean, now: number): TargetDecision {
  if (before.phase === 'clear') return { state: before, action: 'none' };
  if (answered) return { state: lifted(before, now), action: 'lift' };
  const relapses = before.relapses + 1;
  return {
    state: { ...before, phase: 'paused', relapses, clearSince: now, judgedFrom: now, checkedAt: now },
    action: 'none',
  };
}

/** A person has resumed the target: for a while no rule pauses it. */
export function resumedByPerson(before: TargetState, { graceMs }: TargetTimes, now: number): TargetState {
  return { ...lifted(before, now), relapses: 0, graceUntil: now + graceMs };
}

function lifted(state: TargetState, now: number): TargetState {
  const resumedAt = now;
  return {
    ...state,
    phase: 'clear',
    pausedAt: null,
    isPlaced: false,
    clearSince: null,
    resumedAt,
    judgedFrom: now,
    checkedAt: now,
  };
}

function place(
  state: TargetState,
  pause: Pick<TargetState, 'source' | 'by' | 'reason' | 'rule'>,
  now: number,
): TargetDecision {
  const isRelapse = state.resumedAt !== null && now - state.resumedAt < FORGET_RELAPSES_MS && state.graceUntil === null;
  const relapses = state.phase !== 'clear' ? state.relapses : isRelapse ? state.relapses + 1 : 0;
  return {
    state: {
      ...state,
      ...pause,
      phase: 'paused',
      pausedAt: state.pausedAt ?? now,
      isPlaced: false,
      clearSince: null,
      relapses,
      judgedFrom: now + SETTLE_MS,
      graceUntil: null,
      checkedAt: now,
    },
    action: 'place',
  };
}

function adopt(state: TargetState, standing: NonNullable<TargetFacts['standing']>, now: number): TargetState {
  const at = Math.min(standing.at, now);
  const { source, by, reason } = standing;
  return {
    ...state,
    phase: 'paused',
    source,
    by,
    reason,
    pausedAt: at,
    isPlaced: true,
    clearSince: null,
    judgedFrom: at,
  };
}

/** While it is paused: how long the rules have been clear, and whether a canary may be let through. */
function followPause(state: TargetState, facts: TargetFacts, times: TargetTimes, now: number): TargetState {
  if (facts.trip) return { ...state, phase: 'paused', clearSince: null };
  const clear = { ...state, clearSince: state.clearSince ?? now };
  const due = resumesAt(clear, times, facts.standsIn);
  return due !== null && now >= due ? { ...clear, phase: 'trying' } : { ...clear, phase: 'paused' };
}

/** Forgets what is over. */
function settled(state: TargetState, now: number): TargetState {
  const isOver = state.resumedAt !== null && now - state.resumedAt >= FORGET_RELAPSES_MS;
  const graceUntil = state.graceUntil !== null && now >= state.graceUntil ? null : state.graceUntil;
  return { ...state, graceUntil, ...(isOver ? { relapses: 0, resumedAt: null } : {}) };
}

function bounded(time: number | null, latest: number): number | null {
  return time === null ? null : Math.min(time, latest);
}

/** A clock that was set back must not make a wait longer than it is. */
function withoutFuture(state: TargetState, now: number): TargetState {
  const past = (time: number | null) => (time === null ? null : Math.min(time, now));
  return {
    ...state,
    pausedAt: past(state.pausedAt),
    clearSince: past(state.clearSince),
    resumedAt: past(state.resumedAt),
    judgedFrom: Math.min(state.judgedFrom, now + SETTLE_MS),
  };
}

/** True for one that says nothing: it need not be kept. */
export function isForgettable(state: TargetState): boolean {
  return state.phase === 'clear' && state.relapses === 0 && state.graceUntil === null && state.resumedAt === null;
}
