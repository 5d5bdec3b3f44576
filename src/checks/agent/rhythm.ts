import type { ActivityProfile } from './activity-profile.js';
import type { Calendar } from './calendar.js';
import { ownDays, type OwnDays } from './own-days.js';

/** A day of the week belongs to the busy kind where an average one of them sees at least this part of a busy day. */
const BUSY_PART = 0.35;
/** Empty days of a kind are holidays as long as they are at most this part of them; more of them are its rhythm. */
const HOLIDAY_PART = 0.3;

/** An hour of the calendar of whose kind of day nothing is known, or that is quiet. */
export const NO_SLOT = 255;

/** What the past says of one agent's week. */
export interface Rhythm {
  readonly days: OwnDays;
  /** Of each hour of the calendar how likely the agent works in it, relative to its usual hours: 0 to 1. */
  readonly working: Float32Array;
  /** 1: this day was empty and is taken for a holiday. By the agent's own days. */
  readonly holiday: Uint8Array;
  /** Days with work that it was learnt from, of the quiet and of the busy kind. */
  readonly active: readonly [number, number];
  /** Of each hour of the calendar its kind of day and hour of the day, as 24 x kind + hour; or `NO_SLOT`. */
  readonly slots: Uint8Array;
  /** Whether there are times at which it does not work: nights, weekends. */
  readonly hasBreaks: boolean;
  /** The hours of the calendar it was learnt from, the last left out. */
  readonly from: number;
  readonly until: number;
}

/**
 * Learns the rhythm of the hours from the agent's first one to `until` (an hour of the calendar, left out). Days are
 * of two kinds, busy and not, by their day of the week.
 */
export function learnRhythm(profile: ActivityProfile, until: number): Rhythm {
  const { calendar, counts } = profile;
  const from = Math.max(0, profile.hourOf(profile.firstAt));
  const own = ownDays(calendar, counts, from, until);
  const days = sumDays(profile, own, from, until);
  const kindOf = kindsOf(days);
  const active: [number, number] = [0, 0];
  const seen: [number, number] = [0, 0];
  for (const day of days) {
    const kind = kindOf[day.weekday];
    if (kind === undefined || day.isQuiet) continue;
    seen[kind] += 1;
    if (day.count > 0) active[kind] += 1;
  }
  const slots = slotsOf(calendar, own, kindOf);
  const present = new Float64Array(48);
  for (let hour = from; hour < until; hour++) {
    const slot = slots[hour]!;
    if (slot !== NO_SLOT && counts[hour]! > 0) present[slot] = present[slot]! + 1;
  }
  const works = new Float64Array(48);
  works.set(workingHours(present.subarray(0, 24), active[0], seen[0]), 0);
  works.set(workingHours(present.subarray(24), active[1], seen[1]), 24);
  const holiday = new Uint8Array(calendar.days + 2);
  for (const day of days) {
    const kind = kindOf[day.weekday];
    if (kind === undefined || day.count > 0) continue;
    if (1 - active[kind] / Math.max(1, seen[kind]) <= HOLIDAY_PART) holiday[day.day] = 1;
  }
  // Two hours of a day without work, or a kind of day without any.
  const hasBreaks = ([0, 1] as const).some(
    (kind) => seen[kind] > 0 && works.subarray(24 * kind, 24 * kind + 24).filter((work) => work < 0.2).length >= 2,
  );
  return { days: own, working: spread(slots, works), holiday, active, slots, hasBreaks, from, until };
}

/** How much of `values` is to be expected in each hour of the calendar, by kind of day and hour of the day. */
export function expectedAmounts({ slots, from, until, active }: Rhythm, values: ArrayLike<number>): Float32Array {
  const means = new Float64Array(48);
  for (let hour = from; hour < until; hour++) {
    const slot = slots[hour]!;
    if (slot !== NO_SLOT) means[slot] = means[slot]! + values[hour]!;
  }
  for (let slot = 0; slot < 48; slot++) means[slot] = means[slot]! / Math.max(1, active[slot < 24 ? 0 : 1]);
  return spread(slots, means);
}

/** Of each hour of the calendar, 1 where at least so many days of its kind saw work. */
export function knownHours({ slots, active }: Rhythm, minDays: number): Uint8Array {
  return slots.map((slot) => (slot !== NO_SLOT && active[slot < 24 ? 0 : 1] >= minDays ? 1 : 0));
}

type Kind = 0 | 1 | undefined;

function slotsOf(calendar: Calendar, own: OwnDays, kindOf: readonly Kind[]): Uint8Array {
  const slots = new Uint8Array(calendar.hours);
  for (let hour = 0; hour < calendar.hours; hour++) {
    const kind = calendar.quiet[hour] === 1 ? undefined : kindOf[own.weekdayOf[hour]!];
    slots[hour] = kind === undefined ? NO_SLOT : 24 * kind + calendar.hourOfDay[hour]!;
  }
  return slots;
}

/** Values by kind of day and hour of the day, written out for every hour of the calendar. */
function spread(slots: Uint8Array, values: Float64Array): Float32Array {
  const hours = new Float32Array(slots.length);
  for (let hour = 0; hour < slots.length; hour++) hours[hour] = values[slots[hour]!] ?? 0;
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
  let last: Day | undefined;
  for (let hour = from; hour < until; hour++) {
    const day = own.dayOf[hour]!;
    if (last?.day !== day) {
      last = { day, weekday: own.weekdayOf[hour]!, count: 0, isQuiet: true };
      days.push(last);
    }
    last.count += counts[hour]!;
    if (calendar.quiet[hour] === 0) last.isQuiet = false;
  }
  // Of a day that is not over nobody knows whether it stays empty.
  if (days.at(-1)?.count === 0) days.pop();
  return days;
}

function kindsOf(days: readonly Day[]): Kind[] {
  const counts = [0, 0, 0, 0, 0, 0, 0];
  const seen = [0, 0, 0, 0, 0, 0, 0];
  for (const { weekday, count, isQuiet } of days) {
    if (isQuiet) continue;
    counts[weekday] = counts[weekday]! + count;
    seen[weekday] = seen[weekday]! + 1;
  }
  const means = counts.map((count, weekday) => count / Math.max(1, seen[weekday]!));
  // The third busiest where there is one: a single weekday may have seen a flood.
  const used = means.filter((mean) => mean > 0).sort((one, other) => other - one);
  const busy = used[Math.min(2, used.length - 1)] ?? 0;
  return means.map((mean, weekday) => (seen[weekday] === 0 ? undefined : mean >= BUSY_PART * busy ? 1 : 0));
}

/**
 * How likely work is in each hour of a day, relative to the agent's usual hours: an hour that saw work nearly as
 * often as those is one of them, a rarer one counts in part.
 */
function workingHours(present: Float64Array, activeDays: number, days: number): Float64Array {
  const result = new Float64Array(24);
  if (activeDays === 0) return result;
  for (let hour = 0; hour < 24; hour++) result[hour] = present[hour]! / activeDays;
  const used = Array.from(result)
    .filter((value) => value > 0.05)
    .sort((one, other) => one - other);
  const usual = used[Math.floor(used.length * 0.6)];
  if (usual === undefined) return result.fill(0);
  const dayPart = Math.min(1, activeDays / days / (1 - HOLIDAY_PART));
  return result.map((value) => dayPart * Math.min(1, value / (0.6 * usual)));
}
