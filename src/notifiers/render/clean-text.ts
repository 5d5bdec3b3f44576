import { redact } from '../../core/redact.js';

/** Characters read of one value: enough for every field, and a text of a megabyte costs no more. */
const READ_LIMIT = 4_096;

/** Longer than any secret whose beginning alone `redact` would not recognise. */
const SECRET_LENGTH = 1_100;

const breaks = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Zero-width, bidi, tag and filler characters: they change what a reader sees and hide a secret from `redact`. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Co}\u2800]+/gu;
const loneSurrogates = /\p{Cs}/gu;
/** Stacked combining marks cover the lines above and below. */
const stackedMarks = /(\p{M}{3})\p{M}+/gu;

/**
 * Anything as one line of harmless text: no control, bidi or zero-width character, no line break, no lone surrogate,
 * no secret, at most `limit` UTF-16 units.
 */
export function cleanText(value: unknown, limit: number): string {
  // Redact before clipping: a secret that was cut in half would no longer be recognised.
  return clip(withoutHalf(value, redact(readVisible(value))), limit).trim();
}

function visibleText(value: unknown): string {
  return withoutHalf(value, readVisible(value));
}

/** Where reading stopped there may be the first half of a secret, which no pattern recognises. */
function withoutHalf(value: unknown, visible: string): string {
  return typeof value === 'string' && value.length > READ_LIMIT ? visible.slice(0, -SECRET_LENGTH) : visible;
}

function readVisible(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  return text
    .slice(0, READ_LIMIT)
    .replace(loneSurrogates, '\uFFFD')
    .replace(breaks, ' ')
    .replace(invisible, '')
    .replace(stackedMarks, '$1')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** At most `limit` UTF-16 units, marked with an ellipsis where something is missing; never half a surrogate pair. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, Math.max(0, limit - 1));
  const last = cut.charCodeAt(cut.length - 1);
  return `${last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut}…`;
}

/** The first eight characters of a session id. Shortened before it is redacted, as a long id looks like a key. */
export function shortSession(session: unknown): string {
  const id = visibleText(session);
  return redact(id.length <= 12 ? id : clip(id, 9));
}

/** A session id for programs: a UUID or hexadecimal id in full, anything else like any other text. */
export function fullSession(session: unknown, limit: number): string {
  const id = visibleText(session);
  return /^[0-9a-f-]{1,64}$/i.test(id) ? id : cleanText(session, limit);
}

/** `2026-11-22 02:30:00 UTC`; an empty string where `at` is no time. */
export function formatTime(at: unknown): string {
  if (typeof at !== 'number' || !Number.isFinite(at) || Math.abs(at) > 8.64e15) return '';
  return `${new Date(at).toISOString().slice(0, -5).replace('T', ' ')} UTC`;
}
