const MAX_DEPTH = 6;
/** Differs from run to run or from machine to machine. */
const VOLATILE = new Set(['stack', 'date', 'connection', 'keep-alive', 'transfer-encoding', 'socket']);

/**
 * The own properties of what an SDK threw, as JSON, in the form of the rows in `test/fixtures`: `className` is the
 * constructor's name, `message` and nested values are in it, functions and streams are not.
 */
export function thrownShape(error: unknown): unknown {
  return shapeOf(error, 0, new Set());
}

function shapeOf(value: unknown, depth: number, above: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return value.replaceAll(/127\.0\.0\.1:\d+/gu, '127.0.0.1:1234');
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return isPlain(value) ? value : undefined;
  if (depth > MAX_DEPTH || above.has(value) || isStream(value)) return undefined;
  const within = new Set(above).add(value);
  if (value instanceof Headers) return fieldsOf(Object.fromEntries(value), depth, within);
  if (Array.isArray(value)) return value.map((item) => shapeOf(item, depth + 1, within) ?? null);
  if (value instanceof Response || value instanceof Request) {
    const { status, statusText } = value instanceof Response ? value : {};
    return fieldsOf({ status, statusText, url: value.url, headers: value.headers }, depth, within);
  }
  const fields = fieldsOf(value, depth, within);
  return value instanceof Error ? errorFields(value, fields) : fields;
}

function errorFields(error: Error, fields: Record<string, unknown>): Record<string, unknown> {
  const { name: _own, message: _message, ...others } = fields;
  const className = error.constructor.name;
  // `Error` is what an object without a name of its own inherits: it says nothing beside a class name.
  const names = error.name === 'Error' && className !== 'Error' ? { className } : { className, name: error.name };
  return { ...names, message: fields['message'] ?? error.message, ...others };
}

function fieldsOf(value: object, depth: number, above: ReadonlySet<object>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(value)) {
    if (VOLATILE.has(name.toLowerCase()) || name.startsWith('_')) continue;
    const shape = shapeOf(Reflect.get(value, name), depth + 1, above);
    if (shape !== undefined) fields[name] = name === 'port' ? 1234 : shape;
  }
  return fields;
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}

function isStream(value: object): boolean {
  return value instanceof ReadableStream || 'pipe' in value || value instanceof AbortSignal;
}
