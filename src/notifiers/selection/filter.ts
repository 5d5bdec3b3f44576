import { ConfigError } from '../../core/errors.js';
import type { Notification, NotificationEventName } from '../../ports/notifier.js';

/** Every event there is, and whether a notifier is told when it names none. */
const toldByDefault: Readonly<Record<NotificationEventName, boolean>> = {
  'tier-change': true,
  'session-change': true,
  exhausted: true,
  paused: true,
  resumed: true,
  'store-error': true,
  'notifier-error': true,
  // Once per attempt, not once per change: nobody wants these on a phone unasked.
  'attempt-failed': false,
  retry: false,
};

const criteria: readonly string[] = ['events', 'directions', 'kinds', 'instances'];
const directions = ['down', 'up', 'reset', 'wrap'] as const;

/**
 * Which notifications are wanted. Each criterion that is given must hold for an event that has such a thing: `kinds`
 * never hides a restoration, `directions` never hides a pause. Name `events` to leave those out.
 */
export interface NotifierFilter {
  /** Default: all but `attempt-failed` and `retry`. */
  events?: readonly NotificationEventName[] | undefined;
  /** Of `tier-change` and `session-change`. */
  directions?: readonly (typeof directions)[number][] | undefined;
  /** Failure kinds or external triggers, of step-downs, wraps, failed attempts, retries and `exhausted`. */
  kinds?: readonly string[] | undefined;
  /** Names of instances. Events that concern every instance pass. */
  instances?: readonly string[] | undefined;
}

/** Throws `ConfigError` for a criterion, event or direction that does not exist: it would hide too little or everything. */
export function parseFilter(filter: NotifierFilter | undefined): (notification: Notification) => boolean {
  if (filter === undefined) return ({ event }) => toldByDefault[event];
  if (typeof filter !== 'object' || filter === null) {
    throw new ConfigError([{ path: 'filter', message: `must be an object of ${criteria.join(', ')}` }]);
  }
  const unknown = Object.keys(filter).find((name) => !criteria.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError([{ path: `filter.${unknown}`, message: `unknown; known: ${criteria.join(', ')}` }]);
  }
  check('filter.events', filter.events, Object.keys(toldByDefault));
  check('filter.directions', filter.directions, directions);
  check('filter.kinds', filter.kinds);
  check('filter.instances', filter.instances);
  const events = filter.events === undefined ? undefined : new Set<string>(filter.events);
  return (notification) => {
    if (!(events === undefined ? toldByDefault[notification.event] : events.has(notification.event))) return false;
    const { direction, kind, instance } = facets(notification);
    return allows(filter.directions, direction) && allows(filter.kinds, kind) && allows(filter.instances, instance);
  };
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
      const failed = direction === 'down' || direction === 'wrap';
      return { direction, instance, kind: failed ? reason : undefined };
    }
    case 'session-change':
      return { direction: notification.payload.direction, instance: notification.payload.instance };
    case 'attempt-failed':
    case 'retry':
    case 'exhausted':
      return { kind: notification.payload.kind, instance: notification.payload.instance };
    case 'paused':
    case 'resumed': {
      const { target } = notification.payload;
      return { instance: typeof target === 'string' ? target : undefined };
    }
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
    throw new ConfigError([{ path, message: 'must be an array of strings' }]);
  }
  const wrong = known && values.find((value: string) => !known.includes(value));
  if (known && wrong !== undefined) {
    throw new ConfigError([{ path, message: `knows ${known.join(', ')}; not ${JSON.stringify(wrong)}` }]);
  }
}
