import type { Tier } from '../../core/config.js';
import { ChainExhaustedError, DeadlineError, isTierfallError } from '../../core/errors.js';
import { isTrigger } from '../../core/tier/ladder.js';
import type { CallOptions, CallResult } from '../../ports/failover.js';
import { runAttempt, type AttemptOutcome } from './attempt.js';
import { bounded, sleep } from '../time/waits.js';
import { CallReport } from './attempt-log.js';
import { namedTier } from './call-options.js';
import {
  chooseFirst,
  chooseNext,
  choosePinned,
  isAtFirmRest,
  isAtRest,
  isOpen,
  soonestRest,
  type Choice,
} from './choose-tier.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import type { Place } from '../recovery/place.js';
import { longestDelayMs, retryDelayMs, retryInTier } from './retry-in-tier.js';

import type { Call, Failure, WalkView } from './walk-view.js';

/** Least time between two rounds under `wait`, in milliseconds, so that a chain without cooldowns does not spin. */
const MIN_ROUND_MS = 250;

/** One call on its way along the chain. Made only when a call cannot simply go to the first tier and return. */
export class Walk<T extends Tier> implements WalkView<T> {
  readonly engine: Engine<T>;
  readonly instance: Instance;
  readonly call: Call<T>;
  readonly options: CallOptions;
  readonly report: CallReport<T>;
  readonly tried = new Set<number>();
  readonly deadlineMs: number | undefined;
  readonly deadlineAt: number;
  readonly pinned: number | undefined;
  /** Where this call may go; the tier it began at is one of them. */
  fallbacks: readonly number[] | undefined;
  lastIndex: number | undefined;
  #last: Failure | undefined;
  /** What this call holds of the tier it asks. */
  #place: Place | undefined;

  constructor(engine: Engine<T>, instance: Instance, call: Call<T>, options: CallOptions, now: number) {
    this.engine = engine;
    this.instance = instance;
    this.call = call;
    this.options = options;
    this.report = new CallReport(engine, instance, options.session);
    this.deadlineMs = options.deadlineMs ?? engine.config.policy.deadlineMs;
    this.deadlineAt = this.deadlineMs === undefined ? Number.POSITIVE_INFINITY : now + this.deadlineMs;
    this.pinned = options.pinned === undefined ? undefined : namedTier(engine.ids, options.pinned, 'pinned');
    this.fallbacks = options.fallbacks?.map((ref, at) => namedTier(engine.ids, ref, `fallbacks[${at}]`));
  }

  /** Asks tier after tier until one answers. `first`: the first attempt has been made already, and failed. */
  async run(first?: Failure): Promise<CallResult<unknown, T>> {
    const { signal } = this.options;
    let failed = first;
    if (!failed) {
      signal?.throwIfAborted();
      if (this.#isStale()) await this.#refresh();
    }
    for (;;) {
      const choice: Choice | undefined = failed ? { index: failed.index } : this.#choose();
      if (!choice) {
        if (!(await this.#waitForRest())) throw this.#exhausted();
        continue;
      }
      this.tried.add(choice.index);
      this.lastIndex = choice.index;
      if (this.fallbacks?.includes(choice.index) === false) this.fallbacks = [choice.index, ...this.fallbacks];
      this.#place = choice.place;
      let streams = false;
      try {
        const outcome = await this.#ask(choice, failed);
        if (outcome.ok) {
          streams = outcome.value.streams;
          if (streams) this.#place?.opened(this.engine.clock.now());
          else this.leavePlace(true);
          return this.result(choice.index, outcome.value.value, outcome.value.durationMs);
        }
        this.#take(outcome.failure);
      } finally {
        // A stream keeps the place of a trial until it has ended.
        if (!streams) this.leavePlace(false);
      }
      failed = undefined;
    }
  }

  #isStale(): boolean {
    return this.engine.clock.now() >= this.engine.freshUntil(this.instance.ledger);
  }

  /** Reads what is not fresh. A slow store takes half of a deadline at most, and keeps no caller who aborts. */
  async #refresh(): Promise<void> {
    const { engine, instance, options, deadlineAt } = this;
    const { clock } = engine;
    const now = clock.now();
    await bounded(() => engine.refresh(instance, now), {
      clock,
      signal: options.signal,
      limitMs: deadlineAt === Number.POSITIVE_INFINITY ? undefined : Math.ceil((deadlineAt - now) / 2),
      late: () => undefined,
      stop: () => undefined,
    }).catch(() => options.signal?.throwIfAborted());
  }

  /** Where to ask next; `undefined`: nowhere. Throws when the call must end for another reason. */
  #choose(): Choice | undefined {
    const now = this.engine.clock.now();
    // The call that used the chain up ends with what it found out, not with the pause that followed from it.
    const usedUp = this.#last !== undefined && this.instance.ledger.state.paused?.source === 'exhausted';
    if (usedUp && !this.engine.paused) return undefined;
    this.engine.refusePaused(this.instance);
    if (now >= this.deadlineAt) throw this.#late();
    if (this.pinned !== undefined) return choosePinned(this, this.pinned, now);
    return this.report.attempts.length === 0 && this.tried.size === 0 ? chooseFirst(this, now) : chooseNext(this, now);
  }

