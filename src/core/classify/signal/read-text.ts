import { isObject } from '../read-property.js';
import { MAX_HEAD, MAX_JSON } from '../limits.js';

/** What stands inside a text that came from outside. */
export interface TextParts {
  /** The sentence around (or instead of) the JSON. */
  prose: string;
  /** JSON found in the text. */
  json?: unknown;
}

/**
 * Finds the JSON that SDKs, CLIs and proxies put into messages: the whole text, or the first object in it. Where it
 * cannot be parsed (cut off, or printed by Python) its telling fields are picked out.
 */
export function splitText(text: string): TextParts {
  if (/^\s{0,40}[{"[]/.test(text)) {
    const whole = parse(text);
    if (typeof whole === 'string' || isObject(whole)) return { prose: '', json: whole };
  }
  const brace = text.slice(0, MAX_HEAD).indexOf('{');
  if (brace < 0) return { prose: text };
  const end = text.slice(0, brace + MAX_JSON).lastIndexOf('}');
  const inner = parse(text.slice(brace, end + 1));
  if (isObject(inner)) {
    return { prose: `${text.slice(0, brace)} ${text.slice(end + 1, end + 1 + MAX_HEAD)}`, json: inner };
  }
  const loose = looseFields(text.slice(brace, brace + MAX_HEAD));
  return loose ? { prose: text.slice(0, brace), json: loose } : { prose: text };
}

function parse(text: string): unknown {
  if (text.length > MAX_JSON) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const looseMessage =
  /["'](?:message|msg|detail|error(?:_description)?)\\{0,3}["']:\s{0,4}\\{0,3}(?:"([^"\\]{1,1500})|'((?:[^'\\]|'(?=[a-z])){1,1500}))/i;
const looseCode = /["'](?:(?:error_)?code|type|status|reason)\\{0,3}["']:\s{0,4}\\{0,3}["']?([\w.-]{1,80})/gi;

/** The telling fields of something that looks like an object but is no JSON. */
function looseFields(text: string): object | undefined {
  const message = looseMessage.exec(text);
  const codes = Array.from(text.matchAll(looseCode), (match) => ({ code: match[1] }));
  return message || codes.length ? { message: message?.[1] ?? message?.[2], details: codes } : undefined;
}

/**
 * "429 You exceeded …", "502: …", "(529) Overloaded"; "HTTP 402", "status code 401", "API error 429", "Error code: 400",
 * "HTTP/1.1 503"; "[403 Forbidden]", "<503>". A number that merely stands there is no status.
 */
const textStatus =
  /(?:^(?:[\w.]{0,60}(?:\.\w{1,40}|error): |[\s[(<]{0,3})[345]\d\d(?=[\s\])>:.,{–-]|$)(?!\s*(?:m?s|sec|min|tokens?|bytes|%))|\b(?:http(?:\/[\d.]{1,3})?|status|code|error|response)["' :=(-]{1,4}(?:(?:of|was|http|status) )?[345]\d\d\b(?![.,]\d)|[[<][345]\d\d(?:[\]>]| [A-Z]))/i;

/** The HTTP status a sentence names in so many words. */
export function statusInText(text: string): number | undefined {
  const head = text.slice(0, 400);
  const match = /[345]\d\d/.test(head) ? textStatus.exec(head) : null;
  return match ? Number(/\b[345]\d\d\b/.exec(match[0])?.[0]) : undefined;
}
