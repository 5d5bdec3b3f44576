import type { Tier } from '../../../core/config.js';
import type { NotAsked } from '../../../core/errors.js';
import { poolOf } from '../../../core/tier/pool.js';
import {
  coveringRest,
  firmRestEnd,
  isFailing,
  nextLookAt,
  restEnd,
  sharedRestEnd,
  wrapRestEnd,
} from '../../../core/tier/rests/rest.js';
import { isLook, selectTier } from '../../../core/tier/select-tier.js';
import { FOREVER, type Pause, type SharedRests } from '../../../core/tier/state.js';
import { needsPerson } from '../../../core/disposition.js';
import { lookKey } from '../../recovery/looks.js';
import type { Engine } from '../../engine.js';
import type { Instance } from '../../instance/instance.js';
import type { CallState } from '../call-state.js';

/**
 * Rests from outside, as far as they count for this call: what is to be left alone counts only as long as there is
 * another tier that it may ask.
 */
export function restsOf<T extends Tier>({ instance, usesAll }: CallState<T>): SharedRests | undefined {
  return usesAll ? instance.fleetRests : instance.rests;
}

/** Could this call go on to the tier now? */
export function isOpen<T extends Tier>(call: CallState<T>, index: number, now: number): boolean {
  return isUntried(call, index) && !isAtRest(call, index, now);
}

/** True when this call has not asked the tier in this round, and may. */
export function isUntried<T extends Tier>(call: CallState<T>, index: number): boolean {
  if (call.tried.has(index) || call.unfit?.has(index)) return false;
  return call.fallbacks === undefined || call.fallbacks.includes(index);
}

export function isAtRest<T extends Tier>(call: CallState<T>, index: number, now: number): boolean {
  return end(call, index) > now;
}

/** At a rest that also holds for a pinned call, and that no used-up chain breaks. */
export function isAtFirmRest<T extends Tier>(call: CallState<T>, index: number, now: number): boolean {
  return firmEnd(call, index) > now;
}

/** The pause that keeps this call off every tier now. */
export function pauseOf<T extends Tier>({ engine, instance, canary }: CallState<T>): Pause | null {
  return engine.pauseOf(instance, canary);
}

/** True when somebody has paused the instance or everything. */
export function isPaused<T extends Tier>(call: CallState<T>): boolean {
  return pauseOf(call) !== null;
}

/** True when a tier has failed, here or in the fleet, and not answered since. */
export function isUnproven<T extends Tier>({ engine, instance }: CallState<T>, index: number): boolean {
  return isFailing(instance.stateRecord.state.tiers[index]) || engine.isUnproven(index);
}

/** How many tiers, `index` included, this call could still ask; the keys of one model share its fate, and are one. */
export function tiersLeft<T extends Tier>(call: CallState<T>, index: number, now: number): number {
  if (call.pinned !== undefined) return 1;
  return modelsLeft(call.engine.config.chain, index, (at) => isOpen(call, at, now));
}

/** How many tiers, `index` included, a call that begins there could ask now; the keys of one model are one. */
export function openTiers<T extends Tier>(engine: Engine<T>, instance: Instance, index: number): number {
  const { clock, config } = engine;
  const { tiers } = instance.stateRecord.state;
  const { rests } = instance;
  const now = clock.now();
  return modelsLeft(config.chain, index, (at) => {
    const tier = tiers[at];
    return tier !== undefined && restEnd(tier) <= now && !(sharedRestEnd(config.chain[at]!, rests) > now);
  });
}

/** A limit that ends an attempt says something of the model: no other key of it is asked after that. */
function modelsLeft(chain: readonly Tier[], index: number, isOpenAt: (index: number) => boolean): number {
  let count = 1;
  const own = poolOf(chain, index);
  for (let at = 0; at < chain.length; ) {
    const { from, to } = poolOf(chain, at);
    while (at < to && !isOpenAt(at)) at++;
    if (at < to && from !== own.from) count++;
    at = to;
  }
  return count;
}

/**
 * True for a tier that would be at rest had the used-up chain not broken its cooldown: asking it is an extra attempt.
 */
export function isBroken<T extends Tier>({ instance }: CallState<T>, index: number, now: number): boolean {
  const tier = instance.stateRecord.state.tiers[index];
  return tier !== undefined && tier.failures > 0 && (tier.cooldownUntil ?? now) > now;
}

/** What a tier rests for, here or in the fleet, that only a person mends; `undefined`: it does not. */
export function lookOf<T extends Tier>(call: CallState<T>, index: number, now: number): string | undefined {
  const { engine, instance } = call;
  const { state } = instance.stateRecord;
  const tier = engine.config.chain[index];
  if (!tier) return undefined;
  if (isLook(state, index, now)) return lookKey(tier, state.tiers[index]?.lastFailureKind ?? '');
  const rest = coveringRest(tier, restsOf(call), ({ firm, kind, until }) => !firm && needsPerson(kind) && until > now);
  return rest && lookKey(tier, rest.kind);
}

/** When a used-up chain under `wrap` may ask the tier although it rests; `FOREVER` when nobody knows. */
export function mayBreakAt<T extends Tier>(call: CallState<T>, index: number): number {
  const { engine, instance } = call;
  const tier = instance.stateRecord.state.tiers[index];
  return tier ? wrapRestEnd(tier, engine.config.chain[index], restsOf(call)) : FOREVER;
}

