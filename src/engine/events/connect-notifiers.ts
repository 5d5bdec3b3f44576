import type { Clock } from '../../ports/clock.js';
import type { FailoverEventName, FailoverEvents } from '../../ports/failover.js';
import type { Notification, Notifier, NotifierConnection } from '../../ports/notifier.js';
import { catchRejection } from './catch-rejection.js';
import { eventNames, type FailoverEmitter } from './emitter.js';

/**
 * Attaches notifiers to a failover's events. Only local ones are passed on: the process in which a change was made
 * announces it, or N processes would send N alerts. Returns a function that closes every connection.
 *
 * @throws what a notifier's `attach` threw, after closing those that were attached before it
 */
export function connectNotifiers(
  emitter: FailoverEmitter,
  clock: Clock,
  notifiers: readonly Notifier[],
): () => Promise<void> {
  const connections: NotifierConnection[] = [];
  // A host's own notifier may throw, or return nothing: neither keeps the others from closing.
  const disconnect = async () => {
    await Promise.allSettled(connections.map(async (connection) => connection.close()));
  };
  try {
    for (const notifier of notifiers) connections.push(attach(notifier, emitter, clock));
  } catch (error) {
    // Nobody gets a failover that could close them.
    void disconnect();
    throw error;
  }
  if (connections.length > 0) {
    for (const event of eventNames) emitter.on(event, (payload) => notify(connections, event, payload));
  }
  return disconnect;
}

function attach(notifier: Notifier, emitter: FailoverEmitter, clock: Clock): NotifierConnection {
  return notifier.attach({
    clock,
    onStateChange: ({ state, error, dropped }) =>
      emitter.emit('notifier-error', {
        notifier: notifier.name,
        state,
        ...(error === undefined ? {} : { error }),
        ...(dropped === undefined ? {} : { dropped }),
        at: clock.now(),
      }),
  });
}

function notify<E extends FailoverEventName>(
  connections: readonly NotifierConnection[],
  event: E,
  payload: FailoverEvents[E],
): void {
  if ('origin' in payload && payload.origin === 'remote') return;
  for (const connection of connections) {
    try {
      catchRejection(connection.notify({ event, payload } as Notification));
    } catch {
      // A notifier of the host's that throws must not keep the event from the others.
    }
  }
}
