import type { LedgerEvent } from '../../core/tier/state.js';
import { firstWindow, FORGET_MS, SlowStart, type Lesson } from './slow-start.js';

/** After a rate limit that a fleet hit together its members come back one by one, spread over this time. */
const JOIN_MS = 60_000;

/** Follows an instance's returns to better tiers, and remembers how earlier ones went. Times are on `elapsed`. */
export class ReturnPacing {
  /** The return that is under way: its trial has succeeded. */
  slowStart: SlowStart | undefined;
  readonly #lessons = new Map<number, Lesson>();
  /** When this instance joins those that went back before it, by tier. */
  readonly #joinsAt = new Map<number, number>();
  readonly #ids: readonly string[];

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  follow(events: readonly LedgerEvent[], now: number): void {
    for (const event of events) {
      if (event.type === 'tier-failed') this.#failed(this.#index(event.tier), event.kind, now);
      else if (isReturn(event)) this.#start(this.#index(event.to), this.#index(event.from), now);
      else if (event.type === 'tier-change' || event.type === 'exhausted' || event.type === 'reset') this.end();
    }
  }

  /** The fleet has reported trouble at a tier. */
  covered(index: number, kind: string, now: number): void {
    this.#joinsAt.delete(index);
    if (this.slowStart?.index !== index) return;
    this.#failed(index, kind, now);
    this.end();
  }

  /**
   * Another instance of the fleet has found that a tier works again. After a rate limit, all at once would hit it
   * again. `otherwise`: where this instance went meanwhile, if it had not stepped down itself.
   */
  uncovered(facts: { index: number; otherwise: number | undefined; kind: string; chance: number; now: number }): void {
    const { index, otherwise, kind, chance, now } = facts;
    if (kind === 'rate_limit') this.#joinsAt.set(index, now + chance * JOIN_MS);
    if (otherwise !== undefined && !this.slowStart) this.#start(index, otherwise, now);
  }

  /** This instance itself found that the tier works: it does not wait to join. */
  joined(index: number): void {
    this.#joinsAt.delete(index);
    if (this.slowStart?.index === index) this.slowStart.opensAt = Number.NEGATIVE_INFINITY;
  }

  /** A failure now comes before the tier's return has lasted. After a rate limit that is no relapse: less may do. */
  isRelapse(index: number, kind: string): boolean {
    return kind !== 'rate_limit' && this.slowStart?.index === index && this.slowStart.isUnproven;
  }

  /** How many calls may be under way at a tier that another instance has found to work. */
  places(index: number, now: number): number {
    return Math.floor(firstWindow(this.#lesson(index, now)));
  }

  joinsAt(index: number): number {
    return this.#joinsAt.get(index) ?? Number.NEGATIVE_INFINITY;
  }

  /** Forgets when to join, and ends a return that is under way. */
  reset(): void {
    this.#joinsAt.clear();
    this.end();
  }

  end(): void {
    this.slowStart = undefined;
  }

  #start(index: number, otherwise: number, now: number): void {
    this.end();
    if (index < 0 || otherwise < 0) return;
    this.slowStart = new SlowStart(index, otherwise, this.#lesson(index, now), now, this.joinsAt(index));
  }

  /** What earlier returns to a tier have taught, as far as it still counts. */
  #lesson(index: number, now: number): Lesson | undefined {
    const lesson = this.#lessons.get(index);
    if (!lesson || now - lesson.failedAt < FORGET_MS) return lesson;
    this.#lessons.delete(index);
    return undefined;
  }

  #failed(index: number, kind: string | undefined, now: number): void {
    const before = this.#lessons.get(index);
    const slowStart = this.slowStart?.index === index ? this.slowStart : undefined;
    if (!slowStart) {
      if (before) this.#lessons.set(index, { ...before, failedAt: now });
      return;
    }
    const limited = kind === 'rate_limit';
    this.#lessons.set(index, {
      threshold: limited ? Math.max(1, slowStart.window / 2) : (before?.threshold ?? Number.POSITIVE_INFINITY),
      relapses: !limited && slowStart.isUnproven ? (before?.relapses ?? 0) + 1 : 0,
      failedAt: now,
    });
  }

  #index(id: string | undefined): number {
    return id === undefined ? -1 : this.#ids.indexOf(id);
  }
}

/** True for a return to a better tier that has answered. */
export function isReturn(event: LedgerEvent): boolean {
  return event.type === 'tier-change' && event.direction === 'up' && event.reason === 'recovered';
}
