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
}

export interface SurgeLimits {
  /** Tasks a window must let expect: below, a few more are chance. */
  minExpected: number;
  /** How many times the most that was ever seen it must be. */
  pastFactor: number;
  /** And how many times the expected amount. */
  minRatio: number;
}

/**
 * The shortest window that ends with `hour` and holds more of `values` than expected, beyond everything windows of its
 * length ever held before `pastUntil`.
 */
export function findSurge(
  values: ArrayLike<number>,
  expected: ArrayLike<number>,
  expectedTasks: ArrayLike<number>,
  hour: number,
  pastUntil: number,
  from: number,
  limits: SurgeLimits,
): Surge | undefined {
  for (const hours of WINDOWS) {
    const tasks = sum(expectedTasks, hour - hours + 1, hour);
    if (tasks < limits.minExpected) continue;
    const amount = sum(values, hour - hours + 1, hour);
    const usual = sum(expected, hour - hours + 1, hour);
    const ratio = usual > 0 ? amount / usual : 0;
    if (ratio < limits.minRatio) continue;
    const pastRatio = highestRatio(values, expected, expectedTasks, hours, from, pastUntil, limits.minExpected);
    if (ratio >= limits.pastFactor * Math.max(1, pastRatio)) return { hours, amount, expected: usual, ratio, pastRatio };
  }
  return undefined;
}

function highestRatio(
  values: ArrayLike<number>,
  expected: ArrayLike<number>,
  expectedTasks: ArrayLike<number>,
  hours: number,
  from: number,
  until: number,
  minExpected: number,
): number {
  let [amount, usual, tasks, highest] = [0, 0, 0, 0];
  for (let hour = from; hour < until; hour++) {
    amount += values[hour] ?? 0;
    usual += expected[hour] ?? 0;
    tasks += expectedTasks[hour] ?? 0;
    const gone = hour - hours;
    if (gone >= from) {
      amount -= values[gone] ?? 0;
      usual -= expected[gone] ?? 0;
      tasks -= expectedTasks[gone] ?? 0;
    }
    if (tasks >= minExpected * 0.9 && usual > 0) highest = Math.max(highest, amount / usual);
  }
  return highest;
}

function sum(values: ArrayLike<number>, from: number, to: number): number {
  let total = 0;
  for (let index = Math.max(0, from); index <= to; index++) total += values[index] ?? 0;
  return total;
}
