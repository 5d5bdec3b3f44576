import type { Tier } from '../core/config.js';
import type { CallContext } from '../ports/failover.js';
import { observeFetch, type FetchSight } from './observe-fetch.js';

/** What a call is given. Everything that costs something is made when it is first read. */
export class Context<T extends Tier> implements CallContext<T> {
  readonly index: number;
  readonly attempt: number;
  readonly #chain: readonly T[];
  #controller: AbortController | undefined;
  #stopped: { reason: unknown } | undefined;
  #sight: FetchSight | undefined;

  constructor(chain: readonly T[], index: number, attempt: number) {
    this.#chain = chain;
    this.index = index;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#stopped) this.#controller.abort(this.#stopped.reason);
    }
    return this.#controller.signal;
  }

  get fetch(): typeof globalThis.fetch {
    this.#sight ??= observeFetch();
    return this.#sight.fetch;
  }

  get remaining(): readonly T[] {
    return this.#chain.slice(this.index + 1);
  }

  /** What the handed-out `fetch` saw, if it was used. */
  get sight(): FetchSight | undefined {
    return this.#sight;
  }

  /** True when the call was handed our signal: an abort it reports can then only be ours or its own time-out. */
  get signalWasRead(): boolean {
    return this.#controller !== undefined;
  }

  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Tells the call to stop: nobody waits for it any more. */
  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = { reason };
    this.#controller?.abort(reason);
  }
}
