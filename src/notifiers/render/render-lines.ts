import type { Message } from './compose-message.js';
import type { Line } from './parts.js';

/** How a channel writes our words and values from outside. */
export interface Markup {
  readonly words: (text: string) => string;
  readonly value: (text: string) => string;
}

export function renderLine(line: Line, markup: Markup): string {
  return line.map((part) => (typeof part === 'string' ? markup.words(part) : markup.value(part.value))).join('');
}

/** As many whole lines as fit into `limit`. Lines are never cut, so escapes stay whole. */
export function joinWithin(lines: readonly string[], limit: number, lengthOf: (line: string) => number): string {
  const kept: string[] = [];
  let used = 0;
  for (const line of lines) {
    const length = lengthOf(line) + (kept.length === 0 ? 0 : 1);
    if (used + length > limit) break;
    kept.push(line);
    used += length;
  }
  return kept.join('\n');
}

const plain: Markup = { words: (text) => text, value: (text) => text };

/** A message without any markup, at most `limit` UTF-16 units. */
export function renderPlainText(message: Message, limit = 4_096): string {
  const lines = message.lines.map((line) => renderLine(line, plain));
  const link = message.link === undefined ? [] : [`More: ${message.link}`];
  return joinWithin([`${message.icon} ${message.title}`, ...link, ...lines], limit, (line) => line.length);
}

/** What happened in one line without markup: title and summary. */
export function renderSummary(message: Message): string {
  const summary = renderLine(message.summary, plain);
  return `${message.icon} ${message.title}${summary === message.title ? '' : ` - ${summary}`}`;
}
