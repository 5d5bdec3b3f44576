import type { LedgerEvent } from '../../core/tier/state.js';
import type { StateStore } from '../../ports/state-store.js';

export interface Places {
  /** Opens a store on this case's own data; where data is shared, each call opens another store. */
  open(): Promise<StateStore>;
  isShared: boolean;
  close(): Promise<void>;
}

export interface StoreCase {
  name: string;
  /** Only for stores whose data several store objects share. */
  needsSharing?: boolean;
  run: (places: Places) => Promise<void>;
}

export function openPlaces(options: {
  open(place: string): StateStore | Promise<StateStore>;
  isShared?: boolean;
}): Places {
  const place = `case-${Math.random().toString(36).slice(2, 12)}`;
  const opened: StateStore[] = [];
  const isShared = options.isShared !== false;
  return {
    isShared,
    async open() {
      const only = isShared ? undefined : opened[0];
      if (only) return only;
      const store = await options.open(place);
      opened.push(store);
      return store;
    },
    async close() {
      for (const store of opened) await store.close?.();
    },
  };
}

/** A ledger row that `detail` identifies. */
export function row(detail: string, at = 1000): LedgerEvent {
  return { type: 'held', at, detail };
}

/** Commits, and fails if the commit does. */
export async function commit(
  store: StateStore,
  key: string,
  version: number,
  state: Record<string, unknown>,
  events: readonly LedgerEvent[] = [],
): Promise<void> {
  const result = await store.commit(key, version, state, events);
  same(result, { ok: true, version: version + 1 }, `commit of version ${version} to ${key.slice(0, 60)}`);
}

export async function instancesOf(store: StateStore): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.instances()) names.push(name);
  return names.toSorted();
}

/** Deep equality of JSON values; the order of an object's fields does not matter. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [canonical(actual), canonical(expected)];
  if (left !== right) throw new Error(`${what}: expected ${shorten(right)}, got ${shorten(left)}`);
}

export function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Expects a rejection with code `TIERFALL_STORE`. */
export async function refuses(what: string, action: () => Promise<unknown>): Promise<void> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code !== 'TIERFALL_STORE')
    throw new Error(`${what}: expected a StoreError, got ${error instanceof Error ? error.name : 'none'}`);
}

/** Waits for a condition: notifications cross a network. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`${what}: did not happen within 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  );
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
