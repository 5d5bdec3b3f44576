import type { Clock } from '../../ports/clock.js';
import type { FailoverEventName, FailoverEvents } from '../../ports/failover.js';
import type { Notification, Notifier, NotifierConnection } from '../../ports/notifier.js';
import type { FailoverEmitter } from './emitter.js';

const told: readonly FailoverEventName[] = [
  'tier-change',
  'attempt-failed',
  'retry',
  'exhausted',
  'paused',
  'resumed',
  'store-error',
  'notifier-error',
];

/**
 * Attaches notifiers to a failover's events. Only local ones are told: the process in which a thing happened tells
 * it, or N processes would send N alerts. Returns a function that closes every line.
 */
export function connectNotifiers(
  emitter: FailoverEmitter,
  clock: Clock,
  notifiers: readonly Notifier[],
): () => Promise<void> {
  const lines: NotifierConnection[] = notifiers.map((notifier) =>
    notifier.attach({
      clock,
      onStateChange: ({ state, error, dropped }) =>
        emitter.emit('notifier-error', {
          notifier: notifier.name,
          state,
          ...(error === undefined ? {} : { error }),
          ...(dropped === undefined ? {} : { dropped }),
          at: clock.now(),
        }),
    }),
  );
  if (lines.length > 0) {
    for (const event of told) emitter.on(event, (payload) => tell(lines, event, payload));
  }
  return async () => {
    // A host's own may throw, or have nothing to wait for: neither keeps the others from closing.
    await Promise.allSettled(lines.map(async (line) => line.close()));
  };
}

function tell<E extends FailoverEventName>(
  lines: readonly NotifierConnection[],
  event: E,
  payload: FailoverEvents[E],
): void {
  if ('origin' in payload && payload.origin === 'remote') return;
  for (const line of lines) {
    try {
      const result: unknown = line.notify({ event, payload } as Notification);
      // One that is an async function may reject, and nobody else would hear it but the process.
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // A notifier of the host's that throws must not keep the others from telling.
    }
  }
}