  async #ask(choice: Choice, failed: Failure | undefined): Promise<AttemptOutcome> {
    const { policy } = this.engine.config;
    const outcome = failed ? { ok: false as const, failure: failed } : await runAttempt(this, choice.index, 1);
    if (outcome.ok || policy.retry.maxAttempts < 2 || !this.#mayRetry(outcome.failure, 2)) return outcome;
    return retryInTier(outcome.failure, {
      policy: policy.retry,
      again: (attempt) => runAttempt(this, choice.index, attempt),
      mayRetry: (failure, attempt) =>
        this.#mayRetry(failure, attempt) && this.engine.budget.take(this.engine.clock.now()),
      wait: (failure, attempt) => this.#waitForRetry(failure, attempt),
    });
  }

  #mayRetry({ index, verdict }: Failure, attempt: number): boolean {
    const { retry } = this.engine.config.policy;
    if (!retry.kinds.includes(verdict.kind) || verdict.retryAfterMs !== undefined || !this.#mayAsk(index)) return false;
    const endsAt = this.engine.clock.now() + longestDelayMs(retry, attempt);
    return endsAt < this.deadlineAt && !this.#hasSideEffects();
  }

  get #isPaused(): boolean {
    return this.engine.paused || this.instance.ledger.state.paused !== null;
  }

  /** False where other calls have meanwhile put the tier to rest, or somebody has paused. */
  #mayAsk(index: number): boolean {
    if (this.#isPaused) return false;
    const now = this.engine.clock.now();
    return this.pinned === undefined ? !isAtRest(this, index, now) : !isAtFirmRest(this, index, now);
  }

  /** Waits for another attempt; false when the tier may not be asked any more. */
  async #waitForRetry(failure: Failure, attempt: number): Promise<boolean> {
    const { clock, config, random } = this.engine;
    const delayMs = retryDelayMs(config.policy.retry, attempt, random);
    this.report.failed(failure);
    this.report.retrying(failure, attempt, delayMs);
    await sleep(clock, delayMs, this.options.signal);
    return this.#mayAsk(failure.index);
  }

  /** Takes in a tier's last failure in this call; throws when it ends the call. */
  #take(failure: Failure): void {
    const { verdict, error } = failure;
    const { policy } = this.engine.config;
    this.report.failed(failure);
    const trigger = isTrigger(verdict.kind, policy);
    if (trigger && failure.counts) this.report.recordFailure(failure);
    this.#last = failure;
    const reroutes = policy.reroute.includes(verdict.kind);
    if (this.pinned !== undefined || (!trigger && !reroutes) || this.#hasSideEffects()) {
      const isCut = isTierfallError(error, 'TIERFALL_ATTEMPT_TIMEOUT');
      throw isCut && this.engine.clock.now() >= this.deadlineAt ? this.#late() : error;
    }
  }

  #late(): DeadlineError {
    const { attempts } = this.report;
    return new DeadlineError({ deadlineMs: this.deadlineMs ?? 0, attempts, cause: this.#last?.error });
  }

  /** Under `wait`: sleeps until the soonest tier may be asked and starts another round. False: no use waiting. */
  async #waitForRest(): Promise<boolean> {
    const { instance, options } = this;
    const { clock, config } = this.engine;
    if (config.policy.onExhausted !== 'wait' || this.pinned !== undefined) return false;
    const earliest = clock.now() + MIN_ROUND_MS;
    for (let now = clock.now(); ; now = clock.now()) {
      const soonest = soonestRest(this, now);
      const until = Math.max(soonest ?? Number.POSITIVE_INFINITY, earliest);
      if (now >= until || now >= this.deadlineAt) break;
      if (until >= this.deadlineAt || soonest === null) return false;
      this.report.exhausted(this.#last, soonest);
      // An operator may free a tier before its time, or pause it all.
      const isOver = () => this.#isPaused || (soonestRest(this, clock.now()) ?? until) < until;
      await sleep(clock, until - now, options.signal, (wake) => instance.whenChanged(() => isOver() && wake()));
      if (this.#isStale()) await this.#refresh();
      if (this.#isPaused) break;
    }
    this.tried.clear();
    return true;
  }

  #exhausted(): unknown {
    const { policy } = this.engine.config;
    if (this.#last && !isTrigger(this.#last.verdict.kind, policy)) return this.#last.error;
    const now = this.engine.clock.now();
    const retryAt = this.instance.ledger.state.paused ? null : soonestRest(this, now);
    this.report.exhausted(this.#last, retryAt);
    return new ChainExhaustedError({ attempts: this.report.attempts, retryAt, cause: this.#last?.error });
  }

  tiersLeft(index: number, now: number): number {
    if (this.pinned !== undefined) return 1;
    return 1 + [...this.engine.config.chain.keys()].filter((at) => at !== index && isOpen(this, at, now)).length;
  }

  result(index: number, value: unknown, durationMs: number): CallResult<unknown, T> {
    this.report.answered(index, durationMs);
    return { value, tier: this.engine.config.chain[index]!, index, attempts: [...this.report.attempts] };
  }

  leavePlace(answered: boolean): void {
    const place = this.#place;
    this.#place = undefined;
    if (answered) place?.answered(this.engine.clock.now());
    else place?.end(this.engine.clock.now());
  }

  #hasSideEffects(): boolean {
    try {
      return Boolean(this.options.hasSideEffects?.());
    } catch {
      // Not knowing whether something was done is reason enough not to do it twice.
      return true;
    }
  }
}
