import type { ActivityProfile } from './activity-profile.js';
import type { Calendar } from './calendar.js';

/** A day of the week belongs to the busy kind where an average one of them sees at least this part of a busy day. */
const BUSY_PART = 0.35;
/** Empty days of a kind are holidays as long as they are at most this part of them; more of them are its rhythm. */
const HOLIDAY_PART = 0.3;

/** What the past says of one agent's week. */
export interface Rhythm {
  /** The agent's own days: they begin in its quietest hour, wherever on earth it works. */
  readonly days: OwnDays;
  /** Of each hour of the calendar how likely the agent works in it, relative to its usual hours: 0 to 1. */
  readonly working: Float64Array;
  /** 1: this day was empty and is taken for a holiday. By the agent's own days. */
  readonly holiday: Uint8Array;
  /** Days with work that it was learnt from, of the quiet and of the busy kind. */
  readonly active: readonly number[];
  /** Of each weekday whether it is of the busy kind; `undefined` where the baseline has none of them. */
  readonly kindOf: KindOfDay;
  /** The hours of the calendar it was learnt from, the last left out. */
  readonly from: number;
  readonly until: number;
}

type KindOfDay = readonly (0 | 1 | undefined)[];
type Basis = Pick<Rhythm, 'days' | 'kindOf' | 'from' | 'until'>;

/** Days of an agent, by hour of the calendar. */
export interface OwnDays {
  readonly dayOf: Uint16Array;
  readonly weekdayOf: Uint8Array;
}

export function kindOfHour(rhythm: Pick<Rhythm, 'days' | 'kindOf'>, hour: number): 0 | 1 | undefined {
  return rhythm.kindOf[rhythm.days.weekdayOf[hour] ?? 0];
}

/** Days that begin in the middle of the quietest hours. */
function ownDays({ calendar, counts }: ActivityProfile, from: number, until: number): OwnDays {
  const totals = new Float64Array(24);
  for (let hour = from; hour < until; hour++) {
    const slot = calendar.hourOfDay[hour] ?? 0;
    totals[slot] = (totals[slot] ?? 0) + (counts[hour] ?? 0);
  }
  const begins = quietestHour(totals);
  const dayOf = new Uint16Array(calendar.hours);
  const weekdayOf = new Uint8Array(calendar.hours);
  for (let hour = 0; hour < calendar.hours; hour++) {
    const isBefore = (calendar.hourOfDay[hour] ?? 0) < begins;
    dayOf[hour] = (calendar.day[hour] ?? 0) + (isBefore ? 0 : 1);
    weekdayOf[hour] = ((calendar.weekday[hour] ?? 0) + (isBefore ? 6 : 0)) % 7;
  }
  return { dayOf, weekdayOf };
}

/** The hour around which the fewest tasks fall, seen over nine hours, those in the middle counting most. */
function quietestHour(totals: Float64Array): number {
  let [quietest, least] = [0, Number.POSITIVE_INFINITY];
  for (let hour = 0; hour < 24; hour++) {
    let sum = 0;
    for (let off = -4; off <= 4; off++) sum += (5 - Math.abs(off)) * (totals[(hour + off + 24) % 24] ?? 0);
    if (sum < least) [quietest, least] = [hour, sum];
  }
  return quietest;
}

/**
 * Learns the rhythm of the hours from the agent's first one to `until` (an hour of the calendar, left out). Days are of two
 * kinds, busy and not, by their day of the week.
 */
export function learnRhythm(profile: ActivityProfile, until: number): Rhythm {
  const { calendar, counts } = profile;
  const from = Math.max(0, profile.hourOf(profile.firstAt));
  const own = ownDays(profile, from, until);
  const days = sumDays(profile, own, from, until);
  const kindOf = kindsOf(days);
  const active = [0, 0];
  const seen = [0, 0];
  for (const day of days) {
    const kind = kindOf[day.weekday];
    if (kind === undefined || day.isQuiet) continue;
    seen[kind] = (seen[kind] ?? 0) + 1;
    if (day.count > 0) active[kind] = (active[kind] ?? 0) + 1;
  }
  const basis = { days: own, kindOf, from, until };
  const present = sumSlots(calendar, basis, (hour) => Math.min(1, counts[hour] ?? 0));
  const works = present.map((slots, kind) => workingHours(slots, active[kind] ?? 0, seen[kind] ?? 0));
  const working = spread(calendar, basis, works);
  const holiday = new Uint8Array(calendar.days + 2);
  for (const day of days) {
    const kind = kindOf[day.weekday];
    if (kind === undefined || day.count > 0) continue;
    const empty = 1 - (active[kind] ?? 0) / Math.max(1, seen[kind] ?? 0);
    if (empty <= HOLIDAY_PART) holiday[day.day] = 1;
  }
  return { ...basis, working, holiday, active };
}

