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

/** An ISO or HTTP date that names its zone: without one it would be read as of the zone this process runs in. */
const date = /^(?:\d{4}-\d\d-|[a-z]{3,9},? \d).*:\d\d[.\d]* ?(?:z|gmt|utc|[+-]\d)/i;

/** Epoch milliseconds of a number of seconds or milliseconds since 1970, or of such a date. */
export function asTime(value: unknown): number | undefined {
  const number = asNumber(value);
  if (number !== undefined) return number >= 1e12 ? number : number >= 1e9 ? number * 1000 : undefined;
  return (typeof value === 'string' && value.length <= 60 && date.test(value) && Date.parse(value)) || undefined;
}
