import type { FailoverConfig, Tier } from '../config.js';
import { TOKEN_BUDGET } from '../kinds.js';
import { redact } from '../redact.js';
import { coveringRest, restEnd } from '../tier/rests/rest.js';
import { selectTier } from '../tier/select-tier.js';
import { isStanding, strongestPause } from '../tier/rests/standing-pauses.js';
import { FOREVER, type Pause, type PauseSource, type SharedRests, type State } from '../tier/state.js';
import { BUDGET_ICON, PAUSED_BADGE, tierBadge } from './badge.js';

/** How far an instance is into its budget, as `failover.budget` tells it; amounts in the unit that it counts. */
export interface BudgetView {
  /** By all tiers, over all processes. */
  used: number;
  /** Held in this process for calls under way. */
  reserved: number;
  /** What each tier may use. */
  limit: number;
  /** From here on `budget-warning` is announced. */
  softLimit: number;
  /** When the window began, epoch milliseconds. */
  windowStartAt: number;
  /** When it ends, epoch milliseconds. */
  windowEndAt: number;
  /** The tier in use has reached its limit. */
  exceeded: boolean;
}

/** One tier of an instance. Times are epoch milliseconds, later than now; `null`: none. */
export interface TierView {
  /** Printed id, `provider/model`. */
  id: string;
  /** Place in the chain, from 0. */
  index: number;
  /** End of the present rest, of our own choice or the provider's. */
  restUntil: number | null;
  /** End of a wait that the provider asked for. */
  retryAfterUntil: number | null;
  /** End of an operator's hold; the last time a `Date` can hold means until a reset. */
  heldUntil: number | null;
  /** Consecutive failures. */
  failures: number;
  /** A failure kind or the name of an external trigger. */
  lastFailureKind: string | null;
  /** A rest from outside the instance: another one learnt of it, or its provider is paused (`kind: 'paused'`). */
  shared: { kind: string; until: number } | null;
}

/** The pause that counts, and whom it covers. */
export interface PauseView {
  /** What paused. */
  source: PauseSource;
  /** Name of the person or machine. */
  by: string;
  /** Why, redacted. */
  reason: string;
  /** When it began, epoch milliseconds. */
  since: number;
  /** When it ends by itself, epoch milliseconds; `null`: when somebody resumes. */
  until: number | null;
}

/** What an operator sees of one instance. */
export interface InstanceView {
  /** As calls name it. */
  name: string;
  /** Where a call that is no trial would go now, pauses of the instance aside. */
  tier: { index: number; provider: string; model: string; credential?: string };
  /** `①` … `㊿`, then the number; `✕` when paused. */
  badge: string;
  /** Kind or trigger of the last failure at any tier. */
  cause: string | null;
  /** `⛽` where a budget is why calls do not go to a better tier. */
  icon: string | null;
  /** Index of a better tier that one call at a time tries now. */
  trial: number | null;
  /** Since when calls go to `tier`, epoch milliseconds; `null`: not known. */
  since: number | null;
  /** `null`: not paused. */
  paused: PauseView | null;
  /** One for each tier of the chain, best first. */
  tiers: TierView[];
  /**
   * When a better tier may be asked, or, where none may be asked, the soonest; epoch milliseconds. `null`: nobody
   * knows, or there is none.
   */
  retryAt: number | null;
  /** `null`: the policy sets none. */
  budget: BudgetView | null;
}

/** All that the view of one instance is worked out from. */
export interface InstanceFacts {
  name: string;
  state: State;
  config: FailoverConfig;
  /** Epoch milliseconds. */
  now: number;
  /** The pauses over everything; the strongest of them, where no more is known. */
  pausedAll?: readonly Pause[] | Pause | null | undefined;
  /** Rests from outside, paused providers among them. */
  rests?: SharedRests | undefined;
  since?: number | null | undefined;
  budget?: BudgetView | null | undefined;
}

