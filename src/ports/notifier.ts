import type { NotifierError } from '../core/errors.js';
import type { Clock } from './clock.js';
import type { FailoverEventName, FailoverEvents } from './failover.js';

/** A model as a session watcher sees it: it knows no chain, so there is no index. */
export interface ModelName {
  /** As the host names them. */
  provider: string;
  model: string;
}

/** A session is answered by another model than before. Made by a session watcher, never by a failover. */
export interface SessionChangeEvent {
  instance?: string;
  session: string;
  from: ModelName;
  to: ModelName;
  /** The first model this session was seen on. */
  primary: ModelName;
  /** `up`: back on `primary`; `down`: on any other. */
  direction: 'down' | 'up';
  /** Epoch milliseconds. */
  at: number;
}

/** Every event a notifier can be handed, by name: the failover's own and the session watcher's. */
export interface NotificationEvents extends FailoverEvents {
  'session-change': SessionChangeEvent;
}

/** The name of an event a notifier can be handed. */
export type NotificationEventName = FailoverEventName | 'session-change';

/** One event as a notifier receives it. */
export type Notification = {
  [E in NotificationEventName]: { event: E; payload: NotificationEvents[E] };
}[NotificationEventName];

/** How a notifier is doing: told once per change, never per message. */
export interface NotifierStateChange {
  state: 'failing' | 'recovered';
  /** Why, with `failing`. */
  error?: NotifierError;
}

/** What a source of events lends the notifier it attaches. */
export interface NotifierHost {
  /** Times and timers of everything the notifier does for this host. */
  readonly clock: Clock;
  /** Called on each change of the notifier's health; a failover turns it into its `notifier-error` event. */
  onStateChange(change: NotifierStateChange): void;
}

/** The connection of one host to a notifier. */
export interface NotifierConnection {
  /**
   * Takes one event in and returns at once: filtering, throttling, queueing and delivery happen inside, off the
   * caller's path. Must not throw. Hosts hand in every event of local origin, `notifier-error` included; the
   * notifier leaves out what it was not asked for and anything about itself.
   */
  notify(notification: Notification): void;
  /** Says what was held back, delivers what is queued within the notifier's own deadline. Never rejects. */
  close(): Promise<void>;
}

/**
 * Sends notifications to people. A host attaches it once, calls `notify` of the connection for each local event, and
 * awaits its `close` when the host itself closes:
 *
 * ```ts
 * const connection = notifier.attach({ clock, onStateChange: (change) => emit('notifier-error', { ... }) });
 * connection.notify({ event: 'tier-change', payload });
 * await connection.close();
 * ```
 *
 * One notifier may be attached to several failovers: they share its queue and throttle, so that one dead provider is
 * announced once, and closing one connection leaves the others open.
 */
export interface Notifier {
  /** Names the channel in `notifier-error` events, e.g. `telegram`. */
  readonly name: string;
  /** Opens a connection. Must not throw and starts no timer before the first event. */
  attach(host: NotifierHost): NotifierConnection;
}
