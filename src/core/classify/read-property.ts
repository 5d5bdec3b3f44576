/**
 * A property of anything, whatever the object does when it is asked: a getter or proxy trap that throws is a property
 * that is not there. Nothing is called and nothing is changed.
 */
export function readProperty(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Length of a list, 0 for anything else. */
export function listLength(value: object): number {
  try {
    return Array.isArray(value) ? value.length : 0;
  } catch {
    return 0;
  }
}
