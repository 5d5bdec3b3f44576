/** Prefixes that issuers put on their keys, with something of a key's length behind them. */
const prefixed =
  /^(?:[cgprs]?[ps]k[-_]|xai-|xox[a-z]-|pplx-|nvapi-|gsk_|gh[a-z]_|hf_|r8_|AIza|ya29\.|A[KS]IA|LTAI|eyJ).{8,}/;
const run = /^[\w+/=.-]{32,}$/;
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * True for a text that is a key rather than the name of one. Names are words: a long run of mixed letters and digits is
 * taken for a key, a UUID (often the id of a record that holds one) is not.
 */
export function looksLikeKey(text: string): boolean {
  const value = text.trim();
  if (prefixed.test(value)) return true;
  if (!run.test(value) || uuid.test(value)) return false;
  return /\d/.test(value) && /[a-z]/.test(value) && (/[A-Z]/.test(value) || !/[-_.]/.test(value));
}

/** True for a text that begins like a key of an issuer: also where any run of characters would be right. */
export function hasKeyPrefix(text: string): boolean {
  return prefixed.test(text.trim());
}
