import type { Tier } from '../../core/config.js';
import type { CallOptions, CallResult } from '../../ports/failover.js';
import type { Engine } from '../engine.js';
import type { DirectPath } from '../instance/direct-path.js';
import type { Instance } from '../instance/instance.js';
import { attemptError, openAnswer, streams } from './attempt/attempt.js';
import { limitOf, type AttemptLimit } from './attempt/attempt-limit.js';
import { Context } from './call-context.js';
import { createCallState, type Call, type CallState } from './call-state.js';
import { beginStream, endWithAnswer } from './attempt/end-attempt.js';
import { makeCall } from './attempt/make-call.js';
import { leaveStream } from '../stream/leave-stream.js';
import { needsALook, ordinary, whenSettled } from './ordinary-answer.js';
import { openTiers } from './choice/tier-access.js';
import { walk } from './walk.js';

const keepAlive = { keepAlive: true };

/**
 * A call with a signal or a limit that otherwise uses the direct path. One promise, one listener and one timer: what
 * `bounded` and the state of a call would cost is most of what such a call takes.
 */
export class LimitedCall<T extends Tier> {
  readonly #engine: Engine<T>;
  readonly #instance: Instance;
  readonly #call: Call<T>;
  readonly #options: CallOptions;
  readonly #path: DirectPath;
  readonly #context: Context<T>;
  readonly #limit: AttemptLimit | undefined;
  #resolve!: (result: CallResult<unknown, T> | Promise<CallResult<unknown, T>>) => void;
  #timer: unknown;
  #onAbort: (() => void) | undefined;
  #isOver = false;
  #made: CallState<T> | undefined;

  constructor(
    engine: Engine<T>,
    instance: Instance,
    path: DirectPath,
    call: Call<T>,
    options: CallOptions,
    startedAt: number,
  ) {
    this.#engine = engine;
    this.#instance = instance;
    this.#path = path;
    this.#call = call;
    this.#options = options;
    this.#context = new Context(engine, path.index, 1, startedAt, options.idleTimeoutMs);
    const deadlineMs = options.deadlineMs ?? engine.config.policy.deadlineMs;
    // Only a share of a deadline depends on how many tiers there are.
    const tiers = deadlineMs === undefined ? 1 : openTiers(engine, instance, path.index);
    this.#limit = limitOf(engine, options, path.index, deadlineMs ?? Number.POSITIVE_INFINITY, tiers);
  }

  run(): Promise<CallResult<unknown, T>> {
    const { signal } = this.#options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#instance.calls++;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (signal) {
        this.#onAbort = () => this.#stop(signal.reason);
        signal.addEventListener('abort', this.#onAbort);
      }
      const limit = this.#limit;
      if (limit) void this.#waitFor(limit).then((reason) => this.#stop(reason));
      this.#ask();
    });
  }

  /**
   * Resolves when the limit has passed. By a promise, so that what follows runs in the context of the call's caller.
   */
  #waitFor(limit: AttemptLimit): Promise<unknown> {
    return new Promise((resolve) => {
      this.#timer = this.#engine.clock.setTimeout(() => resolve(limit.pass()), limit.ms, keepAlive);
    });
  }

  #ask(): void {
    const accept = (value: unknown) => this.#accept(value);
    const fail = (error: unknown) => this.#fail(error);
    try {
      const answer = ordinary(makeCall(this.#engine, this.#call, this.#context));
      void whenSettled(answer, accept, fail);
    } catch (error) {
      fail(error);
    }
  }

  #accept(value: unknown): void {
    const { index, startedAt } = this.#context;
    if (this.#options.judge || (typeof value === 'object' && needsALook(value))) return this.#acceptOther(value);
    if (this.#isOver) return;
    const now = this.#engine.clock.elapsed();
    if (now >= this.#path.until || !this.#instance.isSettled(index) || this.#context.wasUsed) {
      return this.#acceptOther(value);
    }
    const durationMs = Math.round(now - startedAt);
    const { tier, id, answerTimes } = this.#engine.entries[index]!;
    answerTimes.add(durationMs);
    this.#settle({ value, tier, index, attempts: [{ tier: id, index, ok: true, durationMs }] });
  }

  /** A stream, an answer that reports a failure, or one that changes the state. */
  #acceptOther(value: unknown): void {
    const state = this.#state();
    const fail = (error: unknown) => this.#fail(error);
    try {
      if (streams(state, value)) {
        // Where nobody waits any more, it is cancelled by that.
        openAnswer(state, this.#context, value).then((stream) => {
          if (!this.#isOver) this.#settle(beginStream(state, this.#context, stream));
        }, fail);
      } else if (this.#isOver) leaveStream(value);
      else this.#settle(endWithAnswer(state, this.#context, value));
    } catch (error) {
      fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    const state = this.#state();
    this.#settle(walkOn(state, this.#context, error, this.#limit));
  }

  /** The caller has aborted, or the limit has passed. */
  #stop(reason: unknown): void {
    if (this.#isOver) return;
    this.#context.stop(reason);
    this.#fail(reason);
  }

  /** One for the whole call: it keeps an answer that was judged a failure. */
  #state(): CallState<T> {
    this.#made ??= createCallState(this.#engine, this.#instance, this.#call, this.#options, this.#context.startedAt);
    return this.#made;
  }

  #settle(result: CallResult<unknown, T> | Promise<CallResult<unknown, T>>): void {
    this.#isOver = true;
    this.#instance.calls--;
    if (this.#timer !== undefined) this.#engine.clock.clearTimeout(this.#timer);
    if (this.#onAbort) this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#resolve(result);
  }
}

/** The attempt has failed: the call goes on from there, unless its caller has left. */
async function walkOn<T extends Tier>(
  state: CallState<T>,
  context: Context<T>,
  error: unknown,
  limit: AttemptLimit | undefined,
): Promise<CallResult<unknown, T>> {
  return walk(state, attemptError(state, context, error, limit));
}
