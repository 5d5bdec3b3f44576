import type { Calendar } from './calendar.js';
import type { Rhythm } from './rhythm.js';
import { HOUR_MS } from './time.js';

/** Time between two moments, in milliseconds, counting each hour by how likely the agent works in it. */
export type WorkingTime = (from: number, to: number) => number;

/** @param skipHolidays leave out days without any record that are taken for holidays */
export function createWorkingTime(calendar: Calendar, rhythm: Rhythm, skipHolidays: boolean): WorkingTime {
  const before = new Float64Array(calendar.hours + 1);
  const weight = (hour: number) =>
    skipHolidays && rhythm.holiday[rhythm.days.dayOf[hour]!] === 1 ? 0 : rhythm.working[hour]!;
  for (let hour = 0; hour < calendar.hours; hour++) before[hour + 1] = before[hour]! + weight(hour) * HOUR_MS;
  const until = (at: number): number => {
    const offset = Math.min(Math.max(0, at - calendar.startAt), calendar.hours * HOUR_MS);
    const hour = Math.min(calendar.hours - 1, Math.floor(offset / HOUR_MS));
    return before[hour]! + weight(hour) * (offset - hour * HOUR_MS);
  };
  return (from, to) => until(to) - until(from);
}

/** The moment at which so much working time has passed since `from`. By `until` it has. */
export function momentAfter(workingTime: WorkingTime, from: number, lengthMs: number, until: number): number {
  let [low, high] = [from, until];
  while (high - low > 1000) {
    const middle = (low + high) / 2;
    if (workingTime(from, middle) < lengthMs) low = middle;
    else high = middle;
  }
  return Math.round(high);
}
