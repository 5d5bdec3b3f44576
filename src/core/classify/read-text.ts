import { MAX_HEAD } from './signal.js';

/** Longest text that is parsed as JSON as a whole. */
const MAX_JSON = 16_384;

/** What stands inside a text that came from outside. */
export interface TextParts {
  /** The sentence around (or instead of) the JSON. */
  prose: string;
  /** JSON found in the text. */
  json: unknown;
}

/**
 * Finds the JSON that SDKs, CLIs and proxies put into messages: the whole text, or the first object in it. Where it
 * cannot be parsed (cut off, or printed by Python) its telling fields are picked out.
 */
export function splitText(text: string): TextParts {
  const open = text.slice(0, MAX_HEAD).search(/[{"[]/);
  if (open === -1) return { prose: text, json: undefined };
  if (open === 0 || text.trimStart()[0] === text[open]) {
    const whole = parse(text);
    if (typeof whole === 'string' || (typeof whole === 'object' && whole !== null)) return { prose: '', json: whole };
  }
  const brace = text.indexOf('{');
  if (brace === -1 || brace > MAX_HEAD) return { prose: text, json: undefined };
  const end = closingBrace(text, brace);
  const inner = end === -1 ? undefined : parse(text.slice(brace, end + 1));
  if (typeof inner === 'object' && inner !== null) {
    return { prose: `${text.slice(0, brace)} ${text.slice(end + 1, end + 1 + MAX_HEAD)}`, json: inner };
  }
  const loose = looseFields(text.slice(brace, brace + MAX_HEAD));
  return loose === undefined ? { prose: text, json: undefined } : { prose: text.slice(0, brace), json: loose };
}

function parse(text: string): unknown {
  if (text.length > MAX_JSON) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Index of the brace that closes the one at `start`, or -1. */
function closingBrace(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_JSON);
  let depth = 0;
  let inString = false;
  for (let index = start; index < limit; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 92) index++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123) depth++;
    else if (code === 125 && --depth === 0) return index;
  }
  return -1;
}

const looseMessage =
  /\\{0,3}["'](?:message|msg|detail|error|error_description)\\{0,3}["']\s{0,4}:\s{0,4}(?:\\{0,3}"([^"\\]{1,1500})|\\{0,3}'((?:[^'\\]|'(?=[a-z])){1,1500}))/i;
const looseCode =
  /\\{0,3}["'](?:code|type|status|reason|error_code)\\{0,3}["']\s{0,4}:\s{0,4}\\{0,3}["']?([\w.-]{1,80})/gi;

/** The telling fields of something that looks like an object but is no JSON. */
function looseFields(text: string): object | undefined {
  const message = looseMessage.exec(text);
  const codes: { code: unknown }[] = [];
  for (const match of text.matchAll(looseCode)) {
    const word = match[1] as string;
    if (!/^(?:none|null|error|object)$/i.test(word)) codes.push({ code: /^\d+$/.test(word) ? Number(word) : word });
    if (codes.length === 4) break;
  }
  if (message === null && codes.length === 0) return undefined;
  return { message: message?.[1] ?? message?.[2], details: codes };
}

const textStatus = [
  // "429 You exceeded …", "502: …", "(529) Overloaded"
  /^[\s[(<]{0,3}([345]\d\d)(?=[\s\])>:.,{–-]|$)(?!\s*(?:ms|s|sec|min|tokens?|bytes|%))/,
  // "HTTP 402", "status code 401", "API error 429", "Error code: 400", "HTTP/1.1 503"
  /\b(?:http(?:\/\d(?:\.\d)?)?|status|status[ _]?code|error code|code|http error|api error|error|server error|response)(?:["']?\s?[:=]\s?|\s?\(?| - | of | was )(?:http |status )?([345]\d\d)\b(?![.,]\d)/i,
  // "[403 Forbidden]", "<503>"
  /[[<]([45]\d\d)(?:[\]>]| [A-Z])/,
];

/** The HTTP status a sentence names in so many words; a number that merely stands there is none. */
export function statusInText(text: string): number | undefined {
  const head = text.length > 400 ? text.slice(0, 400) : text;
  if (!/[345]\d\d/.test(head)) return undefined;
  for (const pattern of textStatus) {
    const match = pattern.exec(head);
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}
