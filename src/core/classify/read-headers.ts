import { isObject, readProperty } from './read-property.js';

/** Headers of one response that are looked at. */
const MAX_HEADERS = 128;

/**
 * Headers of any make (a `Headers` object, a map, a plain object with names in any case, a list of pairs) as one plain
 * map with names in lower case. Bounded; what throws is left out.
 */
export function readHeaders(headers: object): Map<string, string> {
  const found = new Map<string, string>();
  try {
    let left = MAX_HEADERS;
    for (const pair of listPairs(headers)) {
      if (left-- === 0) break;
      if (!isObject(pair)) continue;
      const name = readProperty(pair, '0');
      const value = readProperty(pair, '1');
      const single: unknown = Array.isArray(value) ? value[0] : value;
      if (typeof name !== 'string' || (typeof single !== 'string' && typeof single !== 'number')) continue;
      if (name.length <= 100 && String(single).length <= 200) found.set(name.toLowerCase(), String(single).trim());
    }
  } catch {
    // A header container that throws names no wait.
  }
  return found;
}

function listPairs(headers: object): Iterable<unknown> {
  if (Array.isArray(headers)) return headers;
  const entries = readProperty(headers, 'entries');
  if (typeof entries === 'function') return entries.call(headers) as Iterable<unknown>;
  const pairs: unknown[] = [];
  for (const name in headers) if (pairs.push([name, readProperty(headers, name)]) >= MAX_HEADERS) break;
  return pairs;
}
