/** An entity Telegram would make of a message. */
export interface TelegramEntity {
  tag: string;
  text: string;
  href?: string;
}

export interface ParsedTelegramHtml {
  /** What a reader sees: what the limit of 4096 characters counts. */
  visible: string;
  entities: TelegramEntity[];
}

const tags = new Set(['b', 'strong', 'i', 'em', 'u', 'ins', 's', 'strike', 'del', 'a', 'code', 'pre', 'blockquote']);
const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
]);

/**
 * Reads a message by the rules of https://core.telegram.org/bots/api#html-style, more strictly than Telegram itself:
 * every `<`, `>` and `&` that is no part of a tag or an entity is refused, and so is a tag that is open at the end.
 */
export function parseTelegramHtml(html: string): ParsedTelegramHtml {
  const entities: TelegramEntity[] = [];
  const open: { tag: string; from: number; href: string | undefined }[] = [];
  let visible = '';
  const token = /<(\/?)([a-z]+)(?: href="([^"<>]*)")?>|&([a-z]+);|[^<>&]/gsuy;
  while (token.lastIndex < html.length) {
    const at = token.lastIndex;
    const match = token.exec(html);
    if (match === null) throw new Error(`can't parse entities: ${JSON.stringify(html.slice(at, at + 20))} at ${at}`);
    const [text, slash, tag, href, name] = match;
    if (name !== undefined) {
      const character = named.get(name);
      if (character === undefined) throw new Error(`can't parse entities: unknown entity ${text}`);
      visible += character;
    } else if (tag === undefined) {
      visible += text;
    } else if (slash === '') {
      if (!tags.has(tag)) throw new Error(`can't parse entities: unsupported start tag ${text}`);
      if ((tag === 'a') !== (href !== undefined)) throw new Error(`can't parse entities: wrong attributes ${text}`);
      if (open.some((outer) => outer.tag === 'code' || outer.tag === 'pre')) throw new Error(`no ${text} inside code`);
      open.push({ tag, from: visible.length, href });
    } else {
      const start = open.pop();
      if (start?.tag !== tag) throw new Error(`can't parse entities: unexpected end tag ${text}`);
      entities.push({ tag, text: visible.slice(start.from), ...(start.href !== undefined && { href: start.href }) });
    }
  }
  if (open.length > 0) throw new Error(`can't parse entities: ${open.at(-1)?.tag} is not closed`);
  if (visible.trim() === '') throw new Error('Bad Request: message text is empty');
  if (visible.length > 4096) throw new Error('Bad Request: message is too long');
  return { visible, entities };
}
