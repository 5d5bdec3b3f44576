import type { Tier } from '../../core/config.js';
import { ChainExhaustedError, DeadlineError, isTierfallError } from '../../core/errors.js';
import { isTrigger } from '../../core/tier/ladder.js';
import type { CallResult } from '../../ports/failover.js';
import { bounded, sleep } from '../time/waits.js';
import { hasSideEffects } from './call-options.js';
import type { CallState } from './call-state.js';
import { chooseFirst, chooseNext, choosePinned, isPaused, soonestRest, type Choice } from './choose-tier.js';
import { leavePlace, recordFailure, reportExhausted, reportFailure } from './end-attempt.js';
import { FailedAttempt } from './failed-attempt.js';
import { judgedResult } from './judged-answer.js';
import { askTier } from './retry-in-tier.js';

/** Least time between two rounds under `wait`, in milliseconds, so that a chain without cooldowns does not spin. */
const MIN_ROUND_MS = 250;

/** Asks tier after tier until one answers. `first`: the first attempt has been made already, and failed. */
export async function walk<T extends Tier>(call: CallState<T>, first?: FailedAttempt): Promise<CallResult<unknown, T>> {
  try {
    let failed = first;
    if (!failed) {
      call.options.signal?.throwIfAborted();
      if (call.engine.isStale(call.instance)) await refresh(call);
    }
    for (;;) {
      const choice: Choice | undefined = failed ? { index: failed.index } : choose(call);
      if (!choice) {
        if (!(await waitForRest(call))) throw exhausted(call);
        continue;
      }
      const { index } = choice;
      call.tried.add(index);
      call.lastIndex = index;
      call.place = choice.place;
      if (call.fallbacks?.includes(index) === false) call.fallbacks = [index, ...call.fallbacks];
      try {
        return await askTier(call, index, failed);
      } catch (error) {
        if (!(error instanceof FailedAttempt)) throw error;
        takeFailure(call, error);
      } finally {
        leavePlace(call, false);
      }
      failed = undefined;
    }
  } catch (error) {
    const judged = judgedResult(call);
    if (!judged) throw error;
    return judged;
  }
}

/** Reads what is not fresh. A slow store takes half of a deadline at most, and keeps no caller who aborts. */
async function refresh<T extends Tier>({ engine, instance, options, deadlineAt }: CallState<T>): Promise<void> {
  const { clock } = engine;
  const now = clock.now();
  const limitMs = deadlineAt === Number.POSITIVE_INFINITY ? undefined : Math.ceil((deadlineAt - now) / 2);
  await bounded(() => engine.refresh(instance), { clock, signal: options.signal, limitMs }).catch(() =>
    options.signal?.throwIfAborted(),
  );
}

/** Where to ask next; `undefined`: nowhere. Throws when the call must end for another reason. */
function choose<T extends Tier>(call: CallState<T>): Choice | undefined {
  const { engine, instance } = call;
  const now = engine.clock.now();
  // The call that used the chain up ends with what it found out, not with the pause that followed from it.
  const usedUp = call.lastFailure !== undefined && instance.ledger.state.paused?.source === 'exhausted';
  if (usedUp && !engine.paused) return undefined;
  engine.refusePaused(instance);
  if (now >= call.deadlineAt) throw deadlineError(call);
  if (call.pinned !== undefined) return choosePinned(call, call.pinned, now);
  return call.attempts.length === 0 && call.tried.size === 0 ? chooseFirst(call, now) : chooseNext(call, now);
}

/** Takes in the last failure of a tier in this call; throws when it ends the call. */
function takeFailure<T extends Tier>(call: CallState<T>, failure: FailedAttempt): void {
  const { verdict, error } = failure;
  const { config, clock } = call.engine;
  reportFailure(call, failure);
  const trigger = isTrigger(verdict.kind, config.policy);
  if (trigger && failure.counts) recordFailure(call, failure);
  call.lastFailure = failure;
  const goesOn = trigger || config.policy.reroute.includes(verdict.kind);
  if (goesOn && call.pinned === undefined && !hasSideEffects(call.options)) return;
  const isCut = isTierfallError(error, 'TIERFALL_ATTEMPT_TIMEOUT');
  throw isCut && clock.now() >= call.deadlineAt ? deadlineError(call) : error;
}

function deadlineError<T extends Tier>({ attempts, deadlineMs = 0, lastFailure }: CallState<T>): DeadlineError {
  return new DeadlineError({ deadlineMs, attempts, cause: lastFailure?.error });
}

/** Under `wait`: sleeps until the soonest tier may be asked and starts another round. False: no use waiting. */
async function waitForRest<T extends Tier>(call: CallState<T>): Promise<boolean> {
  const { engine, instance, options, deadlineAt } = call;
  const { clock, config } = engine;
  if (config.policy.onExhausted !== 'wait' || call.pinned !== undefined) return false;
  const earliest = clock.now() + MIN_ROUND_MS;
  for (let now = clock.now(); ; now = clock.now()) {
    const soonest = soonestRest(call, now);
    const until = Math.max(soonest ?? Number.POSITIVE_INFINITY, earliest);
    if (now >= until || now >= deadlineAt) break;
    if (until >= deadlineAt || soonest === null) return false;
    reportExhausted(call, soonest);
    // An operator may free a tier before its time, or pause it all.
    const isOver = () => isPaused(call) || (soonestRest(call, clock.now()) ?? until) < until;
    await sleep(clock, until - now, options.signal, (wake) => instance.whenChanged(() => isOver() && wake()));
    if (call.engine.isStale(call.instance)) await refresh(call);
    if (isPaused(call)) break;
  }
  call.tried.clear();
  return true;
}

function exhausted<T extends Tier>(call: CallState<T>): unknown {
  const { engine, instance, lastFailure, attempts } = call;
  if (lastFailure && !isTrigger(lastFailure.verdict.kind, engine.config.policy)) return lastFailure.error;
  const retryAt = instance.ledger.state.paused ? null : soonestRest(call, engine.clock.now());
  reportExhausted(call, retryAt);
  return new ChainExhaustedError({ attempts, retryAt, cause: lastFailure?.error });
}
