import type { Tier } from '../../../core/config.js';
import { PinnedTierError } from '../../../core/errors.js';
import { tiersAfter } from '../../../core/tier/pool.js';
import { selectTier } from '../../../core/tier/select-tier.js';
import { FOREVER } from '../../../core/tier/state.js';
import type { CallState } from '../call-state.js';
import type { Choice } from './choice.js';
import { chooseKey } from './choose-key.js';
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

/** Where a call begins: where it or its session says, or the state, as far as the tiers can answer it. */
export function chooseFirst<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { first, fallbacks, unfit } = call;
  const own = sessionTier(call, now);
  if (own !== undefined) return stay(call, own);
  const named = first && (chooseAmong(call, first, now) ?? (fallbacks && chooseAmong(call, fallbacks, now)));
  const chosen = named ?? (first && fallbacks ? chooseToBreak(call, now) : chooseByState(call, now));
  if (!chosen || !unfit?.has(chosen.index)) return chosen;
  chosen.place?.end(call.engine.clock.elapsed());
  return chooseAmong(call, [...call.engine.config.chain.keys()], now) ?? chooseToBreak(call, now);
}

/** A session stays on its tier also where that is coming back and has no place left for others. */
function stay<T extends Tier>({ engine, instance }: CallState<T>, index: number): Choice {
  const { slowStart } = instance;
  const isReturning = slowStart?.index === index && !slowStart.isOver;
  const place = isReturning ? slowStart.enter(engine.clock.elapsed()) : undefined;
  return place ? { index, place } : { index };
}

/** Of tiers that the call may begin at, the first that works; where one that has yet to answer is better, its trial. */
function chooseAmong<T extends Tier>(call: CallState<T>, order: readonly number[], now: number): Choice | undefined {
  const { engine, instance } = call;
  const pool = order[0] === undefined ? undefined : engine.pools?.at(order[0]);
  const isWhole = pool !== undefined && order.length === pool.to - pool.from && order.at(-1) === pool.to - 1;
  const key = isWhole ? chooseKey(call, pool, { index: pool.from, otherwise: null }, now) : undefined;
  if (key) return key;
  const open = order.filter((index) => isOpen(call, index, now) && !isBroken(call, index, now));
  for (const index of open) {
    if (isUnproven(call, index)) {
      const mayTry = engine.config.policy.recovery === 'probe' && !instance.waitsToJoin(index);
      const place = mayTry ? instance.takeProbe(index) : undefined;
      if (place) return { index, place, isProbe: true };
      continue;
    }
    const { slowStart } = instance;
    if (slowStart?.index !== index || slowStart.isOver) return { index };
    const place = slowStart.enter(engine.clock.elapsed());
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
  const pool = engine.pools?.at(index);
  if (pool) {
    const key = chooseKey(call, pool, selection, now);
    const instead = key ? undefined : (otherwise ?? provenTier(call, index, now));
    return key ?? (instead === undefined ? { index } : paced(call, instead, now));
  }
  if (!selection.probe && !engine.isUnproven(index)) return paced(call, index, now);
  const waitsToJoin = otherwise !== null && instance.waitsToJoin(index);
  const place = waitsToJoin ? undefined : instance.takeProbe(index);
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
  const place = slowStart.enter(call.engine.clock.elapsed());
  if (place) return { index, place };
  const { otherwise } = slowStart;
  const works = isOpen(call, otherwise, now) && !isUnproven(call, otherwise);
  return { index: works ? otherwise : (provenTier(call, index, now) ?? index) };
}

/** The next free tier that does not need a trial first. */
function provenTier<T extends Tier>(call: CallState<T>, from: number, now: number): number | undefined {
  return tiersAfter(call.engine.config.chain, from).find(
    (index) => isOpen(call, index, now) && !isUnproven(call, index),
  );
}

/** A pinned call has one tier and no other. @throws {PinnedTierError} when that may not be asked now */
export function choosePinned<T extends Tier>(call: CallState<T>, index: number, now: number): Choice {
  if (firmEnd(call, index) <= now) return { index };
  throw pinnedError(call, [index]);
}

/** Why none of the tiers that a call is pinned to may be asked: the soonest of them speaks for all. */
export function pinnedError<T extends Tier>(call: CallState<T>, indexes: readonly number[]): PinnedTierError {
  const [index] = indexes.toSorted((one, other) => firmEnd(call, one) - firmEnd(call, other));
  const until = firmEnd(call, index!);
  const tier = call.engine.ids[index!]!;
  if (until >= FOREVER) return new PinnedTierError({ tier, retryAt: null, reason: 'is held or paused by an operator' });
  const reason = `may not be asked before ${new Date(until).toISOString()}`;
  return new PinnedTierError({ tier, retryAt: until, reason });
}

/** Where a call goes on after a failure: never back to a tier of this round, never into a rest. */
export function chooseNext<T extends Tier>(call: CallState<T>, now: number): Choice | undefined {
  const { engine, instance, fallbacks } = call;
  const free = (index: number) => isOpen(call, index, now) && !isBroken(call, index, now);
  const selection = selectTier(instance.stateRecord.state, engine.config, now, restsOf(call));
  const order = fallbacks ?? orderInChain(call, selection.ok ? selection.index : undefined);
  const isNamed = call.first?.some(free) === true;
  const preferred = selection.ok && !fallbacks && !isNamed ? selection : undefined;

  const pool = preferred && engine.pools?.at(preferred.index);
  const key = pool && chooseKey(call, pool, preferred, now);
  if (key) return key;
  const waits = preferred && (preferred.probe || engine.isUnproven(preferred.index));
  if (preferred && free(preferred.index)) {
    if (!waits) return { index: preferred.index };
    const place = instance.takeProbe(preferred.index);
    if (place) {
      return { index: preferred.index, place, isProbe: true, isCovered: preferred.otherwise !== null };
    }
  }
  // A tier that has yet to show that it works comes last, unless the host has named the order.
  const others = order.filter(free);
  const proven =
    fallbacks || isNamed
      ? others
      : others.filter((index) => !(waits && index === preferred.index) && !isUnproven(call, index));
  const index = proven[0] ?? others[0];
  return index === undefined ? chooseToBreak(call, now) : { index };
}

/** The order of a call that has named no fallbacks. `preferred`: where the state would have it go. */
function orderInChain<T extends Tier>(call: CallState<T>, preferred: number | undefined): number[] {
  const { engine, first, lastIndex, tried } = call;
  const { chain } = engine.config;
  // After the tiers that a call has named it goes through the chain from the top.
  if (first) return [...first, ...chain.keys()];
  if (tried.size > 0) return tiersAfter(chain, lastIndex ?? -1);
  // Another round, in which the tier asked last may be the only one that can answer this call. Where it is the state's
  // choice, and another call is trying it, that one is waited for.
  return [...chain.keys()].filter((index) => index !== lastIndex || index !== preferred);
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
    const place = look === undefined ? undefined : instance.takeProbe(index);
    if (look !== undefined && !place) continue;
    if (!isFirst && !engine.retryAllowance.take(elapsed)) {
      place?.end(elapsed);
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
