import type { Tier } from '../../core/config.js';
import { StreamStalledError } from '../../core/errors.js';
import type { EngineClock } from '../time/clock.js';
import type { CallContext, PreviousAttempt } from '../../ports/failover.js';
import { judge } from './verdict/judge.js';
import { observeFetch, type FetchLog } from '../stream/observe-fetch.js';

/** The two clocks may differ by this much over one attempt, in milliseconds; by more, and the wall clock was set. */
const CLOCK_SET_MS = 1000;

/** What only some calls ask for, kept apart so that the others do not carry it. */
interface Extras<T extends Tier> {
  previous?: PreviousAttempt<T>;
  /** How long a read of a body that `fetch` returned may take. */
  idleTimeoutMs?: number;
  controller?: AbortController;
  /** The call itself asked for the signal, beyond what the handed-out `fetch` uses. */
  signalRead?: true;
  stopped?: { reason: unknown };
  onStop?: (reason: unknown) => void;
  fetchLog?: FetchLog;
}

/** Where a context gets what it hands out. */
export interface ContextSource<T extends Tier> {
  readonly config: { readonly chain: readonly T[] };
  readonly ids: readonly string[];
  readonly clock: EngineClock;
  /** Takes in the headers of answers, where somebody wants to know. */
  readonly headroom?: { note(tier: Tier, headers: Headers): void } | undefined;
}

/** What a call is given. Everything that costs something is made when it is first read. */
export class Context<T extends Tier> implements CallContext<T> {
  readonly index: number;
  readonly attempt: number;
  /** When the attempt began, on the clock's `elapsed`. */
  readonly startedAt: number;
  /** The same in epoch milliseconds, where it was read then. */
  wallStartedAt: number | undefined = undefined;
  /** Called when nobody waits for the attempt any more, where somebody counts those that are under way. */
  onGivenUp: (() => void) | undefined = undefined;
  readonly #source: ContextSource<T>;
  #extras: Extras<T> | undefined;

  constructor(source: ContextSource<T>, index: number, attempt: number, startedAt: number, idleTimeoutMs?: number) {
    this.index = index;
    this.attempt = attempt;
    this.startedAt = startedAt;
    this.#source = source;
    this.#extras = idleTimeoutMs === undefined ? undefined : { idleTimeoutMs };
  }

  get signal(): AbortSignal {
    const signal = this.#signal();
    if (this.#extras) this.#extras.signalRead = true;
    return signal;
  }

  get fetch(): typeof globalThis.fetch {
    const extras = (this.#extras ??= {});
    extras.fetchLog ??= this.#observe();
    return extras.fetchLog.fetch;
  }

  get remaining(): readonly T[] {
    return this.#source.config.chain.slice(this.index + 1);
  }

  get previous(): PreviousAttempt<T> | undefined {
    return this.#extras?.previous;
  }

  /** The call has failed before. */
  follow(previous: PreviousAttempt<T>): void {
    (this.#extras ??= {}).previous = previous;
  }

  /**
   * Beginning and end in epoch milliseconds, and the duration. Where the wall clock was not read at the beginning, or
   * was set since, the beginning follows from the duration.
   */
  endTimes(): { startedAt: number; endedAt: number; durationMs: number } {
    const { clock } = this.#source;
    const endedAt = clock.now();
    const durationMs = Math.max(0, Math.round(clock.elapsed() - this.startedAt));
    const startedAt = this.wallStartedAt;
    const isSet = startedAt === undefined || Math.abs(endedAt - startedAt - durationMs) > CLOCK_SET_MS;
    return { startedAt: isSet ? endedAt - durationMs : startedAt, endedAt, durationMs };
  }

  /** True once the call has asked for its signal or `fetch`, or where it was given a limit. */
  get wasUsed(): boolean {
    return this.#extras !== undefined;
  }

  /** What the handed-out `fetch` saw, if it was used. */
  get fetchLog(): FetchLog | undefined {
    return this.#extras?.fetchLog;
  }

  /** True when the call was handed our signal: an abort it reports can then only be ours or its own time-out. */
  get signalWasRead(): boolean {
    return this.#extras?.signalRead === true;
  }

  get stopped(): boolean {
    return this.#extras?.stopped !== undefined;
  }

  /** Asks the call to stop: nobody waits for it any more. */
  stop(reason: unknown): void {
    const extras = (this.#extras ??= {});
    if (extras.stopped) return;
    extras.stopped = { reason };
    extras.controller?.abort(reason);
    extras.onStop?.(reason);
    this.onGivenUp?.();
  }

  /** Calls back when nobody waits any more: for work that ignores its signal. */
  whenStopped(callback: (reason: unknown) => void): void {
    (this.#extras ??= {}).onStop = callback;
  }

  #observe(): FetchLog {
    const { clock, ids, headroom, config } = this.#source;
    const idleTimeoutMs = this.#extras?.idleTimeoutMs;
    const tier = ids[this.index]!;
    return observeFetch({
      clock,
      signal: this.#signal(),
      idleTimeoutMs,
      stalled: () => new StreamStalledError({ tier, afterMs: idleTimeoutMs!, limit: 'idleTimeoutMs' }),
      onAnswer: headroom && ((headers) => headroom.note(config.chain[this.index]!, headers)),
      waitOf: (status, headers) => judge({ status, headers }, clock.now(), undefined).retryAfterMs,
    });
  }

  #signal(): AbortSignal {
    const extras = (this.#extras ??= {});
    if (!extras.controller) {
      extras.controller = new AbortController();
      if (extras.stopped) extras.controller.abort(extras.stopped.reason);
    }
    return extras.controller.signal;
  }
}
