import type { Notifier } from '../../ports/notifier.js';
import type { Remedy } from '../delivery/channel-error.js';
import { ChannelError } from '../delivery/channel-error.js';
import { createChannelNotifier } from '../delivery/channel-notifier.js';
import { composeMessage } from '../render/compose-message.js';
import type { HttpNotifierOptions, NotifierOptions } from '../notifier-options.js';
import { parseChannelUrl, parseFetch, parseNotifierOptions } from '../notifier-options.js';
import type { ChannelAnswer } from './post-json.js';
import { isRedirect, postJson } from './post-json.js';
import type { SlackMessage } from '../render/render-slack.js';
import { renderSlackMessage, renderSlackText } from '../render/render-slack.js';

/** What `createSlackNotifier` takes. */
export interface SlackNotifierOptions extends HttpNotifierOptions {
  /** The address of an incoming webhook, `https://hooks.slack.com/services/…`. It is a secret. */
  webhookUrl: string;
}

const ownOptions: Readonly<Record<Exclude<keyof SlackNotifierOptions, keyof NotifierOptions>, true>> = {
  webhookUrl: true,
  fetch: true,
};

const aliases = { url: 'webhookUrl', webhook: 'webhookUrl', hookUrl: 'webhookUrl' };

/**
 * Sends messages through a Slack incoming webhook (Block Kit). The address never appears in an error, a debug line or
 * the notifier itself.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function createSlackNotifier(options: SlackNotifierOptions): Notifier {
  const config = parseNotifierOptions({ channel: 'slack', own: Object.keys(ownOptions), aliases }, options);
  const fetch = parseFetch(options.fetch);
  const url = parseChannelUrl('webhookUrl', options.webhookUrl);

  return createChannelNotifier(config, async (delivered, { signal }) => {
    const message = composeMessage(delivered);
    const post = (body: SlackMessage | { text: string }): Promise<ChannelAnswer> =>
      postJson(fetch, { url, signal, body: JSON.stringify(body), needsText: (status) => status !== 200 });
    let answer = await post(renderSlackMessage(message));
    if (answer.status === 400) {
      // 400 is `invalid_payload` or `invalid_blocks`; a plain message still gets through.
      answer = await post(renderSlackText(message));
    }
    const { status, retryAfterMs } = answer;
    if (status === 200) return;
    const said = /^[a-z_]{1,60}$/.test(answer.text.trim()) ? ` (${answer.text.trim()})` : '';
    throw new ChannelError({
      notifier: config.name,
      message: `${config.name}: Slack answered ${status}${said}`,
      status,
      retryAfterMs,
      remedy: remedyOf(status),
    });
  });
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
function remedyOf(status: number): Remedy {
  // No such webhook, no permission, an archived channel, another address: only a person can fix these.
  if (isRedirect(status) || status === 401 || status === 403 || status === 404 || status === 410) return 'later';
  if (status === 429 || status >= 500 || status === 408) return 'soon';
  return 'never';
}
