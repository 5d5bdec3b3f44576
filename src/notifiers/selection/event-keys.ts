import type { ModelName, Notification } from '../../ports/notifier.js';

/** What the throttle groups notifications by. */
export interface EventKeys {
  /** Notifications with equal keys are one event, which is sent at most once per window. */
  key: string;
  /** Events that share a digest: the same event of other instances or sessions. */
  group: string;
  /** What the event is about: a later notification of the same subject replaces an earlier one that still waits. */
  subject: string;
}

/** The keys of a notification. */
export function eventKeys(notification: Notification): EventKeys {
  const { event } = notification;
  switch (notification.event) {
    case 'tier-change': {
      const { instance, direction, from, to } = notification.payload;
      // Which key of a model was left last is no other event.
      const [left, taken] = isRotation(notification.payload) ? [model(from), model(to)] : [pair(from), pair(to)];
      const group = join(event, direction, ...left, ...taken);
      return { key: join(group, instance), group, subject: join('tier', instance) };
    }
    case 'session-change': {
      const { instance = '', session, direction, from, to } = notification.payload;
      const subject = join('session', instance, session);
      return {
        key: join(event, direction, subject),
        group: join(event, direction, ...model(from), ...model(to)),
        subject,
      };
    }
    case 'attempt-failed':
    case 'retry': {
      const { instance, tier, kind } = notification.payload;
      const group = join(event, kind, ...model(tier));
      const key = join(group, instance);
      return { key, group, subject: key };
    }
    case 'exhausted':
    case 'available': {
      const instance = 'instance' in notification.payload ? notification.payload.instance : '';
      return { key: join(event, instance), group: event, subject: join('exhausted', instance) };
    }
    case 'budget-warning':
    case 'budget-exceeded':
    case 'budget-unpriced': {
      const { instance, tier } = notification.payload;
      const group = join(event, ...model(tier));
      // An answer without a price says nothing about what is used up.
      const subject = join(event === 'budget-unpriced' ? group : 'budget', instance);
      return { key: join(group, instance), group, subject };
    }
    case 'paused':
    case 'resumed': {
      const { source } = notification.payload;
      const target = JSON.stringify(notification.payload.target);
      // A person's pause beside a machine's is another event: the machine lifts its own only.
      return { key: join(event, target, source), group: event, subject: join('pause', target) };
    }
    case 'alert-raised':
    case 'alert-resolved': {
      const { id, check, severity } = notification.payload.alert;
      return { key: join(event, severity, id), group: join(event, severity, check), subject: join('alert', id) };
    }
    case 'config-updated':
      return { key: join(event, String(notification.payload.version)), group: event, subject: event };
    case 'store-error':
      return { key: join(event, notification.payload.state), group: event, subject: event };
    default: {
      // A notifier-error: the filter lets no other event through.
      const { notifier, state } = notification.payload;
      return { key: join(event, state, notifier), group: event, subject: join(event, notifier) };
    }
  }
}

/** True of a change from one key of a model to another. */
export function isRotation({ from, to }: { from: ModelName; to: ModelName }): boolean {
  return from.provider === to.provider && from.model === to.model;
}

function pair({ provider, model: name }: ModelName): string[] {
  return [provider, name];
}

function model(name: ModelName & { credential?: string }): string[] {
  return [name.provider, name.model, name.credential ?? ''];
}

/** Each part is quoted, so that no name can look like two. */
function join(...parts: string[]): string {
  return JSON.stringify(parts);
}
