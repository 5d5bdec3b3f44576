/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/*
 * Every pattern below is linear on any input: what it repeats is either bounded, or greedy with nothing
 * after it that could fail, so no stretch of text is read twice from two starting points. Patterns begin with
 * what is rare (`=`, `:`, a literal prefix) and look back for the rest, which is what makes them cheap.
 */

/** The value after `:` or `=` when what stands before is named like a secret (`x-api-key: …`, `"token":"…"`, `&sig=…`). */
const labelled = new RegExp(
  '([=:]|%3[AaDd])' +
    '(?<=(?:key|token|secret|authorization|cookie|password|passwd|pwd|passphrase|signature|sig|auth|assertion|credentials?|access[-_]?key[-_]?id)' +
    '\\\\?["\'`]?\\s{0,4}(?:[=:]|%3[ad]))' +
    '(\\s{0,4}\\\\?["\'`]?(?:(?:bearer|basic|token|key)(?:\\s|%20|\\+){1,4})?)' +
    '([^\\s"\'`&,;<>()[\\]{}\\\\]+)',
  'gi',
);

const scheme = /(?<![A-Za-z0-9])([Bb]earer|BEARER|[Bb]asic)(\s{1,4})([\w.~+/=*-]{6,})/g;
const urlCredentials = /(:\/\/)[^\s/?#"'<>\\]{1,1024}@/g;
const privateKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\s\S]*?(?:-----END[A-Z0-9 ]{0,40}-----|$)/g;
const webhook =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/|\/webhookb2\/)[^\s"'<>]+/g;
const telegram = /(?<!\d)\d{6,14}:[\w-]{16,}/g;

/** Prefixes that issuers put on their keys so that leaked ones can be found. */
const prefixed = new RegExp(
  '(?<![A-Za-z0-9])(?:' +
    [
      'sk-[\\w*.-]{4,}',
      '[spr]k_[\\w*-]{8,}',
      '(?:gsk_|csk-|xai-|pplx-|nvapi-|sess-|tgp_v1_|whsec_|vck_|tvly-|jina_|lsv2_|GOCSPX-|dop_v1_|shp[a-z]{2}_)[\\w*-]{8,}',
      '(?:r8_|hf_|fw_|npm_|pypi-|key-|pa-|api_org_|dapi|LTAI|AKLT|AQ\\.|SG\\.|ABSK|bedrock-api-key-|phc_|dckr_pat_|figd_)[\\w*./+=-]{16,}',
      'gh[a-z]_[\\w*]{8,}',
      'github_pat_[\\w*]{8,}',
      'glpat-[\\w*-]{8,}',
      'xox[a-z]{1,3}-[\\w*.-]{4,}',
      'xapp-[\\w*-]{4,}',
      'AIza[\\w*-]{8,}',
      'ya29\\.[\\w*.-]{4,}',
      '1//[\\w-]{16,}',
      'bce-v3/[\\w/-]{8,}',
      'A(?:KIA|SIA|BIA|CCA|GPA|IDA|ROA|NPA)[A-Z0-9*]{8,}',
      'eyJ[\\w-]{6,}(?:\\.[\\w*-]+){0,4}',
    ].join('|') +
    ')',
  'g',
);

/** A long run of key characters without a known prefix: judged by what it is made of. */
const run = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}(?:\.[A-Za-z0-9]{16,64}(?![A-Za-z0-9]))?/g;

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

/**
 * `text` with the keys among its words redacted. Only words that could be a key are tried: six or more key characters
 * with a digit, a dash, an underscore or an inner capital. Most messages hold few, and a loop finds them in a fraction of
 * the time the patterns would take over the whole text.
 */
function redactWords(text: string): string {
  let safe = '';
  let copied = 0;
  let start = 0;
  let isSuspect = false;
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 32;
    if (code >= 97 && code <= 122) continue;
    if ((code >= 48 && code <= 57) || code === 45 || code === 95 || code === 42) isSuspect = true;
    else if (code >= 65 && code <= 90) isSuspect ||= index > start;
    else if (code !== 43 && code !== 46 && code !== 47 && code !== 58) {
      if (isSuspect && index - start >= 6) {
        safe += text.slice(copied, start) + redactWord(text.slice(start, index));
        copied = index;
      }
      start = index + 1;
      isSuspect = false;
    }
  }
  return copied === 0 ? text : safe + text.slice(copied);
}

function redactWord(word: string): string {
  const safe = word.replace(prefixed, REDACTED);
  if (word.length < 24) return safe;
  return safe.replace(telegram, REDACTED).replace(run, redactRun);
}

/**
 * `text` without its secrets: provider keys, bearer and basic credentials, JWTs, AWS, Telegram and Slack tokens,
 * private keys, URL credentials, webhook addresses, and values of parameters or headers named like a secret.
 * Each becomes `[redacted]`. Time is linear in the length of `text`. What looks like a key but is an id may go too.
 */
export function redact(text: string): string {
  let safe = text;
  if (safe.includes('PRIVATE KEY')) safe = safe.replace(privateKey, REDACTED);
  if (safe.includes('@')) safe = safe.replace(urlCredentials, `$1${REDACTED}@`);
  if (safe.includes('hook')) safe = safe.replace(webhook, `$1${REDACTED}`);
  safe = redactWords(safe);
  return safe
    .replace(labelled, (whole: string, sign: string, between: string, value: string) =>
      sign === ':' && isProse(value) ? whole : `${sign}${between}${REDACTED}`,
    )
    .replace(scheme, (whole: string, name: string, between: string, value: string) =>
      isProse(value) ? whole : `${name}${between}${REDACTED}`,
    );
}
