import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackChannels } from '../../examples/support/loopback-channels.ts';
import { slackReplies, startLoopbackChannels } from '../../examples/support/loopback-channels.ts';
import type { SlackNotifierOptions } from '../../src/notifiers/index.js';
import { createSlackNotifier } from '../../src/notifiers/index.js';
import { until } from '../support/event-loop.js';
import { parseSlackMessage } from '../support/slack-message.js';
import type { TestHost } from '../support/notifier-host.js';
import { attach } from '../support/notifier-host.js';
import { steppedDown } from '../support/notifications.js';

describe('the Slack notifier', () => {
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

  const start = (options: Partial<SlackNotifierOptions> = {}): TestHost => {
    host = attach(createSlackNotifier({ webhookUrl: channels.slackUrl, ...options }));
    return host;
  };
  const requests = () => channels.requests.slice(from);
  const received = (count: number) => until(() => requests().length >= count);

  it('says it in Block Kit', async () => {
    start({ link: 'https://status.example/?a=1&b=|2' });
    host.notify(steppedDown({ session: 'a4f0c1d2-93b1-4c7e-8a55-2b8f0d6c1e77' }));
    await received(1);
    const body = requests()[0]?.body;
    const { code, words, links } = parseSlackMessage(body);
    expect(code).toEqual(['support-bot', 'a4f0c1d2…', 'openai/gpt-5', 'anthropic/claude-opus-4-5', 'quota']);
    expect(words).toMatch(/^🔻 Stepped down to tier 2Agent: /);
    expect(words).toContain('Tier 1 rests until: 2026-11-22 03:00:00 UTC');
    expect(links).toEqual(['https://status.example/?a=1&b=%7C2']);
    expect(body?.['text']).toContain('openai/gpt-5 → anthropic/claude-opus-4-5');
  });

  it('cannot be forged by a name', async () => {
    start();
    const model = '*_[x](y)`<!channel> <https://evil.example|Details>\n• all good :tada: &lt;';
    host.notify(steppedDown({ to: { index: 1, provider: '<@U123>', model } }));
    await received(1);
    const { code, links } = parseSlackMessage(requests()[0]?.body);
    expect(code).toContain("<@U123>/*_[x](y)'<!channel> <https://evil.example|Details> • all good :tada: &lt;");
    expect(links).toEqual([]);
  });

  it('says it without blocks when Slack refuses them', async () => {
    channels.script('slack', slackReplies.invalidBlocks);
    start();
    host.notify(steppedDown());
    await received(2);
    expect(requests()[1]?.body).not.toHaveProperty('blocks');
    expect(requests()[1]?.body['text']).toContain('From: `openai/gpt-5`');
    expect(host.changes).toEqual([]);
  });

  it('honours Retry-After', async () => {
    channels.script('slack', slackReplies.rateLimited(30));
    start();
    host.notify(steppedDown());
    await until(() => host.clock.delays.includes(30_000));
    await host.clock.advance(29_999);
    expect(requests()).toHaveLength(1);
    await host.clock.advance(1);
    await received(2);
  });

  it.each([
    [slackReplies.prohibited, 'slack: Slack answered 403 (action_prohibited)'],
    [slackReplies.noService, 'slack: Slack answered 404 (no_service)'],
    [slackReplies.archived, 'slack: Slack answered 410 (channel_is_archived)'],
  ])('asks a channel that refuses it only once in ten minutes (%#)', async (reply, message) => {
    channels.script('slack', reply);
    start();
    host.notify(steppedDown());
    await until(() => host.changes.length === 1);
    expect(host.changes[0]?.error?.message).toBe(message);
    await host.clock.advance(599_999);
    expect(requests()).toHaveLength(1);
    await host.clock.advance(1);
    await received(2);
  });

  it.each(['cut', 'hang', slackReplies.broken] as const)('survives an outage (%#)', async (reply) => {
    channels.script('slack', reply);
    start({ maxAttempts: 1, sendTimeoutMs: 1_000 });
    host.notify(steppedDown());
    await received(1);
    if (reply === 'hang') await host.clock.advance(1_000);
    await until(() => host.changes.length === 1);
    await host.clock.advance(30_000);
    await until(() => host.changes.length === 2);
    expect(host.changes.map((change) => change.state)).toEqual(['failing', 'recovered']);
    expect(requests()).toHaveLength(2);
  });

  it('shows its address nowhere', async () => {
    const lines: string[] = [];
    const notifier = createSlackNotifier({
      webhookUrl: 'https://hooks.slack.com/services/T0SECRET/B0SECRET/hush',
      maxAttempts: 1,
      logger: { debug: (line) => lines.push(line) },
      fetch: async (url) => {
        const address = new Request(url).url;
        throw new TypeError(`Failed to parse URL from ${address}`, { cause: new Error(address) });
      },
    });
    host = attach(notifier);
    host.notify(steppedDown());
    await until(() => host.changes.length === 1);
    const shown = [inspect(notifier, { depth: 9, showHidden: true }), inspect(host.changes, { depth: 9 }), ...lines];
    expect(shown.join('\n')).not.toMatch(/SECRET|hush|hooks\.slack/);
    expect(host.changes[0]?.error?.message).toBe('slack: the request failed');
  });

  it.each(['', 'hooks.slack.com/services/x', 'http://hooks.slack.com/services/x', 'https://a:b@hooks.slack.com/x'])(
    'refuses the address %j by name and does not quote it',
    (webhookUrl) => {
      expect(() => createSlackNotifier({ webhookUrl })).toThrow(/^webhookUrl: (?!.*services)/);
    },
  );
});
