import { configError } from '../../core/errors.js';
import type { Notifier } from '../../ports/notifier.js';
import type { Remedy } from '../delivery/channel-error.js';
import { ChannelError } from '../delivery/channel-error.js';
import { createChannelNotifier } from '../delivery/channel-notifier.js';
import type { HttpNotifierOptions, NotifierOptions } from '../notifier-options.js';
import { parseChannelUrl, parseFetch, parseNotifierOptions } from '../notifier-options.js';
import { isRedirect, postJson } from './post-json.js';
import { renderWebhookBody } from '../render/render-webhook.js';
import { importWebhookKey, parseWebhookSecret, signWebhook } from './sign-webhook.js';

/** What `createWebhookNotifier` takes. */
export interface WebhookNotifierOptions extends HttpNotifierOptions {
  /** The address to post to: https, or http on loopback. */
  url: string;
  /** A Standard Webhooks secret: `whsec_` and base64 of 24 to 64 random bytes. */
  secret: string;
}

const ownOptions: Readonly<Record<Exclude<keyof WebhookNotifierOptions, keyof NotifierOptions>, true>> = {
  url: true,
  secret: true,
  fetch: true,
};

const aliases = { webhookUrl: 'url', endpoint: 'url', signingSecret: 'secret', webhookSecret: 'secret' };

/**
 * Posts JSON to an address of yours, signed as the Standard Webhooks specification says
 * (https://github.com/standard-webhooks/standard-webhooks): `webhook-id` stays the same when a message is sent again,
 * `webhook-timestamp` is the time of the attempt, `webhook-signature` covers both and the body. Neither secret nor
 * address appears in an error, a debug line or the notifier itself.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function createWebhookNotifier(options: WebhookNotifierOptions): Notifier {
  const config = parseNotifierOptions({ channel: 'webhook', own: Object.keys(ownOptions), aliases }, options);
  const fetch = parseFetch(options.fetch);
  const url = parseChannelUrl('url', options.url);
  const secret = parseWebhookSecret(options.secret);
  if (secret === undefined) throw configError('secret', 'must be whsec_ and base64 of 24 to 64 random bytes');
  let key: Promise<CryptoKey> | undefined;

  return createChannelNotifier(config, async (delivered, { signal, now }) => {
    key ??= importWebhookKey(secret);
    const { id } = delivered;
    const timestamp = Math.floor(now / 1000);
    const body = JSON.stringify(renderWebhookBody(delivered));
    const signature = await signWebhook(await key, { id, timestamp, body });
    const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
    const { status, retryAfterMs } = await postJson(fetch, { url, signal, body, headers, needsText: () => false });
    if (status >= 200 && status < 300) return;
    throw new ChannelError({
      notifier: config.name,
      message: `${config.name}: the endpoint answered ${status}`,
      status,
      retryAfterMs,
      remedy: remedyOf(status),
    });
  });
}

function remedyOf(status: number): Remedy {
  // 410: the specification's "stop sending"; the others need a person who fixes an address or a secret.
  if (isRedirect(status) || status === 401 || status === 403 || status === 404 || status === 410) return 'later';
  if (status === 429 || status >= 500 || status === 408 || status === 425) return 'soon';
  return 'never';
}
