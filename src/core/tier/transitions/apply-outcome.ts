import { tierIndex, type FailoverConfig } from '../../config.js';
import { begin, isOldNews } from '../begin.js';
import type { Draft } from '../draft.js';
import { failTier, lengthened } from '../fail-tier.js';
import { clampTime, honouredRetryAfterMs, isTrigger } from '../rests/ladder.js';
import { betterThan } from '../pool.js';
import { isSpared } from '../rests/headroom.js';
import { bestTier, budgetEnd, coveredTiers, isFree, latest, sharedRestEnd } from '../rests/rest.js';
import type { Outcome, SharedRests, State, StatePatch, TierState, Transition } from '../state.js';
import { change, nameOf, startTrial, withoutCooldown } from '../step.js';
import { hasCounted } from '../threshold.js';

type FailedOutcome = Extract<Outcome, { ok: false }>;

/** A wait that is longer by less than this, or by less than a tenth of what is left, is no row of the ledger. */
const MIN_EXTENSION_MS = 1000;

/**
 * Takes in how one attempt ended. A failure whose kind is a trigger puts its tier (and, by scope, those that share its
 * key, model or provider) to rest, and steps the instance down if it was the current one. A success confirms its tier,
 * and moves the instance to a better tier whose rest is over, on trial. An attempt that began before its tier's last
 * failure belongs to the old incident: it can only lengthen a rest by the wait the provider named.
 *
 * @param shared rests that other instances learnt of: a tier that one of them covers is not tried yet
 */
export function applyOutcome(
  state: State,
  outcome: Outcome,
  config: FailoverConfig,
  now: number,
  shared?: SharedRests,
): Transition {
  const index = tierIndex(state.ids, outcome.tier, state.identities);
  const isOld = isOldNews(state.tiers[index], outcome.startedAt ?? now, now);
  const draft = begin(state, now);
  if (!state.tiers[index] || !config.chain[index]) return draft.done();
  if (outcome.ok) {
    const mayTry = (at: number) => isFreeForTrial(draft.state, at, config, now, shared);
    const { chain } = config;
    if (!isOld) succeed(draft, index, { chain, mayTry, isSpared: isSpared(chain[index], shared, now) }, now);
  } else if (isTrigger(outcome.kind, config.policy)) {
    const retryAfterMs = honouredRetryAfterMs(outcome.retryAfterMs, config.policy);
    // The last failure was only counted: nothing has been done yet about what both of them are part of.
    const isStraggler = isOld && hasCounted(draft.state.tiers[index]);
    if (isOld && !isStraggler) extendRest(draft, index, outcome, retryAfterMs, config, now);
    else {
      const { kind, scope, relapse } = outcome;
      failTier(draft, { index, kind, scope, retryAfterMs, relapse, isStraggler }, config, now);
    }
  }
  return draft.done();
}

/** A late report of the old incident: only the provider's own word counts, and only if it lasts longer. */
function extendRest(
  draft: Draft,
  index: number,
  { kind, scope }: FailedOutcome,
  retryAfterMs: number | null,
  config: FailoverConfig,
  now: number,
): void {
  if (retryAfterMs === null) return;
  const { state } = draft;
  const until = clampTime(now + retryAfterMs);
  const tiers: Record<number, Partial<TierState>> = {};
  let isRow = false;
  for (const covered of coveredTiers(config, index, scope, kind)) {
    const tier = state.tiers[covered];
    if (!tier || until <= latest(tier.retryAfterUntil)) continue;
    const left = latest(tier.retryAfterUntil, now) - now;
    isRow ||= until - now - left >= Math.max(MIN_EXTENSION_MS, left / 10);
    tiers[covered] = lengthened(tier, { until, cooldownUntil: null, retryAfterMs, scope }, now);
  }
  if (Object.keys(tiers).length === 0) return;
  if (!isRow) {
    for (const [covered, patch] of Object.entries(tiers))
      patch.unrecorded = state.tiers[Number(covered)]?.unrecorded ?? 0;
  }
  draft.add({
    type: 'rest-extended',
    at: now,
    tier: nameOf(state.ids, index),
    kind,
    until,
    ...(isRow ? {} : { counted: true }),
    set: { tiers },
  });
}

