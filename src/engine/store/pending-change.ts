import type { LedgerEvent, State } from '../../core/tier/state.js';

/** What a change makes of a value, and the ledger rows that describe it. */
export interface Changed<V> {
  value: V;
  events: readonly LedgerEvent[];
  /** It can wait for the next change, or for `LONGEST_WAIT_MS`: what comes in a burst is one commit. */
  waits?: boolean;
}

/**
 * A pure change with its own time bound in, so that it can be applied again to another value; `undefined`: no effect.
 */
export type Apply<V> = (value: V) => Changed<V> | undefined;

/** A change that has yet to reach the store. */
export interface PendingChange<V> extends Changed<V> {
  apply: Apply<V>;
}

/** A commit nobody has answered: it may have reached the store. */
export interface Unanswered<V> {
  value: V;
  changes: readonly PendingChange<V>[];
}

/** What can be stored. */
export type Storable = State | Record<string, unknown>;

/** Is `state` what somebody asked to be stored? */
export function isSameStored(state: unknown, asked: Storable): boolean {
  return JSON.stringify(state) === JSON.stringify(asked);
}

/** What can be done with a record whatever its value is. */
export interface StoredRecord {
  readonly key: string;
  readonly readAt: number;
  readonly isTrusted: boolean;
  readonly canCommit: boolean;
  trustMemory(): void;
  distrust(): void;
  commit(): void;
  stored(): Promise<void>;
  load(): Promise<void>;
  reload(version?: number): Promise<void>;
}

/** Many changes as one that makes them one after the other: for values without a ledger. */
export function foldBySteps<V extends Storable>(changes: readonly PendingChange<V>[]): PendingChange<V> {
  const apply = (before: V) => {
    const value = changes.reduce((present, change) => change.apply(present)?.value ?? present, before);
    return value === before ? undefined : { value, events: [] };
  };
  return { apply, value: changes.at(-1)!.value, events: [] };
}
