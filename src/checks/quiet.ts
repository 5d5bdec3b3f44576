import { ConfigError } from '../core/errors.js';
import { DAY_MS, HOUR_MS } from './agent/time.js';

/**
 * Time without work: a day (`2026-12-25`), a stretch of days (`2026-12-24/2027-01-01`, both included), one hour of a
 * day (`2026-12-24T14`), a stretch of time in epoch milliseconds, or hours that come back.
 */
export type QuietTime =
  | string
  | { readonly from: number; readonly until: number }
  | {
      /** 0 is Sunday. Default: every day. */
      readonly weekdays?: readonly number[] | undefined;
      /** From which hour, 0 to 23, to which, 1 to 24, the last left out. Default: all day. */
      readonly hours?: readonly [from: number, until: number] | undefined;
    };

/** Is the hour quiet that begins at this time, `local` being the same in the time zone's own reckoning? */
export type Quiet = (at: number, local: number) => boolean;

const EXAMPLES = "'2026-12-25', '2026-12-24/2027-01-01', '2026-12-24T14', { from, until } or { weekdays, hours }";

/** @throws {ConfigError} naming the entry that is none */
export function parseQuiet(quiet: readonly QuietTime[] | undefined): Quiet {
  if (quiet === undefined) return () => false;
  if (!Array.isArray(quiet)) throw new ConfigError([{ path: 'quiet', message: `must be a list, e.g. of ${EXAMPLES}` }]);
  const rules = quiet.map((entry: QuietTime, index) => {
    const rule = parseEntry(entry);
    if (!rule) throw new ConfigError([{ path: `quiet[${index}]`, message: `must be one of ${EXAMPLES}` }]);
    return rule;
  });
  return (at, local) => rules.some((rule) => rule(at, local));
}

function parseEntry(entry: QuietTime): Quiet | undefined {
  if (typeof entry === 'string') return parseText(entry);
  if (typeof entry !== 'object' || entry === null) return undefined;
  if ('from' in entry) {
    const { from, until } = entry;
    if (!isTime(from) || !isTime(until) || until <= from) return undefined;
    return (at) => at < until && at + HOUR_MS > from;
  }
  const names = Object.keys(entry);
  if (names.length === 0 || names.some((name) => name !== 'weekdays' && name !== 'hours')) return undefined;
  const { weekdays = [0, 1, 2, 3, 4, 5, 6], hours = [0, 24] } = entry as {
    weekdays?: readonly number[];
    hours?: readonly number[];
  };
  const isRange = Array.isArray(hours) && hours.length === 2;
  const [from, until] = isRange ? hours : [];
  const isRight =
    Array.isArray(weekdays) &&
    weekdays.every((day) => Number.isInteger(day) && day >= 0 && day <= 6) &&
    isHour(from) &&
    isHour(until) &&
    from < until;
  if (!isRight) return undefined;
  return (_, local) => {
    const day = Math.floor(local / DAY_MS);
    const hour = Math.floor((local - day * DAY_MS) / HOUR_MS);
    return weekdays.includes((((day + 4) % 7) + 7) % 7) && hour >= from && hour < until;
  };
}

function parseText(text: string): Quiet | undefined {
  const [from, ...others] = text.split('/').map(startOf);
  const to = others.length === 0 ? from : others[0];
  if (!from || !to || others.length > 1 || to.at + to.lengthMs <= from.at) return undefined;
  return (_, local) => local + HOUR_MS > from.at && local < to.at + to.lengthMs;
}

function startOf(text: string): { at: number; lengthMs: number } | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::00)?)?$/.exec(text.trim());
  if (!found) return undefined;
  const [, day, hour] = found;
  const at = Date.parse(`${day}T${hour ?? '00'}:00:00Z`);
  // Some days that no month has, and hour 24, are taken for the next day.
  if (!Number.isFinite(at) || !new Date(at).toISOString().startsWith(day!)) return undefined;
  return { at, lengthMs: hour === undefined ? DAY_MS : HOUR_MS };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isHour(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 24;
}
