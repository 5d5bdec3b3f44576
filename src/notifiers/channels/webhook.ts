import type { Notifier } from '../../ports/notifier.js';
import type { Remedy } from '../delivery/channel-error.js';
import { ChannelError } from '../delivery/channel-error.js';
import { createChannelNotifier } from '../delivery/channel-notifier.js';
import type { HttpNotifierOptions } from '../notifier-options.js';
import { parseChannelUrl, parseFetch, parseNotifierOptions, refuse } from '../notifier-options.js';
import { isRedirect, postJson } from './post-json.js';
import { renderWebhookBody } from '../render/render-webhook.js';
import { importWebhookKey, parseWebhookSecret, signWebhook } from './sign-webhook.js';

/** What `createWebhookNotifier` takes. */
export interface WebhookNotifierOptions extends HttpNotifierOptions {
  /** Where to post: https, or http on loopback. */
  url: string;
  /** A Standard Webhooks secret: `whsec_` and base64 of 24 to 64 random bytes. */
  secret: string;
}

/**
 * Posts JSON to an address of yours, signed as the Standard Webhooks specification says
 * (https://github.com/standard-webhooks/standard-webhooks): `webhook-id` stays the same when a message is tried again,
 * `webhook-timestamp` is the time of the try, `webhook-signature` covers both and the body. Throws `ConfigError` when
 * an option is wrong; neither secret nor address appears in an error, a debug line or the notifier itself.
 */
export function createWebhookNotifier(options: WebhookNotifierOptions): Notifier {
  const config = parseNotifierOptions('webhook', options);
  const fetch = parseFetch(options.fetch);
  const url = parseChannelUrl('url', options.url);
  const secret = parseWebhookSecret(options.secret);
  if (secret === undefined) refuse('secret', 'must be whsec_ and base64 of 24 to 64 random bytes');
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
  // 410: the specification's way to say "never again"; the rest wait for somebody to mend an address or a secret.
  if (isRedirect(status) || status === 401 || status === 403 || status === 404 || status === 410) return 'later';
  if (status === 429 || status >= 500 || status === 408 || status === 425) return 'soon';
  return 'never';
}
