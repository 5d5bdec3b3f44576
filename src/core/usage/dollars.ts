/** Shortest and longest part of a dollar that is shown, in digits. */
const [CENTS, MOST_DIGITS] = [2, 9];

/**
 * How many digits show amounts beside a limit: cents, and of a limit below a dollar two digits that are not zeros.
 */
function digitsFor(limit: number): number {
  return Math.min(MOST_DIGITS, Math.max(CENTS, 1 + Math.ceil(-Math.log10(limit))));
}

/** Writes an amount of dollars as precisely as its limit asks for, without a sign: `1.60`, `0.012`. */
export function dollarText(amount: number, limit: number): string {
  return amount.toFixed(digitsFor(limit));
}
