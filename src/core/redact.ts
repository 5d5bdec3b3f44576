/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/*
 * Every pattern below is linear on any input: what it repeats is either bounded, or greedy with nothing
 * after it that could fail, so no stretch of text is read twice from two starting points. Patterns begin with
 * what is rare (`=`, `:`, a literal prefix) and look back for the rest, which is what makes them cheap.
 */

/** The value after `:` or `=` when what stands before is named like a secret (`x-api-key: …`, `"token":"…"`, `&sig=…`). */
const labelled =
  /(?:[=:]|%3[ad])(?<=(?:key|token|secret|authorization|cookie|pass(?:word|wd|phrase)|pwd|signature|sig|auth|assertion|credentials?|key[-_]?id)\\?["'`]?\s{0,4}(?:[=:]|%3[ad]))(\s{0,4}\\?["'`]?(?:(?:bearer|basic|token|key)(?:\s|%20|\+){1,4})?)([^\s"'`&,;<>()[\]{}\\]+)/gi;
const scheme = /\b(?:bearer|basic)(\s{1,4})([\w.~+/=*-]{6,})/gi;
const urlCredentials = /:\/\/[^\s/?#"'<>\\]{1,1024}@/g;
const privateKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\s\S]*?(?:-----END[A-Z0-9 ]{0,40}-----|$)/g;

/** Prefixes that issuers put on their keys so that leaked ones can be found. */
const prefixed =
  /\b(?:c?sk-|x(?:ox[a-z]{1,3}|ai|app)-|[gprs]s?k_|pplx-|nvapi-|sess-|glpat-|(?:gh[a-z]|github_pat|hf|r8|fw|npm|tgp|whsec)_|AIza|ya29|bce-v3|A[KS]IA|LTAI|GOCSPX-|eyJ)[\w*./+=-]{4,}/g;
const webhook = /(?:hooks\.slack\.com\/\w+|discord(?:app)?\.com\/api\/webhooks|\/webhookb2)\/[^\s"'<>]+/g;
const telegram = /(?<!\d)\d{6,14}:[\w-]{16,}/g;
/** A long run of key characters without a known prefix: judged by what it is made of. */
const run = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}(?:\.[A-Za-z0-9]{16,64}\b)?/g;

/** Without one of these a text holds no secret: a cheap look that spares most sentences the patterns. */
const marks = /[\d=:@%_-]/;
const schemes = /bearer|basic/i;

/** Words such as "required" or "invalid" after a label are prose, and so are numbers. */
function isProse(value: string): boolean {
  return value.length < 16 && /^(?:[A-Za-z]?[a-z]+|[A-Z]+|\d{1,7})[.:!?*]*$/.test(value);
}

function isKeyLike(value: string): boolean {
  if (!/\d/.test(value)) return false;
  const isMixed = /[a-z]/.test(value) && /[A-Z]/.test(value);
  if (/[+/]/.test(value)) return value.length >= 40 && isMixed;
  return value.length >= 32 ? /[A-Za-z]/.test(value) : isMixed && /\d\D+\d/.test(value);
}

function redactRun(value: string): string {
  if (isKeyLike(value)) return REDACTED;
  // A path holds slashes too: its parts are judged one by one.
  return /[+/]/.test(value) ? value.replace(/[A-Za-z0-9]{24,}/g, redactRun) : value;
}

function redactValue(whole: string, _between: string, value: string): string {
  return whole[0] !== '=' && whole[0] !== '%' && isProse(value) ? whole : whole.slice(0, -value.length) + REDACTED;
}

/**
 * `text` without its secrets: provider keys, bearer and basic credentials, JWTs, AWS, Telegram and Slack tokens,
 * private keys, URL credentials, webhook addresses, and values of parameters or headers named like a secret.
 * Each becomes `[redacted]`. Time is linear in the length of `text`. What looks like a key but is an id may go too.
 */
export function redact(text: string): string {
  if (!marks.test(text) && !schemes.test(text)) return text;
  let safe = text;
  if (safe.includes('PRIVATE KEY')) safe = safe.replace(privateKey, REDACTED);
  if (safe.includes('@')) safe = safe.replace(urlCredentials, `://${REDACTED}@`);
  if (safe.includes('hook')) safe = safe.replace(webhook, REDACTED);
  safe = safe.replace(prefixed, REDACTED);
  // A key without a prefix has letters beside digits: a cheap look spares most sentences the patterns.
  if (/\d(?:[A-Za-z:]|(?<=[A-Za-z]\d))/.test(safe)) safe = safe.replace(telegram, REDACTED).replace(run, redactRun);
  return safe.replace(labelled, redactValue).replace(scheme, redactValue);
}
