import type { LedgerEvent } from '../../core/tier/state.js';

// Every figure here was chosen with `npm run simulate`; `docs/policy.md` shows what came of them.

/** Calls that may be under way at once at a tier whose return has just been confirmed. */
const FIRST_WINDOW = 4;
/** From here on nobody is held back any more. */
const LAST_WINDOW = 64;
/** Answers in a row without which a return counts as a relapse. */
const PROOF = 8;
/** What an answer adds to the window above the threshold: one place in ten rounds. */
const CAUTIOUS_STEP = 0.1;
/** So long without a failure, and what was learnt of a tier no longer counts. */
const FORGET_MS = 5 * 60_000;
/** After a limit that a fleet met together its members come back one by one, within this time. */
const JOIN_MS = 60_000;
/** Calls can take long: so long with no news, good or bad, also widens the window. */
const NO_NEWS_MS = 60_000;

/** What earlier returns to a tier have taught. */
interface Lesson {
  /** Window above which the provider said that it was too much. */
  threshold: number;
  /** The last return did not last: the next one has to prove itself one call at a time. */
  isWary: boolean;
  failedAt: number;
}

/**
 * A tier that is coming back: how many calls may be under way there, growing as answers come. Everyone else goes on at
 * the tier we came back from. Slow start and threshold are those of TCP (RFC 5681), counted in calls.
 */
export class Ramp {
  readonly index: number;
  /** Where we came back from. */
  readonly otherwise: number;
  readonly #lesson: Lesson | undefined;
  /** Before that nobody of this instance goes. */
  opensAt: number;
  #window: number;
  #inFlight = 0;
  /** Of those the ones whose end a host will report. */
  #reserved = 0;
  #answers = 0;
  #widenedAt: number;

  constructor(index: number, otherwise: number, lesson: Lesson | undefined, now: number, opensAt: number) {
    this.index = index;
    this.otherwise = otherwise;
    this.#lesson = lesson;
    this.opensAt = opensAt;
    this.#window = lesson?.isWary ? 1 : Math.min(FIRST_WINDOW, lesson?.threshold ?? FIRST_WINDOW);
    this.#widenedAt = now;
  }

  get window(): number {
    return this.#window;
  }

  get isOver(): boolean {
    return this.#window >= LAST_WINDOW;
  }

  /** True when the return has not lasted long enough to count as one. */
  get isUnproven(): boolean {
    return this.#answers < PROOF;
  }

