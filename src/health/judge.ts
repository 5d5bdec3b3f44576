import type { ParsedHealthRule } from '../core/health/rule.js';
import { isTripped, windowCount, type WindowCount } from '../core/health/windows.js';
import { inBatches, type SharedCounters } from './shared-counters.js';
import { rulesOf } from './targets.js';
import { ANY, CALLS, recordedSeries, type Tallies } from './tallies.js';

/** What a rule counted for a target. */
export interface RuleCount {
  readonly rule: ParsedHealthRule;
  readonly windows: readonly WindowCount[];
}

/** What rules are judged by: the counters of this process, or of the fleet. */
type Counter = (series: readonly string[], windowMs: number) => number | Promise<number>;

/** Counts what rules look at, for one target at a time. */
export class Judge {
  readonly #rules: readonly ParsedHealthRule[];
  readonly #tallies: Tallies;
  readonly #shared: SharedCounters;

  constructor(rules: readonly ParsedHealthRule[], tallies: Tallies, shared: SharedCounters) {
    this.#rules = rules;
    this.#tallies = tallies;
    this.#shared = shared;
  }

  /** What this process has counted itself. */
  local(target: string, now: number, since: number, rules = rulesOf(this.#rules, target)): RuleCount[] {
    return rules.map((rule) => {
      const count = (series: readonly string[], windowMs: number) =>
        this.#tallies.count(target, series, windowMs, now, since);
      const windows = rule.windows.map((window) =>
        windowCount(window, count(seriesOf(rule), window.windowMs), count([CALLS], window.windowMs)),
      );
      return { rule, windows };
    });
  }

  /**
   * What the fleet has counted. Where a store has forgotten what this process knows, its own counts are used. Rejects
   * with `StoreError`.
   */
  async fleet(target: string, now: number, since: number): Promise<RuleCount[]> {
    const own = this.local(target, now, since);
    if (own.length === 0) return own;
    const known = new Map<string, Promise<number>>();
    const count: Counter = (series, windowMs) => {
      const key = `${series.join()} ${windowMs}`;
      const found = known.get(key) ?? this.#shared.count(target, series, windowMs, now, since);
      known.set(key, found);
      return found;
    };
    const { longestMs } = this.#tallies;
    const isQuiet = (await this.#shared.count(target, [ANY], longestMs, now, since)) === 0;
    const counted: RuleCount[] = [];
    await inBatches([...own.entries()], async ([place, { rule, windows }]) => {
      const found = await Promise.all(
        rule.windows.map(async (window, index) => {
          const mine = windows[index]!;
          const failures = isQuiet ? 0 : await count(seriesOf(rule), window.windowMs);
          const calls =
            window.ratio === undefined && window.minimumCalls === undefined ? 0 : await count([CALLS], window.windowMs);
          const all = windowCount(window, failures, calls);
          return mine.count > all.count || mine.calls > all.calls ? mine : all;
        }),
      );
      counted[place] = { rule, windows: found };
    });
    return counted;
  }
}

function seriesOf(rule: ParsedHealthRule): string[] {
  return [rule.series, recordedSeries(rule)];
}

/** True when all windows of a rule are tripped. `fewestCalls` lowers what its windows ask for. */
export function isRuleTripped({ windows }: RuleCount, fewestCalls?: number): boolean {
  return windows.every((window) => {
    const least = window.limits.minimumCalls;
    return isTripped(window, least !== undefined && fewestCalls !== undefined ? Math.min(least, fewestCalls) : least);
  });
}

/** True when a rule is half way to its limits, by at least three failures. */
export function isHalfTripped({ windows }: RuleCount): boolean {
  return windows.every(({ count, ratio, limits }) => {
    if (count < 3) return false;
    return count >= (limits.count ?? 0) / 2 && (ratio ?? 0) >= (limits.ratio ?? 0) / 2;
  });
}

/** What tripped a rule, in words. */
export function reasonOf({ rule, windows }: RuleCount): string {
  const parts = windows.map(({ windowMs, count, calls, limits }) => {
    const what = rule.counts === 'lines' ? 'lines' : 'failures';
    const isShare = limits.ratio !== undefined || limits.minimumCalls !== undefined;
    return `${isShare ? `${count} of ${calls} calls failed` : `${count} ${what}`} in ${duration(windowMs)}`;
  });
  return `rule ${rule.name}: ${parts.join(', ')}`;
}

function duration(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${ms / 1000} s`;
}
