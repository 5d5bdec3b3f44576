import pRetry from 'p-retry';
import type { Clock } from '../../ports/clock.js';
import { wait } from '../time/wait.js';
import { ChannelError } from './channel-error.js';

export interface RetrySettings {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Attempts to send one message, the first included. */
  readonly maxAttempts: number;
  /** Wait before the second attempt, in milliseconds; doubles with each further one. */
  readonly initialDelayMs: number;
  /** Longest wait for one message. When the channel asks for more, this message fails for now. */
  readonly maxDelayMs: number;
}

/** Sends until it works, the attempts are used up, or the error is one that a retry within seconds cannot fix. */
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
    // We wait on the host's clock instead, which a test can move; p-retry's own timers are real.
    minTimeout: 0,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      const delayMs = delayOf(error, attemptNumber);
      if (retriesLeft > 0 && delayMs !== undefined) await wait(clock, delayMs, signal);
    },
    shouldRetry: ({ error, attemptNumber }) => delayOf(error, attemptNumber) !== undefined,
  });
}
