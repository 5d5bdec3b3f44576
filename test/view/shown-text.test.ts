import { expect, test } from 'vitest';
import { shownPause, shownRow, shownText } from '../../src/core/view/shown-text.js';
import type { LedgerEvent } from '../../src/core/tier/state.js';

const key = 'sk-live-abcdefghijklmnopqrstuvwxyz012345';

test('a text is shown without its secrets, and its first 500 characters', () => {
  expect(shownText(`rotate ${key} now`)).toBe('rotate [redacted] now');
  expect(shownText('x '.repeat(1000))).toBe('x '.repeat(250));
  // A secret that the end would cut in two is one all the same.
  expect(shownText(`${'x '.repeat(248)}${key}`)).toBe(`${'x '.repeat(248)}[red`);
});

test('a text is not searched whole, however long it is', () => {
  expect(shownText(`sk-live-${'a1'.repeat(900)} and more`)).toBe('[redacted] and more');
  expect(shownText(`sk-live-${'a1'.repeat(1500)} and more`)).toBe('[redacted]');
});

test('of a pause the reason, and all else as it is', () => {
  expect(shownPause({ reason: `leaked ${key}`, by: 'ann' })).toEqual({ reason: 'leaked [redacted]', by: 'ann' });
});

test('a row is shown without what only the state machine needs', () => {
  const row = { type: 'paused', at: 5, by: 'n'.repeat(600), reason: `leaked ${key}`, detail: key, set: {}, state: {} };
  expect(shownRow(row as unknown as LedgerEvent)).toEqual({
    type: 'paused',
    at: 5,
    by: 'n'.repeat(500),
    reason: 'leaked [redacted]',
    detail: '[redacted]',
  });
  expect(shownRow({ type: 'reset', at: 5 })).toEqual({ type: 'reset', at: 5 });
});

test('what is stored in the place of a text is shown as one', () => {
  const row = { type: 'paused', at: 5, by: 7, reason: null, detail: { a: 1 } };
  expect(shownRow(row as unknown as LedgerEvent)).toEqual({
    type: 'paused',
    at: 5,
    by: '7',
    reason: 'null',
    detail: '[object Object]',
  });
});