/** The end of a rest that also holds for a pinned call. */
export function firmEnd<T extends Tier>({ engine, instance }: CallState<T>, index: number): number {
  const tier = instance.stateRecord.state.tiers[index];
  return tier ? firmRestEnd(tier, engine.config.chain[index], instance.rests) : FOREVER;
}

/** When the soonest tier that this call may use can be asked, now at the earliest; `null` when nobody knows. */
export function soonestOpen<T extends Tier>(call: CallState<T>, now: number): number | null {
  let soonest = FOREVER;
  for (const index of allowedTiers(call)) soonest = Math.min(soonest, end(call, index));
  return soonest >= FOREVER ? null : Math.max(soonest, now);
}

/**
 * When a tier that this call may use can be asked again: the end of the soonest rest, under `wrap` the end it would
 * have had, or the next look. Always later than `now`; `null` when nobody knows, or none of them rests.
 */
export function retryAt<T extends Tier>(call: CallState<T>, now: number): number | null {
  let soonest = FOREVER;
  for (const index of allowedTiers(call)) {
    const until = askableAt(call, index, now);
    if (until > now) soonest = Math.min(soonest, until);
  }
  return soonest >= FOREVER ? null : soonest;
}

/** The tiers that this call did not ask, why not, and until when that holds. */
export function notAsked<T extends Tier>(call: CallState<T>, now: number): NotAsked[] {
  const asked = new Set(call.attempts.map(({ index }) => index));
  return call.engine.ids.flatMap((tier, index): NotAsked[] => {
    if (asked.has(index)) return [];
    const reason = reasonFor(call, index, now);
    if (reason === undefined) return [];
    const until = reason === 'excluded' || reason === 'window' ? FOREVER : untilOf(call, index, now, reason);
    return [{ tier, reason, until: until >= FOREVER || until <= now ? null : until }];
  });
}

function reasonFor<T extends Tier>(call: CallState<T>, index: number, now: number): NotAsked['reason'] | undefined {
  const { engine, instance, fallbacks, lastIndex } = call;
  if (call.unfit?.has(index)) return isOfWindow(call, index) ? 'window' : 'excluded';
  if (lastIndex !== undefined && fallbacks?.includes(index) === false) return 'excluded';
  const tier = instance.stateRecord.state.tiers[index];
  const configured = engine.config.chain[index];
  if (!tier || !configured) return undefined;
  if ((tier.heldUntil ?? now) > now) return 'held';
  if (sharedRestEnd(configured, restsOf(call), ({ kind }) => kind === 'paused') > now) return 'paused';
  if ((tier.retryAfterUntil ?? now) > now) return 'retry-after';
  // The failure of another key has covered it, and `wrap` has ended the rest that this began.
  const isCovered = call.tried.has(index) && (tier.cooldownUntil ?? now) > now;
  if ((tier.restUntil ?? now) > now || isBroken(call, index, now) || isCovered) return 'cooldown';
  return sharedRestEnd(configured, restsOf(call)) > now ? 'shared' : undefined;
}

/** True where the tier is left out for what its window is, and not because another key of it has refused the call. */
function isOfWindow<T extends Tier>({ engine, options }: CallState<T>, index: number): boolean {
  return options.promptTokens !== undefined || engine.config.chain[index]?.contextTokens !== undefined;
}

function untilOf<T extends Tier>(call: CallState<T>, index: number, now: number, reason: NotAsked['reason']): number {
  return reason === 'cooldown' || reason === 'shared' ? askableAt(call, index, now) : end(call, index);
}

/** When calls may ask the tier again, whether its rest is over then or is broken for a look. */
function askableAt<T extends Tier>(call: CallState<T>, index: number, now: number): number {
  const { engine, instance } = call;
  const tier = instance.stateRecord.state.tiers[index];
  const configured = engine.config.chain[index];
  if (!tier || !configured) return FOREVER;
  if (engine.config.policy.onExhausted !== 'wrap') return end(call, index);
  const look = lookOf(call, index, now);
  if (look === undefined) return Math.max(end(call, index), tier.cooldownUntil ?? now);
  const waitMs = engine.looks.dueIn(look, engine.clock.elapsed());
  return Math.max(mayBreakAt(call, index), nextLookAt(tier) ?? now, now + Math.ceil(waitMs));
}

/** The tiers that this call may use: once it has begun with fallbacks of its own, those. */
function allowedTiers<T extends Tier>(call: CallState<T>): number[] {
  const { engine, fallbacks, unfit } = call;
  const allowed = fallbacks !== undefined && !beginsAnywhere(call) ? fallbacks : engine.config.chain.keys();
  return [...allowed].filter((index) => !unfit?.has(index));
}

/** Before its first attempt a call may begin anywhere, unless where it would begin now cannot answer it. */
function beginsAnywhere<T extends Tier>(call: CallState<T>): boolean {
  const { engine, instance, first, lastIndex, unfit } = call;
  if (lastIndex !== undefined || first !== undefined) return false;
  if (!unfit) return true;
  const selection = selectTier(instance.stateRecord.state, engine.config, engine.clock.now(), restsOf(call));
  return !selection.ok || !unfit.has(selection.index);
}

/** The end of everything that keeps calls off the tier. */
function end<T extends Tier>(call: CallState<T>, index: number): number {
  const { engine, instance } = call;
  const state = instance.stateRecord.state.tiers[index];
  const tier = engine.config.chain[index];
  return state && tier ? Math.max(restEnd(state), sharedRestEnd(tier, restsOf(call))) : FOREVER;
}
