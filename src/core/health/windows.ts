import type { HealthWindow, ParsedHealthRule } from './rule.js';

/** Widths that buckets may have, in milliseconds, so that windows of similar length share their counters. */
const widths = [
  50, 100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000,
];

/** A window is made of at least so many buckets. */
const FEWEST_BUCKETS = 12;

/** Width of the buckets that a window is made of, in milliseconds. */
export function bucketMs(windowMs: number): number {
  return widths.findLast((width) => width <= windowMs / FEWEST_BUCKETS) ?? widths[0]!;
}

/**
 * The buckets of a window that ends now, as indices from `first` to `last`. The oldest bucket that is only partly
 * inside is left out: counts are off by no more than one bucket. What happened before `since` is in other counters.
 */
export function bucketRange(windowMs: number, now: number, since: number): { first: number; last: number } {
  const width = bucketMs(windowMs);
  const first = Math.max(Math.floor((now - windowMs) / width) + 1, Math.floor(since / width));
  return { first, last: Math.floor(now / width) };
}

/** How long the store has to keep a bucket of this width: the longest window made of it, and two buckets. */
export function lifetimeMs(width: number, rules: readonly ParsedHealthRule[]): number {
  const windows = rules.flatMap((rule) => rule.windows.map(({ windowMs }) => windowMs));
  return Math.max(0, ...windows.filter((windowMs) => bucketMs(windowMs) === width)) + 2 * width;
}

/** What was counted in one window. */
export interface WindowCount {
  readonly windowMs: number;
  /** Failures, or lines. */
  readonly count: number;
  readonly calls: number;
  /** `count` among `calls`, 0 to 1; `null` where there were no calls. */
  readonly ratio: number | null;
  readonly limits: Pick<HealthWindow, 'count' | 'ratio' | 'minimumCalls'>;
}

/** Puts what was counted beside the limits. A failure that nobody counted as a call was one all the same. */
export function windowCount(window: HealthWindow, count: number, counted: number): WindowCount {
  const calls = Math.max(count, counted);
  const { windowMs, ...limits } = window;
  return { windowMs, count, calls, ratio: calls > 0 ? count / calls : null, limits };
}

/** True when the limits of this window are reached. `minimumCalls` outranks the rule's, where something lowers it. */
export function isTripped({ count, calls, ratio, limits }: WindowCount, minimumCalls = limits.minimumCalls): boolean {
  if (count === 0) return false;
  if (limits.count !== undefined && count < limits.count) return false;
  if (limits.ratio !== undefined && !((ratio ?? 0) >= limits.ratio)) return false;
  return minimumCalls === undefined || calls >= minimumCalls;
}
