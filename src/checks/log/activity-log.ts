import { rowText } from '../../core/activity/activity-row.js';
import type { ActivityTask } from '../../core/activity/activity-task.js';
import { parseTask } from '../../core/activity/parse-task.js';
import { ClosedError, ConfigError, StoreError, type ConfigIssue } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { ActivitySource } from '../../ports/activity.js';
import type { Clock } from '../../ports/clock.js';
import type { StateStore } from '../../ports/state-store.js';
import { DAY_MS } from '../agent/time.js';
import { contain } from '../contain.js';
import { systemClock } from '../../system-clock.js';
import { createQueue } from './queue.js';
import { activityStore, createStoreSource } from './store-source.js';

/** How much activity is kept. */
export interface ActivityRetention {
  /** Records that are older than the newest one by so much go, in milliseconds. Default 180 days; `Infinity`: none. */
  maxAgeMs?: number | undefined;
  /** Records kept of each agent; the oldest go first. Default 100,000; `Infinity`: all. */
  maxRecords?: number | undefined;
}

/** What `createActivityLog` takes. */
export interface ActivityLogOptions {
  /** Where records are kept: any of tierfall's stores, or another one with the methods of `ActivityStore`. */
  store: StateStore;
  retention?: ActivityRetention | undefined;
  /** Times of records without one, and when a batch is written. Default: the real time. */
  clock?: (Pick<Clock, 'now'> & Partial<Clock>) | undefined;
  /** Called once when the store begins to fail, with how many records are waiting. Default: nothing. */
  onError?: ((error: StoreError, waiting: number) => void) | undefined;
}

/** Records what agents did. */
export interface ActivityLog {
  /**
   * Takes in one task or several and returns at once; a batch is written a moment later. A task that is wrong refuses
   * the whole call with `ConfigError`.
   */
  record(task: ActivityTask | readonly ActivityTask[]): void;
  /** Resolves once everything recorded so far is stored; rejects with `StoreError` where that failed, and keeps it. */
  flush(): Promise<void>;
  /** Drops everything that is kept of an agent. */
  forget(instance: string): Promise<void>;
  /** Writes what is waiting and refuses more. Rejects like `flush`. The store stays open. */
  close(): Promise<void>;
  /** Read-only, for `runChecks` and `failureReport`. Also reads the ledgers of failovers on the same store. */
  readonly source: ActivitySource;
  /** Records that were dropped because the store failed for too long. */
  readonly dropped: number;
}

/** Records from which a batch is written at once, the most of one, and the time the first of a few waits for others. */
const BATCH = 500;
const LARGEST_BATCH = 2000;
const LINGER_MS = 250;
/** Records that wait while the store fails or does not answer; of more, the oldest are dropped. */
const MOST_WAITING = 50_000;
const RETRY_MS = 5000;
/** A batch that is not written by then does not count as being written. */
const STALLED_MS = 30_000;

/**
 * Records what agents did, in batches and off the caller's path, through any store that keeps activity.
 *
 * @throws {ConfigError} an option is wrong, or the store keeps no activity
 */