/** How much of `values` is to be expected in each hour of the calendar, by kind of day and hour of the day. */
export function expectedAmounts(calendar: Calendar, rhythm: Rhythm, values: ArrayLike<number>): Float64Array {
  const { active } = rhythm;
  const totals = sumSlots(calendar, rhythm, (hour) => values[hour] ?? 0);
  const means = totals.map((slots, kind) => slots.map((total) => total / Math.max(1, active[kind] ?? 0)));
  return spread(calendar, rhythm, means);
}

/** Of each hour of the calendar, 1 where at least so many days of its kind saw work. */
export function knownHours(calendar: Calendar, rhythm: Rhythm, minDays: number): Uint8Array {
  const known = new Uint8Array(calendar.hours);
  for (let hour = 0; hour < calendar.hours; hour++) {
    const kind = kindOfHour(rhythm, hour);
    if (kind !== undefined && (rhythm.active[kind] ?? 0) >= minDays) known[hour] = 1;
  }
  return known;
}

/** Sums over the hours of the baseline, by kind of day and hour of the day. */
function sumSlots(calendar: Calendar, basis: Basis, value: (hour: number) => number): Float64Array[] {
  const slots = [new Float64Array(24), new Float64Array(24)];
  for (let hour = basis.from; hour < basis.until; hour++) {
    const kind = kindOfHour(basis, hour);
    if (kind === undefined || calendar.quiet[hour] === 1) continue;
    const slot = calendar.hourOfDay[hour] ?? 0;
    const sums = slots[kind];
    if (sums) sums[slot] = (sums[slot] ?? 0) + value(hour);
  }
  return slots;
}

/** Values by kind of day and hour of the day, written out for every hour of the calendar. */
function spread(calendar: Calendar, basis: Basis, slots: readonly Float64Array[]): Float64Array {
  const hours = new Float64Array(calendar.hours);
  for (let hour = 0; hour < calendar.hours; hour++) {
    const kind = kindOfHour(basis, hour);
    if (kind === undefined || calendar.quiet[hour] === 1) continue;
    hours[hour] = slots[kind]?.[calendar.hourOfDay[hour] ?? 0] ?? 0;
  }
  return hours;
}

interface Day {
  day: number;
  weekday: number;
  count: number;
  isQuiet: boolean;
}

function sumDays({ calendar, counts }: ActivityProfile, own: OwnDays, from: number, until: number): Day[] {
  const days: Day[] = [];
  for (let hour = from; hour < until; hour++) {
    const day = own.dayOf[hour] ?? 0;
    let last = days.at(-1);
    if (last?.day !== day) {
      last = { day, weekday: own.weekdayOf[hour] ?? 0, count: 0, isQuiet: true };
      days.push(last);
    }
    last.count += counts[hour] ?? 0;
    if (calendar.quiet[hour] === 0) last.isQuiet = false;
  }
  // Of a day that is not over nobody knows whether it stays empty.
  if (days.at(-1)?.count === 0) days.pop();
  return days;
}

function kindsOf(days: readonly Day[]): (0 | 1 | undefined)[] {
  const counts = [0, 0, 0, 0, 0, 0, 0];
  const seen = [0, 0, 0, 0, 0, 0, 0];
  for (const { weekday, count, isQuiet } of days) {
    if (isQuiet) continue;
    counts[weekday] = (counts[weekday] ?? 0) + count;
    seen[weekday] = (seen[weekday] ?? 0) + 1;
  }
  const means = counts.map((count, weekday) => count / Math.max(1, seen[weekday] ?? 0));
  // The third busiest where there is one: a single weekday may have seen a flood.
  const used = means.filter((mean) => mean > 0).sort((one, other) => other - one);
  const busy = used[Math.min(2, used.length - 1)] ?? 0;
  return means.map((mean, weekday) => ((seen[weekday] ?? 0) === 0 ? undefined : mean >= BUSY_PART * busy ? 1 : 0));
}

/**
 * How likely work is in each hour of a day, relative to the agent's usual hours. An hour that saw work on most days is one;
 * the hours beside it count in part, since nobody begins on the minute.
 */
function workingHours(present: Float64Array, activeDays: number, days: number): Float64Array {
  const result = new Float64Array(24);
  if (activeDays === 0) return result;
  const shares = Array.from(present, (count) => count / activeDays);
  const smooth = shares.map(
    (share, hour) => (shares[(hour + 23) % 24] ?? 0) / 4 + share / 2 + (shares[(hour + 1) % 24] ?? 0) / 4,
  );
  const used = smooth.filter((share) => share > 0.05).sort((one, other) => one - other);
  const usual = used[Math.floor(used.length * 0.6)] ?? 0;
  if (usual === 0) return result;
  const dayPart = Math.min(1, activeDays / days / (1 - HOLIDAY_PART));
  for (const [hour, share] of smooth.entries()) result[hour] = dayPart * Math.min(1, share / (0.6 * usual));
  return result;
}
