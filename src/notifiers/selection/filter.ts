import { ConfigError, configError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import { isRotation } from './event-keys.js';
import type { Notification, NotificationEventName } from '../../ports/notifier.js';

/** Every event there is, and whether a notifier without `filter.events` sends it. */
const sentByDefault: Readonly<Record<NotificationEventName, boolean>> = {
  'tier-change': true,
  'session-change': true,
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
  'alert-raised': true,
  'alert-resolved': true,
  // Once per attempt, not once per change: too many messages for a default.
  'attempt-failed': false,
  retry: false,
};

const criteria: Readonly<Record<keyof NotifierFilter, true>> = {
  events: true,
  directions: true,
  kinds: true,
  instances: true,
};
const directions = ['down', 'up', 'reset'] as const;

/**
 * Which notifications to send. A criterion applies only to events that have such a field: `kinds` never hides a
 * return to a better tier, `directions` never hides a pause. To leave those out, name `events`.
 */
export interface NotifierFilter {
  /** Default: all but `attempt-failed`, `retry`, and the `tier-change` from one key of a model to another. */
  events?: readonly NotificationEventName[] | undefined;
  /** Of `tier-change` and `session-change`. */
  directions?: readonly (typeof directions)[number][] | undefined;
  /** Failure kinds or external triggers, of step-downs, failed attempts, retries and `exhausted`. */
  kinds?: readonly string[] | undefined;
  /** Names of instances. Events that concern every instance pass. */
  instances?: readonly string[] | undefined;
}

/** @throws {ConfigError} a criterion, event or direction does not exist; it would hide nothing, or everything */
export function parseFilter(filter: NotifierFilter | undefined): (notification: Notification) => boolean {
  if (filter === undefined) return isSentByDefault;
  if (typeof filter !== 'object' || filter === null) {
    throw configError('filter', `must be an object of ${Object.keys(criteria).join(', ')}`);
  }
  const unknown = unknownOptions(filter, Object.keys(criteria));
  if (unknown.length > 0) {
    throw new ConfigError(unknown.map(({ path, message }) => ({ path: `filter.${path}`, message })));
  }
  check('filter.events', filter.events, Object.keys(sentByDefault));
  check('filter.directions', filter.directions, directions);
  check('filter.kinds', filter.kinds);
  check('filter.instances', filter.instances);
  const events = filter.events === undefined ? undefined : new Set<string>(filter.events);
  return (notification) => {
    if (!(events === undefined ? isSentByDefault(notification) : events.has(notification.event))) {
      return false;
    }
    const { direction, kind, instance } = facets(notification);
    return allows(filter.directions, direction) && allows(filter.kinds, kind) && allows(filter.instances, instance);
  };
}

/** From key to key of one model nothing changes that a person would have to know of. */
function isSentByDefault(notification: Notification): boolean {
  if (notification.event === 'tier-change' && isRotation(notification.payload)) return false;
  return sentByDefault[notification.event] ?? false;
}

interface Facets {
  direction?: string | undefined;
  kind?: string | undefined;
  instance?: string | undefined;
}

function facets(notification: Notification): Facets {
  switch (notification.event) {
    case 'tier-change': {
      const { direction, reason, instance } = notification.payload;
      const failed = direction !== 'up' && direction !== 'reset';
      return { direction, instance, kind: failed ? reason : undefined };
    }
    case 'session-change':
      return { direction: notification.payload.direction, instance: notification.payload.instance };
    case 'attempt-failed':
    case 'retry':
    case 'exhausted':
      return { kind: notification.payload.kind, instance: notification.payload.instance };
    case 'available':
      return { instance: 'instance' in notification.payload ? notification.payload.instance : undefined };
    case 'paused':
    case 'resumed': {
      const { target } = notification.payload;
      return { instance: typeof target === 'string' ? target : undefined };
    }
    case 'alert-raised':
    case 'alert-resolved':
      return { instance: notification.payload.alert.instance ?? undefined };
    default:
      return {};
  }
}

function allows(wanted: readonly string[] | undefined, value: string | undefined): boolean {
  return wanted === undefined || value === undefined || wanted.includes(value);
}

function check(path: string, values: unknown, known?: readonly string[]): void {
  if (values === undefined) return;
  if (!Array.isArray(values) || values.some((value) => typeof value !== 'string')) {
    throw configError(path, 'must be an array of strings');
  }
  const wrong = known && values.find((value: string) => !known.includes(value));
  if (known && wrong !== undefined) {
    throw configError(path, `knows ${known.join(', ')}; not ${JSON.stringify(String(wrong).slice(0, 60))}`);
  }
}
