import type { Tier } from '../../core/config.js';
import { configError } from '../../core/errors.js';
import type {
  CallContext,
  CallOptions,
  CallResult,
  CallValue,
  ChunkOf,
  Failover,
  JudgedOf,
} from '../../ports/failover.js';

/**
 * Runs a call on the failover's chain as below, but with `stream: false`: a stream is handed through untouched.
 */
export function resolveWithFallback<T extends Tier, R>(
  failover: Failover<T>,
  call: (tier: T, context: CallContext<T>) => R,
  options: CallOptions<never, Awaited<R>> & { stream: false },
): Promise<CallResult<Awaited<R>, T>>;
/**
 * Runs a call on the failover's chain: asks the tier whose turn it is, and on a failure that another provider could
 * do better at the next one, each at most once.
 *
 * A stream (an async iterable or `ReadableStream`) may fall back until its first content; see `CallOptions`.
 *
 * @throws {ChainExhaustedError} no tier is left to ask
 * @throws {PausedError} the instance, or everything, is paused
 * @throws {PinnedTierError} the pinned tier asked to be left alone, or is held
 * @throws {DeadlineError} `deadlineMs` passed
 * @throws {ConfigError} an argument or option is wrong
 * @throws {ClosedError} the failover was closed
 * @throws the provider's own error, verbatim, when its kind is no trigger; the signal's reason after an abort
 */
export function resolveWithFallback<T extends Tier, R>(
  failover: Failover<T>,
  call: (tier: T, context: CallContext<T>) => R,
  options?: CallOptions<ChunkOf<Awaited<R>>, JudgedOf<Awaited<R>>>,
): Promise<CallResult<CallValue<Awaited<R>>, T>>;
export function resolveWithFallback<T extends Tier>(
  failover: Failover<T>,
  call: (tier: T, context: CallContext<T>) => unknown,
  options?: CallOptions,
): Promise<CallResult<unknown, T>> {
  if (typeof failover?.run !== 'function') {
    const message = `expected what createFailover returned${instead(failover)}`;
    return Promise.reject(configError('failover', message));
  }
  return failover.run(call, options);
}

/** What to do with that which was taken for a failover, where it is near one. */
function instead(given: unknown): string {
  if (typeof given !== 'object' || given === null) return '';
  if ('then' in given) return '; this is a promise: await it first';
  return 'failover' in given ? '; of what startFailover gave, hand in `failover`' : '';
}
