import { DAY_MS, HOUR_MS, MINUTE_MS } from './agent/time.js';

/** `41 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 1 ? '<1' : Math.round(value)} %`;
}

/** `3 h 20 min`, `2 days`: two units at most. */
export function duration(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 1) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  const hours = Math.floor((minutes * MINUTE_MS) / HOUR_MS);
  const rest = minutes - hours * 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** `2026-11-28 02:31 UTC`. */
export function time(at: number): string {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15
    ? `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    : 'an unknown time';
}

/** `$0.42`, `$0.0031`: enough digits to tell two apart. */
export function dollars(amount: number): string {
  if (amount >= 100) return `$${amount.toFixed(0)}`;
  if (amount >= 1) return `$${amount.toFixed(2)}`;
  return `$${Number(amount.toPrecision(2))}`;
}

/** A text as titles and sentences show it: short. */
export function short(text: string, limit = 60): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

/** A figure as evidence shows it: no more digits than anybody reads. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
