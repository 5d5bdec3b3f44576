import { configError } from '../core/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Failover, FailoverEventName, NotifierErrorEvent } from '../ports/failover.js';
import type { Notification, Notifier, NotifierConnection } from '../ports/notifier.js';
import { contain } from './contain.js';
import { checkOptions } from './notifier-options.js';
import { systemClock } from '../system-clock.js';
import { isClock } from './time/is-clock.js';

/** What `attachNotifiers` takes. */
export interface AttachOptions {
  /** Default: the real time. */
  clock?: Clock | undefined;
  /** Called when a notifier begins to fail, works again, or drops messages as it is closed. */
  onError?: ((event: NotifierErrorEvent) => void) | undefined;
}

/** Notifiers that are attached. */
export interface AttachedNotifiers {
  /** Stops listening, then delivers what is queued within each notifier's own deadline. Never rejects. */
  close(): Promise<void>;
}

const attachOptions = ['clock', 'onError'] as const satisfies readonly (keyof AttachOptions)[];

/** Every event of a failover; a new one does not compile until it stands here. */
const forwarded: Readonly<Record<FailoverEventName, true>> = {
  'tier-change': true,
  'attempt-failed': true,
  retry: true,
  exhausted: true,
  available: true,
  paused: true,
  resumed: true,
  'store-error': true,
  'notifier-error': true,
  'budget-warning': true,
  'budget-exceeded': true,
  'budget-unpriced': true,
  'config-updated': true,
};

/**
 * Attaches notifiers to a failover that was created without them. They get what `createFailover({ notifiers })` would
 * pass them: every event of local origin.
 *
 * @throws {ConfigError} an argument is no failover or no notifier, or an option is unknown or wrong
 */
export function attachNotifiers(
  failover: Pick<Failover, 'on'>,
  notifiers: readonly Notifier[],
  options: AttachOptions = {},
): AttachedNotifiers {
  if (typeof failover?.on !== 'function') throw configError('failover', 'expected what createFailover returned');
  checkOptions(options, attachOptions);
  const { clock = systemClock, onError } = options;
  const connections = connectNotifiers(notifiers, clock, onError);
  const events = Object.keys(forwarded) as FailoverEventName[];
  const unsubscribe = events.map((event) =>
    failover.on(event, (payload) => {
      if ('origin' in payload && payload.origin === 'remote') return;
      for (const connection of connections) connection.notify({ event, payload } as Notification);
    }),
  );
  return {
    async close() {
      for (const stop of unsubscribe) stop();
      await closeConnections(connections);
    },
  };
}

/**
 * A connection to each notifier; changes of its health go to `onError`.
 *
 * @throws {ConfigError} something is no notifier, or `clock` or `onError` is wrong
 * @throws what a notifier's `attach` threw, after closing those that were attached before it
 */
export function connectNotifiers(
  notifiers: readonly Notifier[],
  clock: Clock,
  onError: ((event: NotifierErrorEvent) => void) | undefined,
): NotifierConnection[] {
  if (!Array.isArray(notifiers) || !notifiers.every((notifier) => typeof notifier?.attach === 'function')) {
    throw configError('notifiers', 'expected a list of notifiers, e.g. [createConsoleNotifier()]');
  }
  if (!isClock(clock)) throw configError('clock', 'expected an object with now, setTimeout and clearTimeout');
  if (onError !== undefined && typeof onError !== 'function') throw configError('onError', 'expected a function');
  const connections: NotifierConnection[] = [];
  try {
    for (const notifier of notifiers as readonly Notifier[]) {
      const connection = notifier.attach({
        clock,
        onStateChange: (change) => contain(() => onError?.({ notifier: notifier.name, ...change, at: clock.now() })),
      });
      // A notifier of the host's that throws or rejects must not keep the others from their work.
      connections.push({
        notify: (notification) => contain(() => connection.notify(notification)),
        close: async () => connection.close(),
      });
    }
  } catch (error) {
    // Nobody gets anything that could close them.
    void closeConnections(connections);
    throw error;
  }
  return connections;
}

/** Closes every connection; one that rejects keeps no other from closing. */
export async function closeConnections(connections: readonly NotifierConnection[]): Promise<void> {
  await Promise.allSettled(connections.map((connection) => connection.close()));
}
