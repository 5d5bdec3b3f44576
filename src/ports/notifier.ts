import type { FailoverEventName, FailoverEvents } from './failover.js';

/** One event as a notifier receives it. */
export type Notification = {
  [E in FailoverEventName]: { event: E; payload: FailoverEvents[E] };
}[FailoverEventName];

/** Tells people. Called off the call path with local events only; whatever it throws is contained. */
export interface Notifier {
  /** Names the channel in `notifier-error` events, e.g. `telegram`. */
  readonly name: string;
  /** Which notifications it wants. Default: all. */
  accepts?(notification: Notification): boolean;
  /** Delivers or rejects with `NotifierError`; must respect `signal`. */
  send(notification: Notification, options: { signal: AbortSignal }): Promise<void>;
  /** Delivers what is queued, within its own deadline. */
  close?(): Promise<void>;
}
