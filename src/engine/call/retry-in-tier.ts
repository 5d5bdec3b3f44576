import pRetry from 'p-retry';
import type { RetryPolicy } from '../../core/config.js';
import type { Random } from '../../ports/clock.js';

/** Carries an outcome through p-retry, which retries nothing but errors and not every kind of those. */
class FailedTry<F> extends Error {
  readonly outcome: F;

  constructor(outcome: F) {
    super('failed try');
    this.outcome = outcome;
  }
}

type Tried<S, F> = { ok: true; value: S } | { ok: false; failure: F };

/**
 * Tries again what has just failed, until it works, may not be tried again, or the attempts are used up.
 * Called only after a failure: a call that works never comes here.
 *
 * @returns the last outcome
 */
export async function retryInTier<S, F>(
  first: F,
  options: {
    policy: RetryPolicy;
    /** Runs one more attempt; `attempt` counts from 2. */
    again: (attempt: number) => Promise<Tried<S, F>>;
    mayRetry: (failure: F, attempt: number) => boolean;
    /** Waits before the next attempt; false: it is not to be made after all. A rejection ends it all. */
    wait: (failure: F, attempt: number) => Promise<boolean>;
  },
): Promise<Tried<S, F>> {
  try {
    const value = await pRetry(
      async (attempt) => {
        if (attempt === 1) throw new FailedTry(first);
        const outcome = await options.again(attempt);
        if (!outcome.ok) throw new FailedTry(outcome.failure);
        return outcome.value;
      },
      {
        retries: options.policy.maxAttempts - 1,
        // The delay is ours to keep, on the clock that was handed in.
        minTimeout: 0,
        shouldRetry: async ({ error, attemptNumber }) => {
          const attempt = attemptNumber + 1;
          if (!(error instanceof FailedTry) || !options.mayRetry(error.outcome as F, attempt)) return false;
          return options.wait(error.outcome as F, attempt);
        },
      },
    );
    return { ok: true, value };
  } catch (error) {
    if (error instanceof FailedTry) return { ok: false, failure: error.outcome as F };
    throw error;
  }
}

/** Delay before attempt number `attempt` (from 2), in milliseconds. */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: Random): number {
  return Math.round(longestDelayMs(policy, attempt) * (1 - policy.jitter * random()));
}

/** The same before chance shortens it. */
export function longestDelayMs(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.backoffFactor ** (attempt - 2));
}
