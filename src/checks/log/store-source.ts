import { ConfigError, StoreError } from '../../core/errors.js';
import type { ActivitySource, ActivityStore, InstanceLedger } from '../../ports/activity.js';
import type { StateStore } from '../../ports/state-store.js';

const methods = ['appendActivity', 'readActivity', 'readAgent', 'forgetActivity'] as const;

/** Rows up to which a ledger is remembered. */
const MOST_KEPT = 100;

/** A store that keeps activity. @throws {ConfigError} saying which methods one lacks that does not */
export function activityStore(store: StateStore | undefined): StateStore & ActivityStore {
  if (typeof store !== 'object' || store === null) {
    throw new ConfigError([{ path: 'store', message: 'must be a store, e.g. createMemoryStore()' }]);
  }
  if (keepsActivity(store)) return store;
  const missing = methods.filter((name) => typeof store[name] !== 'function');
  const lacks = `keeps no activity: it lacks ${missing.join(', ')}`;
  const message = `${lacks}; the stores of tierfall have them (see docs/checks.md)`;
  throw new ConfigError([{ path: 'store', message }]);
}

function keepsActivity(store: StateStore): store is StateStore & ActivityStore {
  return methods.every((name) => typeof store[name] === 'function');
}

/** What checks read from a store, through its reading methods alone. */
export function createStoreSource(store: StateStore & ActivityStore): ActivitySource {
  /** What was read of each ledger last, and of which version of its state. */
  const known = new Map<string, { version: number; limit: number; ledger: InstanceLedger }>();
  return {
    readActivity: (query) => store.readActivity(query),
    readAgent: async (instance, query) => store.readAgent(instance, query),
    async *readLedgers(limit) {
      const present = new Set<string>();
      for await (const instance of store.instances()) {
        present.add(instance);
        const ledger = await readLedger(store, instance, limit, known);
        if (ledger) yield ledger;
      }
      for (const instance of known.keys()) if (!present.has(instance)) known.delete(instance);
    },
  };
}

async function readLedger(
  store: StateStore,
  instance: string,
  limit: number,
  known: Map<string, { version: number; limit: number; ledger: InstanceLedger }>,
): Promise<InstanceLedger | undefined> {
  const key = `instance:${instance}`;
  try {
    const stored = await store.load(key);
    if (!stored) return undefined;
    const before = known.get(instance);
    if (before?.version === stored.version && before.limit === limit) return before.ledger;
    const rows = await store.history(key, { limit });
    const ledger = { instance, primary: firstTierOf(stored.state), rows };
    // Long ones are few, and read again: thousands of them would not fit.
    if (rows.length <= MOST_KEPT) known.set(instance, { version: stored.version, limit, ledger });
    else known.delete(instance);
    return ledger;
  } catch (error) {
    // One damaged record must not keep every check of every agent from running.
    if (error instanceof StoreError && error.scope === 'record') return undefined;
    throw error;
  }
}

/** Id of the first tier as a state names it, whatever version wrote it. */
export function firstTierOf(state: unknown): string | null {
  if (typeof state !== 'object' || state === null || !('ids' in state) || !Array.isArray(state.ids)) return null;
  const first: unknown = state.ids[0];
  return typeof first === 'string' ? first : null;
}
