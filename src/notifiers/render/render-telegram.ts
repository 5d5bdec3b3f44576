import type { Message } from './compose-message.js';
import type { Markup } from './render-lines.js';
import { joinWithin, renderLine } from './render-lines.js';

/** `sendMessage`: 1-4096 characters after entities parsing, https://core.telegram.org/bots/api#sendmessage. */
const TEXT_LIMIT = 4_096;

/** Values stand in `<code>`: there Telegram makes no link, mention, hashtag or command out of them. */
const html: Markup = { words: escapeHtml, value: (text) => `<code>${escapeHtml(text)}</code>` };

/** A message in Telegram's HTML, https://core.telegram.org/bots/api#html-style. */
export function renderTelegramHtml(message: Message): string {
  const head = `${message.icon} <b>${escapeHtml(message.title)}</b>`;
  const link = message.link === undefined ? [] : [`<a href="${escapeHtml(message.link)}">See more</a>`];
  const room = TEXT_LIMIT - link.reduce((sum, line) => sum + visibleLength(line) + 1, 0);
  const text = joinWithin([head, ...message.lines.map((line) => renderLine(line, html))], room, visibleLength);
  return [text, ...link].join('\n');
}

/** The four entities Telegram knows by name that can end or begin something. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** UTF-16 units a reader sees: no tags, one for each entity. */
function visibleLength(line: string): number {
  return line.replace(/<[^>]*>/g, '').replace(/&[a-z]+;/g, '.').length;
}
