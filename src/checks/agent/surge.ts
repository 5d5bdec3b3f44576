import type { Past, PastSeries } from './past.js';

/** Lengths of the windows, in hours, shortest first. */
const WINDOWS = [1, 2, 3, 6, 12, 24] as const;

/** A window with far more in it than the past explains. */
export interface Surge {
  /** Length of the window in hours; it ends with the present hour. */
  hours: number;
  /** What happened in it, and what was to be expected. */
  amount: number;
  expected: number;
  /** Amount by expected, and the most that ratio was in the past. */
  ratio: number;
  pastRatio: number;
  /** The most that such a window ever held. */
  pastAmount: number;
}

export interface SurgeLimits {
  /** The least that can be a surge. */
  minAmount: number;
  /** Whether it must be beyond the past in both respects. */
  needsBoth: boolean;
  /** Tasks a window must let expect: below, a few more are chance. */
  minExpected: number;
  /** How many times the most that was ever seen it must be. */
  pastFactor: number;
  /** And how many times the expected amount. */
  minRatio: number;
}

/**
 * Does any window that ends with this hour hold so many times the most one of its length ever held before the last
 * day?
 */
export function isBeyondAmounts(values: ArrayLike<number>, hour: number, factor: number): boolean {
  for (const hours of WINDOWS) {
    let [present, amount, most] = [0, 0, 0];
    for (let each = Math.max(0, hour - hours + 1); each <= hour; each++) present += values[each]!;
    for (let each = 0; each < hour - 24 && most * factor <= present; each++) {
      amount += values[each]! - (each >= hours ? values[each - hours]! : 0);
      if (amount > most) most = amount;
    }
    if (present > 0 && most * factor <= present) return true;
  }
  return false;
}

/**
 * The shortest window that ends with the present hour and holds more than anything in the past explains: in relation to
 * what was to be expected, or more than any window of its length ever held.
 */
export function findSurge(past: Past, series: PastSeries, hour: number, limits: SurgeLimits): Surge | undefined {
  const present = { amount: 0, usual: 0, tasks: 0 };
  let next = hour;
  for (const hours of WINDOWS) {
    for (; next > hour - hours && next >= 0; next--) {
      if (past.known[next] !== 1) continue;
      present.amount += series.values[next]!;
      present.usual += series.expected[next]!;
      present.tasks += past.tasks.expected[next]!;
    }
    if (present.amount < limits.minAmount) continue;
    const ratio = present.usual > 0 ? present.amount / present.usual : Number.POSITIVE_INFINITY;
    if (ratio < limits.minRatio) continue;
    const before = series.highest(hours, limits.minExpected);
    const isBeyondRatio = present.tasks >= limits.minExpected && ratio >= limits.pastFactor * Math.max(1, before.ratio);
    const isBeyondAmount = before.amount > 0 && present.amount >= limits.pastFactor * before.amount;
    if (!(limits.needsBoth ? isBeyondRatio && isBeyondAmount : isBeyondRatio || isBeyondAmount)) continue;
    const { amount, usual: expected } = present;
    return { hours, ratio, amount, expected, pastRatio: before.ratio, pastAmount: before.amount };
  }
  return undefined;
}
