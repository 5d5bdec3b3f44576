import type { FailoverConfig } from '../config.js';
import { needsPerson } from '../disposition.js';
import type { FailureScope } from '../kinds.js';
import type { Draft } from './draft.js';
import { clampTime, consecutiveFailures, cooldownMs, penaltyAt } from './rests/ladder.js';
import { nextTier } from './pool.js';
import { budgetEnd, coveredTiers, isFree, latest, unlessOver } from './rests/rest.js';
import {
  exhaust,
  isCounted,
  isPausedAsExhausted,
  moveTo,
  nameOf,
  tierAfterFailure,
  untilOf,
  wrapAround,
} from './step.js';
import type { LedgerEvent, State, StatePatch, TierState } from './state.js';
import { belowThreshold, countFailure, hasCounted } from './threshold.js';

/** One failure, by an attempt or reported from outside. */
export interface Failure {
  index: number;
  kind: string;
  scope?: FailureScope | undefined;
  /** It came back, and failed again before it had answered for long. */
  relapse?: boolean | undefined;
  /** It began before the last failure of the tier, which was only counted. */
  isStraggler?: boolean | undefined;
  /** The wait the provider named, as it is honoured, in milliseconds. */
  retryAfterMs: number | null;
  /** The end that a host named, epoch milliseconds. */
  until?: number | undefined;
  source?: 'external' | undefined;
  detail?: string | undefined;
}

/** A new rest, as it meets what a tier has already. */
interface Rest {
  until: number;
  cooldownUntil: number | null;
  retryAfterMs: number | null;
  scope: FailureScope | undefined;
}

/** Puts a tier and those its failure covers to rest, and moves calls on where they went there. */
export function failTier(draft: Draft, failure: Failure, config: FailoverConfig, now: number): void {
  const { state } = draft;
  const { index, kind, scope, source } = failure;
  const tier = state.tiers[index];
  if (!tier) return;
  const recent = source === undefined ? belowThreshold(state, failure, config.policy, now) : undefined;
  if (recent && failure.retryAfterMs === null) return countFailure(draft, failure, recent, now);
  // Below the threshold it rests for the wait that the provider named, and climbs no ladder.
  const failures = recent ? 0 : consecutiveFailures(tier, now);
  const isRelapse = !recent && failure.relapse === true && tier.failures === 0;
  const penalty = penaltyAt(tier, now) + (isRelapse ? 1 : 0);
  const rest = restAfter(failure, recent ? 0 : cooldownMs(kind, failures, config.policy, penalty), failures, now);
  const counted = isCounted(tier, now);

  const tiers: Record<number, Partial<TierState>> = {};
  for (const covered of coveredTiers(config, index, scope, kind)) {
    const other = state.tiers[covered];
    if (!other) continue;
    tiers[covered] = {
      ...lengthened(other, rest, now),
      lastFailureKind: covered !== index && outlasts(other, kind, now) ? other.lastFailureKind : kind,
      lastFailureAt: now,
      penalty: penaltyAt(other, now),
      ...(counted ? { unrecorded: other.unrecorded ?? 0 } : {}),
      ...(!recent && hasCounted(other) ? { recentFailures: null } : {}),
    };
  }
  const unrecorded = counted ? (tier.unrecorded ?? 0) + 1 : null;
  tiers[index] = {
    ...tiers[index],
    failures,
    penalty,
    unrecorded,
    ...(counted ? {} : { recordedAt: now }),
    ...(recent ? { recentFailures: recent } : {}),
  };

  const set: StatePatch = { tiers, lastFailureKind: kind };
  const concernsCalls = index === state.tier || (source === 'external' && index === state.reportedTier);
  const silent = moveSilently(state, tiers, { index, concernsCalls, counted }, config, now);
  if (silent !== undefined) set.tier = silent;
  const count = (tier.unrecorded ?? 0) + 1;
  const event: LedgerEvent = {
    type: 'tier-failed',
    at: now,
    tier: nameOf(state.ids, index),
    kind,
    ...(source ? { source } : {}),
    ...untilOf(rest.until),
    ...(failure.detail === undefined ? {} : { detail: failure.detail }),
    ...(count > 1 && !counted ? { count } : {}),
    ...(counted ? { counted } : {}),
    set,
  };
  draft.add(event);
  moveOn(draft, { concernsCalls: concernsCalls && silent === undefined, kind, source }, config, now);
}

/**
 * The tier that calls move to without an event of its own: while the chain is used up, and back from a trial that
 * failed. `undefined`: they do not, or a `tier-change` has to say so. A chain that wraps around ends the rests in
 * `patches` too.
 */
