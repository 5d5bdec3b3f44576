import { configError } from '../../core/errors.js';
import type { Notifier } from '../../ports/notifier.js';
import { ChannelError } from '../delivery/channel-error.js';
import { createChannelNotifier } from '../delivery/channel-notifier.js';
import { cleanText } from '../render/clean-text.js';
import { composeMessage } from '../render/compose-message.js';
import type { HttpNotifierOptions, NotifierOptions } from '../notifier-options.js';
import { parseChannelUrl, parseFetch, parseNotifierOptions, parseNumber } from '../notifier-options.js';
import type { ChannelAnswer } from './post-json.js';
import { postJson } from './post-json.js';
import { renderPlainText } from '../render/render-lines.js';
import { parseTelegramAnswer } from './telegram-answer.js';
import { renderTelegramHtml } from '../render/render-telegram.js';

/** What `createTelegramNotifier` takes. */
export interface TelegramNotifierOptions extends HttpNotifierOptions {
  /** The bot's token as @BotFather shows it, `123456:ABC-DEF…`. */
  token: string;
  /** The chat that receives the messages: its numeric id, or `@channelname`. */
  chatId: number | string;
  /** A topic of a forum chat. */
  threadId?: number | undefined;
  /** Delivers without a sound. Default false. */
  silent?: boolean | undefined;
  /** Your own Bot API server: https, or http on loopback. Default `https://api.telegram.org`. */
  apiRoot?: string | undefined;
}

const ownOptions: Readonly<Record<Exclude<keyof TelegramNotifierOptions, keyof NotifierOptions>, true>> = {
  token: true,
  chatId: true,
  threadId: true,
  silent: true,
  apiRoot: true,
  fetch: true,
};

const aliases = {
  botToken: 'token',
  apiKey: 'token',
  chat: 'chatId',
  channel: 'chatId',
  topicId: 'threadId',
  messageThreadId: 'threadId',
  baseUrl: 'apiRoot',
  url: 'apiRoot',
};

/**
 * Sends messages through a Telegram bot (`sendMessage`, HTML). The token never appears in an error, a debug line or
 * the notifier itself.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function createTelegramNotifier(options: TelegramNotifierOptions): Notifier {
  const config = parseNotifierOptions({ channel: 'telegram', own: Object.keys(ownOptions), aliases }, options);
  const fetch = parseFetch(options.fetch);
  const token = parseToken(options.token);
  const root = parseChannelUrl('apiRoot', options.apiRoot ?? 'https://api.telegram.org').replace(/\/+$/, '');
  const threadId =
    options.threadId === undefined ? undefined : parseNumber('threadId', options.threadId, 1, Number.MAX_SAFE_INTEGER);
  let chatId = parseChatId(options.chatId);
  if (options.silent !== undefined && typeof options.silent !== 'boolean')
    throw configError('silent', 'must be true or false');

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
      // The group became a supergroup: its old id no longer works.
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
    throw configError(
      'token',
      'must be a bot token as @BotFather gives it: digits, a colon, then letters, digits, _ and -',
    );
  }
  return token;
}

function parseChatId(chatId: unknown): number | string {
  if (typeof chatId === 'number' && Number.isSafeInteger(chatId) && chatId !== 0) return chatId;
  if (typeof chatId === 'string' && /^(?:-?[1-9]\d{0,18}|@[A-Za-z]\w{3,31})$/.test(chatId)) return chatId;
  throw configError('chatId', 'must be a numeric chat id or @channelname');
}
