import { parseDuration } from './duration.js';
import { isObject, readProperty } from './read-property.js';
import type { BodyWait } from './signal.js';

/** Fields that hold a number of milliseconds. */
const millisecondKeys = ['retryAfterMs', 'retry_after_ms', 'retryAfterMillis', 'retry_after_milliseconds'] as const;
/** Fields that hold seconds, or a text such as `34.07s`. */
const secondKeys = [
  'retryDelay',
  'retry_delay',
  'retry_after',
  'retryAfter',
  'retryAfterSeconds',
  'retry_after_seconds',
  'resets_in_seconds',
  'reset_in_seconds',
  'resetsInSeconds',
  'reset_after',
  'reset_after_seconds',
  'wait_seconds',
] as const;
/** Fields that hold a time: epoch seconds or milliseconds, or an ISO date. */
const timeKeys = ['resets_at', 'reset_at', 'resetsAt', 'resetAt', 'reset_time', 'quotaResetTimeStamp'] as const;

/** The wait an object states in a field of its own. */
export function readBodyWait(value: object): BodyWait | undefined {
  for (const key of millisecondKeys) {
    const wait = asNumber(readProperty(value, key));
    if (wait !== undefined) return { value: wait, isTime: false };
  }
  for (const key of secondKeys) {
    const wait = asSeconds(readProperty(value, key));
    if (wait !== undefined) return { value: wait, isTime: false };
  }
  for (const key of timeKeys) {
    const time = asTime(readProperty(value, key));
    if (time !== undefined) return { value: time, isTime: true };
  }
  return undefined;
}

function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function asSeconds(value: unknown): number | undefined {
  const number = asNumber(value);
  if (number !== undefined) return number * 1000;
  if (typeof value === 'string') return value.length <= 60 ? parseDuration(value) : undefined;
  if (!isObject(value)) return undefined;
  // google.protobuf.Duration as gRPC clients give it.
  const seconds = asNumber(readProperty(value, 'seconds'));
  return seconds === undefined ? undefined : seconds * 1000 + (asNumber(readProperty(value, 'nanos')) ?? 0) / 1e6;
}

/** Epoch milliseconds of a number of seconds or milliseconds since 1970, or of an ISO or HTTP date. */
export function asTime(value: unknown): number | undefined {
  const number = asNumber(value);
  if (number !== undefined) return number >= 1e12 ? number : number >= 1e9 ? number * 1000 : undefined;
  if (typeof value !== 'string' || value.length > 60) return undefined;
  if (!/^\d{4}-\d\d-\d\d[T ]|^[a-z]{3,9},? \d/i.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
