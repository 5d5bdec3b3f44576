import { parseDuration } from './duration.js';
import { isObject, readProperty } from './read-property.js';
import type { BodyWait } from './signal.js';

/** Fields that hold a wait: seconds, or a text such as `34.07s`; those named so, milliseconds. */
const waitKeys =
  'retryDelay retry_delay retry_after retryAfter retryAfterMs retry_after_ms retryAfterSeconds retry_after_seconds resets_in_seconds reset_after reset_in_seconds'.split(
    ' ',
  );
/** Fields that hold a time: epoch seconds or milliseconds, or an ISO date. */
const timeKeys = 'resets_at reset_at resetsAt resetAt reset_time'.split(' ');

/** The wait an object states in a field of its own. */
export function readBodyWait(value: object): BodyWait | undefined {
  for (const key of waitKeys) {
    const wait = asWait(readProperty(value, key), /ms$/i.test(key) ? 1 : 1000);
    if (wait !== undefined) return { value: wait, isTime: false };
  }
  for (const key of timeKeys) {
    const time = asTime(readProperty(value, key));
    if (time !== undefined) return { value: time, isTime: true };
  }
  return undefined;
}

/** A number of 0 or more, also one in digits. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number < Infinity ? number : undefined;
}

function asWait(value: unknown, unitMs: number): number | undefined {
  if (typeof value === 'string' && value.length <= 60) return scale(asNumber(value), unitMs) ?? parseDuration(value);
  // google.protobuf.Duration as gRPC clients give it.
  return scale(asNumber(isObject(value) ? readProperty(value, 'seconds') : value), unitMs);
}

function scale(number: number | undefined, unitMs: number): number | undefined {
  return number === undefined ? undefined : number * unitMs;
}

/** Epoch milliseconds of a number of seconds or milliseconds since 1970, or of an ISO or HTTP date. */
export function asTime(value: unknown): number | undefined {
  const number = asNumber(value);
  if (number !== undefined) return number >= 1e12 ? number : number >= 1e9 ? number * 1000 : undefined;
  if (typeof value !== 'string' || value.length > 60 || !/^\d{4}-\d\d-\d\d[T ]|^[a-z]{3,9},? \d/i.test(value))
    return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
