import type { Policy } from '../config.js';
import { TOKEN_BUDGET, isKind } from '../kinds.js';
import { FOREVER } from './state.js';

/** A provider's wait counts as at least this long: "0" and a few milliseconds mean "not right now". */
export const MIN_RETRY_AFTER_MS = 1000;

/** Does this kind step the chain down? What a host names itself always does: it would not report it otherwise. */
export function isTrigger(kind: string, policy: Policy): boolean {
  if (isKind(kind) || kind === TOKEN_BUDGET) return policy.triggers.some((trigger) => trigger === kind);
  return true;
}

/** Length of the rest after `failures` consecutive failures (1 or more), in milliseconds. */
export function cooldownMs(kind: string, failures: number, policy: Policy): number {
  const known = isKind(kind) || kind === TOKEN_BUDGET;
  const { initialMs, factor, maxMs } = policy.cooldown[known ? kind : 'default'];
  if (initialMs === 0) return 0;
  return Math.min(maxMs, initialMs * factor ** (failures - 1));
}

/** A provider's wait as we honour it, or `null` where it named none that makes sense. */
export function honouredRetryAfterMs(retryAfterMs: number | undefined, policy: Policy): number | null {
  if (typeof retryAfterMs !== 'number' || !(retryAfterMs >= 0)) return null;
  return Math.max(MIN_RETRY_AFTER_MS, Math.min(retryAfterMs, policy.maxRetryAfterMs ?? Number.POSITIVE_INFINITY));
}

/** `at` as a time that a `Date` can hold and JSON keeps. */
export function clampTime(at: number): number {
  return Math.min(Math.ceil(at), FOREVER);
}
