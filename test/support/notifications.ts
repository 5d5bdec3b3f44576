import type { NoticedAlert, Notification, NotificationEvents } from '../../src/ports/notifier.js';

export const gpt = { index: 0, provider: 'openai', model: 'gpt-5' };
export const claude = { index: 1, provider: 'anthropic', model: 'claude-opus-4-5' };

type Given<E extends keyof NotificationEvents> = Partial<NotificationEvents[E]>;

/** A step down from gpt to claude, an hour of rest. */
export function steppedDown(given: Given<'tier-change'> = {}): Notification {
  const at = given.at ?? Date.UTC(2026, 10, 22, 2, 0, 0);
  const event = { instance: 'support-bot', from: gpt, to: claude, direction: 'down', reason: 'quota' } as const;
  return {
    event: 'tier-change',
    payload: { ...event, source: 'auto', origin: 'local', until: at + 3_600_000, ...given, at },
  };
}

/** The way back. */
export function restored(given: Given<'tier-change'> = {}): Notification {
  const at = given.at ?? Date.UTC(2026, 10, 22, 3, 0, 0);
  const event = { instance: 'support-bot', from: claude, to: gpt, direction: 'up', reason: 'recovered' } as const;
  return { event: 'tier-change', payload: { ...event, source: 'auto', origin: 'local', ...given, at } };
}

/** An alert of a check, raised or resolved. */
export function alertOf(event: 'alert-raised' | 'alert-resolved', given: Partial<NoticedAlert> = {}): Notification {
  const alert: NoticedAlert = {
    id: 'dormant-agent/support-bot',
    check: 'dormant-agent',
    severity: 'warning',
    instance: 'support-bot',
    domain: null,
    title: 'support-bot has been silent for 6 h',
    detail: 'It usually works every 20 min at this time of the week.',
    firstSeenAt: Date.UTC(2026, 10, 22, 1, 0, 0),
    lastSeenAt: Date.UTC(2026, 10, 22, 2, 0, 0),
    ...given,
  };
  return { event, payload: { alert } };
}
