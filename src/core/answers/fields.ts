/** Any object an SDK gave, before its shape is known. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none for anything else. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : noFields;
}

const noFields: Fields = {};

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** The list under this name; an empty one where there is none. Its entries may be anything. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldsOf(value)[name];
  return Array.isArray(list) ? list : noList;
}

const noList: readonly unknown[] = [];

/** The `type` of an event or part; empty where it has none. */
export function typeOf(value: unknown): string {
  const { type } = fieldsOf(value);
  return typeof type === 'string' ? type : '';
}

/** True for text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** True when any field but those named holds something: text, a list or an object that is not empty. */
export function holdsAnything(fields: Fields, except: readonly string[]): boolean {
  for (const name in fields) {
    if (!except.includes(name) && isFilled(fields[name])) return true;
  }
  return false;
}

function isFilled(value: unknown): boolean {
  if (!isObject(value)) return isText(value);
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}
