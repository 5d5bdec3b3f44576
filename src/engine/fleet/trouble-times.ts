import { leftOf, type SharedTrouble, type Span, type TroubleTimes } from '../../core/tier/shared-trouble.js';
import type { EngineClock } from '../time/clock.js';

/**
 * When the troubles of one record end here. Another process wrote them by a clock of its own, so what counts is how long
 * they last, from when this process first read them. All times are on the clock's `elapsed`.
 */
export class TroubleTable {
  readonly #clock: EngineClock;
  /** By what identifies a span or a failure: its kind, and its time on the writer's clock. */
  #times = new Map<string, number>();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  timesOf({ kind, failedAt, rest, wait }: SharedTrouble): TroubleTimes {
    return {
      failedAt: this.#first(`${kind}|${failedAt}`, 0),
      restEnd: this.#end(`${kind}|rest`, rest),
      waitEnd: wait ? this.#end(`${kind}|wait`, wait) : Number.NEGATIVE_INFINITY,
    };
  }

  /** Forgets all but these troubles. */
  keep(troubles: readonly SharedTrouble[]): void {
    const before = this.#times;
    if (before.size === 0 && troubles.length === 0) return;
    for (const trouble of troubles) this.timesOf(trouble);
    const ids = troubles.flatMap(({ kind, failedAt, rest, wait }) => [
      `${kind}|${failedAt}`,
      idOf(`${kind}|rest`, rest),
      ...(wait ? [idOf(`${kind}|wait`, wait)] : []),
    ]);
    this.#times = new Map(ids.map((id) => [id, before.get(id)!]));
  }

  #end(name: string, span: Span): number {
    return this.#first(idOf(name, span), leftOf(span, this.#clock.now()));
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
