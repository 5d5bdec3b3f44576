import type { Tier } from '../../core/config.js';
import { PinnedTierError } from '../../core/errors.js';
import { cooldownMs } from '../../core/tier/ladder.js';
import { firmRestEnd, isFailing, restEnd, sharedRestEnd } from '../../core/tier/rest.js';
import { selectTier } from '../../core/tier/select-tier.js';
import { FOREVER } from '../../core/tier/state.js';
import type { Place } from '../recovery/place.js';
import type { CallState } from './call-state.js';

/** Where a call goes next, and what it holds of that tier meanwhile. */
export interface Choice {
  index: number;
  /** A place at a tier that has yet to answer, or is coming back. */
  place?: Place;
  /** The place is that of a trial: there is only one. */
  isProbe?: boolean;
}

/** Where a call begins: what the state says, unless somebody else is already trying the tier that came back. */
export function chooseFirst<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { engine, instance } = call;
  const selection = selectTier(instance.ledger.state, engine.config, now, engine.rests);
  if (!selection.ok) return undefined;
  const { index, otherwise } = selection;
  if (!selection.probe && !engine.isUnproven(index)) return paced(call, index, now);
  const waitsToJoin = otherwise !== null && instance.joinsAt(index) > now;
  const probe = waitsToJoin ? undefined : instance.takeProbe(index, now);
  if (probe) return { index, place: probe, isProbe: true };
  const other = otherwise ?? provenTier(call, index, now);
  return other === undefined ? { index } : paced(call, other, now);
}

/** A place at a tier that is coming back; where all are taken, the tier we came from, as long as that works. */
function paced<T extends Tier>(call: CallState<T>, index: number, now: number): Choice {
  const { slowStart } = call.instance;
  if (slowStart?.index !== index) return { index };
  if (slowStart.isOver) {
    call.instance.endSlowStart();
    return { index };
  }
  const place = slowStart.enter(now);
  if (place) return { index, place };
  const { otherwise } = slowStart;
  const works = isOpen(call, otherwise, now) && !isUnproven(call, otherwise);
  return { index: works ? otherwise : (provenTier(call, index, now) ?? index) };
}

/** The next free tier that nobody has to try out first. */
function provenTier<T extends Tier>(call: CallState<T>, from: number, now: number): number | undefined {
  const order = cyclic(call.engine.config.chain.length, from).slice(0, -1);
  return order.find((index) => isOpen(call, index, now) && !isUnproven(call, index));
}

/** True when a tier has failed, here or in the fleet, and not answered since. */
function isUnproven<T extends Tier>({ engine, instance }: CallState<T>, index: number): boolean {
  return isFailing(instance.ledger.state.tiers[index]) || engine.isUnproven(index);
}

/** A pinned call has one tier and no other. @throws {PinnedTierError} when that may not be asked now */
export function choosePinned<T extends Tier>(call: CallState<T>, index: number, now: number): Choice {
  const until = firmEnd(call, index);
  if (until <= now) return { index };
  const tier = call.engine.ids[index] ?? String(index);
  if (until >= FOREVER) throw new PinnedTierError({ tier, retryAt: null, reason: 'is held or paused by an operator' });
  const reason = `asked to be left alone until ${new Date(until).toISOString()}`;
  throw new PinnedTierError({ tier, retryAt: until, reason });
}

