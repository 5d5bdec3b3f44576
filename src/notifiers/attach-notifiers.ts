import { ConfigError } from '../core/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Failover, NotifierErrorEvent } from '../ports/failover.js';
import type { Notification, Notifier, NotifierConnection } from '../ports/notifier.js';
import { systemClock } from './time/system-clock.js';

/** What `attachNotifiers` may be told. */
export interface AttachOptions {
  /** Default: the real time. */
  clock?: Clock | undefined;
  /** Told when a notifier begins to fail and when it works again, once per change. */
  onError?: ((event: NotifierErrorEvent) => void) | undefined;
}

/** Notifiers that are attached. */
export interface AttachedNotifiers {
  /** Stops listening, then delivers what is queued within each notifier's own deadline. Never rejects. */
  close(): Promise<void>;
}

/**
 * Attaches notifiers to a failover that was created without them. They get what `createFailover({ notifiers })` would
 * hand them: every event of local origin.
 *
 * @throws {ConfigError} an argument is no failover or no notifier
 */
export function attachNotifiers(
  failover: Pick<Failover, 'on'>,
  notifiers: readonly Notifier[],
  { clock = systemClock, onError }: AttachOptions = {},
): AttachedNotifiers {
  if (typeof failover?.on !== 'function') {
    throw new ConfigError([{ path: 'failover', message: 'expected what createFailover returned' }]);
  }
  const lines = openLines(notifiers, clock, onError);
  const tell = (notification: Notification): void => {
    const { payload } = notification;
    if ('origin' in payload && payload.origin === 'remote') return;
    for (const line of lines) line.notify(notification);
  };
  const unsubscribe = [
    failover.on('tier-change', (payload) => tell({ event: 'tier-change', payload })),
    failover.on('attempt-failed', (payload) => tell({ event: 'attempt-failed', payload })),
    failover.on('retry', (payload) => tell({ event: 'retry', payload })),
    failover.on('exhausted', (payload) => tell({ event: 'exhausted', payload })),
    failover.on('paused', (payload) => tell({ event: 'paused', payload })),
    failover.on('resumed', (payload) => tell({ event: 'resumed', payload })),
    failover.on('store-error', (payload) => tell({ event: 'store-error', payload })),
    failover.on('notifier-error', (payload) => tell({ event: 'notifier-error', payload })),
  ];
  return {
    async close() {
      for (const stop of unsubscribe) stop();
      await closeLines(lines);
    },
  };
}

/** A line to each notifier; its changes of health go to `onError`. @throws {ConfigError} something is no notifier */
export function openLines(
  notifiers: readonly Notifier[],
  clock: Clock,
  onError: ((event: NotifierErrorEvent) => void) | undefined,
): NotifierConnection[] {
  if (!Array.isArray(notifiers) || !notifiers.every((notifier) => typeof notifier?.attach === 'function')) {
    const message = 'expected a list of notifiers, e.g. [createConsoleNotifier()]';
    throw new ConfigError([{ path: 'notifiers', message }]);
  }
  return notifiers.map((notifier: Notifier) => {
    const line = notifier.attach({
      clock,
      onStateChange: (change) => onError?.({ notifier: notifier.name, ...change, at: clock.now() }),
    });
    return {
      notify(notification) {
        try {
          const result: unknown = line.notify(notification);
          // One that is an async function may reject, and nobody else would hear it but the process.
          if (result instanceof Promise) result.catch(() => undefined);
        } catch {
          // A host's own notifier that breaks its promise must not keep the others from theirs.
        }
      },
      close: async () => line.close(),
    };
  });
}

/** Closes every line; one that rejects keeps no other from closing. */
export async function closeLines(lines: readonly NotifierConnection[]): Promise<void> {
  await Promise.allSettled(lines.map((line) => line.close()));
}
