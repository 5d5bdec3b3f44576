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

/** What a surge is looked for in. All by hour of the calendar. */
export interface SurgeInput {
  /** What happened, and what is to be expected. */
  values: ArrayLike<number>;
  expected: ArrayLike<number>;
  /** Tasks to be expected: whether a window can be judged. */
  tasks: ArrayLike<number>;
  /** 1: enough is known of this hour's kind of day. Others are left out. */
  known: ArrayLike<number>;
  /** The present hour; the past reaches from `from` to `pastUntil`, left out. */
  hour: number;
  from: number;
  pastUntil: number;
}

/**
 * The shortest window that ends with the present hour and holds more than anything in the past explains: in relation to
 * what was to be expected, or more than any window of its length ever held.
 */
export function findSurge(input: SurgeInput, limits: SurgeLimits): Surge | undefined {
  const { hour } = input;
  for (const hours of WINDOWS) {
    const present = windowOf(input, hour - hours + 1, hour);
    if (present.amount < limits.minAmount) continue;
    const ratio = present.usual > 0 ? present.amount / present.usual : Number.POSITIVE_INFINITY;
    if (ratio < limits.minRatio) continue;
    const past = highest(input, hours, limits.minExpected);
    const isBeyondRatio =
      present.tasks >= limits.minExpected && ratio >= limits.pastFactor * Math.max(1, past.ratio);
    const isBeyondAmount = past.amount > 0 && present.amount >= limits.pastFactor * past.amount;
    const isSurge = limits.needsBoth ? isBeyondRatio && isBeyondAmount : isBeyondRatio || isBeyondAmount;
    if (isSurge) return { hours, ratio, amount: present.amount, expected: present.usual, pastRatio: past.ratio, pastAmount: past.amount };
  }
  return undefined;
}

interface Window {
  amount: number;
  usual: number;
  tasks: number;
}

function windowOf({ values, expected, tasks, known }: SurgeInput, from: number, to: number): Window {
  const sum = { amount: 0, usual: 0, tasks: 0 };
  for (let hour = Math.max(0, from); hour <= to; hour++) {
    if (known[hour] !== 1) continue;
    sum.amount += values[hour] ?? 0;
    sum.usual += expected[hour] ?? 0;
    sum.tasks += tasks[hour] ?? 0;
  }
  return sum;
}

/** The highest that a window of this length reached in the past. */
function highest(input: SurgeInput, hours: number, minExpected: number): { ratio: number; amount: number } {
  const { values, expected, tasks, from, pastUntil } = input;
  let [amount, usual, judged] = [0, 0, 0];
  const most = { ratio: 0, amount: 0 };
  for (let hour = from; hour < pastUntil; hour++) {
    amount += values[hour] ?? 0;
    usual += expected[hour] ?? 0;
    judged += tasks[hour] ?? 0;
    const gone = hour - hours;
    if (gone >= from) {
      amount -= values[gone] ?? 0;
      usual -= expected[gone] ?? 0;
      judged -= tasks[gone] ?? 0;
    }
    most.amount = Math.max(most.amount, amount);
    if (judged >= minExpected * 0.9 && usual > 0) most.ratio = Math.max(most.ratio, amount / usual);
  }
  return most;
}

/** A window with far less in it than the past explains. */
export interface Lull {
  hours: number;
  amount: number;
  expected: number;
  /** The least, by what was to be expected, that such a window had in the past. */
  pastRatio: number;
}

/** Long enough that late mornings and quiet afternoons are none. */
const LULLS = [48, 96, 168] as const;

/**
 * The shortest window of two days or more that holds something, and less than a third of what the emptiest such window held in
 * relation to what was to be expected.
 */
export function findLull(input: SurgeInput, minExpected: number): Lull | undefined {
  const { hour, from, pastUntil } = input;
  for (const hours of LULLS) {
    const { amount, usual } = windowOf(input, hour - hours + 1, hour);
    if (usual < minExpected || amount === 0 || amount > usual / 14) continue;
    let pastRatio = Number.POSITIVE_INFINITY;
    for (let end = from + hours - 1; end < pastUntil; end++) {
      const past = windowOf(input, end - hours + 1, end);
      if (past.usual >= minExpected * 0.7) pastRatio = Math.min(pastRatio, past.amount / past.usual);
    }
    if (pastRatio < 1 && amount / usual < pastRatio / 3) return { hours, amount, expected: usual, pastRatio };
  }
  return undefined;
}
