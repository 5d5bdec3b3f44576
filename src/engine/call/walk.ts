import { isSamePair, type Tier } from '../../core/config.js';
import { ChainExhaustedError, DeadlineError, isTierfallError, PausedError } from '../../core/errors.js';
import { poolOf } from '../../core/tier/pool.js';
import { isTrigger } from '../../core/tier/rests/ladder.js';
import { isMonitors } from '../../core/tier/rests/standing-pauses.js';
import type { CallResult } from '../../ports/failover.js';
import { bounded, MIN_READING_MS, sleep } from '../time/waits.js';
import { hasSideEffects } from './call-options.js';
import { prepareTrial } from './choice/prepare-trial.js';
import { takeCanary } from './choice/take-canary.js';
import { createCallState, type CallState } from './call-state.js';
import { chooseFirst, chooseNext, choosePinned, isUsedUp, pinnedError } from './choice/choose-tier.js';
import type { Choice } from './choice/choice.js';
import { markCovered, markUnfit } from './choice/other-keys.js';
import { sessionTier } from './choice/session-tier.js';
import { leavePlace, recordFailure, reportExhausted, reportFailure } from './attempt/end-attempt.js';
import { FailedAttempt, saysMoreAboutTheCall } from './attempt/failed-attempt.js';
import { judgedResult } from './verdict/judged-answer.js';
import { askTier } from './attempt/retry-in-tier.js';
import {
  isAtRest,
  isPaused,
  isUnproven,
  isUntried,
  notAsked,
  pauseOf,
  retryAt,
  soonestOpen,
} from './choice/tier-access.js';

/** Least time between two rounds under `wait`, in milliseconds, so that a chain without cooldowns does not spin. */
const MIN_ROUND_MS = 250;

/** Asks tier after tier until one answers. `first`: the first attempt has been made already, and failed. */
export async function walk<T extends Tier>(call: CallState<T>, first?: FailedAttempt): Promise<CallResult<unknown, T>> {
  const { instance } = call;
  // An instance with calls under way is not dropped: they would miss its pauses.
  instance.calls++;
  let answer: CallResult<unknown, T> | undefined;
  try {
    answer = await ask(call, first);
  } catch (error) {
    answer = judgedResult(call);
    if (!answer) throw error;
  } finally {
    instance.calls--;
    if (answer?.value !== call.judgedAnswer?.value) call.judgedAnswer?.discard?.();
    if (!call.isStreaming) call.meter?.release();
    const { triggerFailure } = call;
    call.canary?.end(triggerFailure !== undefined && !call.options.signal?.aborted);
  }
  return answer;
}

async function ask<T extends Tier>(call: CallState<T>, first?: FailedAttempt): Promise<CallResult<unknown, T>> {
  const { engine, instance } = call;
  let failed = first;
  if (!failed) {
    call.options.signal?.throwIfAborted();
    if (engine.isStale(instance)) await refresh(call);
    // What was read may have changed the chain, and nobody has been asked yet.
    if (engine.isPast) return walk(inPresentChain(call));
    const prepared = call.meter?.prepare();
    if (prepared) await withinLimits(call, engine.waitForStore(prepared));
    instance.followShared();
    instance.checkAvailability();
  }
  for (;;) {
    const takesNone = failed !== undefined || call.pinned !== undefined || staysWithSession(call);
    const prepared = takesNone ? undefined : prepareTrial(engine, instance);
    if (prepared) await withinLimits(call, prepared);
    const choice: Choice | undefined = failed ? { index: failed.index } : choose(call);
    if (!choice) {
      if (usesAllNow(call)) continue;
      if (!(await waitForRest(call))) throw exhausted(call);
      if (goesOnElsewhere(call)) return walk(nextRound(call));
      continue;
    }
    const { index } = choice;
    call.tried.add(index);
    call.firstIndex ??= index;
    call.lastIndex = index;
    call.place = choice.place;
    call.isTrial = choice.isCovered === true || call.canary?.covers(index) === true;
    if (call.fallbacks?.includes(index) === false) call.fallbacks = [index, ...call.fallbacks];
    try {
      return await askTier(call, index, failed);
    } catch (error) {
      if (!(error instanceof FailedAttempt)) throw error;
      call.meter?.release();
      takeFailure(call, error);
    } finally {
      leavePlace(call, false);
    }
    failed = undefined;
  }
}

