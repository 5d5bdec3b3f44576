import type { FailoverConfig } from '../../../core/config.js';
import { AttemptTimeoutError, StreamStalledError } from '../../../core/errors.js';
import type { CallOptions } from '../../../ports/failover.js';

/** What ends an attempt that takes too long. */
export class AttemptLimit {
  /** Printed id of the tier. */
  readonly #tier: string;
  readonly ms: number;
  readonly #kind: 'attempt' | 'deadline' | 'firstContent';
  /** It takes all that is left of the deadline. */
  readonly endsDeadline: boolean;
  /** The error it ended the attempt with, once it has. */
  error: unknown;

  constructor(tier: string, ms: number, kind: 'attempt' | 'deadline' | 'firstContent', endsDeadline = false) {
    this.#tier = tier;
    this.ms = ms;
    this.#kind = kind;
    this.endsDeadline = endsDeadline;
  }

  /** It says how long this caller waits, and not how long a tier may take. */
  get isCallers(): boolean {
    return this.#kind !== 'attempt';
  }

  /** The limit has passed. */
  pass(): unknown {
    const facts = { tier: this.#tier, afterMs: this.ms };
    this.error =
      this.#kind === 'firstContent'
        ? new StreamStalledError({ ...facts, limit: 'firstContentTimeoutMs' })
        : new AttemptTimeoutError(facts);
    return this.error;
  }
}

/**
 * The limit that ends an attempt first, if any. Where no `attemptTimeoutMs` does that, an attempt leaves the other
 * tiers an equal share of what is left of the deadline.
 *
 * @param leftMs what is left of the deadline, in milliseconds, infinite without one
 * @param tiersLeft how many tiers, this one included, the call could still ask
 */
export function limitOf(
  { config, ids }: { config: FailoverConfig; ids: readonly string[] },
  { firstContentTimeoutMs, stream }: CallOptions,
  index: number,
  leftMs: number,
  tiersLeft: number,
): AttemptLimit | undefined {
  const { attemptTimeoutMs } = config.policy;
  const tier = ids[index]!;
  let first: AttemptLimit | undefined;
  if (attemptTimeoutMs !== undefined) first = new AttemptLimit(tier, attemptTimeoutMs, 'attempt');
  const left = Math.max(0, leftMs);
  if (left !== Number.POSITIVE_INFINITY && !(attemptTimeoutMs !== undefined && attemptTimeoutMs < left)) {
    const ms = Math.ceil(left / tiersLeft);
    if (!first || ms < first.ms) first = new AttemptLimit(tier, ms, 'deadline', tiersLeft === 1);
  }
  if (firstContentTimeoutMs !== undefined && stream !== false && !(first && first.ms <= firstContentTimeoutMs)) {
    first = new AttemptLimit(tier, firstContentTimeoutMs, 'firstContent');
  }
  return first;
}
