import { isObject, readProperty } from './read-property.js';

/** Headers of one response that are looked at. */
const MAX_HEADERS = 128;

/**
 * Headers of any make (a `Headers` object, a map, a plain object with names in any case, a list of pairs) as one plain
 * record with names in lower case. Bounded; what throws is left out.
 */
export function readHeaders(headers: object): Map<string, string> {
  const found = new Map<string, string>();
  try {
    const entries = readProperty(headers, 'entries');
    const pairs: Iterable<unknown> =
      typeof entries === 'function' && !Array.isArray(headers)
        ? (entries.call(headers) as Iterable<unknown>)
        : listPairs(headers);
    let count = 0;
    for (const pair of pairs) {
      if (count++ >= MAX_HEADERS) break;
      if (!isObject(pair)) continue;
      const name = readProperty(pair, '0');
      const value = headerValue(readProperty(pair, '1'));
      if (typeof name === 'string' && name.length <= 100 && value !== undefined) found.set(name.toLowerCase(), value);
    }
  } catch {
    // A header container that throws names no wait.
  }
  return found;
}

/** One header of any container; `name` in lower case. */
export function readHeader(headers: object, name: string): string | undefined {
  const get = readProperty(headers, 'get');
  try {
    if (typeof get === 'function')
      return headerValue(get.call(headers, name)) ?? headerValue(readProperty(headers, name));
  } catch {
    // A header container that throws names no wait.
  }
  return headerValue(readProperty(headers, name)) ?? readHeaders(headers).get(name);
}

function* listPairs(headers: object): Iterable<unknown> {
  if (Array.isArray(headers)) {
    yield* headers.slice(0, MAX_HEADERS);
    return;
  }
  for (const name in headers) yield [name, readProperty(headers, name)];
}

function headerValue(value: unknown): string | undefined {
  const single: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof single === 'number') return String(single);
  return typeof single === 'string' && single.length <= 200 ? single.trim() : undefined;
}
