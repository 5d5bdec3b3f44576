import { anyOf, inTurn } from './patterns.js';

/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/*
 * Every pattern below is linear on any input: what it repeats is either bounded, or greedy with nothing
 * after it that could fail, so no stretch of text is read twice from two starting points. Patterns begin with
 * what is rare (`=`, `:`, a literal prefix) and look back for the rest, which is what makes them cheap.
 */

/** The value behind `:` or `=` of what is named like a secret: `x-api-key: …`, `"token":"…"`, `&sig=…`. */
const labelled = inTurn(
  [
    /(?:[=:]|%3[ad])/,
    anyOf(
      [
        /key(?:[-_]?id)?|token|secret|auth|authorization|assertion|credentials?/,
        /cookie|pass(?:word|wd|phrase)|pwd|sig|signature/,
      ],
      '',
      '(?<=',
      String.raw`\\?["'\`]?\s{0,4}(?:[=:]|%3[ad]))`,
    ),
    /(\s{0,4}\\?["'`]?(?:(?:bearer|basic|token|key)(?:\s|%20|\+){1,4})?)([^\s"'`&,;<>()[\]{}\\]+)/,
  ],
  'gi',
);
const scheme = /\b(?:bearer|basic)(\s{1,4})([\w.~+/=*-]{6,})/gi;
const urlCredentials = /:\/\/[^\s/?#"'<>\\]{1,1024}@/g;
const privateKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\s\S]*?(?:-----END[A-Z0-9 ]{0,40}-----|$)/g;

/** Prefixes that issuers put on their keys so that leaked ones can be found. */
const prefixed = anyOf(
  [
    /c?sk-|x(?:ox[a-z]{1,3}|ai|app)-|[gprs]s?k_|pplx-|nvapi-|sess-|glpat-/,
    /(?:gh[a-z]|github_pat|hf|r8|fw|npm|tgp|whsec)_/,
    /AIza|ya29|bce-v3|A[KS]IA|LTAI|SCW|GOCSPX-|SG\.|eyJ/,
    // Modal. The letters are common ones: what follows must be as long as a key.
    /a[ks]-(?=[A-Za-z0-9]{16})/,
  ],
  'g',
  String.raw`\b`,
  String.raw`[\w*./+=-]{4,}`,
);
const webhook = /(?:hooks\.slack\.com\/\w+|discord(?:app)?\.com\/api\/webhooks|\/webhookb2)\/[^\s"'<>]+/g;
const telegram = /(?<!\d)\d{6,14}:[\w-]{16,}/g;
/** A long run of key characters without a known prefix: judged by what it is made of. */
const run = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}(?:\.[A-Za-z0-9]{16,64}\b)?/g;

/** Without one of these a text holds no secret: a cheap look that spares most sentences the patterns. */
const marks = /[\d=:@%_-]|bearer|basic/i;

/** A key with `-` and `_` in it, such as Cloudflare's: told from a long name by a part that no word looks like. */
const joined = /(?<![\w-])[A-Za-z0-9][\w-]{31,}/g;

/** SambaNova and Scaleway issue keys that are UUIDs. So is many an id. */
const uuid = /(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/gi;

/** What stands in front of a UUID that is no key: "Request ID: …", `team/…`, `"trace_id":"…"`. */
const idLead = inTurn(
  [
    /(?:(?<!key[ _-]?)id|uuid|request|trace|session|thread|conversation|ref|team|org(?:anization)?|project|tenant)/,
    /s?\\?["'`]?\s?[:=#/(<]?\s?\\?["'`]?$/,
  ],
  'i',
);

/** Words such as "required" or "invalid" after a label are prose, and so are numbers. */
function isProse(value: string): boolean {
  return value.length < 16 && /^(?:[A-Za-z]?[a-z]+|[A-Z]+|\d{1,7})[.:!?*]*$/.test(value);
}

/** Small and capital letters, and digits between them. */
function isMixed(value: string): boolean {
  return /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d\D+\d/.test(value);
}

function isKeyLike(value: string): boolean {
  if (!/\d/.test(value)) return false;
  if (/[+/]/.test(value)) return value.length >= 40 && /[a-z]/.test(value) && /[A-Z]/.test(value);
  return value.length >= 32 ? /[A-Za-z]/.test(value) : isMixed(value);
}

function redactJoined(value: string): string {
  return value.split(/[_-]/).some((part) => part.length >= 10 && isMixed(part)) ? REDACTED : value;
}

function redactUuid(value: string, offset: number, text: string): string {
  return idLead.test(text.slice(Math.max(0, offset - 40), offset)) ? value : REDACTED;
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
  if (!marks.test(text)) return text;
  let safe = text;
  if (/PRIVATE KEY|hook/.test(safe)) safe = safe.replace(privateKey, REDACTED).replace(webhook, REDACTED);
  if (safe.includes('@')) safe = safe.replace(urlCredentials, `://${REDACTED}@`);
  safe = safe.replace(prefixed, REDACTED);
  // A key without a prefix has letters beside digits: a cheap look spares most sentences the patterns.
  if (/\d(?:[A-Za-z:]|(?<=[A-Za-z]\d))/.test(safe)) {
    safe = safe.replace(telegram, REDACTED).replace(joined, redactJoined).replace(run, redactRun);
    if (/-[0-9a-f]{4}-/i.test(safe)) safe = safe.replace(uuid, redactUuid);
  }
  return safe.replace(labelled, redactValue).replace(scheme, redactValue);
}
