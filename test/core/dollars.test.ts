import { expect, test } from 'vitest';
import { dollarText } from '../../src/core/usage/dollars.js';

test.each([
  [1.6, 50, '1.60'],
  [0.5, 1, '0.50'],
  [0.125, 0.5, '0.13'],
  [0.0123, 0.05, '0.012'],
  [0.0012, 0.01, '0.001'],
  [0.00012, 0.001, '0.0001'],
  [0, 1e-12, '0.000000000'],
  [20_000, 1_000_000, '20000.00'],
])('%d dollars of a limit of %d are %s', (amount, limit, text) => {
  expect(dollarText(amount, limit)).toBe(text);
});
