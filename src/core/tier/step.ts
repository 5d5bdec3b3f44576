import { isSamePair, type FailoverConfig, type Tier } from '../config.js';
import { needsPerson } from '../disposition.js';
import type { Draft } from './draft.js';
import { betterThan, isEqualRank, nextTier } from './pool.js';
import { bestTier, budgetEnd, isFailing, isFree, soonestRestEnd, wrapRestEnd } from './rests/rest.js';
import { FOREVER, type LedgerEvent, type State, type StatePatch, type TierState } from './state.js';

/** Rows about the repeated failures of one tier, and its trials, are at least so far apart. */
const ROW_INTERVAL_MS = 20 * 60_000;

/** Why a tier is being left. */
export interface StepReason {
  reason: string;
  source: 'auto' | 'external' | 'operator' | 'shared';
  by?: string;
  /** End of the rest or hold that began. */
  until?: number;
}

/**
 * Makes `target` the tier that calls go to. A worse tier than the reported one, or another key of a pool in which none
 * is better, is a `tier-change` at once; a better one is on trial first, and a `tier-change` when it has answered.
 */
export function moveTo(draft: Draft, target: number, why: StepReason, chain: readonly Tier[], now: number): void {
  const { state } = draft;
  const { reportedTier } = state;
  if (target === reportedTier) return;
  if (target >= betterThan(chain, reportedTier)) {
    draft.add({
      type: 'tier-change',
      at: now,
      ...change(state, reportedTier, target, 'down'),
      ...why,
      set: { tier: target, reportedTier: target },
    });
  } else if (target !== state.tier) {
    startTrial(draft, target, now);
  }
}

/** Moves on trial to a better tier; the `tier-change` follows when it has answered. */
export function startTrial(draft: Draft, target: number, now: number): void {
  const { ids, reportedTier, tiers } = draft.state;
  const tier = tiers[target];
  const [from, to] = [nameOf(ids, reportedTier), nameOf(ids, target)];
  const counted = tier && isCounted(tier, now);
  draft.add({
    type: 'trial',
    at: now,
    tier: to,
    from,
    to,
    ...(counted ? { counted } : {}),
    set: {
      tier: target,
      ...(counted ? { tiers: { [target]: { unrecorded: tier.unrecorded ?? 0 } } } : {}),
    },
  });
}

/**
 * True when the ledger has a recent row about this outage of the tier, so that what happens there now is only counted.
 * The first trial of an outage and its failure are always rows.
 */
export function isCounted(tier: TierState, now: number): boolean {
  return tier.failures > 1 && tier.recordedAt !== null && now - tier.recordedAt < ROW_INTERVAL_MS;
}

/**
 * Where calls go once the tier they went to has failed, -1 for nowhere. After a trial that failed that is the tier
 * where they work; otherwise the next one that is not at rest, in a pool without better keys first one that works.
 */
export function tierAfterFailure(
  state: State,
  tiers: readonly TierState[],
  chain: readonly Tier[],
  now: number,
): number {
  const { tier, reportedTier: home } = state;
  const free = (index: number) => isFree(tiers[index], now);
  const works = (index: number) => free(index) && !isFailing(tiers[index]);
  if (tier === home) {
    const mate = nextTier(chain, tier, (index) => isEqualRank(chain, tier, index) && works(index));
    return mate >= 0 ? mate : nextTier(chain, tier, free);
  }
  if (works(home)) return home;
  const working = nextTier(chain, home, works);
  if (working >= 0) return working;
  return free(home) ? home : nextTier(chain, home, free);
}

/**
 * Records that the chain is used up; under `pause` it pauses the instance, where nothing has yet.
 * `failed.concernsCalls`: the tier that failed last is the one calls went to.
 */
export function exhaust(
  draft: Draft,
  { policy }: FailoverConfig,
  failed: { kind: string; concernsCalls: boolean },
  now: number,
): void {
  const { kind, concernsCalls } = failed;
  const { state } = draft;
  const set: StatePatch = { exhaustedAt: now };
  if (policy.onExhausted === 'wrap') {
    const { best, patches } = wrapAround(state.tiers, now);
    set.tiers = patches;
    if (best >= 0 && concernsCalls) set.tier = best;
  }
  const soonest = soonestRestEnd(state, policy, now);
  draft.add({
    type: 'exhausted',
    at: now,
    kind,
    reason: policy.onExhausted,
    ...untilOf(soonest),
    set,
  });
  if (policy.onExhausted !== 'pause' || isPausedAsExhausted(state)) return;
  const pause = { source: 'exhausted' as const, by: 'tierfall', reason: `chain exhausted: ${kind}`, at: now };
  draft.add({
    type: 'paused',
    at: now,
    by: pause.by,
    source: pause.source,
    reason: pause.reason,
    set: { pauses: [...draft.state.pauses, pause] },
  });
}

export function isPausedAsExhausted(state: State): boolean {
  return state.pauses.some(({ source }) => source === 'exhausted');
}

/**
 * What `wrap` does to a chain that is used up: it ends the cooldowns, but for what only a person mends, and starts
 * again at the best tier that may be asked. `best` is -1 where none may; then nothing ends.
 */
export function wrapAround(
  tiers: readonly TierState[],
  now: number,
): { best: number; patches: Record<number, Partial<TierState>> } {
  const best = bestTier(tiers.length, (index) => wrapRestEnd(tiers[index]!) <= now);
  const patches =
    best < 0
      ? {}
      : endedCooldowns(tiers, now, (tier) => !needsPerson(tier.lastFailureKind) && budgetEnd(tier) === null);
  return { best, patches };
}

/** Patches that end cooldowns and leave retry-afters, holds and ladders as they are. */
export function endedCooldowns(
  tiers: readonly TierState[],
  now: number,
  ends: (tier: TierState) => boolean = () => true,
): Record<number, Partial<TierState>> {
  const patches: Record<number, Partial<TierState>> = {};
  tiers.forEach((tier, index) => {
    if (tier.restUntil !== null && ends(tier)) patches[index] = withoutCooldown(tier, now);
  });
  return patches;
}

/** What is left of a tier's rest when only the waits that the provider named count. */
export function withoutCooldown(
  tier: TierState,
  now: number,
): Pick<TierState, 'restUntil' | 'retryAfterUntil' | 'modelRestUntil' | 'modelRetryAfterUntil'> {
  const left = (until: number | null) => (until !== null && until > now ? until : null);
  const retryAfterUntil = left(tier.retryAfterUntil);
  const modelRetryAfterUntil = left(tier.modelRetryAfterUntil);
  return {
    restUntil: retryAfterUntil,
    retryAfterUntil,
    modelRestUntil: modelRetryAfterUntil,
    modelRetryAfterUntil,
  };
}

/** The fields that say a tier was left for another. */
export function change(
  { ids, identities }: Pick<State, 'ids' | 'identities'>,
  from: number,
  to: number,
  direction: NonNullable<LedgerEvent['direction']>,
): Pick<LedgerEvent, 'direction' | 'rotation'> & { from: string; to: string } {
  const [one, other] = [identities[from], identities[to]];
  const isRotation = one !== undefined && other !== undefined && isSamePair(one, other);
  return { from: nameOf(ids, from), to: nameOf(ids, to), direction, ...(isRotation ? { rotation: true } : {}) };
}

export function nameOf(ids: readonly string[], index: number): string {
  return ids[index] ?? String(index);
}

/** The end of a rest or hold as an event gives it. */
export function untilOf(until: number | null): { until?: number } {
  return until === null || until >= FOREVER ? {} : { until };
}
