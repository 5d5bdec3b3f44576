import type { NotifierError } from '../core/errors.js';
import type { Clock } from './clock.js';
import type { FailoverEventName, FailoverEvents } from './events.js';

/** A model as a session watcher sees it: it knows no chain, so there is no index. */
export interface ModelName {
  /** As the host names them. */
  provider: string;
  model: string;
}

/** A session is answered by another model than before. Comes from a session watcher, never from a failover. */
export interface SessionChangeEvent {
  /** The agent, where the observation named one. */
  instance?: string;
  /** The conversation, as it was observed. */
  session: string;
  /** The model that answered before. */
  from: ModelName;
  /** The model that answers now. */
  to: ModelName;
  /** The first model this session was seen on. */
  primary: ModelName;
  /** `up`: back on `primary`; `down`: on any other. */
  direction: 'down' | 'up';
  /** Epoch milliseconds. */
  at: number;
}

/** The parts of a check's alert that a notice shows. */
export interface NoticedAlert {
  /** Identifies the alert: the same in every notice about it. */
  id: string;
  /** Name of the check that found it, e.g. `dormant-agent`. */
  check: string;
  severity: 'critical' | 'warning' | 'info';
  /** The agent; `null` where several are affected. */
  instance: string | null;
  /** `null` where it is about no domain. */
  domain: string | null;
  /** One line. */
  title: string;
  /** A sentence or two with the figures. */
  detail: string;
  /** When the condition began, epoch milliseconds. */
  firstSeenAt: number;
  /** When it was last seen, epoch milliseconds. */
  lastSeenAt: number;
}

/** A check began to report an alert, or no longer reports it. Comes from an alert book, never from a failover. */
export interface AlertEvent {
  alert: NoticedAlert;
}

/** Every event a notifier can be handed, by name: those of failovers, session watchers and alert books. */
export interface NotificationEvents extends FailoverEvents {
  'session-change': SessionChangeEvent;
  'alert-raised': AlertEvent;
  'alert-resolved': AlertEvent;
}

/** The name of an event a notifier can be handed. */
export type NotificationEventName = FailoverEventName | keyof NotificationEvents;

/** One event as a notifier receives it. */
export type Notification = {
  [E in NotificationEventName]: { event: E; payload: NotificationEvents[E] };
}[NotificationEventName];

/** A change of a notifier's health: reported once per change, never per message. */
export interface NotifierStateChange {
  /** `failing` also for messages that were dropped. */
  state: 'failing' | 'recovered';
  /** Why, with `failing`. */
  error?: NotifierError;
  /** Messages that could not be delivered before the notifier was closed. */
  dropped?: number;
}

/** What a source of events provides to the notifier it attaches. */
export interface NotifierHost {
  /** Times and timers of everything the notifier does for this host. */
  readonly clock: Clock;
  /** Called on each change of the notifier's health; a failover turns it into its `notifier-error` event. */
  onStateChange(change: NotifierStateChange): void;
}

/** One host's connection to a notifier. */
export interface NotifierConnection {
  /**
   * Accepts one event and returns at once: filtering, throttling, queueing and delivery happen later, outside the
   * caller's code. Must not throw. Hosts pass every event of local origin, `notifier-error` included; the notifier
   * skips the events it was not asked for and those about itself.
   */
  notify(notification: Notification): void;
  /** Sends what was held back and delivers the queue within the notifier's own deadline. Never rejects. */
  close(): Promise<void>;
}

/**
 * Sends messages to people. A host attaches it once, calls `notify` on the connection for each local event, and
 * awaits `close` of the connection when it closes itself:
 *
 * ```ts
 * const connection = notifier.attach({ clock, onStateChange: (change) => emit('notifier-error', { ... }) });
 * connection.notify({ event: 'tier-change', payload });
 * await connection.close();
 * ```
 *
 * One notifier may be attached to several failovers. They share its queue and throttle, so that a provider that is
 * down causes one message, and closing one connection leaves the others open.
 */
export interface Notifier {
  /** Names the channel in `notifier-error` events, e.g. `telegram`. */
  readonly name: string;
  /** Opens a connection. Must not throw and starts no timer before the first event. */
  attach(host: NotifierHost): NotifierConnection;
}
