import { StoreError } from '../core/errors.js';
import type { LedgerEvent } from '../core/tier/state.js';
import type { ActivitySource, InstanceLedger } from '../ports/activity.js';

/** Rows up to which a ledger is remembered. */
const MOST_KEPT = 100;

/** One state as a store lists it. */
export interface ListedState {
  /** What the store finds it by. */
  id: number | string;
  key: string;
  version: number;
}

export interface LedgerReaderOptions {
  /** Every state of an instance. */
  list: () => Promise<readonly ListedState[]>;
  /**
   * Its state as text, no JSON where it is gone, and its newest rows, newest first. Damaged ones throw `StoreError` of
   * scope `record`.
   */
  read: (state: ListedState, limit: number) => Promise<{ state: string; rows: readonly LedgerEvent[] }>;
}

/** Reads ledgers of instances, each again only when its state has another version. */
export function createLedgerReader({ list, read }: LedgerReaderOptions): ActivitySource['readLedgers'] {
  const known = new Map<string, { version: number; limit: number; ledger: InstanceLedger }>();

  async function readOne(state: ListedState, limit: number): Promise<InstanceLedger | undefined> {
    const before = known.get(state.key);
    if (before?.version === state.version && before.limit === limit) return before.ledger;
    try {
      const found = await read(state, limit);
      const instance = state.key.slice('instance:'.length);
      const ledger = { instance, primary: firstTierOf(found.state), rows: found.rows };
      // Long ones are few, and read again: thousands of them would not fit.
      if (found.rows.length <= MOST_KEPT) known.set(state.key, { version: state.version, limit, ledger });
      else known.delete(state.key);
      return ledger;
    } catch (error) {
      // One damaged record must not keep every check of every agent from running.
      if (error instanceof StoreError && error.scope === 'record') return undefined;
      throw error;
    }
  }

  return async function* readLedgers(limit) {
    const states = await list();
    const present = new Set(states.map(({ key }) => key));
    for (const key of known.keys()) if (!present.has(key)) known.delete(key);
    for (const state of states) {
      const ledger = await readOne(state, limit);
      if (ledger) yield ledger;
    }
  };
}

/** Id of the first tier as a state names it, whatever version wrote it. */
function firstTierOf(text: string): string | null {
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state !== 'object' || state === null || !('ids' in state) || !Array.isArray(state.ids)) return null;
    const first: unknown = state.ids[0];
    return typeof first === 'string' ? first : null;
  } catch {
    return null;
  }
}