/** What an operator sees of an instance. Pure: the same facts give the same view. */
export function viewInstance(facts: InstanceFacts): InstanceView {
  const { name, config, now, rests } = facts;
  const pauses = activePauses([facts.pausedAll ?? [], facts.state.pauses].flat(), now);
  // Where calls would go without the pause: that is where they go once it is lifted.
  const state: State = { ...facts.state, pauses: [], paused: null };
  const selection = selectTier(state, config, now, rests);
  const index = selection.ok
    ? selection.probe
      ? (selection.otherwise ?? selection.index)
      : selection.index
    : state.tier;
  const trial = selection.ok && selection.probe && selection.index !== index ? selection.index : null;
  const tiers = config.chain.map((tier, at) => viewTier(state, tier, at, now, rests));
  const paused = strongest(pauses);
  return {
    name,
    tier: tierName(config.chain, index),
    badge: paused ? PAUSED_BADGE : tierBadge(index),
    cause: state.lastFailureKind,
    icon: isBudgetCause(tiers, index, paused) ? BUDGET_ICON : null,
    trial,
    since: facts.since ?? null,
    paused,
    tiers,
    retryAt: paused
      ? pausesEnd(pauses)
      : selection.ok
        ? soonestBetter(state, config.chain, index, now, rests)
        : selection.retryAt,
    budget: facts.budget ?? null,
  };
}

/** Pauses whose end has not passed. */
export function activePauses(pauses: readonly Pause[], now: number): Pause[] {
  return pauses.filter((pause) => isStanding(pause, now));
}

function viewTier(state: State, tier: Tier, index: number, now: number, rests: SharedRests | undefined): TierView {
  const known = state.tiers[index];
  const covering = coveringRest(tier, rests);
  const ahead = (time: number | null = null) => (time !== null && time > now ? time : null);
  return {
    id: state.ids[index] ?? `${tier.provider}/${tier.model}`,
    index,
    restUntil: ahead(known?.restUntil),
    retryAfterUntil: ahead(known?.retryAfterUntil),
    heldUntil: ahead(known?.heldUntil),
    failures: known?.failures ?? 0,
    lastFailureKind: known?.lastFailureKind ?? null,
    shared: covering && covering.until > now ? { kind: covering.kind, until: covering.until } : null,
  };
}

function tierName(chain: readonly Tier[], index: number): InstanceView['tier'] {
  const tier = chain[index];
  const { provider = '', model = '', credential } = tier ?? {};
  return { index, provider, model, ...(credential === undefined ? {} : { credential }) };
}

function isBudgetCause(tiers: readonly TierView[], index: number, paused: PauseView | null): boolean {
  // As text: a state may have been written by a version that knows more sources.
  if ((paused?.source as string | undefined) === 'budget') return true;
  return tiers.some((tier) => tier.index < index && tier.restUntil !== null && tier.lastFailureKind === TOKEN_BUDGET);
}

/** When the first of the better tiers that may not be asked now may be. */
function soonestBetter(
  state: State,
  chain: readonly Tier[],
  index: number,
  now: number,
  rests: SharedRests | undefined,
): number | null {
  const ends = chain.slice(0, index).map((tier, at) => {
    const known = state.tiers[at];
    return Math.max(known ? restEnd(known) : FOREVER, coveringRest(tier, rests)?.until ?? 0);
  });
  const soonest = Math.min(...ends.filter((end) => end > now));
  return soonest < FOREVER ? soonest : null;
}

function strongest(pauses: readonly Pause[]): PauseView | null {
  const first = strongestPause(pauses);
  if (!first) return null;
  const { source, by, reason, at } = first;
  const until = untilOf(first);
  return { source, by, reason: redact(reason), since: at, until: until >= FOREVER ? null : until };
}

/** When the last of them is over; `null` where one waits for somebody. */
function pausesEnd(pauses: readonly Pause[]): number | null {
  const end = Math.max(...pauses.map(untilOf));
  return end < FOREVER ? end : null;
}

function untilOf(pause: Pause & { until?: number | undefined }): number {
  return pause.until ?? FOREVER;
}
