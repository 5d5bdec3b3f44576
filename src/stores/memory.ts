import type { LedgerEvent, State } from '../core/tier/state.js';
import type { CommitResult, HistoryOptions, StateStore, StoredState, WatchStatus } from '../ports/state-store.js';
import {
  checkAmount,
  checkBuckets,
  checkHistory,
  checkHistoryLimit,
  checkKey,
  checkName,
  checkTtl,
  commitText,
  parseEvent,
  snapshotText,
  checkOptionNames,
} from './arguments.js';
import { createMemoryActivity } from './memory/activity.js';

const STORE = 'memory store';

export interface MemoryStoreOptions {
  /**
   * Ledger rows kept per key, about: from half of it to all of it, and the oldest is then a `snapshot`. Default 1,000;
   * `Infinity` keeps all.
   */
  historyLimit?: number | undefined;
  /** Epoch milliseconds, for counters and leases that end. Default `Date.now`. */
  now?: (() => number) | undefined;
}

interface Entry {
  version: number;
  state: string;
  /** Rows as JSON; the last one has this `seq`. */
  rows: string[];
  seq: number;
  /** The state after row `seq`: what the rows before it can be replaced with. */
  checkpoint: { seq: number; snapshot: string } | null;
}

interface Expiring<V> {
  value: V;
  expiresAt: number;
}

/**
 * A store that lives and dies with the process: the default of `createFailover`, and the one for tests. Holds JSON
 * text, so that what is read is a copy and looks as it would after any durable store.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): StateStore {
  checkOptionNames(options, ['historyLimit', 'now']);
  const historyLimit = checkHistoryLimit(STORE, options.historyLimit ?? 1000);
  const now = options.now ?? (() => Date.now());
  const entries = new Map<string, Entry>();
  const counters = createExpiringMap<number>(now);
  const leases = createExpiringMap<string>(now);
  const watchers = new Set<WatchListener>();

  return {
    ...createMemoryActivity(),

    async load(key) {
      return storedState(entries.get(checkKey(STORE, 'load', key)));
    },

    async commit(key, expectedVersion, state: State | Record<string, unknown>, events): Promise<CommitResult> {
      const text = commitText(STORE, key, expectedVersion, state, events);
      const entry = entries.get(key) ?? { version: 0, state: '', rows: [], seq: 0, checkpoint: null };
      if (entry.version !== text.version) return { ok: false, current: storedState(entries.get(key)) };
      entry.version += 1;
      entry.state = text.state;
      entry.rows.push(...text.events);
      entry.seq += text.events.length;
      trim(entry, text.at, historyLimit);
      entries.set(key, entry);
      notify(watchers, key, entry.version);
      return { ok: true, version: entry.version };
    },

    async history(key: string, historyOptions: HistoryOptions): Promise<LedgerEvent[]> {
      const { limit, before } = checkHistory(STORE, key, historyOptions);
      const entry = entries.get(key);
      if (!entry) return [];
      const first = entry.seq - entry.rows.length + 1;
      const end = Math.min(entry.seq + 1, before) - first;
      const start = Math.max(0, end - limit);
      const page = end > 0 ? entry.rows.slice(start, end) : [];
      return page.map((row, index) => parseEvent(STORE, key, first + start + index, row)).toReversed();
    },

    async *instances() {
      // A copy: who looks at each may forget it and make it anew, and would come upon it again and again.
      const keys = Array.from(entries.keys());
      for (const key of keys) if (key.startsWith('instance:')) yield key.slice('instance:'.length);
    },

    async increment(key, bucket, by, ttlMs) {
      const ttl = checkTtl(STORE, 'increment', key, ttlMs);
      const id = JSON.stringify([key, checkName(STORE, 'increment', key, 'bucket', bucket)]);
      const present = counters.get(id);
      const value = (present?.value ?? 0) + checkAmount(STORE, key, by);
      counters.set(id, { value, expiresAt: present?.expiresAt ?? now() + ttl });
      return value;
    },

    async sum(key, buckets) {
      const ids = checkBuckets(STORE, key, buckets).map((bucket) => JSON.stringify([key, bucket]));
      return ids.reduce((sum, id) => sum + (counters.get(id)?.value ?? 0), 0);
    },

    async acquire(key, holder, ttlMs) {
      const ttl = checkTtl(STORE, 'acquire', key, ttlMs);
      const name = checkName(STORE, 'acquire', key, 'holder', holder);
      const present = leases.get(key);
      if (present && present.value !== name) return false;
      leases.set(key, { value: name, expiresAt: now() + ttl });
      return true;
    },

    async release(key, holder) {
      const name = checkName(STORE, 'release', checkKey(STORE, 'release', key), 'holder', holder);
      if (leases.get(key)?.value === name) leases.delete(key);
    },

    async now() {
      return now();
    },

    async forget(key) {
      if (entries.delete(checkKey(STORE, 'forget', key))) notify(watchers, key, undefined);
    },

    watch(listener, status?: WatchStatus) {
      // A wrapper of its own, so that one function watched twice is called twice and stopped once.
      const watcher: WatchListener = (key, version) => listener(key, version);
      watchers.add(watcher);
      status?.(true);
      return () => watchers.delete(watcher);
    },
  };
}

function storedState(entry: Entry | undefined): StoredState | undefined {
  return entry && { state: JSON.parse(entry.state) as unknown, version: entry.version };
}

/**
 * Keeps from half of `limit` rows to all of it. Every half a limit the state is remembered with its row; at the next
 * such moment that row becomes a snapshot and all before it go.
 */
function trim(entry: Entry, at: number, limit: number): void {
  if (entry.seq - (entry.checkpoint?.seq ?? 0) < Math.floor(limit / 2)) return;
  if (entry.checkpoint) {
    entry.rows = entry.rows.slice(entry.checkpoint.seq - (entry.seq - entry.rows.length + 1));
    entry.rows[0] = entry.checkpoint.snapshot;
  }
  entry.checkpoint = { seq: entry.seq, snapshot: snapshotText(at, entry.state) };
}

type WatchListener = (key: string, version: number | undefined) => void;

function notify(watchers: ReadonlySet<WatchListener>, key: string, version: number | undefined): void {
  for (const watcher of watchers) {
    try {
      watcher(key, version);
    } catch {
      // The commit is done: an error of a watcher does not concern the committer.
    }
  }
}

interface ExpiringMap<V> {
  get(key: string): Expiring<V> | undefined;
  set(key: string, entry: Expiring<V>): void;
  delete(key: string): void;
}

/** A map that forgets entries whose time is over; sweeps when it has doubled, so that it stays in proportion. */
function createExpiringMap<V>(now: () => number): ExpiringMap<V> {
  const map = new Map<string, Expiring<V>>();
  let sweepAtSize = 1024;
  return {
    get(key) {
      const entry = map.get(key);
      return entry && entry.expiresAt > now() ? entry : undefined;
    },
    set(key, entry) {
      map.set(key, entry);
      if (map.size < sweepAtSize) return;
      for (const [other, { expiresAt }] of map) if (expiresAt <= now()) map.delete(other);
      sweepAtSize = Math.max(1024, map.size * 2);
    },
    delete: (key) => void map.delete(key),
  };
}
