import { describe, expect, it } from 'vitest';
import { NotifierError, StoreError } from '../../src/core/errors.js';
import { FOREVER } from '../../src/core/tier/state.js';
import { createTelegramNotifier, createWebhookNotifier, type NotifierOptions } from '../../src/notifiers/index.js';
import type { BudgetEvent } from '../../src/ports/events.js';
import type { Notification } from '../../src/ports/notifier.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle, until } from '../support/event-loop.js';
import { attach, fakeFetch } from '../support/notifier-host.js';
import { alertOf, claude, gpt, steppedDown } from '../support/notifications.js';
import { shown } from '../support/shown-message.js';

const at = Date.UTC(2026, 10, 22, 2);
const origin = 'local' as const;
const attempts: NotifierOptions = { filter: { events: ['attempt-failed', 'retry'] } };

function budget(given: Partial<BudgetEvent>): BudgetEvent {
  const limits = { used: 91_000.4, limit: 100_000, softLimit: 90_000, count: 'total' } as const;
  return { instance: 'bot', scope: 'instance', tier: gpt, ...limits, windowEndAt: at + 60_000, at, origin, ...given };
}

describe('a message', () => {
  it.each<[string, Notification, string, string[], NotifierOptions?]>([
    [
      'says which attempt failed, and with which status',
      {
        event: 'attempt-failed',
        payload: { instance: 'bot', tier: gpt, kind: 'quota', rule: 'r', status: 429, durationMs: 1, at },
      },
      'warn',
      [
        '⚠️ An attempt failed',
        'bot: openai/gpt-5 failed: the quota or the credit is used up (quota)',
        'Status: 429',
        'When: 2026-11-22 02:00:00 UTC',
      ],
      attempts,
    ],
    [
      'names no status where there was none',
      {
        event: 'attempt-failed',
        payload: { instance: 'bot', tier: gpt, kind: 'network', rule: 'r', durationMs: 1, at },
      },
      'warn',
      [
        '⚠️ An attempt failed',
        'bot: openai/gpt-5 failed: the provider could not be reached (network)',
        'When: 2026-11-22 02:00:00 UTC',
      ],
      attempts,
    ],
    [
      'says which attempt follows',
      { event: 'retry', payload: { instance: 'bot', tier: gpt, kind: 'timeout', attempt: 3, delayMs: 1, at } },
      'warn',
      [
        '🔁 Attempt 3 follows',
        'bot: openai/gpt-5 is asked again: the provider did not answer in time (timeout)',
        'When: 2026-11-22 02:00:00 UTC',
      ],
      attempts,
    ],
    [
      'says how much of a budget is used',
      { event: 'budget-warning', payload: budget({}) },
      'warn',
      [
        '⛽ A budget is nearly used up',
        'Agent: bot',
        'Used: 91000 of 100000 tokens',
        'At: openai/gpt-5',
        'The window ends: 2026-11-22 02:01:00 UTC',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'says whose budget of a group is used up, in its own unit',
      { event: 'budget-exceeded', payload: budget({ scope: 'group', group: 'writers', count: 'output', used: 1e5 }) },
      'warn',
      [
        '⛽ A budget is used up',
        'Agent: bot',
        'Group: writers',
        'Used: 100000 of 100000 output tokens',
        'At: openai/gpt-5',
        'The window ends: 2026-11-22 02:01:00 UTC',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'writes dollars with cents',
      {
        event: 'budget-exceeded',
        payload: budget({ count: 'costUsd', used: 5.004, limit: 5, windowEndAt: Number.NaN }),
      },
      'warn',
      [
        '⛽ A budget is used up',
        'Agent: bot',
        'Used: $5.00 of $5.00',
        'At: openai/gpt-5',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'writes dollars of a small budget as precisely as its limit, and that all agents share it',
      {
        event: 'budget-warning',
        payload: budget({ count: 'costUsd', scope: 'failover', used: 0.0084, limit: 0.01, windowEndAt: Number.NaN }),
      },
      'warn',
      [
        '⛽ A budget is nearly used up',
        'Agent: bot',
        'Budget of: all agents together',
        'Used: $0.008 of $0.010',
        'At: openai/gpt-5',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'says that a price is missing',
      { event: 'budget-unpriced', payload: { instance: 'bot', tier: gpt, at, origin } },
      'warn',
      [
        '⛽ An answer without a price is not counted',
        'bot: nobody knows what an answer of openai/gpt-5 costs',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'says why the store fails',
      {
        event: 'store-error',
        payload: { state: 'failing', error: new StoreError({ operation: 'load', message: 'no answer' }), at },
      },
      'warn',
      ['⚠️ The store is failing', 'Why: no answer', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'says that the store works again',
      { event: 'store-error', payload: { state: 'recovered', at } },
      'info',
      ['✅ The store works again', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'says which notifier fails, and why',
      {
        event: 'notifier-error',
        payload: {
          notifier: 'slack',
          state: 'failing',
          error: new NotifierError({ notifier: 'slack', message: 'slack: no answer in time' }),
          at,
        },
      },
      'warn',
      ['⚠️ A notifier is failing', 'Notifier: slack', 'Why: slack: no answer in time', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'counts one dropped message as one',
      { event: 'notifier-error', payload: { notifier: 'slack', state: 'failing', dropped: 1, at } },
      'warn',
      ['⚠️ Messages were dropped', 'slack was closed with 1 undelivered message', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'says that a session is back, and expects nothing more',
      {
        event: 'session-change',
        payload: { session: 's1', from: claude, to: gpt, primary: gpt, direction: 'up', at },
      },
      'info',
      [
        '✅ A session is back on its model',
        'Where: session s1',
        'From: anthropic/claude-opus-4-5',
        'To: openai/gpt-5',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'of a short chain lists every tier of it and no more',
      { event: 'config-updated', payload: { version: 2, by: 'dana', before: [gpt], chain: [gpt, claude], at, origin } },
      'info',
      [
        '🔧 The chain or its policy was changed',
        'Version 2 of the chain, by dana',
        '1. openai/gpt-5',
        '2. anthropic/claude-opus-4-5',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'of a new policy names what was changed in it',
      {
        event: 'config-updated',
        payload: {
          version: 3,
          by: 'dana',
          before: [gpt],
          chain: [gpt],
          policyFields: ['threshold', 'tokenBudget'],
          at,
          origin,
        },
      },
      'info',
      [
        '🔧 The chain or its policy was changed',
        'Version 3 of the chain, by dana',
        '1. openai/gpt-5',
        'Changed in the policy: threshold, tokenBudget',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'names no agent in an alert about several',
      alertOf('alert-raised', { instance: null }),
      'warn',
      [
        '⚠️ Warning',
        'support-bot has been silent for 6 h',
        'Details: It usually works every 20 min at this time of the week.',
        'Check: dormant-agent',
        'First seen: 2026-11-22 01:00:00 UTC',
        'Last seen: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      "says that a rest lasts until somebody ends it, and gives a host's own reason as it is",
      steppedDown({ reason: 'maintenance', until: FOREVER }),
      'warn',
      [
        '🔻 Stepped down to tier 2',
        'Agent: support-bot',
        'From: openai/gpt-5 (tier 1)',
        'To: anthropic/claude-opus-4-5 (tier 2)',
        'Why: maintenance',
        'Tier 1 rests until: somebody resets it',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'gives no time that is none, and marks a name of which nothing is left',
      { event: 'available', payload: { instance: '\u200b\u202e', at: Number.NaN, origin } },
      'info',
      ['▶️ Calls may be made again', '-: a tier may be asked again'],
    ],
    [
      'shows the number that a host took for a name',
      { event: 'available', payload: { instance: 7 as never, at, origin } },
      'info',
      ['▶️ Calls may be made again', '7: a tier may be asked again', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'shows no object that a host took for a name',
      { event: 'available', payload: { instance: {} as never, at, origin } },
      'info',
      ['▶️ Calls may be made again', '-: a tier may be asked again', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'cuts a long name between two characters, never inside one',
      { event: 'available', payload: { instance: `${'x'.repeat(58)}😀😀`, at, origin } },
      'info',
      ['▶️ Calls may be made again', `${'x'.repeat(58)}…: a tier may be asked again`, 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'says what it can of a change that only a newer host knows',
      steppedDown({ direction: 'sideways' as never, source: 'weather' as never, until: Number.NaN }),
      'warn',
      [
        '❔ Changed tier',
        'Agent: support-bot',
        'From: openai/gpt-5 (tier 1)',
        'To: anthropic/claude-opus-4-5 (tier 2)',
        'Why: the quota or the credit is used up (quota)',
        'When: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'says nothing of what happens next where only a newer host knows',
      { event: 'exhausted', payload: { instance: 'bot', policy: 'pray' as never, retryAt: null, at, origin } },
      'warn',
      ['🛑 Every tier is resting or held', 'Agent: bot', '', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'says what it can of an alert that only a newer host knows',
      alertOf('alert-raised', { severity: 'odd' as never, instance: null, firstSeenAt: Number.NaN }),
      'warn',
      [
        '❔ Alert',
        'support-bot has been silent for 6 h',
        'Details: It usually works every 20 min at this time of the week.',
        'Check: dormant-agent',
        'Last seen: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'ends with a link',
      { event: 'available', payload: { instance: 'bot', at, origin } },
      'info',
      [
        '▶️ Calls may be made again',
        'More: https://status.example/bot',
        'bot: a tier may be asked again',
        'When: 2026-11-22 02:00:00 UTC',
      ],
      { link: 'https://status.example/bot' },
    ],
  ])('%s', async (_, notification, level, lines, options = {}) => {
    expect(await shown(notification, options)).toEqual({ level, lines });
  });

  it.each([
    [30_000, 'and 1 more in the last 30 seconds'],
    [1_000, 'and 1 more in the last second'],
    [60_000, 'and 1 more in the last minute'],
  ])('names the time of a digest of %i ms', async (throttleMs, line) => {
    const clock = createManualClock({ now: at });
    const { fetch, sent } = fakeFetch(clock);
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch, throttleMs }), clock);
    for (let i = 0; i < 3; i++) host.notify(steppedDown());
    await clock.advance(throttleMs);
    expect(String(sent[1]?.body['text']).split('\n')).toContain(line);
    await host.close();
  });

  it.each(['budget-warning', 'budget-exceeded', 'budget-unpriced', 'attempt-failed', 'retry'] as const)(
    'about %s is sent once per instance, tier and window',
    async (event) => {
      const clock = createManualClock({ now: at });
      const { fetch, sent } = fakeFetch(clock);
      const options = { token: '1:a', chatId: 1, fetch, filter: { events: [event] } };
      const host = attach(createTelegramNotifier(options), clock);
      const facts = { ...budget({}), kind: 'quota', rule: 'r', durationMs: 1, attempt: 2, delayMs: 1 } as const;
      const send = (given: object): void => host.notify({ event, payload: { ...facts, ...given } });
      for (const given of [{}, { tier: claude }, {}, { instance: 'other' }]) send(given);
      await settle(20);
      expect(sent).toHaveLength(3);
      await clock.advance(300_000);
      expect(sent).toHaveLength(4);
      await host.close();
    },
  );
});

describe('the body of a webhook', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

  async function bodies(notifications: Notification[], link?: string): Promise<Record<string, unknown>[]> {
    const clock = createManualClock({ now: at });
    const { fetch, sent } = fakeFetch(clock);
    const host = attach(createWebhookNotifier({ url: 'https://a.example', secret, fetch, burst: 1, link }), clock);
    for (const notification of notifications) host.notify(notification);
    await until(() => sent.length === 1);
    await host.close();
    return sent.map(({ body }) => body);
  }

  it('leaves out what JSON cannot hold, and keeps the rest of what a host added', async () => {
    const given: object = {
      at: Number.NaN,
      session: 'a session of ours',
      call: () => undefined,
      missing: undefined,
      seconds: Infinity,
      list: [1, undefined, 'two'],
      deep: { a: { b: { c: { d: { e: 1 } } } } },
      thrown: new RangeError('out of range'),
    };
    const [body] = await bodies([{ event: 'available', payload: { instance: 'bot', origin, ...given } as never }]);
    expect(body).toEqual({
      type: 'available',
      timestamp: '1970-01-01T00:00:00.000Z',
      data: {
        instance: 'bot',
        origin,
        at: null,
        session: 'a session of ours',
        seconds: null,
        list: [1, null, 'two'],
        deep: { a: { b: { c: { d: null } } } },
        thrown: { name: 'RangeError', message: 'out of range' },
      },
    });
  });

  it('carries the link and what was held back', async () => {
    const events = ['a', 'b', 'c'].map((instance) => steppedDown({ instance }));
    const [first, second] = await bodies(events, 'https://status.example/');
    expect(first).toMatchObject({ link: 'https://status.example/', data: { instance: 'a' } });
    expect(second).toMatchObject({
      data: { instance: 'c' },
      digest: { more: 1, periodMs: 0, unlisted: 0, others: [{ type: 'tier-change', data: { instance: 'b' } }] },
    });
  });
});
