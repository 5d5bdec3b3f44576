import { anyOf, inTurn } from '../../patterns.js';

/**
 * The ways in which a sentence names an HTTP status. A number that merely stands there is none, nor one with a unit or
 * decimals behind it.
 */
const forms = anyOf(
  [
    // "429 You exceeded", "(529) Overloaded", "openai.BadRequestError: 400", "Error: [provider.x] 403", "✗ 402 You".
    inTurn([
      /^(?:[\w.]{0,60}(?:\.\w{1,40}|error): )?(?:error: )?(?:\[[\w .-]{1,40}\] ?)?/,
      /[^\w\s]{0,3}\s?[[(<]{0,2}[345]\d\d\b(?=[\s\])>:.,{–-]|$)/,
    ]),
    // "HTTP 402", "status code 401", "status_code=503", "API error 429", "Error code: 400".
    inTurn([
      /(?:\b|_)(?:http(?:status)?(?:\/[\d.]{1,3})?|(?:status)?code|status|error|exception|response)/,
      /["'` :=([-]{1,4}(?:(?:of|was|is|http|status)[ :]{1,2}){0,2}[345]\d\d\b/,
    ]),
    // "returned 403: …", "got HTTP 429", "failed with status 500", "Request rejected (429)": no count of something.
    inTurn([
      /\b(?:failed|returned|rejected|got|with)[ :(]{1,2}(?:(?:with|http|status|code|an|a)[ :]{1,2}){0,3}/,
      /[345]\d\d(?=[:.,;)\]]|$)/,
    ]),
    // "[403 Forbidden]", "<503>", "| 504: Gateway time-out", "in x: 429: …".
    /[[<][345]\d\d(?:[\]>]| [A-Z])|[|:] [345]\d\d:/,
    // "Access forbidden (403): …".
    /(?:denied|error|exceeded|forbidden|found|requests|unauthorized|unavailable) \([345]\d\d\)/,
  ],
  'i',
  '',
  String.raw`(?!\s*(?:%|(?:m?s|sec|min|tokens?|bytes|px|kb|mb)\b))(?![.,]\d)`,
);

/** The HTTP status a sentence names in so many words. */
export function statusInText(text: string): number | undefined {
  const head = text.slice(0, 400);
  const match = /[345]\d\d/.test(head) ? forms.exec(head) : null;
  return match ? Number(/[345]\d\d(?!\d)/.exec(match[0])?.[0]) : undefined;
}
