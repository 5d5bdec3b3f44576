import { MAX_HEADERS } from './limits.js';
import { readProperty } from './read-property.js';

/**
 * Headers of any make (a `Headers` object, a map, a plain object with names in any case, a list of pairs) as one plain
 * map with names in lower case. Bounded; what throws is left out.
 */
export function readHeaders(headers: object): Map<string, string> {
  const found = new Map<string, string>();
  try {
    let left = MAX_HEADERS;
    for (const [name, value] of listPairs(headers)) {
      if (!left--) break;
      const single: unknown = Array.isArray(value) ? value[0] : value;
      if (typeof name === 'string' && (typeof single === 'string' || typeof single === 'number'))
        found.set(name.slice(0, 99).toLowerCase(), String(single).slice(0, 99).trim());
    }
  } catch {
    // A header container that throws names no wait.
  }
  return found;
}

function* listPairs(headers: object & { get?: (name: string) => unknown }): Iterable<[name: unknown, value: unknown]> {
  const entries = readProperty(headers, 'entries');
  if (Array.isArray(headers)) yield* headers;
  else if (typeof entries === 'function') yield* entries.call(headers);
  else {
    for (const name of Object.keys(headers)) yield [name, readProperty(headers, name)];
    // A stand-in for `Headers` may be one that can only be asked.
    yield ['retry-after', headers.get?.('retry-after')];
  }
}
