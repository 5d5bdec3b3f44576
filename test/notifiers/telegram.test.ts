import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackChannels } from '../../examples/support/loopback-channels.ts';
import { startLoopbackChannels, telegramReplies } from '../../examples/support/loopback-channels.ts';
import type { TelegramNotifierOptions } from '../../src/notifiers/index.js';
import { createTelegramNotifier } from '../../src/notifiers/index.js';
import { until } from '../support/event-loop.js';
import { parseTelegramHtml } from '../support/telegram-html.js';
import type { TestHost } from '../support/notifier-host.js';
import { attach } from '../support/notifier-host.js';
import { restored, steppedDown } from '../support/notifications.js';

const token = '123456789:AAF-loopback_token_that_is_no_secret';

describe('the Telegram notifier', () => {
  let channels: LoopbackChannels;
  let host: TestHost;
  let from = 0;

  beforeAll(async () => {
    channels = await startLoopbackChannels();
  });
  afterEach(async () => {
    await host.close();
    from = channels.requests.length;
  });
  afterAll(() => channels.close());

  const start = (options: Partial<TelegramNotifierOptions> = {}): TestHost => {
    host = attach(createTelegramNotifier({ token, chatId: -1001234, apiRoot: channels.telegramRoot, ...options }));
    return host;
  };
  const requests = () => channels.requests.slice(from);
  const received = (count: number) => until(() => requests().length >= count);

  it('says who moved from where to where, why, until when and where to see more', async () => {
    start({ link: 'https://status.example/support-bot?a=1&b=2' });
    host.notify(steppedDown({ session: 'a4f0c1d2-93b1-4c7e-8a55-2b8f0d6c1e77' }));
    await received(1);
    const [request] = requests();
    expect(request?.path).toBe(`/telegram/bot${token}/sendMessage`);
    expect(request?.body).toMatchObject({
      chat_id: -1001234,
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    });
    const { visible, entities } = parseTelegramHtml(String(request?.body['text']));
    expect(visible).toBe(
      [
        '🔻 Stepped down to tier 2',
        'Agent: support-bot, session a4f0c1d2…',
        'From: openai/gpt-5 (tier 1)',
        'To: anthropic/claude-opus-4-5 (tier 2)',
        'Why: the quota or the credit is used up (quota)',
        'Tier 1 rests until: 2026-11-22 03:00:00 UTC',
        'When: 2026-11-22 02:00:00 UTC',
        'See more',
      ].join('\n'),
    );
    expect(entities).toContainEqual({
      tag: 'a',
      text: 'See more',
      href: 'https://status.example/support-bot?a=1&amp;b=2',
    });
  });

  it('tells a restoration, in a topic, without a sound', async () => {
    start({ threadId: 7, silent: true, chatId: '@ops_channel' });
    host.notify(restored());
    await received(1);
    const body = requests()[0]?.body;
    expect(body).toMatchObject({ chat_id: '@ops_channel', message_thread_id: 7, disable_notification: true });
    expect(parseTelegramHtml(String(body?.['text'])).visible).toMatch(/^✅ Back on tier 1\n/);
  });

  it('cannot be forged by a name', async () => {
    start();
    const model = '*_[x](y)</code>\n<b>Reset</b> https://evil.example @everyone\u202e\u200b&lt;';
    host.notify(
      steppedDown({
        to: { index: 1, provider: '<a href="https://evil.example">', model },
        instance: '\n\n✅ All good',
      }),
    );
    await received(1);
    const { visible, entities } = parseTelegramHtml(String(requests()[0]?.body['text']));
    expect(visible.split('\n')).toHaveLength(7);
    expect(entities.filter((entity) => entity.tag !== 'code')).toEqual([{ tag: 'b', text: 'Stepped down to tier 2' }]);
    expect(entities.map((entity) => entity.text)).toContain(
      '<a href="https://evil.example">/*_[x](y)</code> <b>Reset</b> https://evil.example @everyone&lt;',
    );
  });

  it('sends a message Telegram cannot parse once more as plain text', async () => {
    channels.script('telegram', telegramReplies.parseError);
    start();
    host.notify(steppedDown());
    await received(2);
    const [first, second] = requests();
    expect(first?.body['parse_mode']).toBe('HTML');
    expect(second?.body).not.toHaveProperty('parse_mode');
    expect(String(second?.body['text']).split('\n')[2]).toBe('From: openai/gpt-5 (tier 1)');
    expect(host.changes).toEqual([]);
  });

  it('gives a message up that is refused in plain text too, after two requests', async () => {
    channels.script('telegram', telegramReplies.parseError, telegramReplies.parseError);
    start();
    host.notify(steppedDown());
    await until(() => host.changes.length === 1);
    expect(requests()).toHaveLength(2);
    expect(host.changes[0]).toMatchObject({ state: 'failing', error: { status: 400 } });
  });

  it('waits as long as a 429 says, no shorter', async () => {
    channels.script('telegram', telegramReplies.rateLimited(35));
    start();
    host.notify(steppedDown());
    await until(() => host.clock.delays.includes(35_000));
    await host.clock.advance(34_999);
    expect(requests()).toHaveLength(1);
    await host.clock.advance(1);
    await received(2);
    expect(host.changes).toEqual([]);
  });

  it('leaves a channel alone for a wait of an hour, and asks then', async () => {
    channels.script('telegram', telegramReplies.rateLimited(3600));
    start();
    host.notify(steppedDown());
    await until(() => host.clock.delays.includes(3_600_000));
    expect(host.changes).toHaveLength(1);
    host.notify(restored());
    await host.clock.advance(3_599_999);
    expect(requests()).toHaveLength(1);
    await host.clock.advance(1);
    await received(3);
    await until(() => host.changes.length === 2);
    expect(host.changes[1]).toEqual({ state: 'recovered' });
  });

  it.each([
    ['403', telegramReplies.blocked, /Telegram answered 403 \(Forbidden: bot was blocked by the user\)/],
    ['404', telegramReplies.notFound, /Telegram answered 404 \(Not Found\)/],
    ['401', telegramReplies.unauthorized, /Telegram answered 401/],
  ])('does not hammer a bot that answers %s, and says so once', async (_status, reply, message) => {
    channels.script('telegram', reply);
    start();
    host.notify(steppedDown());
    await until(() => host.changes.length === 1);
    expect(host.changes[0]?.error?.message).toMatch(message);
    host.notify(steppedDown({ instance: 'other' }));
    await host.clock.advance(599_999);
    expect(requests()).toHaveLength(1);
    await host.clock.advance(1);
    await received(3);
    await until(() => host.changes.length === 2);
    expect(host.changes.map((change) => change.state)).toEqual(['failing', 'recovered']);
  });

  it('follows a group to the supergroup it became', async () => {
    channels.script('telegram', telegramReplies.migrated(-1009999));
    start();
    host.notify(steppedDown());
    await received(2);
    host.notify(restored());
    await received(3);
    expect(requests().map((request) => request.body['chat_id'])).toEqual([-1001234, -1009999, -1009999]);
  });

  it.each(['cut', telegramReplies.broken] as const)('tries again after a failure that passes (%#)', async (reply) => {
    channels.script('telegram', reply, reply);
    start();
    host.notify(steppedDown());
    await until(() => host.clock.delays.includes(1_000));
    await host.clock.advance(1_000);
    await until(() => host.clock.delays.includes(2_000));
    await host.clock.advance(2_000);
    await received(3);
    expect(host.changes).toEqual([]);
  });

  it('gives a request up that hangs', async () => {
    channels.script('telegram', 'hang');
    start({ sendTimeoutMs: 2_000, maxAttempts: 1 });
    host.notify(steppedDown());
    await received(1);
    await host.clock.advance(2_000);
    await until(() => host.changes.length === 1);
    expect(host.changes[0]?.error?.message).toBe('telegram: no answer in time');
  });

  it('shows its token nowhere', async () => {
    const lines: string[] = [];
    channels.script('telegram', {
      status: 404,
      body: JSON.stringify({ ok: false, description: `Not Found: /bot${token}/sendMessage` }),
    });
    const notifier = createTelegramNotifier({
      token,
      chatId: 1,
      apiRoot: channels.telegramRoot,
      logger: { debug: (line) => lines.push(line) },
    });
    host = attach(notifier);
    host.notify(steppedDown({ instance: `bot ${token}` }));
    await until(() => host.changes.length === 1);
    const shown = [inspect(notifier, { depth: 9, showHidden: true }), inspect(host.changes, { depth: 9 }), ...lines];
    shown.push(
      JSON.stringify(host.changes),
      String(host.changes[0]?.error?.stack),
      String(requests()[0]?.body['text']),
    );
    expect(lines.length).toBeGreaterThan(0);
    expect(shown.join('\n')).not.toContain(token.slice(10));
  });

  it('does not repeat a token that no pattern knows when Telegram does', async () => {
    const body = JSON.stringify({ ok: false, description: 'Not Found: /bot42:odd/sendMessage' });
    channels.script('telegram', { status: 404, body });
    start({ token: '42:odd' });
    host.notify(steppedDown());
    await until(() => host.changes.length === 1);
    expect(host.changes[0]?.error?.message).toBe('telegram: Telegram answered 404 (Not Found: /bot/sendMessage)');
  });

  it.each<[string, object]>([
    ['token', { token: 'not a token' }],
    ['token', { token: '123/../x:y' }],
    ['chatId', { chatId: '' }],
    ['chatId', { chatId: 'ops' }],
    ['chatId', { chatId: Number.NaN }],
    ['apiRoot', { apiRoot: 'http://telegram.example' }],
    ['apiRoot', { apiRoot: 'api.telegram.org' }],
    ['threadId', { threadId: 0 }],
    ['throttleMs', { throttleMs: -1 }],
    ['link', { link: 'javascript:alert(1)' }],
    ['link', { link: 'https://user:pass@status.example' }],
    ['filter.events', { filter: { events: ['tier-changed'] } }],
    ['filter.directions', { filter: { directions: ['sideways'] } }],
  ])('refuses a wrong %s by name (%#)', (option, wrong) => {
    const create = () => createTelegramNotifier(Object.assign({ token, chatId: 1 }, wrong));
    expect(create).toThrow(expect.objectContaining({ code: 'TIERFALL_CONFIG' }));
    expect(create).toThrow(new RegExp(`^${option}: `));
  });

  it('does not quote a refused token', () => {
    expect(() => createTelegramNotifier({ token: 'bot123:SECRETPART', chatId: 1 })).toThrow(/^(?!.*SECRETPART)/);
  });
});
