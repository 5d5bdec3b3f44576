import { describe, expect, it } from 'vitest';
import {
  createSlackNotifier,
  createTelegramNotifier,
  createWebhookNotifier,
  type HttpNotifierOptions,
} from '../../src/notifiers/index.js';
import type { Notification, Notifier } from '../../src/ports/notifier.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle, until } from '../support/event-loop.js';
import { attach, fakeFetch } from '../support/notifier-host.js';
import { shown } from '../support/shown-message.js';
import { alertOf, gpt, restored, steppedDown } from '../support/notifications.js';

const at = Date.UTC(2026, 10, 22, 2);
const origin = 'local' as const;

describe('a message', () => {
  it.each<[string, Notification, string, string[]]>([
    [
      'names the keys of two tiers',
      steppedDown({
        from: { ...gpt, credential: 'team-a' },
        to: { ...gpt, model: 'gpt-5-mini', index: 1, credential: 'team-b' },
      }),
      'warn',
      ['From: openai/gpt-5@team-a (tier 1)', 'To: openai/gpt-5-mini@team-b (tier 2)'],
    ],
    [
      'says that a step comes from a shared rest',
      steppedDown({ source: 'shared', reason: 'rate_limit' }),
      'warn',
      [
        '🔻 Stepped down to tier 2',
        'Why: too many requests (rate_limit), from a rest or pause that several instances share',
        'Tier 1 rests until: 2026-11-22 03:00:00 UTC',
      ],
    ],
    [
      'says of a budget that it is used up',
      steppedDown({ source: 'external', reason: 'token_budget' }),
      'warn',
      ['Why: the budget is used up (token_budget)'],
    ],
    [
      'says that a fact comes from outside',
      steppedDown({ source: 'external', reason: 'over_budget' }),
      'warn',
      ['Why: over_budget, reported from outside'],
    ],
    [
      'says that a tier is held',
      steppedDown({ source: 'operator', reason: 'hold' }),
      'warn',
      [
        'Why: the tier was put on hold (hold), requested by an operator',
        'Tier 1 is held until: 2026-11-22 03:00:00 UTC',
      ],
    ],
    [
      'names the chain that somebody has saved, and who did',
      {
        event: 'config-updated',
        payload: {
          version: 3,
          by: 'dana',
          before: [gpt],
          chain: Array.from({ length: 7 }, (_, index) => ({ ...gpt, index, model: `gpt-${index}` })),
          at,
          origin,
        },
      },
      'info',
      [
        '🔧 The chain or its policy was changed',
        'Version 3 of the chain, by dana',
        '1. openai/gpt-0',
        '5. openai/gpt-4',
        'and 2 more',
      ],
    ],
    [
      'says "back" for a return',
      restored(),
      'info',
      ['✅ Back on tier 1', 'Why: the better tier answers again (recovered)'],
    ],
    [
      'says nothing of a tier that answers when calls may be made again',
      { event: 'available', payload: { instance: 'support-bot', at, origin } },
      'info',
      ['▶️ Calls may be made again', 'support-bot: a tier may be asked again', 'When: 2026-11-22 02:00:00 UTC'],
    ],
    [
      'says that calls of every instance may be made again',
      { event: 'available', payload: { all: true, at, origin } },
      'info',
      ['▶️ Calls may be made again', 'Everything: a tier may be asked again'],
    ],
    [
      'says that every tier is resting and what happens next',
      {
        event: 'exhausted',
        payload: { instance: 'bot', policy: 'throw', kind: 'quota', retryAt: at + 60_000, at, origin },
      },
      'warn',
      [
        '🛑 Every tier is resting or held',
        'Calls fail until a rest ends.',
        'The first rest ends at: 2026-11-22 02:01:00 UTC',
      ],
    ],
    [
      'says that a provider is skipped, and until when',
      {
        event: 'paused',
        payload: {
          target: { provider: 'openai' },
          source: 'operator',
          by: 'ann',
          reason: 'drill',
          until: at + 60_000,
          at,
          origin,
        },
      },
      'warn',
      [
        '⏸️ Paused: this provider is skipped',
        'Provider openai was paused by ann',
        'Why: drill (operator)',
        'Ends by itself at: 2026-11-22 02:01:00 UTC',
      ],
    ],
    [
      'says that nothing is called while everything is paused',
      {
        event: 'paused',
        payload: { target: { all: true }, source: 'health', by: 'monitor', reason: 'errors', at, origin },
      },
      'warn',
      ['⏸️ Paused: no provider is called', 'Everything was paused by monitor'],
    ],
    [
      'says whose pause was lifted, and not that calls go on',
      { event: 'resumed', payload: { target: 'bot', source: 'health', by: 'monitor', at, origin } },
      'info',
      ['▶️ A pause was lifted', 'bot: the pause was lifted by monitor (health)'],
    ],
    [
      'says how many messages another notifier dropped',
      { event: 'notifier-error', payload: { notifier: 'slack', state: 'failing', dropped: 3, at } },
      'warn',
      ['⚠️ Messages were dropped', 'slack was closed with 3 undelivered messages'],
    ],
    [
      'says what a check has found',
      alertOf('alert-raised', { severity: 'critical', domain: 'billing' }),
      'warn',
      [
        '🚨 Critical alert',
        'support-bot has been silent for 6 h',
        'Details: It usually works every 20 min at this time of the week.',
        'Agent: support-bot',
        'Domain: billing',
        'Check: dormant-agent',
        'First seen: 2026-11-22 01:00:00 UTC',
        'Last seen: 2026-11-22 02:00:00 UTC',
      ],
    ],
    [
      'does not warn of an alert for information',
      alertOf('alert-raised', { severity: 'info' }),
      'info',
      ['ℹ️ For information'],
    ],
    [
      'says that an alert is resolved',
      alertOf('alert-resolved'),
      'info',
      ['✅ Alert resolved', 'support-bot has been silent for 6 h'],
    ],
  ])('%s', async (_, notification, level, lines) => {
    const message = await shown(notification);
    expect(message.level).toBe(level);
    for (const line of lines) expect(message.lines).toContain(line);
  });

  it('about an event that only a newer host knows is not sent', async () => {
    const { fetch, sent } = fakeFetch(createManualClock());
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch }));
    host.notify({ event: 'brand-new', payload: { at } } as never);
    await settle();
    await host.close();
    expect({ sent, changes: host.changes }).toEqual({ sent: [], changes: [] });
  });

  it.each<[string, (options: HttpNotifierOptions) => Notifier]>([
    ['telegram', (options) => createTelegramNotifier({ token: '1:a', chatId: 1, ...options })],
    ['slack', (options) => createSlackNotifier({ webhookUrl: 'https://hooks.slack.com/x', ...options })],
    [
      'webhook',
      (options) =>
        createWebhookNotifier({
          url: 'https://a.example',
          secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
          ...options,
        }),
    ],
  ])('about keys, availability and alerts reaches %s', async (_, make) => {
    const clock = createManualClock({ now: at });
    const { fetch, sent } = fakeFetch(clock);
    const host = attach(make({ fetch }), clock);
    host.notify(steppedDown({ to: { ...gpt, model: 'gpt-5-mini', index: 1, credential: 'team-b' } }));
    host.notify({ event: 'available', payload: { instance: 'support-bot', at, origin } });
    host.notify(alertOf('alert-raised'));
    host.notify(alertOf('alert-resolved'));
    await until(() => sent.length === 4);
    const bodies = sent.map(({ body }) => JSON.stringify(body));
    expect(bodies[0]).toContain('team-b');
    expect(bodies[1]).toMatch(/Calls may be made again|"type":"available"/);
    expect(bodies[2]).toContain('support-bot has been silent for 6 h');
    expect(bodies[3]).toMatch(/Alert resolved|"type":"alert-resolved"/);
    await host.close();
  });

  it('to a webhook carries the whole alert, dated by when it was last seen', async () => {
    const clock = createManualClock({ now: at });
    const { fetch, sent } = fakeFetch(clock);
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const host = attach(createWebhookNotifier({ url: 'https://a.example', secret, fetch }), clock);
    const raised = alertOf('alert-raised');
    host.notify(raised);
    await until(() => sent.length === 1);
    expect(sent[0]?.body).toEqual({
      type: 'alert-raised',
      timestamp: '2026-11-22T02:00:00.000Z',
      data: raised.payload,
    });
    await host.close();
  });

  it('hides a key that somebody put into a credential name', async () => {
    const { lines } = await shown(
      steppedDown({
        to: { ...gpt, model: 'gpt-5-mini', index: 1, credential: 'sk-proj-Zk3vT9qLw2Xb7Rm4Yc8Nd1Fh6Jp0Ga5S' },
      }),
    );
    expect(lines.join('\n')).not.toContain('Zk3vT9qLw2');
  });

  it('about "calls may be made again" replaces one about an exhausted chain that still waits', async () => {
    const clock = createManualClock({ now: at });
    const { fetch, sent } = fakeFetch(clock);
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch }), clock);
    const exhausted: Notification = {
      event: 'exhausted',
      payload: { instance: 'bot', policy: 'wrap', retryAt: null, at, origin },
    };
    const available: Notification = { event: 'available', payload: { instance: 'bot', at, origin } };
    for (const notification of [exhausted, available, exhausted, available]) host.notify(notification);
    await clock.advance(300_000);
    const titles = sent.map(({ body }) => String(body['text']).split('\n')[0]);
    expect(titles).toEqual([
      '🛑 <b>Every tier is resting or held</b>',
      '▶️ <b>Calls may be made again</b>',
      '▶️ <b>Calls may be made again</b>',
    ]);
    await host.close();
  });
});
