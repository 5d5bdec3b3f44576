import type { Policy } from '../../config.js';
import { TOKEN_BUDGET, isKind } from '../../kinds.js';
import { latest } from './rest.js';
import { FOREVER, type TierState } from '../state.js';

/** A provider's wait counts as at least this long: "0" and a few milliseconds mean "not right now". */
export const MIN_RETRY_AFTER_MS = 1000;

/** A failure so long after the end of the last rest (and twice that rest) starts the ladder over. */
export const FORGET_AFTER_MS = 3_600_000;

// The three figures below were chosen with `npm run simulate`: a tier that is up and down in turns of half a minute
// hardly ever has a penalty, one that fails three calls in ten reaches the last figure within minutes.

/** Half of a tier's penalty is gone after this time. */
const PENALTY_HALF_LIFE_MS = 600_000;
/** Up to this penalty a confirmed success starts the ladder over: one relapse can be chance. */
const PENALTY_FREE = 1;
/** From this penalty on every rest is as long as the ladder allows. */
const PENALTY_FULL = 3;

/** Does this kind step the chain down? One that a host names itself always does: it would not report it otherwise. */
export function isTrigger(kind: string, policy: Policy): boolean {
  if (isKind(kind) || kind === TOKEN_BUDGET) return policy.triggers.some((trigger) => trigger === kind);
  return true;
}

/**
 * Length of the rest after `failures` consecutive failures (1 or more), in milliseconds. A `penalty` above
 * `PENALTY_FREE` moves it towards the longest rest of the ladder: a tier that answers most calls and fails the others
 * never has many failures in a row.
 */
export function cooldownMs(kind: string, failures: number, policy: Policy, penalty = 0): number {
  const known = isKind(kind) || kind === TOKEN_BUDGET;
  const { initialMs, factor, maxMs } = policy.cooldown[known ? kind : 'default'];
  if (initialMs === 0) return 0;
  const rung = Math.min(maxMs, initialMs * factor ** (failures - 1));
  const share = Math.min(1, Math.max(0, (penalty - PENALTY_FREE) / (PENALTY_FULL - PENALTY_FREE)));
  return rung + share * (maxMs - rung);
}

/** How many consecutive failures one that happens now makes: 1 where the last one is so long ago that it is another. */
export function consecutiveFailures(tier: TierState, now: number): number {
  const restEndedAt = latest(tier.cooldownUntil, tier.restUntil, tier.retryAfterUntil);
  if (tier.failures > 0 && tier.lastFailureAt !== null && Number.isFinite(restEndedAt)) {
    const sinceMs = now - restEndedAt;
    if (sinceMs >= FORGET_AFTER_MS && sinceMs > 2 * (restEndedAt - tier.lastFailureAt)) return 1;
  }
  return tier.failures + 1;
}

/**
 * The penalty at a time. It is the damping of route flaps (RFC 2439): each relapse adds to it, and it decays
 * exponentially. A turn from working to failing is a relapse only when few calls were answered in between: otherwise a
 * tier that is up and down for half a minute each would lose the good half.
 */
export function penaltyAt(tier: TierState, now: number): number {
  if (tier.penalty === 0 || tier.lastFailureAt === null) return 0;
  const left = tier.penalty * 0.5 ** (Math.max(0, now - tier.lastFailureAt) / PENALTY_HALF_LIFE_MS);
  // Few digits: it is stored and printed.
  return Math.round(left * 1000) / 1000;
}

/** A provider's wait as we honour it, or `null` where it named none that makes sense. */
export function honouredRetryAfterMs(retryAfterMs: number | undefined, policy: Policy): number | null {
  if (typeof retryAfterMs !== 'number' || !(retryAfterMs >= 0)) return null;
  return Math.max(MIN_RETRY_AFTER_MS, Math.min(retryAfterMs, policy.maxRetryAfterMs ?? FOREVER));
}

/** `at` as a time that a `Date` can hold and JSON keeps. */
export function clampTime(at: number): number {
  return Math.min(Math.ceil(at), FOREVER);
}
