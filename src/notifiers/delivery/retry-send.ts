import pRetry from 'p-retry';
import type { Clock } from '../../ports/clock.js';
import { ChannelError } from './channel-error.js';
import { wait } from '../time/wait.js';

export interface RetrySettings {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tries at one message, the first included. */
  readonly maxAttempts: number;
  /** Wait before the second try, in milliseconds; doubles with each further one. */
  readonly initialDelayMs: number;
  /** Longest wait for one message; a channel that asks for more is asked again later. */
  readonly maxDelayMs: number;
}

/** Sends until it works, the tries are used up, or the failure is none that a try within seconds could mend. */
export function retrySend<T>(send: () => Promise<T>, settings: RetrySettings): Promise<T> {
  const { clock, signal, maxAttempts, initialDelayMs, maxDelayMs } = settings;
  const delayOf = (error: Error, attempt: number): number | undefined => {
    if (!(error instanceof ChannelError) || error.remedy !== 'soon') return undefined;
    if (error.retryAfterMs === undefined) return Math.min(initialDelayMs * 2 ** (attempt - 1), maxDelayMs);
    return error.retryAfterMs <= maxDelayMs ? error.retryAfterMs : undefined;
  };
  return pRetry(send, {
    retries: maxAttempts - 1,
    signal,
    // The waits are ours: p-retry's own timers cannot be moved by a test.
    minTimeout: 0,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      const delayMs = delayOf(error, attemptNumber);
      if (retriesLeft > 0 && delayMs !== undefined) await wait(clock, delayMs, signal);
    },
    shouldRetry: ({ error, attemptNumber }) => delayOf(error, attemptNumber) !== undefined,
  });
}
