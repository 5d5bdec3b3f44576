import type { Tier } from '../core/config.js';
import type { CallContext } from '../ports/failover.js';
import { observeFetch, type FetchSight } from './observe-fetch.js';

/** What only some calls ask for, kept apart so that the others do not carry it. */
interface Extras {
  controller?: AbortController;
  stopped?: { reason: unknown };
  sight?: FetchSight;
}

/** What a call is given. Everything that costs something is made when it is first read. */
export class Context<T extends Tier> implements CallContext<T> {
  readonly index: number;
  readonly attempt: number;
  readonly #chain: readonly T[];
  #extras: Extras | undefined;

  constructor(chain: readonly T[], index: number, attempt: number) {
    this.index = index;
    this.attempt = attempt;
    this.#chain = chain;
    this.#extras = undefined;
  }

  get signal(): AbortSignal {
    const extras = (this.#extras ??= {});
    if (!extras.controller) {
      extras.controller = new AbortController();
      if (extras.stopped) extras.controller.abort(extras.stopped.reason);
    }
    return extras.controller.signal;
  }

  get fetch(): typeof globalThis.fetch {
    const extras = (this.#extras ??= {});
    extras.sight ??= observeFetch();
    return extras.sight.fetch;
  }

  get remaining(): readonly T[] {
    return this.#chain.slice(this.index + 1);
  }

  /** What the handed-out `fetch` saw, if it was used. */
  get sight(): FetchSight | undefined {
    return this.#extras?.sight;
  }

  /** True when the call was handed our signal: an abort it reports can then only be ours or its own time-out. */
  get signalWasRead(): boolean {
    return this.#extras?.controller !== undefined;
  }

  get stopped(): boolean {
    return this.#extras?.stopped !== undefined;
  }

  /** Tells the call to stop: nobody waits for it any more. */
  stop(reason: unknown): void {
    const extras = (this.#extras ??= {});
    if (extras.stopped) return;
    extras.stopped = { reason };
    extras.controller?.abort(reason);
  }
}
