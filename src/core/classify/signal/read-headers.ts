import { MAX_HEADERS } from '../limits.js';
import { readProperty } from '../read-property.js';

/**
 * Headers of any make (a `Headers` object, a map, a plain object with names in any case, a list of pairs) as one plain
 * map with names in lower case. Bounded; what throws is left out.
 */
export function readHeaders(headers: object & { get?: (name: string) => unknown }): Map<string, string> {
  const found = new Map<string, string>();
  try {
    let left = MAX_HEADERS;
    for (const [name, value] of listPairs(headers)) {
      if (!left--) break;
      const single: unknown = Array.isArray(value) ? value[0] : value;
      if (typeof name === 'string' && (typeof single === 'string' || typeof single === 'number'))
        found.set(name.slice(0, 99).toLowerCase(), String(single).slice(0, 299).trim());
    }
    // A stand-in for `Headers` may be one that can only be asked.
    if (!found.size) found.set('retry-after', String(headers.get?.('retry-after')));
  } catch {
    // A header container that throws names no wait.
  }
  return found;
}

function listPairs(headers: object): Iterable<[name: unknown, value: unknown]> {
  if (Array.isArray(headers)) return headers;
  const entries = readProperty(headers, 'entries');
  if (typeof entries === 'function') return entries.call(headers);
  return Object.keys(headers)
    .slice(0, MAX_HEADERS)
    .map((name) => [name, readProperty(headers, name)]);
}