function succeed(
  draft: Draft,
  index: number,
  {
    chain,
    mayTry,
    isSpared: staysBehind,
  }: { chain: FailoverConfig['chain']; mayTry: (index: number) => boolean; isSpared: boolean },
  now: number,
): void {
  const { state } = draft;
  const { reportedTier: home } = state;
  const tier = state.tiers[index]!;
  recover(draft, index, tier, now);
  const settles = settlesAt(state, index, draft.state.tiers[index], chain, now) && index !== home;
  if (settles && !(staysBehind && state.exhaustedAt === null)) {
    const isBetter = index < betterThan(chain, home);
    const onTrial = state.tier < betterThan(chain, index) && isFree(state.tiers[state.tier], now);
    draft.add({
      type: 'tier-change',
      at: now,
      ...change(state, home, index, isBetter ? 'up' : 'down'),
      reason: isBetter ? 'recovered' : 'resting',
      source: 'auto',
      set: { tier: onTrial && state.exhaustedAt === null ? state.tier : index, reportedTier: index },
    });
  }
  // Calls work: a better tier whose rest is over is tried again.
  const after = draft.state;
  const best = bestTier(betterThan(chain, after.reportedTier), mayTry);
  if (best >= 0 && best !== after.tier && after.exhaustedAt === null) startTrial(draft, best, now);
}

function isFreeForTrial(
  state: State,
  index: number,
  config: FailoverConfig,
  now: number,
  shared: SharedRests | undefined,
): boolean {
  const tier = config.chain[index];
  return isFree(state.tiers[index], now) && tier !== undefined && sharedRestEnd(tier, shared) <= now;
}

/** A tier has answered: it starts its ladder over, and a chain that was used up has somewhere to go. */
function recover(draft: Draft, index: number, tier: TierState, now: number): void {
  const { state } = draft;
  // What is spent does not come back because a call that may go nowhere else was answered.
  if (latest(budgetEnd(tier)) > now) return;
  const confirms = index === state.tier && state.tier !== state.reportedTier;
  const patch: Partial<TierState> = {
    ...withoutCooldown(tier, now),
    failures: 0,
    cooldownUntil: null,
    // What was counted and had no consequence needs no row that says that it is over.
    ...(hasCounted(tier) && tier.restUntil === null ? {} : { recordedAt: null, unrecorded: null }),
  };
  const isNews = Object.entries(patch).some(([key, value]) => tier[key as keyof TierState] !== value);
  // A tier that may not be asked by others (it is held, or named a wait) ends nothing by an answer.
  const endsExhaustion = state.exhaustedAt !== null && isFree({ ...tier, ...patch }, now);
  if (!isNews && !confirms && !endsExhaustion) return;
  const set: StatePatch = { tiers: { [index]: patch } };
  if (endsExhaustion) Object.assign(set, { exhaustedAt: null, tier: index });
  const count = tier.unrecorded ?? 0;
  draft.add({
    type: 'tier-recovered',
    at: now,
    tier: nameOf(state.ids, index),
    ...(count > 0 ? { count } : {}),
    set,
  });
}

/** Do calls go to `index` now that it has answered? `before` is the state without that answer. */
function settlesAt(
  before: State,
  index: number,
  tier: TierState | undefined,
  chain: FailoverConfig['chain'],
  now: number,
): boolean {
  if (!isFree(tier, now)) return false;
  const { reportedTier: home } = before;
  if (before.exhaustedAt !== null || index < betterThan(chain, home)) return true;
  // Calls have been going to `index` because nothing was free where they went before.
  return !isFree(before.tiers[home], now);
}
