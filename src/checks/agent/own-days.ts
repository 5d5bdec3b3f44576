import type { Calendar } from './calendar.js';

/** Days of an agent, by hour of the calendar: they begin in its quietest hour, wherever on earth it works. */
export interface OwnDays {
  readonly dayOf: Uint16Array;
  readonly weekdayOf: Uint8Array;
}

/** Agents whose days begin at the same hour share them. */
const known = new WeakMap<Calendar, OwnDays[]>();

export function ownDays(calendar: Calendar, counts: ArrayLike<number>, from: number, until: number): OwnDays {
  const totals = new Float64Array(24);
  for (let hour = from; hour < until; hour++) {
    const slot = calendar.hourOfDay[hour]!;
    totals[slot] = totals[slot]! + counts[hour]!;
  }
  const begins = quietestHour(totals);
  let ofCalendar = known.get(calendar);
  if (!ofCalendar) known.set(calendar, (ofCalendar = []));
  return (ofCalendar[begins] ??= daysFrom(calendar, begins));
}

function daysFrom(calendar: Calendar, begins: number): OwnDays {
  const dayOf = new Uint16Array(calendar.hours);
  const weekdayOf = new Uint8Array(calendar.hours);
  for (let hour = 0; hour < calendar.hours; hour++) {
    const isBefore = calendar.hourOfDay[hour]! < begins;
    dayOf[hour] = calendar.day[hour]! + (isBefore ? 0 : 1);
    weekdayOf[hour] = (calendar.weekday[hour]! + (isBefore ? 6 : 0)) % 7;
  }
  return { dayOf, weekdayOf };
}

/** The hour around which the fewest tasks fall, seen over nine hours, those in the middle counting most. */
function quietestHour(totals: Float64Array): number {
  let [quietest, least] = [0, Number.POSITIVE_INFINITY];
  for (let hour = 0; hour < 24; hour++) {
    let sum = 0;
    for (let off = -4; off <= 4; off++) sum += (5 - Math.abs(off)) * totals[(hour + off + 24) % 24]!;
    if (sum < least) [quietest, least] = [hour, sum];
  }
  return quietest;
}