function inPresentChain<T extends Tier>({ engine, instance, call, options, startedAt }: CallState<T>): CallState<T> {
  const { latest } = engine;
  return createCallState(latest, latest.instance(instance.name), call, options, startedAt);
}

/** The chain was changed, and the call, which waits for a tier, has named none of the old one. */
function goesOnElsewhere<T extends Tier>({ engine, options }: CallState<T>): boolean {
  return engine.isPast && !engine.closed && options.first === undefined && options.fallbacks === undefined;
}

/** The same call in the chain in force, with what it has found out so far. */
function nextRound<T extends Tier>(call: CallState<T>): CallState<T> {
  const { engine, attempts, lastFailure, triggerFailure, oddFailure, nextRoundAt, unfit } = call;
  const next = Object.assign(inPresentChain(call), { lastFailure, triggerFailure, oddFailure, nextRoundAt });
  next.attempts.push(...attempts);
  const still = [...(unfit ?? [])].map((index) => engine.placeNow(index)).filter((index) => index >= 0);
  if (still.length > 0) next.unfit = new Set([...(next.unfit ?? []), ...still]);
  return next;
}

/** Reads what is not fresh. A slow store takes half of a deadline at most, and keeps no caller who aborts. */
async function refresh<T extends Tier>(call: CallState<T>): Promise<void> {
  await withinLimits(call, call.engine.refresh(call.instance));
}

async function withinLimits<T extends Tier>(call: CallState<T>, answer: Promise<unknown>): Promise<void> {
  const { engine, options, deadlineAt } = call;
  const { clock } = engine;
  const leftMs = deadlineAt - clock.elapsed();
  const limitMs = leftMs === Number.POSITIVE_INFINITY ? undefined : Math.ceil(leftMs / 2);
  await bounded(() => answer, { clock, signal: options.signal, limitMs }).catch(() => options.signal?.throwIfAborted());
}

/** Where to ask next; `undefined`: nowhere. Throws when the call must end for another reason. */
function choose<T extends Tier>(call: CallState<T>): Choice | undefined {
  const { engine, instance } = call;
  const now = engine.clock.now();
  const mayTry = engine.monitoring.admissions.isOpen && !call.canary && call.pinned === undefined;
  if (mayTry && (isPaused(call) || !staysWithSession(call))) {
    call.canary = takeCanary(call, now, (index) => isUntried(call, index));
    if (call.canary) return { index: call.canary.index };
  }
  if (call.pinned === undefined && call.tried.size === 0) {
    call.meter?.makeRoom(call.first ?? [sessionTier(call, now) ?? []].flat());
  }
  // The call that used the chain up ends with what it found out, not with the pause that followed from it.
  const pause = pauseOf(call);
  const followed = pause !== null && (pause.source === 'exhausted' || isMonitors(pause));
  if (followed && call.lastFailure !== undefined) {
    // Under `wait` it has waited for the end of the pause.
    if (engine.config.policy.onExhausted === 'wait' && isLate(call)) throw deadlineError(call);
    return undefined;
  }
  if (pause) throw new PausedError({ instance: instance.name, ...pause, until: engine.retryAtOf(instance, pause) });
  if (isLate(call)) throw deadlineError(call);
  if (call.pinned !== undefined) return call.unfit?.has(call.pinned) ? undefined : choosePinned(call, call.pinned, now);
  return call.attempts.length === 0 && call.tried.size === 0 ? chooseFirst(call, now) : chooseNext(call, now);
}

