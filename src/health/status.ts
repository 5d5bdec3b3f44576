import type { HealthWindow } from '../core/health/rule.js';
import type { WindowCount } from '../core/health/windows.js';
import { redact } from '../core/redact.js';
import type { PauseSource } from '../core/tier/state.js';
import type { PauseTarget } from '../ports/failover.js';
import { isRuleTripped, type RuleCount } from './judge.js';
import type { Monitor } from './monitor.js';
import { targetOf } from './targets.js';

/** A pause as the status shows it. Times are epoch milliseconds. */
export interface HealthPause {
  /** What is paused. */
  target: PauseTarget;
  /** What paused it. */
  source: PauseSource;
  /** The name that was given with the pause. */
  by: string;
  /** The reason that was given with it, redacted. */
  reason: string;
  /** The rule, or the alert, that made it. */
  rule?: string;
  /** When it began. */
  since: number;
  /** Since when all rules of the target have been clear; `null`: they are not, or nobody watches it. */
  clearSince: number | null;
  /** When a call may be let through, or when the pause ends by itself; `null`: when somebody resumes. */
  resumesAt: number | null;
}

/** A window of a rule, with what it counted. */
export interface HealthWindowStatus {
  /** How far it looks back, in milliseconds. */
  windowMs: number;
  /** Failures, or lines. */
  count: number;
  /** Attempts at the target in the window, those that failed included. */
  calls: number;
  /** `count` among `calls`; `null` where there were none. */
  ratio: number | null;
  /** At which it trips: all that are given must be reached. */
  limits: Pick<HealthWindow, 'count' | 'ratio' | 'minimumCalls'>;
}

/** What a monitor knows. */
export interface HealthStatus {
  /** The option of that name. */
  enabled: boolean;
  /** Pauses of everything, of the chain's providers, and of what rules have paused. */
  pauses: HealthPause[];
  /** Each rule for each target that it counts, and whether it trips now. */
  rules: { name: string; target: PauseTarget; tripped: boolean; windows: HealthWindowStatus[] }[];
  /** When this process last evaluated, epoch milliseconds; `null`: not yet. */
  checkedAt: number | null;
  /** False while the store fails: counts are then this process's own. */
  storeOk: boolean;
}

/** What a monitor knows now. */
export function statusOf(monitor: Monitor): HealthStatus {
  const { access, book, clock, config, judge, counts, checkedAt } = monitor;
  const now = clock.now();
  const keys = new Set(['all', ...access.providers.map((provider) => `provider:${provider}`), ...counts.keys()]);
  for (const [key, { phase }] of book.targets) if (phase !== 'clear') keys.add(key);
  if (config.enabled) monitor.counting.readCalls(now);
  const rules = [...keys].flatMap((key) =>
    judge.local(key, now, book.get(key).judgedFrom).map((mine) => {
      const last = counts.get(key)?.find(({ rule }) => rule === mine.rule);
      const shown: RuleCount = last
        ? { rule: mine.rule, windows: mine.windows.map((window, at) => larger(window, last.windows[at])) }
        : mine;
      return {
        name: mine.rule.name,
        target: targetOf(key),
        tripped: isRuleTripped(shown),
        windows: shown.windows.map(plain),
      };
    }),
  );
  return {
    enabled: config.enabled,
    pauses: [...keys].flatMap((key) => pausesOf(monitor, key)),
    rules,
    checkedAt,
    storeOk: access.storeOk(),
  };
}

function pausesOf(monitor: Monitor, key: string): HealthPause[] {
  const target = targetOf(key);
  const state = monitor.book.get(key);
  return monitor.access.pausesOf(target).map(({ source, by, reason, at, until }) => {
    const isOurs = state.phase !== 'clear' && (source === 'health' || source === 'alert');
    return {
      target,
      source,
      by,
      reason: redact(reason),
      ...(isOurs && state.source === source && state.rule !== null ? { rule: state.rule } : {}),
      since: at,
      clearSince: isOurs ? state.clearSince : null,
      resumesAt: isOurs ? monitor.resumesAt(key, state) : (until ?? null),
    };
  });
}

/** The fleet's counts are as old as the last evaluation; this process's own may be newer. */
function larger(mine: WindowCount, last: WindowCount | undefined): WindowCount {
  return last && last.calls > mine.calls && last.count >= mine.count ? last : mine;
}

function plain({ windowMs, count, calls, ratio, limits }: WindowCount): HealthWindowStatus {
  return { windowMs, count, calls, ratio, limits: { ...limits } };
}
