import type { Alert, AlertCategory, AlertSeverity } from '../../core/alert.js';
import { ConfigError, configError, StoreError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { Clock } from '../../ports/clock.js';
import type { NotifierErrorEvent } from '../../ports/failover.js';
import type { Notifier, NotifierConnection } from '../../ports/notifier.js';
import type { StateStore } from '../../ports/state-store.js';
import { contain } from '../contain.js';
import { inUrgency } from '../make-alert.js';
import type { CheckResult } from '../run-checks.js';
import { systemClock } from '../../system-clock.js';
import { applyResult, parseBook, type BookState } from './book-state.js';

/** What `createAlertBook` takes. */
export interface AlertBookOptions {
  /** Where what is active is kept, so that a restart and other processes notify nobody twice. Default: in memory. */
  store?: StateStore | undefined;
  /** Called for each alert, once when it is raised and once when it is resolved. Default: none. */
  notifiers?: readonly Notifier[] | undefined;
  /** For the notifiers, for how long the store may take, and for runs from the future. Default: the real time. */
  clock?: Clock | undefined;
  /** Called when the store fails, and when a notifier begins to fail or works again. */
  onError?: ((error: StoreError | NotifierErrorEvent) => void) | undefined;
}

/**
 * Which alerts to answer with. What is left out does not matter; `null` is one that is about no agent, or no domain.
 */
export interface AlertFilter {
  severity?: AlertSeverity | undefined;
  category?: AlertCategory | undefined;
  instance?: string | null | undefined;
  domain?: string | null | undefined;
}

/** Keeps what is active between runs of the checks. */
export interface AlertBook {
  /**
   * Takes in a run: what is new in it is raised, what was absent from it and from the one before is resolved. A run
   * that is older than the last one changes nothing, unless that one lies in the future by more than ten minutes. When
   * the store fails, it goes on from memory and writes with the next run.
   */
  update(result: CheckResult): Promise<{ raised: Alert[]; resolved: Alert[] }>;
  /** What is active, most urgent first. */
  active(filter?: AlertFilter): Promise<Alert[]>;
  /** When the newest run that was taken in was, by any process, epoch milliseconds; `null` before the first. */
  checkedAt(): Promise<number | null>;
  /** Delivers what notifiers still hold. Never rejects. The store stays open. */
  close(): Promise<void>;
}

const KEY = 'activity:alerts';
/** How long a request to the store may take, in milliseconds: as long as a failover gives it by default. */
const STORE_TIMEOUT_MS = 5000;
/** Commits that may meet another process's before this one gives up until the next run. */
const MOST_CONFLICTS = 20;
const filterNames = ['severity', 'category', 'instance', 'domain'] as const satisfies readonly (keyof AlertFilter)[];

/**
 * Keeps what is active, new and resolved between runs of the checks, and notifies.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function createAlertBook(options: AlertBookOptions = {}): AlertBook {
  checkOptions(options);
  const { store, notifiers = [], clock = systemClock, onError } = options;
  const connections = connect(notifiers, clock, onError);
  /** As it is stored, or would be; `undefined`: not read yet. */
  let known: { state: BookState; version: number } | undefined;
  /** The store does not have `known` yet. */
  let isBehind = false;
  let busy: Promise<unknown> = Promise.resolve();

  async function load(from: StateStore): Promise<{ state: BookState; version: number }> {
    const stored = await inTime('load', from.load(KEY));
    return { state: parseBook(stored?.state), version: stored?.version ?? 0 };
  }

  /** Settles like a request to the store, or rejects where that takes too long: no run and no page waits for ever. */
  async function inTime<T>(operation: 'load' | 'commit', request: Promise<T>): Promise<T> {
    let timer: unknown;
    const late = new Promise<never>((_, reject) => {
      const message = `the store did not answer a ${operation} of the alerts within ${STORE_TIMEOUT_MS} ms`;
      const giveUp = () => reject(new StoreError({ operation, key: KEY, message }));
      timer = clock.setTimeout(giveUp, STORE_TIMEOUT_MS, { keepAlive: true });
    });
    try {
      return await Promise.race([request, late]);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  function failed(cause: unknown): void {
    const isOurs = cause instanceof StoreError;
    const message = `alerts could not be stored: ${cause instanceof Error ? cause.message : 'unknown'}`;
    contain(() => onError?.(isOurs ? cause : new StoreError({ operation: 'commit', key: KEY, message, cause })));
  }

  async function take(result: CheckResult): Promise<{ raised: Alert[]; resolved: Alert[] }> {
    if (!store) {
      const change = applyResult(known?.state ?? parseBook(undefined), result, clock.now());
      known = { state: change.state, version: 0 };
      return change;
    }
    try {
      for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
        const stored = await load(store);
        // What was raised while the store failed is not raised again; what another process did meanwhile counts too.
        const from = isBehind && known ? merged(stored.state, known.state) : stored.state;
        const change = applyResult(from, result, clock.now());
        const committed = await inTime('commit', store.commit(KEY, stored.version, { ...change.state }, []));
        if (!committed.ok) continue;
        known = { state: change.state, version: committed.version };
        isBehind = false;
        return change;
      }
      throw new StoreError({ operation: 'commit', key: KEY, message: 'alerts: other processes commit all the time' });
    } catch (error) {
      failed(error);
      const change = applyResult(known?.state ?? parseBook(undefined), result, clock.now());
      known = { state: change.state, version: known?.version ?? 0 };
      isBehind = true;
      return change;
    }
  }

  /** The book as it is now, other processes' runs included where the store can be read. */
  async function present(): Promise<BookState> {
    await busy;
    if (store && !isBehind) {
      const before = known;
      try {
        const read = await load(store);
        // A run that was taken in meanwhile knows more than what was read before it.
        if (known === before) known = read;
      } catch (error) {
        failed(error);
      }
    }
    return known?.state ?? parseBook(undefined);
  }

  return {
    async update(result) {
      checkResult(result);
      const before = busy;
      const turn = before.then(async () => {
        const { raised, resolved } = await take(result);
        for (const alert of raised) notify(connections, 'alert-raised', alert);
        for (const alert of resolved) notify(connections, 'alert-resolved', alert);
        return { raised, resolved };
      });
      busy = turn.catch(() => undefined);
      return turn;
    },
    async active(filter = {}) {
      checkFilter(filter);
      const { entries } = await present();
      const alerts = entries.map(({ alert }) => alert);
      return inUrgency(alerts.filter((alert) => filterNames.every((name) => matches(alert, name, filter[name]))));
    },
    async checkedAt() {
      const { checkedAt } = await present();
      return checkedAt === 0 ? null : checkedAt;
    },
    async close() {
      await busy;
      await Promise.allSettled(connections.map(async (connection) => connection.close()));
    },
  };
}

function merged(stored: BookState, local: BookState): BookState {
  const ids = new Set(local.entries.map(({ alert }) => alert.id));
  const entries = [...local.entries, ...stored.entries.filter(({ alert }) => !ids.has(alert.id))];
  return { ...local, checkedAt: Math.max(stored.checkedAt, local.checkedAt), entries };
}

function matches(alert: Alert, name: (typeof filterNames)[number], wanted: string | null | undefined): boolean {
  return wanted === undefined || alert[name] === wanted;
}

function connect(
  notifiers: readonly Notifier[],
  clock: Clock,
  onError: AlertBookOptions['onError'],
): NotifierConnection[] {
  return notifiers.map((notifier) =>
    notifier.attach({
      clock,
      onStateChange: (change) => contain(() => onError?.({ notifier: notifier.name, ...change, at: clock.now() })),
    }),
  );
}

function notify(
  connections: readonly NotifierConnection[],
  event: 'alert-raised' | 'alert-resolved',
  alert: Alert,
): void {
  for (const connection of connections) contain(() => connection.notify({ event, payload: { alert } }));
}

function checkOptions(options: AlertBookOptions): void {
  if (typeof options !== 'object' || options === null)
    throw configError('options', 'must be an object, e.g. { store }');
  const issues = unknownOptions(options, ['store', 'notifiers', 'clock', 'onError']);
  const { store, notifiers, clock, onError } = options;
  if (store !== undefined && (typeof store?.load !== 'function' || typeof store.commit !== 'function')) {
    issues.push({ path: 'store', message: 'must be a store, e.g. createSqliteStore({ path })' });
  }
  if (
    notifiers !== undefined &&
    (!Array.isArray(notifiers) || !notifiers.every((notifier) => typeof notifier?.attach === 'function'))
  ) {
    issues.push({ path: 'notifiers', message: 'must be a list of notifiers, e.g. [createConsoleNotifier()]' });
  }
  const needed = ['now', 'setTimeout', 'clearTimeout'] as const;
  if (clock !== undefined && !needed.every((name) => typeof clock?.[name] === 'function')) {
    issues.push({ path: 'clock', message: 'must have now, setTimeout and clearTimeout' });
  }
  if (onError !== undefined && typeof onError !== 'function')
    issues.push({ path: 'onError', message: 'must be a function' });
  if (issues.length > 0) throw new ConfigError(issues);
}

function checkResult(result: CheckResult): void {
  if (
    typeof result === 'object' &&
    result !== null &&
    Array.isArray(result.alerts) &&
    Number.isFinite(result.checkedAt)
  ) {
    return;
  }
  throw configError('result', 'must be what runChecks resolved to');
}

function checkFilter(filter: AlertFilter): void {
  if (typeof filter !== 'object' || filter === null)
    throw configError('filter', `must be an object of ${filterNames.join(', ')}`);
  const unknown = unknownOptions(filter, filterNames);
  if (unknown.length > 0) throw new ConfigError(unknown);
}
