import type { Message } from './compose-message.js';
import type { Markup } from './render-lines.js';
import { joinWithin, renderLine } from './render-lines.js';

/** `sendMessage`: 1-4096 characters after entities parsing, https://core.telegram.org/bots/api#sendmessage. */
const TEXT_LIMIT = 4_096;

/** Values go into `<code>`, where Telegram makes no link, mention, hashtag or command of them. */
const html: Markup = { words: escapeHtml, value: (text) => `<code>${escapeHtml(text)}</code>` };

/** A message in Telegram's HTML, https://core.telegram.org/bots/api#html-style. */
export function renderTelegramHtml(message: Message): string {
  const head = `${message.icon} <b>${escapeHtml(message.title)}</b>`;
  const link = message.link === undefined ? [] : [`<a href="${escapeHtml(message.link)}">See more</a>`];
  const room = TEXT_LIMIT - link.reduce((sum, line) => sum + visibleLength(line) + 1, 0);
  const text = joinWithin([head, ...message.lines.map((line) => renderLine(line, html))], room, visibleLength);
  return [text, ...link].join('\n');
}

/** The four named entities that Telegram knows. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** UTF-16 units that a reader sees: tags count 0, an entity counts 1. */
function visibleLength(line: string): number {
  return line.replace(/<[^>]*>/g, '').replace(/&[a-z]+;/g, '.').length;
}
