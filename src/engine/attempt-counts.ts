import type { FailoverStats } from '../ports/failover.js';
import type { ObservedFailure } from '../ports/monitor-access.js';
import type { AnswerTimes } from './call/attempt/answer-times.js';

/** What the answer times of a tier, which count every answer, do not know. */
interface Counts {
  failed: number;
  /** Answers that failed later: streams that broke after their first content. */
  broken: number;
  /** Answers to work that a host ran elsewhere and reported. */
  reported: number;
  /** Attempts, answered or not, that were trials of a tier that another one stands in for. */
  trials: number;
}

/**
 * Counts attempts for `stats()` and for a health monitor. A call that succeeds on the direct path is counted by its
 * answer time alone, so that it pays for nothing else.
 */
export class AttemptCounts {
  readonly #answerTimes: readonly AnswerTimes[];
  readonly #counts: readonly Counts[];
  readonly #listeners: Set<(failure: ObservedFailure) => void>;

  /** @param before what was counted under another chain, and the place of each tier in that, -1 for a new one */
  constructor(answerTimes: readonly AnswerTimes[], before?: { counts: AttemptCounts; places: readonly number[] }) {
    this.#answerTimes = answerTimes;
    this.#listeners = before ? before.counts.#listeners : new Set();
    this.#counts = answerTimes.map((_, index) => {
      const known = before && before.counts.#counts[before.places[index]!];
      return known ?? { failed: 0, broken: 0, reported: 0, trials: 0 };
    });
  }

  /** An attempt failed. `isBroken`: it had been counted as an answer. */
  failed(
    index: number,
    failure: ObservedFailure,
    { isTrial, isBroken }: { isTrial: boolean; isBroken: boolean },
  ): void {
    const counts = this.#counts[index]!;
    counts.failed++;
    if (isBroken) counts.broken++;
    // The answer that it seemed to be was a trial already.
    if (isTrial && !isBroken) counts.trials++;
    if (!isTrial) this.#tell(failure);
  }

  /** An attempt answered that was a trial of a tier that another one stands in for. */
  trialAnswered(index: number): void {
    this.#counts[index]!.trials++;
  }

  /** A host reports an attempt it ran elsewhere. */
  reported(index: number, failure: ObservedFailure | undefined): void {
    const counts = this.#counts[index]!;
    if (!failure) {
      counts.reported++;
      return;
    }
    counts.failed++;
    this.#tell(failure);
  }

  /** Attempts at a tier that have ended, without trials. */
  attempts(index: number): number {
    return this.#answered(index) + this.#counts[index]!.failed - this.#counts[index]!.trials;
  }

  onFailure(listener: (failure: ObservedFailure) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stats(calls: number, ids: readonly string[]): FailoverStats {
    const tiers = ids.map((id, index) => {
      const lastAnswerMs = this.#answerTimes[index]!.lastMs;
      return { id, ok: this.#answered(index), failed: this.#counts[index]!.failed, lastAnswerMs };
    });
    return { calls, tiers };
  }

  #answered(index: number): number {
    const { broken, reported } = this.#counts[index]!;
    return this.#answerTimes[index]!.count - broken + reported;
  }

  #tell(failure: ObservedFailure): void {
    for (const listener of this.#listeners) listener(failure);
  }
}