export function createActivityLog(options: ActivityLogOptions): ActivityLog {
  const { store: given, maxAgeMs, maxRecords, clock, onError } = parseOptions(options);
  const store = activityStore(given);
  const source = createStoreSource(store);
  const queue = createQueue();
  let writing: Promise<void> | undefined;
  let timer: unknown;
  let dropped = 0;
  let isClosed = false;
  let isFailing = false;
  /** The newest time on record that is not in the future: age is measured from there. */
  let newestAt = Number.NEGATIVE_INFINITY;
  let writingSince: number | undefined;
  let counter = 0;
  const own = `${clock.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;

  function schedule(delayMs: number): void {
    if (timer !== undefined) return;
    timer = clock.setTimeout(() => {
      timer = undefined;
      write().catch(() => undefined);
    }, delayMs);
  }

  /** Writes everything that is waiting, one batch after the other; a second caller waits for the same end. */
  async function write(): Promise<void> {
    writing ??= drain().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const { rows, end } = queue.first(LARGEST_BATCH);
      writingSince = clock.now();
      try {
        await store.appendActivity(rows, { cutoffAt: newestAt - maxAgeMs, maxAgeMs, maxRecords });
      } catch (cause) {
        const error = storeError(cause);
        if (!isFailing) contain(() => onError?.(error, queue.length));
        isFailing = true;
        if (!isClosed) schedule(RETRY_MS);
        throw error;
      } finally {
        writingSince = undefined;
      }
      isFailing = false;
      queue.removeUpTo(end);
    }
  }

  /** While the store takes nothing the oldest make room. A large import that has yet to be written loses none. */
  function makeRoom(now: number): void {
    const isStalled = writingSince !== undefined && now - writingSince > STALLED_MS;
    if ((isFailing || isStalled) && queue.length > MOST_WAITING)
      dropped += queue.dropOldest(queue.length - MOST_WAITING);
  }

  return {
    source,
    get dropped() {
      return dropped;
    },
    record(tasks) {
      if (isClosed) throw new ClosedError();
      const now = clock.now();
      const list: readonly unknown[] = Array.isArray(tasks) ? tasks : [tasks];
      const records = list.map((task, index) =>
        parseTask(
          task,
          Array.isArray(tasks) ? `tasks[${index}]` : 'task',
          now,
          () => `${own}-${(counter++).toString(36)}`,
        ),
      );
      for (const record of records) {
        queue.push({ instance: record.instance, id: record.id, at: record.at, text: rowText(record) });
        if (record.at <= now) newestAt = Math.max(newestAt, record.at);
      }
      makeRoom(now);
      if (queue.length >= BATCH && !isFailing) write().catch(() => undefined);
      else if (queue.length > 0) schedule(LINGER_MS);
    },
    async flush() {
      clock.clearTimeout(timer);
      timer = undefined;
      // What came while a batch was under way is written by a second round.
      while (queue.length > 0) await write();
    },
    async forget(instance) {
      if (typeof instance !== 'string' || instance === '') {
        throw new ConfigError([{ path: 'instance', message: 'must be the name of an agent' }]);
      }
      queue.removeAll((row) => row.instance === instance);
      await writing?.catch(() => undefined);
      try {
        await store.forgetActivity(instance);
      } catch (cause) {
        throw storeError(cause);
      }
    },
    async close() {
      isClosed = true;
      clock.clearTimeout(timer);
      timer = undefined;
      while (queue.length > 0) await write();
      await writing;
    },
  };
}

interface ParsedOptions {
  store: StateStore;
  maxAgeMs: number;
  maxRecords: number;
  clock: Clock;
  onError: ActivityLogOptions['onError'];
}

function parseOptions(options: ActivityLogOptions): ParsedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError([{ path: 'options', message: 'must be an object, e.g. { store }' }]);
  }
  const issues: ConfigIssue[] = [];
  issues.push(...unknownOptions(options, ['store', 'retention', 'clock', 'onError']));
  const { store, retention = {}, clock, onError } = options;
  if (typeof retention !== 'object' || retention === null) {
    issues.push({ path: 'retention', message: 'must be an object, e.g. { maxAgeMs, maxRecords }' });
  } else issues.push(...within('retention', unknownOptions(retention, ['maxAgeMs', 'maxRecords'])));
  const { maxAgeMs = 180 * DAY_MS, maxRecords = 100_000 } = retention ?? {};
  for (const [name, value] of Object.entries({ maxAgeMs, maxRecords })) {
    if (typeof value === 'number' && value >= 1) continue;
    issues.push({
      path: `retention.${name}`,
      message: `must be a number from 1 up, or Infinity, not ${String(value)}`,
    });
  }
  if (clock !== undefined && typeof clock?.now !== 'function') {
    issues.push({ path: 'clock', message: 'must have now(), e.g. { now: Date.now }' });
  }
  if (onError !== undefined && typeof onError !== 'function') {
    issues.push({ path: 'onError', message: 'must be a function' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
  const timers = clock?.setTimeout && clock.clearTimeout ? (clock as Clock) : systemClock;
  return {
    store,
    maxAgeMs,
    maxRecords,
    onError,
    clock: {
      now: () => (clock ?? systemClock).now(),
      setTimeout: (callback, delayMs, extra) => timers.setTimeout(callback, delayMs, extra),
      clearTimeout: (handle) => timers.clearTimeout(handle),
    },
  };
}

function within(path: string, issues: readonly ConfigIssue[]): ConfigIssue[] {
  return issues.map((issue) => ({ path: `${path}.${issue.path}`, message: issue.message }));
}

function storeError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const message = `activity could not be stored: ${cause instanceof Error ? cause.message : 'unknown'}`;
  return new StoreError({ operation: 'appendActivity', message, cause });
}
