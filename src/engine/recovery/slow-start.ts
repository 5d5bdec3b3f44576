import type { Place } from './place.js';

// Every figure here was chosen with `npm run simulate`; `docs/policy.md` shows what came of them.

/** Calls that may be under way at once at a tier whose return has just been confirmed. */
const FIRST_WINDOW = 4;
/** From this window on no call is held back any more. */
const LAST_WINDOW = 64;
/** Answers in a row without which a return counts as a relapse. */
const PROOF = 8;
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
  /** The last return did not last: the next one has to prove itself one call at a time. */
  isWary: boolean;
  failedAt: number;
}

/**
 * A tier that is coming back: how many calls may be under way there, growing as answers come. Calls above that limit
 * stay on the previous tier. Slow start and threshold are those of TCP (RFC 5681), counted in calls.
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

  /** True when no call may go there now: all places are taken. */
  isFull(now: number): boolean {
    if (now < this.opensAt) return true;
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
    const lesson = this.#lesson && now - this.#lesson.failedAt < FORGET_MS ? this.#lesson : undefined;
    if (lesson?.isWary && this.isUnproven) this.#widen(this.#window, now);
    else if (lesson && this.#window >= lesson.threshold) this.#widen(this.#window + CAUTIOUS_STEP / this.#window, now);
    else this.#widen(this.#window + 1, now);
  }

  #widen(window: number, now: number): void {
    this.#window = window;
    this.#widenedAt = now;
  }
}
