import { Draft } from './draft.js';
import { latest, unlessOver } from './rests/rest.js';
import { isStanding } from './rests/standing-pauses.js';
import type { State, StatePatch, TierState } from './state.js';

/** A last failure may lie so far in the future before a clock counts as set back: clocks of two processes differ. */
export const CLOCK_TOLERANCE_MS = 1000;

/** A draft of the next transition, in which everything that time alone changes has happened. */
export function begin(state: State, now: number): Draft {
  const draft = new Draft(state);
  rebase(draft, now);
  expirePauses(draft, now);
  return draft;
}

/**
 * True when an attempt at the tier began before its last failure: it belongs to the old incident. Where the clock was
 * set back since that failure, an attempt that began at the new time is newer, whatever the stamps say.
 */
export function isOldNews(tier: TierState | undefined, startedAt: number, now: number): boolean {
  const failedAt = tier?.lastFailureAt ?? null;
  if (failedAt === null || startedAt >= failedAt) return false;
  return failedAt <= now + CLOCK_TOLERANCE_MS || startedAt > now;
}

/** True when the state was made by a clock that is ahead of this one: what it says of rests is to be re-based. */
export function isAhead(state: State, now: number): boolean {
  return latest(...state.tiers.map(({ lastFailureAt }) => lastFailureAt)) > now + CLOCK_TOLERANCE_MS;
}

/** The clock was set back, or another process has another one: what is left of a rest is at most its own length. */
function rebase(draft: Draft, now: number): void {
  const { state } = draft;
  if (!isAhead(state, now)) return;
  const tiers: Record<number, Partial<TierState>> = {};
  state.tiers.forEach((tier, index) => {
    const patch = rebased(tier, now);
    if (patch) tiers[index] = patch;
  });
  const set: StatePatch = { tiers };
  if (state.exhaustedAt !== null) set.exhaustedAt = Math.min(state.exhaustedAt, now);
  draft.add({ type: 'rebased', at: now, set });
}

function rebased(tier: TierState, now: number): Partial<TierState> | undefined {
  const { lastFailureAt, retryAfterMs, retryAfterUntil, restUntil } = tier;
  const byMs = Math.max(0, latest(lastFailureAt, now) - now);
  const shifted = (time: number | null) => (time === null ? null : time - byMs);
  const wait = (until: number | null) =>
    until === null ? null : unlessOver(Math.min(until, retryAfterMs === null ? until - byMs : now + retryAfterMs), now);
  const rest = (until: number | null, waitUntil: number | null) => {
    if (until === null) return null;
    const isCooldown = until > latest(waitUntil);
    return unlessOver(latest(isCooldown ? until - byMs : null, wait(waitUntil)), now);
  };
  const patch: Partial<TierState> = {
    lastFailureAt: lastFailureAt === null ? null : Math.min(lastFailureAt, now),
    recordedAt: tier.recordedAt === null ? null : Math.min(tier.recordedAt, now),
    ...(byMs > 0 && tier.recentFailures ? { recentFailures: tier.recentFailures.map((at) => Math.min(at, now)) } : {}),
    cooldownUntil: shifted(tier.cooldownUntil),
    restUntil: rest(restUntil, retryAfterUntil),
    retryAfterUntil: wait(retryAfterUntil),
    modelRestUntil: rest(tier.modelRestUntil, tier.modelRetryAfterUntil),
    modelRetryAfterUntil: wait(tier.modelRetryAfterUntil),
  };
  const isSame = Object.entries(patch).every(([key, value]) => tier[key as keyof TierState] === value);
  return isSame ? undefined : patch;
}

/** A pause whose time has passed is lifted by the first transition after that. */
function expirePauses(draft: Draft, now: number): void {
  for (const pause of draft.state.pauses) {
    if (isStanding(pause, now)) continue;
    draft.add({
      type: 'resumed',
      at: now,
      by: 'tierfall',
      source: pause.source,
      reason: 'expired',
      until: pause.until!,
      set: { pauses: draft.state.pauses.filter((other) => other !== pause) },
    });
  }
}
