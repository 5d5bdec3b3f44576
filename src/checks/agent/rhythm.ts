import type { ActivityProfile } from './activity-profile.js';
import type { Calendar } from './calendar.js';

/** A day of the week belongs to the busy kind where an average one of them sees at least this part of a busy day. */
const BUSY_PART = 0.35;
/** Empty days of a kind are holidays as long as they are at most this part of them; more of them are its rhythm. */
const HOLIDAY_PART = 0.3;

/** What the past says of one agent's week. */
export interface Rhythm {
  /** Of each hour of the calendar how likely the agent works in it, relative to its usual hours: 0 to 1. */
  readonly working: Float64Array;
  /** 1: this day was empty and is taken for a holiday. By day of the calendar. */
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

/**
 * Learns the rhythm of the hours from the agent's first one to `until` (an hour of the calendar, left out). Days are of two
 * kinds, busy and not, by their day of the week.
 */
export function learnRhythm(profile: ActivityProfile, until: number): Rhythm {
  const { calendar, counts } = profile;
  const from = Math.max(0, profile.hourOf(profile.firstAt));
  const days = sumDays(profile, from, until);
  const kindOf = kindsOf(days);
  const active = [0, 0];
  const seen = [0, 0];
  for (const day of days) {
    const kind = kindOf[day.weekday];
    if (kind === undefined || day.isQuiet) continue;
    seen[kind] = (seen[kind] ?? 0) + 1;
    if (day.count > 0) active[kind] = (active[kind] ?? 0) + 1;
  }
  const present = sumSlots(calendar, kindOf, from, until, (hour) => Math.min(1, counts[hour] ?? 0));
  const works = present.map((slots, kind) => workingHours(slots, active[kind] ?? 0, seen[kind] ?? 0));
  const working = spread(calendar, kindOf, works);
  const holiday = new Uint8Array(calendar.days);
  for (const day of days) {
    const kind = kindOf[day.weekday];
    if (kind === undefined || day.count > 0) continue;
    const empty = 1 - (active[kind] ?? 0) / Math.max(1, seen[kind] ?? 0);
    if (empty <= HOLIDAY_PART) holiday[day.day] = 1;
  }
  return { working, holiday, active, kindOf, from, until };
}

/** How much of `values` is to be expected in each hour of the calendar, by kind of day and hour of the day. */
export function expectedAmounts(calendar: Calendar, rhythm: Rhythm, values: ArrayLike<number>): Float64Array {
  const { kindOf, from, until, active } = rhythm;
  const totals = sumSlots(calendar, kindOf, from, until, (hour) => values[hour] ?? 0);
  const means = totals.map((slots, kind) => slots.map((total) => total / Math.max(1, active[kind] ?? 0)));
  return spread(calendar, kindOf, means);
}

/** Sums over the hours of the baseline, by kind of day and hour of the day. */
function sumSlots(
  calendar: Calendar,
  kindOf: KindOfDay,
  from: number,
  until: number,
  value: (hour: number) => number,
): Float64Array[] {
  const slots = [new Float64Array(24), new Float64Array(24)];
  for (let hour = from; hour < until; hour++) {
    const kind = kindOf[calendar.weekday[hour] ?? 0];
    if (kind === undefined || calendar.quiet[hour] === 1) continue;
    const slot = calendar.hourOfDay[hour] ?? 0;
    const sums = slots[kind];
    if (sums) sums[slot] = (sums[slot] ?? 0) + value(hour);
  }
  return slots;
}

/** Values by kind of day and hour of the day, written out for every hour of the calendar. */
function spread(calendar: Calendar, kindOf: KindOfDay, slots: readonly Float64Array[]): Float64Array {
  const hours = new Float64Array(calendar.hours);
  for (let hour = 0; hour < calendar.hours; hour++) {
    const kind = kindOf[calendar.weekday[hour] ?? 0];
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

function sumDays({ calendar, counts }: ActivityProfile, from: number, until: number): Day[] {
  const days: Day[] = [];
  for (let hour = from; hour < until; hour++) {
    const day = calendar.day[hour] ?? 0;
    let last = days.at(-1);
    if (last?.day !== day) {
      last = { day, weekday: calendar.weekday[hour] ?? 0, count: 0, isQuiet: true };
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
