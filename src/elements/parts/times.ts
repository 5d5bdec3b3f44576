import { agoWords, durationWords, inWords } from '../../core/view/duration-words.js';

export { agoWords, durationWords, inWords };

const DAY_MS = 86_400_000;

const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short' });
const longDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long' });
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const exactFormat = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'long',
});

/** `02:31`, in the reader's zone. */
export function clock(at: number): string {
  return pad(new Date(at).getHours(), new Date(at).getMinutes());
}

/** `02:31:09`. */
export function clockExact(at: number): string {
  const time = new Date(at);
  return pad(time.getHours(), time.getMinutes(), time.getSeconds());
}

/** Since when: today and in the last hours `02:31`, this week `Fri 22:10`, before that `21 Nov`. */
export function since(at: number, now: number): string {
  const days = now - at < DAY_MS / 2 ? 0 : daysBetween(at, now);
  if (days === 0) return clock(at);
  return days < 7 ? `${day.format(at)} ${clock(at)}` : date.format(at);
}

/** The same for a state that has long been so: today `02:31`, this week `Tuesday`, before that `21 Nov`. */
export function sinceDay(at: number, now: number): string {
  const days = now - at < DAY_MS / 2 ? 0 : daysBetween(at, now);
  if (days < 1) return clock(at);
  return days < 7 ? longDay.format(at) : date.format(at);
}

/** The whole time with its offset, for a title. */
export function exact(at: number): string {
  return exactFormat.format(at);
}

/** `in 46 s`; `now` at zero, `any moment` when nothing came of it for two seconds. */
export function countdown(at: number, now: number): string {
  if (at - now <= -2000) return 'any moment';
  return inWords(at - now);
}

/** The length of a window as it was set: `90 s`, `4 min`. */
export function windowWords(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : durationWords(ms);
}

/** Tomorrow at this hour, in the reader's zone. */
export function tomorrowAt(hour: number, now: number): number {
  const time = new Date(now);
  // Not 24 hours later: where the clocks change, that may be the same day still, or the day after.
  time.setDate(time.getDate() + 1);
  time.setHours(hour, 0, 0, 0);
  return time.getTime();
}

function daysBetween(at: number, now: number): number {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  return at >= midnight ? 0 : Math.ceil((midnight - at) / DAY_MS);
}

function pad(...parts: number[]): string {
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
