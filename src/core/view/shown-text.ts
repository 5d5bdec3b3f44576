import { redact } from '../redact.js';
import type { LedgerEvent } from '../tier/state.js';

/** Longest text of a person or of an error that is shown, in characters. */
const LONGEST_TEXT = 500;

/** A text of a person or of an error as it is shown: without secrets, and not too long. */
export function shownText(text: string): string {
  return redact(text.slice(0, 4 * LONGEST_TEXT)).slice(0, LONGEST_TEXT);
}

/** A pause as it is shown. */
export function shownPause<P extends { readonly reason: string }>(pause: P): P {
  return { ...pause, reason: shownText(pause.reason) };
}

/** A row without what only the state machine needs, its texts without secrets. What is stored may be no text. */
export function shownRow({ set: _set, state: _state, ...row }: LedgerEvent): Omit<LedgerEvent, 'set' | 'state'> {
  const { reason, detail, by } = row;
  return {
    ...row,
    ...(reason === undefined ? {} : { reason: shownText(String(reason)) }),
    ...(detail === undefined ? {} : { detail: shownText(String(detail)) }),
    ...(by === undefined ? {} : { by: String(by).slice(0, LONGEST_TEXT) }),
  };
}