/** Before a call ends without an answer: what was left alone only to spare it may be asked after all. */
function usesAllNow<T extends Tier>(call: CallState<T>): boolean {
  if (!call.engine.headroom || call.usesAll) return false;
  call.usesAll = true;
  return true;
}

/** True when the call is about to begin at the tier of its session: no trial is for it. */
function staysWithSession<T extends Tier>(call: CallState<T>): boolean {
  const { engine, tried } = call;
  return engine.sessions !== undefined && tried.size === 0 && sessionTier(call, engine.clock.now()) !== undefined;
}

/** Takes in the last failure of a tier in this call; throws when it ends the call. */
function takeFailure<T extends Tier>(call: CallState<T>, failure: FailedAttempt): void {
  const { verdict, error } = failure;
  const { policy } = call.engine.config;
  reportFailure(call, failure);
  const trigger = isTrigger(verdict.kind, policy);
  call.canary?.failed(failure.index, trigger);
  if (trigger && failure.counts) recordFailure(call, failure);
  call.lastFailure = failure;
  if (trigger) call.triggerFailure = failure;
  if (trigger) markCovered(call, failure);
  const isOdd = !trigger && isOnFallback(call, failure.index) && saysMoreAboutTheCall(failure);
  if (isOdd) call.oddFailure ??= failure;
  const isRerouted = !trigger && policy.reroute.includes(verdict.kind);
  const goesOn = trigger || isOdd || isRerouted;
  if (isOdd || isRerouted) markUnfit(call, failure);
  if (goesOn && call.pinned === undefined && !hasSideEffects(call.options)) return;
  const isCut = isTierfallError(error, 'TIERFALL_ATTEMPT_TIMEOUT');
  throw isCut && isLate(call) ? deadlineError(call) : error;
}

/**
 * True once a trigger has moved the call off its first model, or where it began below the best one, which rests. What
 * another key of the first model says of the call, that one would have said too.
 */
function isOnFallback<T extends Tier>(call: CallState<T>, index: number): boolean {
  const { engine, triggerFailure, firstIndex = 0, first, options } = call;
  const { chain } = engine.config;
  if (triggerFailure !== undefined && !isSamePair(chain[index]!, chain[firstIndex]!)) return true;
  if (first?.includes(firstIndex)) return false;
  const { promptTokens = 0 } = options;
  const isLarge = ({ contextTokens = promptTokens }: Tier) => contextTokens >= promptTokens;
  const now = engine.clock.now();
  // A session may be below a tier that works.
  const isLeft = (at: number) => !engine.sessions || isAtRest(call, at, now) || isUnproven(call, at);
  return chain.slice(0, poolOf(chain, firstIndex).from).some((tier, at) => isLarge(tier) && isLeft(at));
}

function isLate<T extends Tier>(call: CallState<T>): boolean {
  return call.isLate || call.engine.clock.elapsed() >= call.deadlineAt;
}

function deadlineError<T extends Tier>(call: CallState<T>): DeadlineError {
  const { attempts, deadlineMs = 0, triggerFailure, lastFailure } = call;
  return new DeadlineError({ deadlineMs, attempts, cause: (triggerFailure ?? lastFailure)?.error });
}