/** Where a call goes on after a failure: never back to a tier of this round, never into a rest. */
export function chooseNext<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { engine, instance, fallbacks } = call;
  const free = (index: number) => isOpen(call, index, now);
  const order = fallbacks ?? cyclic(engine.config.chain.length, call.lastIndex ?? -1);
  const selection = selectTier(instance.ledger.state, engine.config, now, engine.rests);
  const preferred = selection.ok && !fallbacks ? selection : undefined;

  const begins = preferred && free(preferred.index) && !isBorrowed(call, preferred.index, now);
  const waits = preferred && (preferred.probe || engine.isUnproven(preferred.index));
  if (begins) {
    if (!waits) return { index: preferred.index };
    const probe = instance.takeProbe(preferred.index, now);
    if (probe) return { index: preferred.index, place: probe, isProbe: true };
  }
  // A tier that has yet to show that it works comes last, unless the host has named the order.
  const others = order.filter(free);
  const settled = fallbacks
    ? others
    : others.filter((index) => !(waits && index === preferred.index) && !isUnproven(call, index));
  const unborrowed = [...settled, ...others].find((index) => !isBorrowed(call, index, now));
  if (unborrowed !== undefined) return { index: unborrowed };

  const { onExhausted } = engine.config.policy;
  const usable =
    onExhausted === 'wrap' ? (index: number) => isUntried(call, index) && !isAtFirmRest(call, index, now) : free;
  const borrowed = (fallbacks ?? [...engine.config.chain.keys()]).find(usable);
  if (borrowed === undefined || !engine.budget.take(now)) return undefined;
  return { index: borrowed };
}

/** Could this call go on to the tier now? */
export function isOpen<T extends Tier>(call: CallState<T>, index: number, now: number): boolean {
  return isUntried(call, index) && !isAtRest(call, index, now);
}

export function isAtRest<T extends Tier>(call: CallState<T>, index: number, now: number): boolean {
  return end(call, index) > now;
}

/** At a rest that also holds for a pinned call, and that wrapping around does not end. */
export function isAtFirmRest<T extends Tier>(call: CallState<T>, index: number, now: number): boolean {
  return firmEnd(call, index) > now;
}

function isUntried<T extends Tier>(call: CallState<T>, index: number): boolean {
  return !call.tried.has(index) && (call.fallbacks === undefined || call.fallbacks.includes(index));
}

/** When the soonest tier this call may use can be asked, now at the earliest; `null` when nobody knows. */
export function soonestRest<T extends Tier>(call: CallState<T>, now: number): number | null {
  const wraps = call.engine.config.policy.onExhausted === 'wrap';
  // Before its first attempt a call may begin anywhere.
  const allowed = call.lastIndex === undefined ? undefined : call.fallbacks;
  let soonest = FOREVER;
  for (const index of call.engine.config.chain.keys()) {
    if (allowed && !allowed.includes(index)) continue;
    soonest = Math.min(soonest, wraps ? firmEnd(call, index) : end(call, index));
  }
  return soonest >= FOREVER ? null : Math.max(soonest, now);
}

/** A tier that would be at rest had the chain not wrapped around: asking it costs an extra attempt. */
function isBorrowed<T extends Tier>(call: CallState<T>, index: number, now: number): boolean {
  const tier = call.instance.ledger.state.tiers[index];
  if (!tier || tier.failures === 0 || tier.lastFailureAt === null || tier.lastFailureKind === null) return false;
  if (tier.restUntil !== null) return false;
  return tier.lastFailureAt + cooldownMs(tier.lastFailureKind, tier.failures, call.engine.config.policy) > now;
}

function end<T extends Tier>(call: CallState<T>, index: number): number {
  const state = call.instance.ledger.state.tiers[index];
  const tier = call.engine.config.chain[index];
  return state && tier ? Math.max(restEnd(state), sharedRestEnd(tier, call.engine.rests)) : FOREVER;
}

function firmEnd<T extends Tier>(call: CallState<T>, index: number): number {
  const state = call.instance.ledger.state.tiers[index];
  return state ? firmRestEnd(state, call.engine.config.chain[index], call.engine.rests) : FOREVER;
}

/** True when somebody has paused the instance or everything. */
export function isPaused<T extends Tier>({ engine, instance }: CallState<T>): boolean {
  return engine.paused || instance.ledger.state.paused !== null;
}

/** How many tiers, `index` included, this call could still ask. */
export function tiersLeft<T extends Tier>(call: CallState<T>, index: number, now: number): number {
  if (call.pinned !== undefined) return 1;
  return 1 + [...call.engine.config.chain.keys()].filter((at) => at !== index && isOpen(call, at, now)).length;
}

function cyclic(count: number, from: number): number[] {
  return Array.from({ length: count }, (_, step) => (from + 1 + step) % count);
}
