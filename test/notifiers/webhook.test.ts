import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelRequest, LoopbackChannels } from '../../examples/support/loopback-channels.ts';
import { startLoopbackChannels } from '../../examples/support/loopback-channels.ts';
import { StoreError } from '../../src/core/errors.js';
import { createWebhookNotifier } from '../../src/notifiers/index.js';
import { importWebhookKey, parseWebhookSecret, signWebhook } from '../../src/notifiers/channels/sign-webhook.js';
import { until } from '../support/event-loop.js';
import type { TestHost } from '../support/notifier-host.js';
import { attach } from '../support/notifier-host.js';
import { steppedDown } from '../support/notifications.js';

/** The example secret, message and signature of the Standard Webhooks reference libraries. */
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const reference = {
  content: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

/** A receiver's check, written from the specification with another implementation of HMAC. */
function isSigned({ headers, text }: ChannelRequest): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

describe('the webhook notifier', () => {
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

  const requests = () => channels.requests.slice(from);
  const start = (): TestHost => {
    host = attach(createWebhookNotifier({ url: channels.webhookUrl, secret, throttleMs: 0 }));
    return host;
  };

  it('signs what it sends', async () => {
    start();
    host.notify(steppedDown({ session: 'a4f0c1d293b14c7e8a552b8f0d6c1e77' }));
    await until(() => requests().length === 1);
    const [request] = requests();
    expect(request && isSigned(request)).toBe(true);
    expect(request?.headers['webhook-timestamp']).toBe(String(Date.UTC(2026, 10, 22, 2) / 1000));
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.body).toEqual({
      type: 'tier-change',
      timestamp: '2026-11-22T02:00:00.000Z',
      data: {
        instance: 'support-bot',
        session: 'a4f0c1d293b14c7e8a552b8f0d6c1e77',
        from: { index: 0, provider: 'openai', model: 'gpt-5' },
        to: { index: 1, provider: 'anthropic', model: 'claude-opus-4-5' },
        direction: 'down',
        reason: 'quota',
        source: 'auto',
        origin: 'local',
        at: Date.UTC(2026, 10, 22, 2),
        until: Date.UTC(2026, 10, 22, 3),
      },
    });
  });

  it('keeps the id of a message that is tried again, with the time and signature of the new try', async () => {
    channels.script('webhook', { status: 503, body: '' });
    start();
    host.notify(steppedDown());
    await until(() => host.clock.delays.includes(1_000));
    await host.clock.advance(1_000);
    await until(() => requests().length === 2);
    const [first, second] = requests();
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(Number(second?.headers['webhook-timestamp'])).toBe(Number(first?.headers['webhook-timestamp']) + 1);
    expect(requests().every(isSigned)).toBe(true);
    host.notify(steppedDown({ instance: 'other' }));
    await until(() => requests().length === 3);
    expect(requests()[2]?.headers['webhook-id']).not.toBe(first?.headers['webhook-id']);
  });

  it('does not follow a redirect with a signed message', async () => {
    channels.script('webhook', { status: 307, headers: { location: channels.slackUrl }, body: '' });
    start();
    host.notify(steppedDown());
    await until(() => host.changes.length === 1);
    expect(host.changes[0]?.error).toMatchObject({ status: 307 });
    expect(requests().map((request) => request.channel)).toEqual(['webhook']);
  });

  it('carries an error without its stack, cause or secrets', async () => {
    start();
    const cause = new Error('connect postgres://app:hunter2@db');
    const error = new StoreError({ operation: 'commit', message: 'no answer from postgres://app:hunter2@db', cause });
    host.notify({ event: 'store-error', payload: { state: 'failing', error, at: 0 } });
    await until(() => requests().length === 1);
    expect(requests()[0]?.body['data']).toEqual({
      state: 'failing',
      at: 0,
      error: { name: 'StoreError', code: 'TIERFALL_STORE', message: 'no answer from postgres://[redacted]@db' },
    });
  });

  it('signs as the reference libraries do', async () => {
    start();
    const key = parseWebhookSecret(secret);
    expect(key && (await signWebhook(await importWebhookKey(key), reference.content))).toBe(reference.signature);
  });

  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'hunter2', 'whsec_not base64!', `whsec_${'A'.repeat(100)}`])(
    'refuses the secret %j by name and does not quote it',
    (wrong) => {
      start();
      const create = () => createWebhookNotifier({ url: channels.webhookUrl, secret: wrong });
      expect(create).toThrow(/^secret: must be whsec_ and base64 of 24 to 64 random bytes$/);
    },
  );

  it('refuses plain http to anything but loopback', () => {
    start();
    expect(() => createWebhookNotifier({ url: 'http://hooks.example/x', secret })).toThrow(
      /^url: must be an https URL/,
    );
  });
});