/** Under `wait`: sleeps until the soonest tier may be asked and starts another round. False: no use waiting. */
async function waitForRest<T extends Tier>(call: CallState<T>): Promise<boolean> {
  const { engine, instance, options, deadlineAt } = call;
  const { clock, config } = engine;
  if (config.policy.onExhausted !== 'wait' || options.pinned !== undefined || isRefusedByAll(call)) return false;
  // What it says is no fault of the tier: nobody waits for hours with an answer at hand.
  if (call.unfit?.has(call.judgedAnswer?.index ?? -1)) return false;
  const earliest = (call.nextRoundAt ??= clock.elapsed() + MIN_ROUND_MS);
  for (let now = clock.now(); ; now = clock.now()) {
    const soonest = soonestOpen(call, now);
    const until = Math.max(soonest ?? Number.POSITIVE_INFINITY, now + earliest - clock.elapsed());
    if (now >= until || isLate(call) || goesOnElsewhere(call)) break;
    if (until - now >= deadlineAt - clock.elapsed() || soonest === null) return false;
    // A listener may have freed a tier, or paused it all.
    if (isUsedUp(call, now) && reportExhausted(call, soonest)) break;
    // An operator may free a tier before its time, pause it all, or change the chain.
    const isOver = () => isPaused(call) || goesOnElsewhere(call) || (soonestOpen(call, clock.now()) ?? until) < until;
    const delayMs = Math.min(until - now, readAgainIn(call));
    await sleep(clock, delayMs, options.signal, (wake) => instance.whenChanged(() => isOver() && wake()));
    if (engine.isStale(instance)) await refresh(call);
    // The clock may have been set back meanwhile.
    instance.refreshDirectPath();
    if (isPaused(call)) break;
  }
  call.tried.clear();
  if (!goesOnElsewhere(call)) call.nextRoundAt = undefined;
  return true;
}

/**
 * In how many milliseconds a call that waits reads the store again: where that does not tell what others change, nobody
 * else says that a tier was freed, or that all is paused.
 */
function readAgainIn<T extends Tier>({ engine, instance }: CallState<T>): number {
  const present = engine.presentOf(instance);
  if (!present) return Number.POSITIVE_INFINITY;
  return Math.max(engine.freshUntil(present.stateRecord) - engine.clock.elapsed(), MIN_READING_MS);
}

/** True where every answer was an error that says more about the call than about the tiers. */
function isRefusedByAll<T extends Tier>({ triggerFailure, oddFailure }: CallState<T>): boolean {
  return oddFailure !== undefined && triggerFailure === undefined;
}

function exhausted<T extends Tier>(call: CallState<T>): unknown {
  const { engine, lastFailure, triggerFailure, oddFailure, attempts } = call;
  if (oddFailure && isRefusedByAll(call)) return oddFailure.error;
  const isPinned = call.options.pinned !== undefined;
  if (lastFailure && (!triggerFailure || isPinned)) return lastFailure.error;
  const now = engine.clock.now();
  if (isPinned && call.first) return pinnedError(call, call.first);
  const soonest = isPaused(call) ? null : retryAt(call, now);
  // What only this call cannot use is no news for anybody else.
  if (isUsedUp(call, now)) reportExhausted(call, soonest);
  return new ChainExhaustedError({
    attempts,
    retryAt: soonest,
    notAsked: notAsked(call, now),
    kinds: lastKinds(call),
    detail: largestWindow(call),
    cause: triggerFailure?.error,
  });
}

/** What the tiers have failed with last, by their ids. */
function lastKinds<T extends Tier>({ engine, instance }: CallState<T>): Map<string, string> {
  const { tiers } = instance.stateRecord.state;
  return new Map(
    tiers.flatMap(({ lastFailureKind }, index) => (lastFailureKind ? [[engine.ids[index]!, lastFailureKind]] : [])),
  );
}

/** Where the prompt is larger than every window, what the largest is. */
function largestWindow<T extends Tier>({ engine, options, unfit }: CallState<T>): string | undefined {
  const { chain } = engine.config;
  const { promptTokens } = options;
  if (promptTokens === undefined || unfit?.size !== chain.length) return undefined;
  const index = chain.reduce((best, tier, at) => (windowOf(tier) > windowOf(chain[best]!) ? at : best), 0);
  const largest = windowOf(chain[index]!);
  return `the prompt has ${promptTokens} tokens, the largest window, of ${engine.ids[index]}, ${largest}`;
}

function windowOf({ contextTokens = 0 }: Tier): number {
  return contextTokens;
}
