/** What stands where a tier's number would, for an instance that is paused. */
export const PAUSED_BADGE = '✕';

/** What stands beside the badge where a budget was the cause. */
export const BUDGET_ICON = '⛽';

/** The tier's number in a circle, `①` to `㊿`; from tier 51 on the plain number. @param index from 0 */
export function tierBadge(index: number): string {
  const number = index + 1;
  // Unicode has the circled numbers in three runs.
  if (number >= 1 && number <= 20) return String.fromCodePoint(0x2460 + number - 1);
  if (number >= 21 && number <= 35) return String.fromCodePoint(0x3251 + number - 21);
  if (number >= 36 && number <= 50) return String.fromCodePoint(0x32b1 + number - 36);
  return String(number);
}
