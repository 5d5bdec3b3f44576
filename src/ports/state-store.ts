import type { LedgerEvent, State } from '../core/tier/state.js';
import type { ActivityStore } from './activity.js';

/** What a store holds under one key. `state` is parsed by the code that loads it. */
export interface StoredState {
  /** As it was committed. */
  state: unknown;
  /** Number of commits this key has seen: 1 after the first. */
  version: number;
}

/** How a commit ended: stored, with the new version, or refused, with what is there. */
export type CommitResult = { ok: true; version: number } | { ok: false; current: StoredState | undefined };

/** Which page of a ledger a store is to answer with. */
export interface HistoryOptions {
  /** Rows at most, 1 or more. */
  limit: number;
  /** Only rows with a smaller `seq`: the cursor of the next page. */
  before?: number | undefined;
}

/** The types there are, and any other text: a later version may have written more of them. */
type RowType = LedgerEvent['type'] | (string & {});

/** Which rows of a ledger to answer with. A store knows `limit` and `before` only; the failover applies the others. */
export interface HistoryQuery extends HistoryOptions {
  /** Only rows of this type, or of one of these: `tier-change`, `paused`, ... */
  type?: RowType | readonly RowType[] | undefined;
  /** Only rows about this failure kind or trigger, or one of these. */
  kind?: string | readonly string[] | undefined;
  /** Only rows written at this time or later, epoch milliseconds. */
  since?: number | undefined;
  /** Only rows written up to this time, epoch milliseconds. Replayed with no other filter: the state as it was then. */
  until?: number | undefined;
}

/**
 * Called when notifications begin to arrive (`true`: each commit from now on is reported) and when they stop (`false`:
 * keys may change unnoticed). After a `false`, `true` means that snapshots taken before it are to be read again.
 */
export type WatchStatus = (live: boolean) => void;

/** What a watcher has to hear of. */
export interface WatchOptions {
  /**
   * `'asked'`: of instances, only commits of those that this store object was asked for, by `load`, `commit` or
   * `forget`; from before the request's answer on none of these is left out. Commits of all other keys are reported as
   * ever. A store may report the rest as well. Default `'all'`.
   */
  instances?: 'all' | 'asked' | undefined;
}

/**
 * Keeps states, their ledgers, counters and leases. Implementations answer with copies, never with what they hold.
 *
 * Keys are namespaced by their first part: `instance:<name>`, `provider:<name>`, `all`, `rest:<what>`, `config:<what>`,
 * `health:<what>`, `budget:<what>`, `activity:<what>`.
 *
 * A store that can also keep what agents did has the methods of `ActivityStore`.
 */
export interface StateStore extends Partial<ActivityStore> {
  /** What is stored under a key; `undefined` where nothing was ever committed. */
  load(key: string): Promise<StoredState | undefined>;
  /**
   * One atomic step: compare the version (0: nothing is stored yet), write the state, append the events with the
   * next `seq` numbers of this key. A conflict writes nothing and answers with what is there.
   */
  commit(
    key: string,
    expectedVersion: number,
    state: State | Record<string, unknown>,
    events: readonly LedgerEvent[],
  ): Promise<CommitResult>;
  /** Ledger rows of a key, newest first. */
  history(key: string, options: HistoryOptions): Promise<LedgerEvent[]>;
  /** Names (without `instance:`) of all instances, in no order. */
  instances(): AsyncIterable<string>;
  /** Adds to a counter that disappears `ttlMs` after its first increment; returns the new value. */
  increment(key: string, bucket: string, by: number, ttlMs: number): Promise<number>;
  /** Sum of the counters in these buckets, each once; missing ones count 0. */
  sum(key: string, buckets: readonly string[]): Promise<number>;
  /** Takes or renews a lease: true when `holder` has it now, for `ttlMs`. */
  acquire(key: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives a lease back; nothing happens when `holder` does not have it. */
  release(key: string, holder: string): Promise<void>;
  /**
   * The time on the store's own clock, epoch milliseconds: processes whose clocks differ measure shared waits by it.
   * Without it they allow for clocks that differ by ten minutes, and a process that has just started waits longer.
   */
  now?(): Promise<number>;
  /**
   * Removes the state and the ledger stored under a key; its counters and leases end by themselves. The next commit
   * begins at version 0. Without this method, a failover's `forget` commits a state to which nothing has happened.
   */
  forget?(key: string): Promise<void>;
  /**
   * Calls back with a key after each commit to it, from any process, and after a broken connection with every key it
   * was asked for, since any of them may have changed. Returns a function that stops it.
   *
   * `version` is the one the commit made, so that a process need not read again what it wrote itself; left out where
   * the store does not know it, and after `forget`.
   *
   * A store that can lose its connection calls `status` with `false` before `watch` returns and with `true` once it
   * listens; one that never calls it counts as always live.
   *
   * A failover watches with `{ instances: 'asked' }`. A store that reports every commit to everybody need not know it.
   */
  watch?(listener: (key: string, version?: number) => void, status?: WatchStatus, options?: WatchOptions): () => void;
  /** Ends what the store opened itself; a client that was handed in stays open. */
  close?(): Promise<void>;
}
