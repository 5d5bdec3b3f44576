import type { Place } from './place.js';

// Every figure here was chosen with `npm run simulate`; `docs/policy.md` shows what came of them.

/** Calls that may be under way at once at a tier whose return has just been confirmed. */
const FIRST_WINDOW = 8;
/** From this window on no call is held back any more. */
const LAST_WINDOW = 64;
/** A failure before so many answers in a row is a relapse. */
const PROOF = 8;
/** After two relapses in a row the calls of the next return are at least so far apart, until it is proven. */
const TRICKLE_MS = 3000;
/** What an answer adds to the window above the threshold: one place in ten rounds. */
const CAUTIOUS_STEP = 0.1;
/** After this long without a failure, what was learnt of a tier no longer counts. */
export const FORGET_MS = 5 * 60_000;
/** Calls can take long: this long without news, good or bad, also widens the window. */
const NO_NEWS_MS = 60_000;

/** What earlier returns to a tier have taught. */
export interface Lesson {
  /** Window above which the provider said that it was too much. */
  threshold: number;
  /** Returns in a row that did not last. After one the next has to prove itself one call at a time. */
  relapses: number;
  failedAt: number;
}

/** How many calls may be under way at a tier that is known to work again. */
export function firstWindow(lesson: Lesson | undefined): number {
  if (!lesson) return FIRST_WINDOW;
  return lesson.relapses > 0 ? 1 : Math.min(FIRST_WINDOW, lesson.threshold);
}

/**
 * A tier that is coming back: how many calls may be under way there, growing as answers come. Calls above that limit
 * stay on the previous tier. Slow start and threshold are those of TCP (RFC 5681), counted in calls. Times are on the
 * clock's `elapsed`.
 */
export class SlowStart {
  readonly index: number;
  /** The previous tier. */
  readonly otherwise: number;
  readonly #lesson: Lesson | undefined;
  /** No call of this instance goes there before that time. */
  opensAt: number;
  #window: number;
  #inFlight = 0;
  #answers = 0;
  #widenedAt: number;
  /** The last answer, or the one that began it. */
  #answeredAt: number;

  constructor(index: number, otherwise: number, lesson: Lesson | undefined, now: number, opensAt: number) {
    this.index = index;
    this.otherwise = otherwise;
    this.#lesson = lesson;
    this.opensAt = opensAt;
    this.#window = firstWindow(lesson);
    this.#widenedAt = now;
    this.#answeredAt = now;
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

  /** True when no call may go there now: all places are taken. */
  isFull(now: number): boolean {
    if (now < this.opensAt || this.#isTricklingAt(now)) return true;
    return this.#inFlight >= Math.floor(this.#window) && now - this.#widenedAt < NO_NEWS_MS;
  }

  /** Takes a place at the tier; `undefined`: all are taken. */
  enter(now: number): Place | undefined {
    if (this.isFull(now)) return undefined;
    if (this.#inFlight >= Math.floor(this.#window)) this.#widen(this.#window * 2, now);
    this.#inFlight++;
    let isEnded = false;
    const leave = (answered: boolean) => (at: number) => {
      if (isEnded) return;
      isEnded = true;
      this.#leave(answered, at);
    };
    return { index: this.index, opened: leave(true), answered: leave(true), end: leave(false) };
  }

  /** Frees a place; an answer widens the window. */
  #leave(answered: boolean, now: number): void {
    this.#inFlight--;
    if (!answered) return;
    this.#answers++;
    this.#answeredAt = now;
    const lesson = this.#lesson && now - this.#lesson.failedAt < FORGET_MS ? this.#lesson : undefined;
    if (lesson && lesson.relapses > 0 && this.isUnproven) this.#widen(this.#window, now);
    else if (lesson && this.#window >= lesson.threshold) this.#widen(this.#window + CAUTIOUS_STEP / this.#window, now);
    else this.#widen(this.#window + 1, now);
  }

  /** A tier that failed again and again gets its next call only some time after its last answer. */
  #isTricklingAt(now: number): boolean {
    if (!this.#lesson || this.#lesson.relapses < 2 || !this.isUnproven) return false;
    return now - this.#answeredAt < TRICKLE_MS;
  }

  #widen(window: number, now: number): void {
    this.#window = window;
    this.#widenedAt = now;
  }
}
