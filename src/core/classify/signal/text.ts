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

/**
 * Where in a request something is wrong, in lower case: `tools.0.input_schema.properties.credit`,
 * `tools[0].parameters.properties[daily_limit].items`. Names of tools and fields are the caller's, and never decide.
 */
const place = /\b[\w.]{2,99}(?:\.\d+\.|\[\w+\])[\w.[\]]*/g;

/**
 * Names that people gave to what they run, in lower case, behind the words that announce them: a role in an ARN, a
 * project, a deployment, LiteLLM's group of models. Somebody's `payments-prod` is no unpaid bill.
 */
const named = anyOf(
  [
    /\barn:/,
    // A path or an assignment: `accounts/credit-risk`, `Model Group=payment-bot`.
    /\b(?:account|deployment|model(?: group)?|organization|project)s?[/=]/,
    // In a sentence a name is only what no word looks like.
    /\b(?:account|organization|project|model:|to access) (?=\S*[-_])/,
  ],
  'g',
  '(',
  ')[\\w.:@/-]+',
);

/** A host: what stands in front of its domain. */
const host = /\b[\w.-]{1,99}(?=\.(?:com|internal|local|svc)\b)/g;

/** A line that a terminal broke: the next one goes on in the middle of the sentence. */
const wrapped = /\n(?<=[a-z,]\n) {0,8}(?=[a-z])/g;

/**
 * A message as the wording rules read it: lower case, without addresses, places in a request and names of what people
 * run, quotes emptied but for the period of a limit, "don't" as "do not".
 */
export function toPlain(text: string): string {
  let plain = text
    .replace(wrapped, ' ')
    .toLowerCase()
    .replace(/https?:\S*\w/g, '');
  // Most sentences hold no such name, and looking for its marks is cheap.
  if (/[[/=_-]|\.\w/.test(plain)) plain = plain.replace(place, 'x').replace(named, '$1x').replace(host, 'x');
  return plain.replace(quoted, (part) => / per [a-z]+/.exec(part)?.[0] ?? ' ').replace(/n['’]t\b/g, ' not');
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
