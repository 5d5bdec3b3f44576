import pRetry from 'p-retry';
import type { RetryPolicy, Tier } from '../../../core/config.js';
import type { CallResult } from '../../../ports/failover.js';
import type { Random } from '../../../ports/clock.js';
import { sleep } from '../../time/waits.js';
import { runAttempt } from './attempt.js';
import { hasSideEffects } from '../call-options.js';
import type { CallState } from '../call-state.js';
import { isAtFirmRest, isAtRest, isPaused } from '../choice/tier-access.js';
import { hasOtherKey } from '../choice/other-keys.js';
import { reportFailure, reportRetry } from './end-attempt.js';
import { FailedAttempt } from './failed-attempt.js';

/** Asks one tier, with the retries inside it. `first`: the first attempt has been made already, and failed. */
export async function askTier<T extends Tier>(
  call: CallState<T>,
  index: number,
  first: FailedAttempt | undefined,
): Promise<CallResult<unknown, T>> {
  const { retry } = call.engine.config.policy;
  if (retry.maxAttempts < 2) {
    if (first) throw first;
    return runAttempt(call, index, 1);
  }
  try {
    return await pRetry(
      async (attempt) => {
        if (attempt === 1 && first) throw first;
        return runAttempt(call, index, attempt);
      },
      {
        retries: retry.maxAttempts - 1,
        // The delay is ours: it runs on the clock that was handed in.
        minTimeout: 0,
        shouldRetry: async ({ error, attemptNumber }) =>
          error instanceof FailedAttempt && (await waitForRetry(call, error, attemptNumber + 1)),
      },
    );
  } catch (error) {
    // The reason of an abort may be anything, and p-retry makes a TypeError of what is no Error to it.
    if (!(error instanceof FailedAttempt)) call.options.signal?.throwIfAborted();
    throw error;
  }
}

/** Waits for another attempt; false when it may not be made. A rejection is the caller's abort. */
async function waitForRetry<T extends Tier>(
  call: CallState<T>,
  failure: FailedAttempt,
  attempt: number,
): Promise<boolean> {
  const { clock, config, random, retryAllowance } = call.engine;
  if (!mayRetry(call, failure, attempt) || !retryAllowance.take(clock.elapsed())) return false;
  const delayMs = retryDelayMs(config.policy.retry, attempt, random);
  reportFailure(call, failure);
  reportRetry(call, failure, attempt, delayMs);
  await sleep(clock, delayMs, call.options.signal);
  return mayAsk(call, failure.index);
}

function mayRetry<T extends Tier>(call: CallState<T>, failure: FailedAttempt, attempt: number): boolean {
  const { index, verdict } = failure;
  const { clock, config } = call.engine;
  const { retry } = config.policy;
  if (!retry.kinds.includes(verdict.kind) || verdict.retryAfterMs !== undefined || !mayAsk(call, index)) return false;
  // Another key of the same model answers sooner.
  if (hasOtherKey(call, failure)) return false;
  return clock.elapsed() + longestDelayMs(retry, attempt) < call.deadlineAt && !hasSideEffects(call.options);
}

/** False where other calls have meanwhile put the tier to rest, or somebody has paused. */
function mayAsk<T extends Tier>(call: CallState<T>, index: number): boolean {
  if (isPaused(call)) return false;
  const now = call.engine.clock.now();
  return call.pinned === undefined ? !isAtRest(call, index, now) : !isAtFirmRest(call, index, now);
}

/** Delay before attempt number `attempt` (from 2), in milliseconds. */
function retryDelayMs(policy: RetryPolicy, attempt: number, random: Random): number {
  return Math.round(longestDelayMs(policy, attempt) * (1 - policy.jitter * random()));
}

/** The same before chance shortens it. */
function longestDelayMs(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.backoffFactor ** (attempt - 2));
}
