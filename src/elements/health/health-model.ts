import { targetId, targetName } from '../data/targets.js';
import type { HealthPause, HealthRule, HealthStatus, HealthWindow, Target } from '../data/types.js';

/** From this share of a limit on a target is near it. */
const NEAR = 0.75;
/** Where a limit of a count lies on its bar. */
const COUNT_LIMIT_AT = 0.8;

/** A window of a rule as a bar. */
export interface Bar {
  window: HealthWindow;
  /** How far the bar goes, and where the limit is, from 0 to 1. */
  value: number;
  limit: number;
  /** Too few calls to be judged. */
  isYoung: boolean;
  /** The rule is about a share of the calls, which are counted then. */
  ofCalls: boolean;
  isOver: boolean;
  /** Share of the limit that is reached; 0 where it is not judged. */
  reached: number;
}

/** A provider, an instance or everything, with what is known of it. */
export interface TargetHealth {
  id: string;
  name: string;
  pause: HealthPause | undefined;
  rules: { rule: HealthRule; bars: Bar[] }[];
  state: 'paused' | 'near' | 'clear';
  /** The largest share of a limit; `undefined`: too few calls to judge. */
  reached: number | undefined;
}

/** Everything the status tells, by target: paused first, then near ones, then clear ones. */
export function healthTargets(status: HealthStatus): TargetHealth[] {
  const targets = new Map([...status.pauses, ...status.rules].map(({ target }) => [targetId(target), target]));
  const order = { paused: 0, near: 1, clear: 2 };
  return [...targets.values()]
    .map((target) => healthOf(status, target))
    .sort((one, other) => order[one.state] - order[other.state]);
}

function healthOf(status: HealthStatus, of: Target): TargetHealth {
  const id = targetId(of);
  const pause = status.pauses.find(({ target }) => targetId(target) === id);
  const rules = status.rules
    .filter(({ target }) => targetId(target) === id)
    .map((rule) => ({ rule, bars: rule.windows.map(barOf) }));
  // All windows of a rule have to trip: it is as near as the one furthest from its limit.
  const judged = rules.filter(({ bars }) => bars.length > 0 && bars.every(({ isYoung }) => !isYoung));
  const reached =
    judged.length === 0
      ? undefined
      : Math.max(...judged.map(({ bars }) => Math.min(...bars.map((bar) => bar.reached))));
  const state = pause ? 'paused' : (reached ?? 0) >= NEAR ? 'near' : 'clear';
  return { id, name: targetName(of), pause, rules, state, reached };
}

export function barOf(window: HealthWindow): Bar {
  const { count, calls, ratio, limits } = window;
  const isYoung = limits.minimumCalls !== undefined && calls < limits.minimumCalls;
  const ofCalls = limits.ratio !== undefined || limits.minimumCalls !== undefined;
  if (limits.ratio !== undefined) {
    const value = ratio ?? 0;
    return {
      window,
      ofCalls,
      value: Math.min(1, value),
      limit: limits.ratio,
      isYoung,
      isOver: !isYoung && value >= limits.ratio,
      reached: value / limits.ratio,
    };
  }
  const most = limits.count ?? 1;
  const value = Math.min(1, (count / most) * COUNT_LIMIT_AT);
  return {
    window,
    ofCalls,
    value,
    limit: COUNT_LIMIT_AT,
    isYoung,
    isOver: !isYoung && count >= most,
    reached: count / most,
  };
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