  /** Takes a place at the tier, to be given back with `leave`. False: all are taken. */
  enter(now: number): boolean {
    if (now < this.opensAt) return false;
    if (this.#inFlight >= Math.floor(this.#window)) {
      if (now - this.#widenedAt < NO_NEWS_MS) return false;
      this.#widen(this.#window * 2, now);
    }
    this.#inFlight++;
    return true;
  }

  /** Gives a place back; an answer widens the window. */
  leave(answered: boolean, now: number): void {
    this.#inFlight--;
    if (!answered) return;
    this.#answers++;
    const lesson = this.#lesson && now - this.#lesson.failedAt < FORGET_MS ? this.#lesson : undefined;
    if (lesson?.isWary && this.isUnproven) this.#widen(this.#window, now);
    else if (lesson && this.#window >= lesson.threshold) this.#widen(this.#window + CAUTIOUS_STEP / this.#window, now);
    else this.#widen(this.#window + 1, now);
  }

  /** Notes that the place just taken is for work a host runs elsewhere: nobody but the host knows when it ends. */
  reserve(): void {
    this.#reserved++;
  }

  /** A host reports an end. Work that was begun without a place gives none back. */
  release(answered: boolean, now: number): void {
    if (this.#reserved === 0) return;
    this.#reserved--;
    this.leave(answered, now);
  }

  #widen(window: number, now: number): void {
    this.#window = window;
    this.#widenedAt = now;
  }
}

/** Follows an instance's returns to better tiers. Made at the first of them: before that there is nothing to pace. */
export class Pace {
  /** The return that is under way, once it has been confirmed. */
  ramp: Ramp | undefined;
  /** A return that has yet to be confirmed. */
  #returning: { index: number; otherwise: number } | undefined;
  readonly #lessons = new Map<number, Lesson>();
  /** When this instance joins those who went back before it, by tier. */
  readonly #joinsAt = new Map<number, number>();
  readonly #ids: readonly string[];

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  /** True for events that a `Pace` has to be made for. */
  static begins(events: readonly LedgerEvent[]): boolean {
    return events.some(isReturn);
  }

  follow(events: readonly LedgerEvent[], now: number): void {
    for (const event of events) {
      if (event.type === 'tier-failed') this.#failed(this.#index(event.tier), event.kind, now);
      else if (isReturn(event)) this.#returned(event, now);
      else if (event.type === 'tier-recovered') this.#recovered(event, now);
      else if (event.type === 'tier-change' || event.type === 'wrapped' || event.type === 'reset') this.end();
    }
  }

  /** The fleet has met trouble at a tier. */
  covered(index: number, kind: string, now: number): void {
    this.#joinsAt.delete(index);
    if (this.ramp?.index !== index) return;
    this.#failed(index, kind, now);
    this.end();
  }

  /**
   * Another one of the fleet has found a tier to work again. Where that was a limit, all at once would meet it again.
   * `otherwise`: where this instance went meanwhile, if it had not stepped down itself.
   */
  uncovered(facts: { index: number; otherwise: number | undefined; kind: string; chance: number; now: number }): void {
    const { index, otherwise, kind, chance, now } = facts;
    if (kind === 'rate_limit') this.#joinsAt.set(index, now + chance * JOIN_MS);
    if (otherwise !== undefined && !this.ramp) this.#start(index, otherwise, now);
  }

  /** It was this instance that found out: it goes on. */
  joined(index: number): void {
    this.#joinsAt.delete(index);
    if (this.ramp?.index === index) this.ramp.opensAt = 0;
  }

  joinsAt(index: number): number {
    return this.#joinsAt.get(index) ?? Number.NEGATIVE_INFINITY;
  }

  end(): void {
    this.ramp = undefined;
    this.#returning = undefined;
  }

  #returned(event: LedgerEvent, now: number): void {
    const [index, otherwise] = [this.#index(event.to), this.#index(event.from)];
    this.end();
    // A probe has answered already; under `on-success` the tier has yet to.
    if (event.set?.returnedFrom === null) this.#start(index, otherwise, now);
    else this.#returning = { index, otherwise };
  }

  #recovered(event: LedgerEvent, now: number): void {
    const returning = this.#returning;
    if (!returning || event.set?.returnedFrom !== null || this.#index(event.tier) !== returning.index) return;
    this.#start(returning.index, returning.otherwise, now);
  }

  #start(index: number, otherwise: number, now: number): void {
    this.end();
    if (index < 0 || otherwise < 0) return;
    const lesson = this.#lessons.get(index);
    if (lesson && now - lesson.failedAt >= FORGET_MS) this.#lessons.delete(index);
    this.ramp = new Ramp(index, otherwise, this.#lessons.get(index), now, this.joinsAt(index));
  }

  #failed(index: number, kind: string | undefined, now: number): void {
    const before = this.#lessons.get(index);
    const ramp = this.ramp?.index === index ? this.ramp : undefined;
    if (!ramp) {
      if (before) this.#lessons.set(index, { ...before, failedAt: now });
      return;
    }
    const limited = kind === 'rate_limit';
    this.#lessons.set(index, {
      threshold: limited ? Math.max(1, ramp.window / 2) : (before?.threshold ?? Number.POSITIVE_INFINITY),
      isWary: !limited && ramp.isUnproven,
      failedAt: now,
    });
  }

  #index(id: string | undefined): number {
    return id === undefined ? -1 : this.#ids.indexOf(id);
  }
}

function isReturn(event: LedgerEvent): boolean {
  return event.type === 'tier-change' && event.direction === 'up' && event.reason === 'recovered';
}
