import type { ModelName, Notification } from '../../ports/notifier.js';

/** What the throttle goes by. */
export interface EventKeys {
  /** Equal keys are one event: told at most once per window. */
  key: string;
  /** What one digest speaks of: the same event of other instances or sessions. */
  group: string;
  /** Whose last word it is: a later notification of the same subject makes an earlier one that still waits stale. */
  subject: string;
}

/** The keys of a notification. */
export function eventKeys(notification: Notification): EventKeys {
  const { event } = notification;
  switch (notification.event) {
    case 'tier-change': {
      const { instance, direction, from, to } = notification.payload;
      const group = join(event, direction, pair(from, to));
      return { key: join(group, instance), group, subject: join('tier', instance) };
    }
    case 'session-change': {
      const { instance = '', session, direction, from, to } = notification.payload;
      const subject = join('session', instance, session);
      return { key: join(event, direction, subject), group: join(event, direction, pair(from, to)), subject };
    }
    case 'attempt-failed':
    case 'retry': {
      const { instance, tier, kind } = notification.payload;
      const group = join(event, kind, tier.provider, tier.model);
      const key = join(group, instance);
      return { key, group, subject: key };
    }
    case 'exhausted': {
      const key = join(event, notification.payload.instance);
      return { key, group: event, subject: key };
    }
    case 'paused':
    case 'resumed': {
      const target = JSON.stringify(notification.payload.target);
      return { key: join(event, target), group: event, subject: join('pause', target) };
    }
    case 'store-error':
      return { key: join(event, notification.payload.state), group: event, subject: event };
    default: {
      const { notifier, state } = notification.payload;
      return { key: join(event, state, notifier), group: event, subject: join(event, notifier) };
    }
  }
}

function pair(from: ModelName, to: ModelName): string {
  return join(from.provider, from.model, to.provider, to.model);
}

/** Parts are quoted, so that no name can pass for two. */
function join(...parts: string[]): string {
  return JSON.stringify(parts);
}
