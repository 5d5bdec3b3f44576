/** What a Slack message shows, told apart by how it was written. */
export interface ParsedSlackMessage {
  /** Texts inside code spans. */
  code: string[];
  /** Everything outside code spans and links, unescaped. */
  words: string;
  links: string[];
}

/**
 * Checks a message by https://docs.slack.dev/reference/block-kit and .../formatting-message-text, more strictly than
 * Slack: outside code spans there may be no formatting character at all.
 */
export function parseSlackMessage(message: unknown): ParsedSlackMessage {
  const { text, mrkdwn, blocks } = fields(message);
  if (typeof text !== 'string' || text === '' || text.length > 4000) throw new Error('invalid_payload: text');
  if (mrkdwn !== false) throw new Error('the fallback text must not be markup');
  unescape(text);
  if (!Array.isArray(blocks) || blocks.length === 0 || blocks.length > 50) throw new Error('invalid_blocks: count');
  const parsed: ParsedSlackMessage = { code: [], words: '', links: [] };
  for (const block of blocks.map(fields)) {
    const object = fields(block['text']);
    const content = object['text'];
    if (typeof content !== 'string' || content === '') throw new Error('invalid_blocks: empty text');
    if (block['type'] === 'header') {
      if (object['type'] !== 'plain_text' || content.length > 150) throw new Error('invalid_blocks: header');
      parsed.words += content;
    } else if (block['type'] === 'section') {
      if (object['type'] !== 'mrkdwn' || object['verbatim'] !== true) throw new Error('invalid_blocks: section');
      if (content.length > 3000) throw new Error('invalid_blocks: section is too long');
      parseMrkdwn(content, parsed);
    } else {
      throw new Error(`invalid_blocks: ${String(block['type'])}`);
    }
  }
  return parsed;
}

function parseMrkdwn(text: string, into: ParsedSlackMessage): void {
  const token = /`([^`\n]+)`|<(https?:\/\/[^<>|\s]+)\|([^<>|]+)>|([^`<>*_~]+)/gy;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new Error(`unescaped ${JSON.stringify(text.slice(at, at + 20))} at ${at}`);
    const [, code, link, , words] = match;
    if (code !== undefined) into.code.push(unescape(code));
    if (link !== undefined) into.links.push(unescape(link));
    if (words !== undefined) into.words += unescape(words);
  }
}

/** Undoes the three escapes; any other `&`, `<` or `>` is an error. */
function unescape(text: string): string {
  const rest = text.replace(/&(?:amp|lt|gt);/g, '');
  if (/[&<>]/.test(rest)) throw new Error(`unescaped character in ${JSON.stringify(text)}`);
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('not an object');
  return Object.fromEntries(Object.entries(value));
}
