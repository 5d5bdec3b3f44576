import type { Notifier } from '../../ports/notifier.js';
import { ChannelError } from '../delivery/channel-error.js';
import { createChannelNotifier } from '../delivery/channel-notifier.js';
import { cleanText } from '../render/clean-text.js';
import { composeMessage } from '../render/compose-message.js';
import type { HttpNotifierOptions } from '../notifier-options.js';
import { parseChannelUrl, parseFetch, parseNotifierOptions, parseNumber, refuse } from '../notifier-options.js';
import type { ChannelAnswer } from './post-json.js';
import { postJson } from './post-json.js';
import { renderPlainText } from '../render/render-lines.js';
import { parseTelegramAnswer } from './telegram-answer.js';
import { renderTelegramHtml } from '../render/render-telegram.js';

/** What `createTelegramNotifier` takes. */
export interface TelegramNotifierOptions extends HttpNotifierOptions {
  /** The bot's token, `123456:ABC-DEF…`, as @BotFather gave it. */
  token: string;
  /** Where messages go: a chat's numeric id, or `@channelname`. */
  chatId: number | string;
  /** A topic of a forum chat. */
  threadId?: number | undefined;
  /** Delivers without a sound. Default false. */
  silent?: boolean | undefined;
  /** A Bot API server of your own: https, or http on loopback. Default `https://api.telegram.org`. */
  apiRoot?: string | undefined;
}

/**
 * Tells through a Telegram bot (`sendMessage`, HTML). Throws `ConfigError` when an option is wrong; the token never
 * appears in an error, a debug line or the notifier itself.
 */
export function createTelegramNotifier(options: TelegramNotifierOptions): Notifier {
  const config = parseNotifierOptions('telegram', options);
  const fetch = parseFetch(options.fetch);
  const token = parseToken(options.token);
  const root = parseChannelUrl('apiRoot', options.apiRoot ?? 'https://api.telegram.org').replace(/\/+$/, '');
  const threadId = options.threadId === undefined ? undefined : parseNumber('threadId', options.threadId, 1, 2 ** 53);
  let chatId = parseChatId(options.chatId);

  const post = (text: string, signal: AbortSignal, parseMode: 'HTML' | undefined): Promise<ChannelAnswer> =>
    postJson(fetch, {
      url: `${root}/bot${token}/sendMessage`,
      signal,
      needsText: () => true,
      body: JSON.stringify({
        chat_id: chatId,
        message_thread_id: threadId,
        text,
        parse_mode: parseMode,
        link_preview_options: { is_disabled: true },
        disable_notification: options.silent === true ? true : undefined,
      }),
    });

  return createChannelNotifier(config, async (delivered, { signal }) => {
    const message = composeMessage(delivered);
    let answer = parseTelegramAnswer(await post(renderTelegramHtml(message), signal, 'HTML'));
    if (answer.movedTo !== undefined) {
      // The group became a supergroup: its old id is gone for good.
      chatId = answer.movedTo;
      answer = parseTelegramAnswer(await post(renderTelegramHtml(message), signal, 'HTML'));
    }
    if (answer.cannotParse) answer = parseTelegramAnswer(await post(renderPlainText(message), signal, undefined));
    if (answer.ok) return;
    const { status, retryAfterMs, remedy } = answer;
    const said = cleanText(answer.description.replaceAll(token, ''), 200);
    throw new ChannelError({
      notifier: config.name,
      message: `${config.name}: Telegram answered ${status}${said === '' ? '' : ` (${said})`}`,
      status,
      retryAfterMs,
      remedy,
    });
  });
}

/** The bot's number, a colon, and characters that need no escaping in a path. */
function parseToken(token: unknown): string {
  if (typeof token !== 'string' || !/^\d{1,20}:[\w-]{1,200}$/.test(token)) {
    refuse('token', 'must be a bot token as @BotFather gives it: digits, a colon, then letters, digits, _ and -');
  }
  return token;
}

function parseChatId(chatId: unknown): number | string {
  if (typeof chatId === 'number' && Number.isSafeInteger(chatId) && chatId !== 0) return chatId;
  if (typeof chatId === 'string' && /^(?:-?[1-9]\d{0,18}|@[A-Za-z]\w{3,31})$/.test(chatId)) return chatId;
  return refuse('chatId', 'must be a numeric chat id or @channelname');
}
