import { clip } from './clean-text.js';
import type { Message } from './compose-message.js';
import type { Markup } from './render-lines.js';
import { joinWithin, renderLine, renderSummary } from './render-lines.js';

/** https://docs.slack.dev/reference/block-kit/blocks: header 150 characters, section 3000, 50 blocks in a message. */
const HEADER_LIMIT = 150;
const SECTION_LIMIT = 3_000;
/** The text that notifications show. */
const FALLBACK_LIMIT = 1_000;

export interface SlackMessage {
  /** Shown in notifications only; the blocks are the message. */
  text: string;
  /** Off for `text`, as names in it must not become markup. */
  mrkdwn: false;
  blocks: SlackBlock[];
}

type SlackBlock =
  | { type: 'header'; text: { type: 'plain_text'; text: string; emoji: false } }
  | { type: 'section'; text: { type: 'mrkdwn'; text: string; verbatim: true } };

/** Slack cannot escape `*`, `_`, `~` and `:`; inside a code span they have no meaning, and only a backtick ends it. */
const mrkdwn: Markup = {
  words: escapeMrkdwn,
  value: (text) => `\`${escapeMrkdwn(text.replaceAll('`', "'"))}\``,
};

/** A message in Slack's Block Kit. */
export function renderSlackMessage(message: Message): SlackMessage {
  const title = clip(`${message.icon} ${message.title}`, HEADER_LIMIT);
  const lines = message.lines.map((line) => renderLine(line, mrkdwn));
  const blocks: SlackBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
    // A message may have no lines, and Slack refuses a section without text.
    section(joinWithin(lines, SECTION_LIMIT, (line) => line.length) || title),
  ];
  if (message.link !== undefined) blocks.push(section(`<${escapeMrkdwn(message.link)}|See more>`));
  return { text: renderFallback(message), mrkdwn: false, blocks };
}

/** The same without blocks, for when Slack refused them. */
export function renderSlackText(message: Message): { text: string } {
  const link = message.link === undefined ? [] : [`<${escapeMrkdwn(message.link)}|See more>`];
  const lines = message.lines.map((line) => renderLine(line, mrkdwn));
  const title = escapeMrkdwn(`${message.icon} ${message.title}`);
  return { text: joinWithin([title, ...link, ...lines], SECTION_LIMIT, (line) => line.length) };
}

function renderFallback(message: Message): string {
  // Clipped before it is escaped, so that no entity is cut in half.
  return escapeMrkdwn(clip(renderSummary(message), FALLBACK_LIMIT / 5));
}

function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
