import type { RetryBudget } from '../core/config.js';

/** Seconds of the fixed allowance that may be saved up; a process begins with them: by default two retries. */
const SAVED_SECONDS = 2;

/**
 * Bounds the extra attempts of an outage to a share of the calls, as a token bucket: each call deposits `ratio`,
 * each second `perSecond`. Counting a call is one addition; the rest is computed when a token is taken.
 * The shape is Finagle's RetryBudget.
 */
export class RetryAllowance {
  calls = 0;
  #config: RetryBudget;
  #counted = 0;
  #balance: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(config: RetryBudget) {
    this.#config = config;
    this.#balance = config.perSecond * SAVED_SECONDS;
  }

  /** The policy was changed. */
  follow(config: RetryBudget): void {
    this.#config = config;
  }

  /** Takes one extra attempt; `now` is on the clock's `elapsed`. False: the budget is used up. */
  take(now: number): boolean {
    const { ratio, perSecond } = this.#config;
    const elapsedMs = this.#at === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, now - this.#at);
    const deposit = (this.calls - this.#counted) * ratio + (elapsedMs / 1000) * perSecond;
    // What healthy days would save up must not fuel a storm: a hundred calls' worth at most.
    const cap = perSecond * SAVED_SECONDS + 100 * ratio;
    this.#balance = Math.min(cap, this.#balance + deposit);
    this.#counted = this.calls;
    this.#at = now;
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }
}
