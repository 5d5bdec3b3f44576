import { leftOf, type SharedTrouble, type Span, type TroubleTimes } from '../../core/tier/rests/shared-trouble.js';
import type { StoreClock } from '../store/store-clock.js';
import type { EngineClock } from '../time/clock.js';

/**
 * When the troubles of one record end here. Another process wrote them by a clock of its own, so what counts is how
 * long they last, from when this process first read them. All times are on the clock's `elapsed`.
 */
export class TroubleTable {
  readonly #clock: EngineClock;
  readonly #storeClock: StoreClock;
  /** By what identifies a span or a failure: its kind, and its time on the writer's clock. */
  #times = new Map<string, number>();
  /** In which edition of all shared rests each failure was read first. */
  #editions = new Map<string, number>();

  constructor(clock: EngineClock, storeClock: StoreClock) {
    this.#clock = clock;
    this.#storeClock = storeClock;
  }

  timesOf({ kind, failedAt, rest, wait }: SharedTrouble): TroubleTimes {
    return {
      failedAt: this.#first(`${kind}|${failedAt}`, 0),
      restEnd: this.#end(`${kind}|rest`, rest),
      waitEnd: wait ? this.#end(`${kind}|wait`, wait) : Number.NEGATIVE_INFINITY,
    };
  }

  editionOf({ kind, failedAt }: SharedTrouble): number {
    return this.#editions.get(`${kind}|${failedAt}`) ?? Number.NEGATIVE_INFINITY;
  }

  /** Forgets all but these troubles, and notes that those among them which are new belong to this edition. */
  keep(troubles: readonly SharedTrouble[], edition: number): void {
    const before = this.#times;
    if (before.size === 0 && troubles.length === 0) return;
    for (const trouble of troubles) this.timesOf(trouble);
    const failures = troubles.map(({ kind, failedAt }) => `${kind}|${failedAt}`);
    this.#editions = new Map(failures.map((id) => [id, this.#editions.get(id) ?? edition]));
    const ids = troubles.flatMap(({ kind, failedAt, rest, wait }) => [
      `${kind}|${failedAt}`,
      idOf(`${kind}|rest`, rest),
      ...(wait ? [idOf(`${kind}|wait`, wait)] : []),
    ]);
    this.#times = new Map(ids.map((id) => [id, before.get(id)!]));
  }

  #end(name: string, span: Span): number {
    const storeNow = this.#storeClock.earliestAt(this.#clock.elapsed());
    return this.#first(idOf(name, span), leftOf(span, this.#clock.now(), storeNow));
  }

  /** What was said of it when it was first read: `leftMs` from then. */
  #first(id: string, leftMs: number): number {
    const known = this.#times.get(id);
    if (known !== undefined) return known;
    const time = this.#clock.elapsed() + leftMs;
    this.#times.set(id, time);
    return time;
  }
}

function idOf(name: string, { from, ms }: Span): string {
  return `${name}|${from}|${ms}`;
}
