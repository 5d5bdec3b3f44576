import type { Clock } from '../../ports/clock.js';

/** The longest delay a timer takes, in milliseconds; every JavaScript runtime fires a longer one at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Whether a host's clock has the methods that notifiers use. */
export function isClock(value: unknown): value is Clock {
  if (typeof value !== 'object' || value === null) return false;
  const methods: readonly (keyof Clock)[] = ['now', 'setTimeout', 'clearTimeout'];
  const clock: Partial<Record<keyof Clock, unknown>> = value;
  return methods.every((method) => typeof clock[method] === 'function');
}
