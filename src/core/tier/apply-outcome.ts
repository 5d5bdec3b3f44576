import { tierIndex, type FailoverConfig } from '../config.js';
import { Draft, unchanged } from './draft.js';
import { clampTime, cooldownMs, honouredRetryAfterMs, isTrigger } from './ladder.js';
import { bestTier, coveredTiers, latest } from './rest.js';
import { cameFrom, type Outcome, type State, type StatePatch, type TierState, type Transition } from './state.js';
import { change, exhaust, isFree, stepDown } from './step-down.js';

type Failure = Extract<Outcome, { ok: false }>;

/**
 * Takes in how one attempt ended. A failure whose kind is a trigger puts its tier (and, by scope, those that share
 * its key or provider) to rest, and steps the instance down if it was the current one; a success confirms its tier
 * and may lead back up. An attempt that began before its tier's last failure belongs to the old incident: it can
 * only lengthen a rest by the wait the provider named.
 */
export function applyOutcome(state: State, outcome: Outcome, config: FailoverConfig, now: number): Transition {
  const index = tierIndex(state.ids, outcome.tier);
  const tier = state.tiers[index];
  if (!tier || !config.chain[index]) return unchanged(state);
  const old = isOldNews(tier, outcome.startedAt ?? now);
  if (outcome.ok) return old ? unchanged(state) : succeed(state, index, tier, config, now);
  if (!isTrigger(outcome.kind, config.policy)) return unchanged(state);
  return old ? extendRest(state, index, outcome, config, now) : fail(state, index, tier, outcome, config, now);
}

/** True when an attempt at the tier began before its last failure: it belongs to the old incident. */
export function isOldNews(tier: TierState | undefined, startedAt: number): boolean {
  return tier !== undefined && tier.lastFailureAt !== null && startedAt < tier.lastFailureAt;
}

function fail(
  state: State,
  index: number,
  tier: TierState,
  outcome: Failure,
  config: FailoverConfig,
  now: number,
): Transition {
  const failures = tier.failures + 1;
  const rung = cooldownMs(outcome.kind, failures, config.policy);
  const wait = honouredRetryAfterMs(outcome.retryAfterMs, config.policy);
  const restMs = wait === null ? rung : failures === 1 ? wait : Math.max(wait, rung);
  const until = clampTime(now + restMs);
  const patches: Record<number, Partial<TierState>> = {};
  for (const covered of coveredTiers(config, index, outcome.scope)) {
    const other = state.tiers[covered];
    if (!other) continue;
    patches[covered] = {
      ...lengthened(other, until, wait === null ? null : clampTime(now + wait), now),
      lastFailureKind: outcome.kind,
      lastFailureAt: now,
    };
  }
  patches[index] = { ...patches[index], failures };
  const draft = new Draft(state);
  draft.add({
    type: 'tier-failed',
    at: now,
    tier: state.ids[index] ?? String(index),
    kind: outcome.kind,
    until,
    set: { tiers: patches, lastFailureKind: outcome.kind },
  });
  if (index === state.tier) stepDown(draft, config, { kind: outcome.kind, source: 'auto', until }, now);
  // Nobody is stepped by it. It may have been the last tier all the same, where the current one is held or at rest.
  else if (config.policy.onExhausted === 'pause' && !draft.state.tiers.some((each) => isFree(each, now))) {
    exhaust(draft, config, outcome.kind, now);
  }
  return draft.done();
}

/** A late report of the old incident: only the provider's own word counts, and only if it lasts longer. */
function extendRest(state: State, index: number, outcome: Failure, config: FailoverConfig, now: number): Transition {
  const wait = honouredRetryAfterMs(outcome.retryAfterMs, config.policy);
  if (wait === null) return unchanged(state);
  const until = clampTime(now + wait);
  const patches: Record<number, Partial<TierState>> = {};
  for (const covered of coveredTiers(config, index, outcome.scope)) {
    const other = state.tiers[covered];
    if (other && until > latest(other.retryAfterUntil)) patches[covered] = lengthened(other, until, until, now);
  }
  if (Object.keys(patches).length === 0) return unchanged(state);
  const draft = new Draft(state);
  draft.add({
    type: 'rest-extended',
    at: now,
    tier: state.ids[index] ?? String(index),
    kind: outcome.kind,
    until,
    set: { tiers: patches },
  });
  return draft.done();
}

/** Rests only ever grow here; what is over counts as none. */
function lengthened(tier: TierState, until: number, retryAfterUntil: number | null, now: number): Partial<TierState> {
  const asked = unlessOver(latest(tier.retryAfterUntil, retryAfterUntil), now);
  return { restUntil: unlessOver(latest(tier.restUntil, until, asked), now), retryAfterUntil: asked };
}

function unlessOver(end: number, now: number): number | null {
  return end > now ? end : null;
}

function succeed(state: State, index: number, tier: TierState, config: FailoverConfig, now: number): Transition {
  const draft = new Draft(state);
  const confirms = index === state.tier && cameFrom(state) !== null;
  if (confirms || tier.failures > 0 || tier.restUntil !== null) {
    const asked = unlessOver(latest(tier.retryAfterUntil), now);
    const set: StatePatch = { tiers: { [index]: { failures: 0, restUntil: asked, retryAfterUntil: asked } } };
    if (confirms) set.returnedFrom = null;
    draft.add({ type: 'tier-recovered', at: now, tier: state.ids[index] ?? String(index), set });
  }
  const target = afterSuccess(draft.state, index, config, now);
  if (target !== state.tier) {
    draft.add({
      type: 'tier-change',
      at: now,
      ...change(state.ids, state.tier, target, target < state.tier ? 'up' : 'down'),
      reason: target < state.tier ? 'recovered' : 'resting',
      source: 'auto',
      // The tier that just answered needs no confirmation; any other one has yet to answer.
      set: { tier: target, returnedFrom: target === index ? null : index },
    });
  }
  return draft.done();
}

/** Where calls go after `index` has answered. */
function afterSuccess(state: State, index: number, config: FailoverConfig, now: number): number {
  const free = (at: number) => isFree(state.tiers[at], now);
  if (config.policy.recovery === 'on-success') {
    const better = bestTier(state.tier, free);
    if (better >= 0) return better;
  } else if (index < state.tier && free(index)) {
    return index;
  }
  // Calls have been going to `index` because the current tier is at rest with nowhere to step to at that time.
  return index > state.tier && !free(state.tier) && free(index) ? index : state.tier;
}
