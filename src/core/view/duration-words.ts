const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A duration in words: `46 s`, `4 min`, `3 h 5 min`, `2 d 3 h`. Rounded up, so that a wait is never promised to be over
 * too early; `'down'` is for what has passed.
 */
export function durationWords(ms: number, rounding: 'up' | 'down' = 'up'): string {
  const round = rounding === 'up' ? Math.ceil : Math.floor;
  const seconds = round(Math.max(0, ms) / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const minutes = round(Math.max(0, ms) / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  const [unit, large, small] = minutes < 24 * 60 ? [HOUR, 'h', 'min'] : [DAY, 'd', 'h'];
  const smaller = unit === HOUR ? MINUTE : HOUR;
  const total = round(Math.max(0, ms) / smaller);
  const perLarge = unit / smaller;
  const rest = total % perLarge;
  return `${Math.floor(total / perLarge)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `in 4 min`, or `now` where the time has come. */
export function inWords(ms: number): string {
  return ms <= 0 ? 'now' : `in ${durationWords(ms)}`;
}

/** `12 s ago`. */
export function agoWords(ms: number): string {
  return `${durationWords(ms, 'down')} ago`;
}
