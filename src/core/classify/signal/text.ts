import { anyOf } from '../../patterns.js';
import { MAX_HEAD, MAX_TAIL } from '../limits.js';
import type { Layer } from './signal.js';

/** The head and the tail of a text too long to look at as a whole. */
export function clip(text: string): string {
  if (text.length <= MAX_HEAD + MAX_TAIL) return text;
  return `${text.slice(0, MAX_HEAD)} … ${text.slice(-MAX_TAIL)}`;
}

/**
 * Quoted parts of a message: names of parameters and models, and what the user wrote. They never decide.
 * An apostrophe inside a word opens and closes nothing; `ConnectError('…')`, as Python prints an error, is no quote.
 */
const quoted = anyOf(
  [
    /(?<![a-z0-9]\(?)(?:'(?:[^'\n]|'(?=[a-z])){0,400}'|"[^"\n]{0,400}"|`[^`\n]{0,400}`)(?![a-z0-9])/,
    /[“«][^”»\n]{0,400}[”»]/,
  ],
  'g',
);

/** A line that a terminal broke: the next one goes on in the middle of the sentence. */
const wrapped = /\n(?<=[a-z,]\n) {0,8}(?=[a-z])/g;

/**
 * A message as the wording rules read it: lower case, without addresses, quotes emptied but for the period of a limit,
 * "don't" as "do not".
 */
export function toPlain(text: string): string {
  return text
    .replace(wrapped, ' ')
    .toLowerCase()
    .replace(/https?:\S*\w/g, '')
    .replace(quoted, (part) => / per [a-z]+/.exec(part)?.[0] ?? ' ')
    .replace(/n['’]t\b/g, ' not');
}

/** The sentences of a layer as the wording rules read them, made once. */
export function plainTexts(layer: Layer): readonly string[] {
  layer.plains ??= layer.texts.map(toPlain);
  return layer.plains;
}

/** The headings of an HTML page, which is all that tells its cause. */
export function htmlHeadings(page: string): string {
  const found = page.slice(0, MAX_HEAD).matchAll(/<(?:title|h1|h2|pre)\b[^<>]{0,200}>\s*([^<]{1,300})/gi);
  return [...new Set(Array.from(found, (match) => match[1]))].join('. ');
}

/** The text of an HTML page without its tags, bounded. */
export function htmlText(page: string): string {
  return page.slice(0, MAX_HEAD).replace(/(?:\s|<[^<>]{0,400}>)+/g, ' ');
}

export function isHtml(text: string): boolean {
  return /^\s{0,40}<(?:!|html|\?xml|head|body)/i.test(text);
}
