import type { Tier } from '../../../core/config.js';
import { PinnedTierError } from '../../../core/errors.js';
import { selectTier } from '../../../core/tier/select-tier.js';
import { FOREVER } from '../../../core/tier/state.js';
import type { Place } from '../../recovery/place.js';
import type { CallState } from '../call-state.js';
import { sessionTier } from './session-tier.js';
import {
  firmEnd,
  isAtRest,
  isBroken,
  isOpen,
  isUnproven,
  isUntried,
  lookOf,
  mayBreakAt,
  restsOf,
} from './tier-access.js';

/** Where a call goes next, and what it holds of that tier meanwhile. */
export interface Choice {
  index: number;
  /** A place at a tier that has yet to answer, or is coming back. */
  place?: Place;
  /** The place is that of a trial: there is only one. */
  isProbe?: boolean;
  /** Another tier stands in for the one that is tried. */
  isCovered?: boolean;
}

/** Where a call begins: where it or its session says, or the state, as far as the tiers can answer it. */
export function chooseFirst<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { first, fallbacks, unfit } = call;
  const own = sessionTier(call, now);
  if (own !== undefined) return stay(call, own, now);
  const named = first && (chooseAmong(call, first, now) ?? (fallbacks && chooseAmong(call, fallbacks, now)));
  const chosen = named ?? (first && fallbacks ? chooseToBreak(call, now) : chooseByState(call, now));
  if (!chosen || !unfit?.has(chosen.index)) return chosen;
  chosen.place?.end(now);
  return chooseAmong(call, [...call.engine.config.chain.keys()], now) ?? chooseToBreak(call, now);
}

/** A session stays on its tier also where that is coming back and has no place left for others. */
function stay<T extends Tier>({ instance }: CallState<T>, index: number, now: number): Choice {
  const { slowStart } = instance;
  const place = slowStart?.index === index && !slowStart.isOver ? slowStart.enter(now) : undefined;
  return place ? { index, place } : { index };
}

/** Of tiers that the call may begin at, the first that works; where one that has yet to answer is better, its trial. */
function chooseAmong<T extends Tier>(call: CallState<T>, order: readonly number[], now: number): Choice | undefined {
  const { engine, instance } = call;
  const open = order.filter((index) => isOpen(call, index, now) && !isBroken(call, index, now));
  for (const index of open) {
    if (isUnproven(call, index)) {
      const mayTry = engine.config.policy.recovery === 'probe' && instance.joinsAt(index) <= now;
      const place = mayTry ? instance.takeProbe(index, now) : undefined;
      if (place) return { index, place, isProbe: true };
      continue;
    }
    const { slowStart } = instance;
    if (slowStart?.index !== index || slowStart.isOver) return { index };
    const place = slowStart.enter(now);
    if (place) return { index, place };
  }
  return open[0] === undefined ? undefined : { index: open[0] };
}

/** Where a call begins that does not say so: unless another call is already trying the tier that came back, there. */
function chooseByState<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { engine, instance } = call;
  const selection = selectTier(instance.stateRecord.state, engine.config, now, restsOf(call));
  if (!selection.ok) return undefined;
  const { index, otherwise } = selection;
  if (lookOf(call, index, now) !== undefined) return chooseToBreak(call, now);
  if (!selection.probe && !engine.isUnproven(index)) return paced(call, index, now);
  const waitsToJoin = otherwise !== null && instance.joinsAt(index) > now;
  const place = waitsToJoin ? undefined : instance.takeProbe(index, now);
  if (place) return { index, place, isProbe: true, isCovered: otherwise !== null };
  const other = otherwise ?? provenTier(call, index, now);
  return other === undefined ? { index } : paced(call, other, now);
}

/** A place at a tier that is coming back; where all are taken, the previous tier, as long as that works. */
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

/** The next free tier that does not need a trial first. */
function provenTier<T extends Tier>(call: CallState<T>, from: number, now: number): number | undefined {
  const order = cyclic(call.engine.config.chain.length, from).slice(0, -1);
  return order.find((index) => isOpen(call, index, now) && !isUnproven(call, index));
}

/** A pinned call has one tier and no other. @throws {PinnedTierError} when that may not be asked now */
export function choosePinned<T extends Tier>(call: CallState<T>, index: number, now: number): Choice {
  const until = firmEnd(call, index);
  if (until <= now) return { index };
  const tier = call.engine.ids[index] ?? String(index);
  if (until >= FOREVER) throw new PinnedTierError({ tier, retryAt: null, reason: 'is held or paused by an operator' });
  const reason = `may not be asked before ${new Date(until).toISOString()}`;
  throw new PinnedTierError({ tier, retryAt: until, reason });
}

/** Where a call goes on after a failure: never back to a tier of this round, never into a rest. */
export function chooseNext<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { engine, instance, fallbacks } = call;
  const free = (index: number) => isOpen(call, index, now) && !isBroken(call, index, now);
  // After the tier that a call has named it goes through the chain from the top.
  const order = fallbacks ?? cyclic(engine.config.chain.length, call.first ? -1 : (call.lastIndex ?? -1));
  const selection = selectTier(instance.stateRecord.state, engine.config, now, restsOf(call));
  const preferred = selection.ok && !fallbacks ? selection : undefined;

  const waits = preferred && (preferred.probe || engine.isUnproven(preferred.index));
  if (preferred && free(preferred.index)) {
    if (!waits) return { index: preferred.index };
    const place = instance.takeProbe(preferred.index, now);
    if (place) {
      return { index: preferred.index, place, isProbe: true, isCovered: preferred.otherwise !== null };
    }
  }
  // A tier that has yet to show that it works comes last, unless the host has named the order.
  const others = order.filter(free);
  const proven = fallbacks
    ? others
    : others.filter((index) => !(waits && index === preferred.index) && !isUnproven(call, index));
  const index = proven[0] ?? others[0];
  return index === undefined ? chooseToBreak(call, now) : { index };
}

/**
 * Under `wrap`, in a chain that is used up: the best tier whose rest may be broken. What rests for something that only
 * a person mends is looked at once a minute. The first attempt of a call is free, further ones come out of the budget.
 */
function chooseToBreak<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { engine, instance, fallbacks, tried } = call;
  const { chain, policy } = engine.config;
  if (policy.onExhausted !== 'wrap' || !isUsedUp(call, now)) return undefined;
  const elapsed = engine.clock.elapsed();
  const isFirst = tried.size === 0;
  for (const index of fallbacks ?? chain.keys()) {
    if (!isUntried(call, index) || mayBreakAt(call, index) > now) continue;
    const look = lookOf(call, index, now);
    if (look !== undefined && !engine.looks.isDue(look, elapsed)) continue;
    const place = look === undefined ? undefined : instance.takeProbe(index, now);
    if (look !== undefined && !place) continue;
    if (!isFirst && !engine.budget.take(elapsed)) {
      place?.end(now);
      return undefined;
    }
    if (look === undefined || !place) return { index };
    engine.looks.begin(look, elapsed);
    return { index, place, isProbe: true };
  }
  return undefined;
}

/** True when no tier of the chain is free, or none has answered since none was. */
export function isUsedUp<T extends Tier>(call: CallState<T>, now: number): boolean {
  const { engine, instance } = call;
  if (instance.stateRecord.state.exhaustedAt !== null) return true;
  return engine.config.chain.every((_, index) => isAtRest(call, index, now));
}

function cyclic(count: number, from: number): number[] {
  return Array.from({ length: count }, (_, step) => (from + 1 + step) % count);
}
