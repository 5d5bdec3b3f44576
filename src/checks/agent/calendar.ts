import { DAY_MS, HOUR_MS } from './time.js';
import type { Quiet } from '../quiet.js';

/** How far back a check looks. */
export const BASELINE_DAYS = 28;

/** The hours a run looks at, from the first of the baseline to the present one. Index 0 is the oldest. */
export interface Calendar {
  /** Start of hour 0, epoch milliseconds. A midnight UTC, so that it moves once a day. */
  readonly startAt: number;
  readonly hours: number;
  /** Of each hour its day of the week, 0 (Sunday) to 6, in the time zone asked for. */
  readonly weekday: Uint8Array;
  /** Its hour of the day, 0 to 23. */
  readonly hourOfDay: Uint8Array;
  /** Its day, counted from 0. */
  readonly day: Uint16Array;
  readonly days: number;
  /** 1: nobody is expected to work. */
  readonly quiet: Uint8Array;
}

/** Where the baseline of a run at this time begins. */
export function baselineStart(now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS - BASELINE_DAYS * DAY_MS;
}

export function createCalendar(startAt: number, isQuiet: Quiet, timeZone: string): Calendar {
  const hours = (BASELINE_DAYS + 1) * 24;
  const calendar = {
    startAt,
    hours,
    weekday: new Uint8Array(hours),
    hourOfDay: new Uint8Array(hours),
    day: new Uint16Array(hours),
    days: 0,
    quiet: new Uint8Array(hours),
  };
  const offset = offsetIn(timeZone);
  let lastDay = Number.NaN;
  for (let hour = 0; hour < hours; hour++) {
    const at = startAt + hour * HOUR_MS;
    const local = at + offset(at);
    const localDay = Math.floor(local / DAY_MS);
    if (localDay !== lastDay) calendar.days += 1;
    lastDay = localDay;
    calendar.day[hour] = calendar.days - 1;
    // 1 January 1970 was a Thursday.
    calendar.weekday[hour] = (((localDay + 4) % 7) + 7) % 7;
    calendar.hourOfDay[hour] = Math.floor((local - localDay * DAY_MS) / HOUR_MS);
    calendar.quiet[hour] = isQuiet(at, local) ? 1 : 0;
  }
  return calendar;
}

/** How far local time is ahead of UTC at a moment, in milliseconds. */
function offsetIn(timeZone: string): (at: number) => number {
  if (timeZone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / 60_000) * 60_000;
  };
}
