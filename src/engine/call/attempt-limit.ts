import type { FailoverConfig } from '../../core/config.js';
import { AttemptTimeoutError, StreamStalledError } from '../../core/errors.js';
import type { CallOptions } from '../../ports/failover.js';

/** What ends an attempt that takes too long. */
export class AttemptLimit {
  readonly ms: number;
  /** It says how long this caller waits, and not how long a tier may take. */
  readonly isCallers: boolean;
  /** It takes all that is left of the deadline. */
  readonly endsDeadline: boolean;
  /** The error it ended the attempt with, once it has. */
  error: unknown;
  readonly #makeError: () => unknown;

  constructor(ms: number, isCallers: boolean, endsDeadline: boolean, makeError: () => unknown) {
    this.ms = ms;
    this.isCallers = isCallers;
    this.endsDeadline = endsDeadline;
    this.#makeError = makeError;
  }

  /** The limit has passed. */
  pass(): unknown {
    this.error = this.#makeError();
    return this.error;
  }
}

/**
 * The limit that ends an attempt first, if any. Where no `attemptTimeoutMs` does that, an attempt leaves the other tiers
 * an equal share of what is left of the deadline.
 *
 * @param leftMs what is left of the deadline, in milliseconds, infinite without one
 * @param tiersLeft how many tiers, this one included, the call could still ask
 */
export function limitOf(
  { config, ids }: { config: FailoverConfig; ids: readonly string[] },
  { firstContentTimeoutMs, stream }: CallOptions,
  index: number,
  leftMs: number,
  tiersLeft: () => number,
): AttemptLimit | undefined {
  const { attemptTimeoutMs } = config.policy;
  const tier = ids[index]!;
  const late = (ms: number) => () => new AttemptTimeoutError({ tier, afterMs: ms });
  let first: AttemptLimit | undefined;
  if (attemptTimeoutMs !== undefined) {
    first = new AttemptLimit(attemptTimeoutMs, false, false, late(attemptTimeoutMs));
  }
  if (leftMs !== Number.POSITIVE_INFINITY) {
    const left = Math.max(0, leftMs);
    const leavesTime = attemptTimeoutMs !== undefined && attemptTimeoutMs < left;
    const count = leavesTime ? 1 : tiersLeft();
    const ms = Math.ceil(left / count);
    if (!first || ms < first.ms) first = new AttemptLimit(ms, true, count === 1, late(ms));
  }
  if (firstContentTimeoutMs !== undefined && stream !== false && !(first && first.ms <= firstContentTimeoutMs)) {
    const stall = () =>
      new StreamStalledError({ tier, afterMs: firstContentTimeoutMs, limit: 'firstContentTimeoutMs' });
    first = new AttemptLimit(firstContentTimeoutMs, true, false, stall);
  }
  return first;
}
