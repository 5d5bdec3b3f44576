import type { ActivityProfile } from './activity-profile.js';
import { createWorkingTime, type WorkingTime } from './working-time.js';
import { expectedAmounts, knownHours, learnRhythm, type Rhythm } from './rhythm.js';

/** Days of a kind that saw work before anything is expected of it: of fewer nobody knows how much they differ. */
const KNOWN_DAYS = 6;

/** What one series of an agent, tasks or dollars by hour, was like before. */
export interface PastSeries {
  readonly values: ArrayLike<number>;
  /** What is to be expected, by hour of the calendar. */
  readonly expected: Float32Array;
  /** The highest that windows of so many hours reached. */
  highest(hours: number, minExpected: number): { ratio: number; amount: number };
}

/** What one agent was like before an hour of the calendar: worked out once an hour. */
export class Past {
  readonly rhythm: Rhythm;
  /** Days with work, of the kind that saw more of them. */
  readonly days: number;
  readonly #profile: ActivityProfile;
  #known: Uint8Array | undefined;
  #tasks: PastSeries | undefined;
  #costs: PastSeries | undefined;

  /** @param until hour of the calendar, left out */
  constructor(profile: ActivityProfile, until: number) {
    this.#profile = profile;
    this.rhythm = learnRhythm(profile, until);
    this.days = Math.max(...this.rhythm.active);
  }

  /** Whether anything can be expected at all. */
  get isKnown(): boolean {
    return this.days >= KNOWN_DAYS;
  }

  /** 1: enough is known of this hour's kind of day. */
  get known(): Uint8Array {
    return (this.#known ??= knownHours(this.rhythm, KNOWN_DAYS));
  }

  get tasks(): PastSeries {
    return (this.#tasks ??= this.#series(this.#profile.counts));
  }

  /** @param costs dollars by hour, of the same profile */
  costs(costs: ArrayLike<number>): PastSeries {
    return (this.#costs ??= this.#series(costs));
  }

  /**
   * Its working time: in the past without the days that are taken for holidays, and at present with every day. Made
   * anew each time, which is cheaper than to keep it of every agent that is silent.
   */
  workingTime(): { past: WorkingTime; present: WorkingTime } {
    const { calendar } = this.#profile;
    const present = createWorkingTime(calendar, this.rhythm, false);
    const hasHolidays = this.rhythm.holiday.includes(1);
    return { past: hasHolidays ? createWorkingTime(calendar, this.rhythm, true) : present, present };
  }

  #series(values: ArrayLike<number>): PastSeries {
    const expected = expectedAmounts(this.rhythm, values);
    const found = new Map<number, { ratio: number; amount: number }>();
    return {
      values,
      expected,
      highest: (hours, minExpected) => {
        let most = found.get(hours);
        if (!most) found.set(hours, (most = this.#highest(values, expected, hours, minExpected)));
        return most;
      },
    };
  }

  #highest(
    values: ArrayLike<number>,
    expected: Float32Array,
    hours: number,
    minExpected: number,
  ): { ratio: number; amount: number } {
    const { from, until } = this.rhythm;
    const tasks = values === this.#profile.counts ? expected : this.tasks.expected;
    let [amount, usual, judged] = [0, 0, 0];
    const most = { ratio: 0, amount: 0 };
    for (let hour = from; hour < until; hour++) {
      amount += values[hour]!;
      usual += expected[hour]!;
      judged += tasks[hour]!;
      const gone = hour - hours;
      if (gone >= from) {
        amount -= values[gone]!;
        usual -= expected[gone]!;
        judged -= tasks[gone]!;
      }
      if (amount > most.amount) most.amount = amount;
      // Where hardly anything is expected, a few tasks more are chance.
      if (judged >= minExpected * 0.9 && usual > 0 && amount > most.ratio * usual) most.ratio = amount / usual;
    }
    return most;
  }
}
