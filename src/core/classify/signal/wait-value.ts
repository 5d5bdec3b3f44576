import { parseDuration } from './duration.js';
import { isObject, readProperty } from '../read-property.js';

/** A number of 0 or more, also one in digits. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^[\d.]{1,25}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number < Infinity ? number : undefined;
}

/** Milliseconds of the field `key`: seconds (milliseconds where its name says so), or a text such as `34.07s`. */
export function asWait(value: unknown, key: string): number | undefined {
  // google.protobuf.Duration as gRPC clients give it.
  const number = asNumber(isObject(value) ? readProperty(value, 'seconds') : value);
  if (number !== undefined) return /ms$/i.test(key) ? number : number * 1000;
  return typeof value === 'string' && value.length <= 60 ? parseDuration(value) : undefined;
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
