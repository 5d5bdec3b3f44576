/** Numbers with a unit behind them are no status. */
const unit = String.raw`(?!\s*(?:m?s|sec|min|tokens?|bytes|%|px|kb|mb)\b)(?![.,]\d)`;
const status = String.raw`[345]\d\d\b`;

/** The ways in which a sentence names an HTTP status. A number that merely stands there is none. */
const forms = new RegExp(
  [
    // "429 You exceeded", "(529) Overloaded", "openai.BadRequestError: 400", "Error: [provider.x] 403", "✗ 402 You".
    String.raw`^(?:[\w.]{0,60}(?:\.\w{1,40}|error): )?(?:error: )?(?:\[[\w .-]{1,40}\] ?)?[^\w\s]{0,3}\s?[[(<]{0,2}` +
      String.raw`${status}(?=[\s\])>:.,{–-]|$)${unit}`,
    // "HTTP 402", "status code 401", "status_code=503", "API error 429", "Error code: 400".
    String.raw`(?:\b|_)(?:http(?:[_ ]?status)?(?:\/[\d.]{1,3})?|status(?:[_ ]?code)?|code|error|exception|response)` +
      String.raw`["'\` :=([-]{1,4}(?:(?:of|was|is|http|status)[ :]{1,2}){0,2}${status}${unit}`,
    // "returned 403: …", "got HTTP 429", "failed with status 500", "Request rejected (429)": no count of something.
    String.raw`\b(?:failed|returned|rejected|got|with)[ :(]{1,2}(?:(?:with|http|status|code|an|a)[ :]{1,2}){0,3}` +
      String.raw`${status}(?=[:.,;)\]]|$)${unit}`,
    // "[403 Forbidden]", "<503>", "| 504: Gateway time-out", "Access forbidden (403): …", "in x: 429: …".
    String.raw`[[<]${status}(?:[\]>]| [A-Z])`,
    String.raw`[|:] ${status}:`,
    String.raw`(?:denied|error|exceeded|failed|forbidden|found|limit|overloaded|rejected|requests|unauthorized|unavailable)` +
      String.raw` \(${status}\)`,
    // "503 Service Unavailable", wherever it stands.
    String.raw`\b(?:400 bad request|401 unauthorized|402 payment|403 forbidden|404 not found|408 request time|` +
      String.raw`413 (?:payload|request|content)|422 unprocessable|429 too many|500 internal server|502 bad gateway|` +
      String.raw`503 service|504 gateway|529 (?:site is )?overloaded)`,
  ].join('|'),
  'i',
);

/** The HTTP status a sentence names in so many words. */
export function statusInText(text: string): number | undefined {
  const head = text.slice(0, 400);
  const match = /[345]\d\d/.test(head) ? forms.exec(head) : null;
  return match ? Number(/\b[345]\d\d\b|[345]\d\d/.exec(match[0])?.[0]) : undefined;
}
