import { redact } from '../../core/redact.js';
import type { LedgerEvent } from '../../core/tier/state.js';

const LONGEST_TEXT = 500;

/** A row without what only the state machine needs, its texts without secrets. */
export function publicRow({ set: _set, state: _state, ...row }: LedgerEvent): Omit<LedgerEvent, 'set' | 'state'> {
  const { reason, detail, by } = row;
  return {
    ...row,
    ...(reason === undefined ? {} : { reason: clean(reason) }),
    ...(detail === undefined ? {} : { detail: clean(detail) }),
    ...(by === undefined ? {} : { by: by.slice(0, LONGEST_TEXT) }),
  };
}

function clean(text: string): string {
  return redact(text.slice(0, 4 * LONGEST_TEXT)).slice(0, LONGEST_TEXT);
}