function moveSilently(
  state: State,
  patches: Record<number, Partial<TierState>>,
  failed: { index: number; concernsCalls: boolean; counted: boolean },
  config: FailoverConfig,
  now: number,
): number | undefined {
  const { tier, reportedTier, exhaustedAt } = state;
  const after = state.tiers.map((each, at) => ({ ...each, ...patches[at] }));
  if (exhaustedAt === null) {
    if (failed.index !== tier) return undefined;
    return tierAfterFailure(state, after, config.chain, now) === reportedTier ? reportedTier : undefined;
  }
  let next: number;
  if (config.policy.onExhausted === 'wrap') {
    const wrapped = wrapAround(after, now);
    for (const [at, ended] of Object.entries(wrapped.patches)) {
      const unrecorded = failed.counted ? { unrecorded: after[Number(at)]?.unrecorded ?? 0 } : {};
      patches[Number(at)] = { ...patches[Number(at)], ...ended, ...unrecorded };
    }
    next = wrapped.best;
  } else {
    next = nextTier(config.chain, failed.index, (index) => isFree(after[index], now));
  }
  return failed.concernsCalls && next >= 0 ? next : undefined;
}

/** Steps, where the failed tier is one that calls went to and another is free; where none is, the chain is used up. */
function moveOn(
  draft: Draft,
  failed: { concernsCalls: boolean; kind: string; source: 'external' | undefined },
  config: FailoverConfig,
  now: number,
): void {
  const { state } = draft;
  const { kind } = failed;
  const isAnyFree = state.tiers.some((tier) => isFree(tier, now));
  if (state.exhaustedAt !== null) {
    // Somebody has resumed it, and it is used up again.
    const pausesAgain = config.policy.onExhausted === 'pause' && !isPausedAsExhausted(state);
    if (pausesAgain && !isAnyFree) exhaust(draft, config, failed, now);
    return;
  }
  if (!isAnyFree) return exhaust(draft, config, failed, now);
  if (!failed.concernsCalls) return;
  const target = tierAfterFailure(state, state.tiers, config.chain, now);
  // After a trial the tier that is left is not the one that has failed now.
  const left = state.tiers[state.reportedTier];
  const why = { reason: left?.lastFailureKind ?? kind, ...untilOf(left?.restUntil ?? null) };
  if (target >= 0) moveTo(draft, target, { ...why, source: failed.source ?? 'auto' }, config.chain, now);
}

function restAfter(failure: Failure, rungMs: number, failures: number, now: number): Rest {
  const { retryAfterMs, scope } = failure;
  if (failure.until !== undefined) {
    const until = clampTime(failure.until);
    return { until, cooldownUntil: until, retryAfterMs: null, scope };
  }
  const cooldownUntil = clampTime(now + rungMs);
  if (retryAfterMs === null) return { until: cooldownUntil, cooldownUntil, retryAfterMs, scope };
  const waitUntil = clampTime(now + retryAfterMs);
  // The first time the provider is believed; a tier that fails again climbs the ladder all the same.
  if (failures <= 1) return { until: waitUntil, cooldownUntil: null, retryAfterMs, scope };
  return { until: Math.max(waitUntil, cooldownUntil), cooldownUntil, retryAfterMs, scope };
}

/**
 * True while a tier rests for what does not pass by itself: the failure of another tier that covers it for a shorter
 * reason does not change why it rests, or `wrap` would ask a key without credit again.
 */
function outlasts(tier: TierState, kind: string, now: number): boolean {
  if (latest(tier.restUntil) <= now) return false;
  return budgetEnd(tier) !== null || (needsPerson(tier.lastFailureKind) && !needsPerson(kind));
}

/** Rests only ever grow here; what is over counts as none. */
export function lengthened(tier: TierState, rest: Rest, now: number): Partial<TierState> {
  const { until, retryAfterMs, scope } = rest;
  const waitUntil = retryAfterMs === null ? null : clampTime(now + retryAfterMs);
  const isLongestWait = latest(waitUntil) >= latest(tier.retryAfterUntil);
  const retryAfterUntil = unlessOver(latest(tier.retryAfterUntil, waitUntil), now);
  const isKeys = scope === 'credential';
  const modelRetryAfterUntil = unlessOver(latest(tier.modelRetryAfterUntil, isKeys ? null : waitUntil), now);
  return {
    restUntil: unlessOver(latest(tier.restUntil, until, retryAfterUntil), now),
    retryAfterUntil,
    retryAfterMs: isLongestWait ? retryAfterMs : tier.retryAfterMs,
    cooldownUntil: rest.cooldownUntil ?? unlessOver(latest(tier.cooldownUntil), now),
    modelRestUntil: unlessOver(latest(tier.modelRestUntil, isKeys ? null : until, modelRetryAfterUntil), now),
    modelRetryAfterUntil,
  };
}
