import { HELD, NUMBERS, type ChartMemory } from './chart-memory.js';
import { DAY_SHARES_NUMBERS, DayShares } from './day-shares.js';

/** What a chart of hits and misses is tuned by. */
export interface CusumTuning {
  /** A rise of the odds by this factor is what the chart is quickest to find. */
  oddsFactor: number;
  /** Evidence, as a logarithm of a likelihood ratio, from which the rise counts. */
  threshold: number;
  /** Evidence at which a rise that counted is over. */
  clearAt: number;
  /** The newest events that the baseline leaves out. */
  lag: number;
  /** Events the baseline must have. */
  minBaseline: number;
  /** Events the baseline counts as at most: more of them do not make it surer of tomorrow. */
  weightCap: number;
  /** Standard deviations, of chance and between days together, that the baseline is raised by. */
  margin: number;
  /** Variance between days before any were seen, as a part of share x (1 - share). */
  priorSpread: number;
  /** Days that prior counts as. */
  priorDays: number;
  /** Smallest share the baseline is taken for. */
  minShare: number;
  /** A rise that lasts for so many events is the new normal. */
  acceptAfter: number;
}

// Places of its numbers, behind those of its baseline.
const SUM = DAY_SHARES_NUMBERS;
const BEGUN_AT = SUM + 1;
const LAST_HIT_AT = SUM + 2;
const RUN_COUNT = SUM + 3;
const RUN_HITS = SUM + 4;
const USUAL = SUM + 5;
const UP = SUM + 6;
const DOWN = SUM + 7;
/** Events held back in its place, and where the oldest of them is. */
const HELD_COUNT = SUM + 8;
const HELD_FROM = SUM + 9;

/**
 * A cumulative sum chart for a share (Bernoulli CUSUM; Reynolds and Stoumbos, 1999). Each event adds the logarithm of
 * the likelihood ratio between the raised and the usual share; below 0 it starts over. Unlike a test repeated after
 * each event, its false alarms do not add up with the number of looks. The sum is capped at twice the threshold, so
 * that recovery does not take as long as the trouble did.
 */
export class BernoulliCusum {
  readonly baseline: DayShares;
  /** Whether the rise counts at present. */
  isRaised = false;
  readonly #tuning: CusumTuning;
  readonly #numbers: Float64Array;
  /** Where in them its own begin. */
  readonly #at: number;
  /** Events of a long rise, beyond those held in its place: 2 x day, and 1 for a hit. */
  #more: number[] | undefined;
  #moreFrom = 0;
  #isStale = true;

  /** @param memory where it keeps its numbers */
  constructor(tuning: CusumTuning, memory: ChartMemory) {
    this.#tuning = tuning;
    const { numbers, at } = memory.take();
    this.#numbers = numbers;
    this.#at = at;
    this.baseline = new DayShares(numbers, at);
  }

  /** The evidence. */
  get sum(): number {
    return this.#get(SUM);
  }

  /** When the present rise began: the event that took the sum off 0. */
  get begunAt(): number {
    return this.#get(BEGUN_AT);
  }

  /** The newest hit while it was raised. */
  get lastHitAt(): number {
    return this.#get(LAST_HIT_AT);
  }

  /** Events since the rise began. */
  get runCount(): number {
    return this.#get(RUN_COUNT);
  }

  /** And hits among them. */
  get runHits(): number {
    return this.#get(RUN_HITS);
  }

  /** Share the rise is measured against, as it was when the rise began. */
  get usual(): number {
    return this.#get(USUAL);
  }

  add(isHit: boolean, at: number, day: number): void {
    const { threshold, minBaseline, clearAt, oddsFactor } = this.#tuning;
    if (this.baseline.count >= minBaseline) {
      const before = this.sum;
      // Below 0 it starts over, whatever a miss weighs: most events are such ones.
      const isNone = before === 0 && !isHit && oddsFactor > 1;
      if (this.#isStale && before === 0 && !isNone) this.#weigh();
      const sum = isNone ? 0 : Math.min(2 * threshold, Math.max(0, before + this.#get(isHit ? UP : DOWN)));
      this.#set(SUM, sum);
      if (before === 0 && sum > 0) {
        this.#set(BEGUN_AT, at);
        this.#set(RUN_COUNT, 0);
        this.#set(RUN_HITS, 0);
        this.#set(USUAL, this.baseline.hits / this.baseline.count);
      }
      this.#set(RUN_COUNT, this.runCount + 1);
      if (isHit) this.#set(RUN_HITS, this.runHits + 1);
      if (sum >= threshold) this.isRaised = true;
      else if (sum <= clearAt) this.isRaised = false;
      if (this.isRaised && isHit) this.#set(LAST_HIT_AT, at);
    }
    this.#hold(2 * day + (isHit ? 1 : 0));
    this.#settle();
  }

  /** Moves events into the baseline: all but the newest, and but those of the present rise. */
  #settle(): void {
    const { lag, acceptAfter } = this.#tuning;
    // Of few records nobody knows whether they were the usual ones.
    const accepted = Math.min(acceptAfter, Math.max(acceptAfter / 4, 3 * this.baseline.count));
    if (this.sum > 0 && this.runCount >= accepted) {
      this.#set(SUM, 0);
      this.isRaised = false;
    }
    const keep = this.sum > 0 ? Math.max(lag, this.runCount) : lag;
    const more = this.#more === undefined ? 0 : this.#more.length - this.#moreFrom;
    for (let held = this.#get(HELD_COUNT) + more; held > keep; held--) {
      const event = this.#release();
      this.baseline.add(event % 2 === 1, Math.floor(event / 2));
      this.#isStale = true;
    }
  }

  /** Holds an event back behind all others. */
  #hold(event: number): void {
    const count = this.#get(HELD_COUNT);
    if (this.#more) this.#more.push(event);
    else if (count === HELD) this.#more = [event];
    else {
      this.#set(NUMBERS + ((this.#get(HELD_FROM) + count) % HELD), event);
      this.#set(HELD_COUNT, count + 1);
    }
  }

  /** The oldest event that is held back, which now is no longer. */
  #release(): number {
    const place = NUMBERS + this.#get(HELD_FROM);
    const event = this.#get(place);
    this.#set(HELD_FROM, (this.#get(HELD_FROM) + 1) % HELD);
    const next = this.#more?.[this.#moreFrom];
    if (next === undefined) {
      this.#set(HELD_COUNT, this.#get(HELD_COUNT) - 1);
      return event;
    }
    // All places are taken then: the one that has become free is behind the newest.
    this.#set(place, next);
    this.#moreFrom += 1;
    if (this.#moreFrom === this.#more?.length) {
      this.#more = undefined;
      this.#moreFrom = 0;
    }
    return event;
  }

  /** What one hit and one miss say, against the baseline as it is now. */
  #weigh(): void {
    const { oddsFactor, minShare } = this.#tuning;
    const share = Math.min(0.9, Math.max(minShare, this.raisedBaseline()));
    const odds = (oddsFactor * share) / (1 - share);
    const raised = odds / (1 + odds);
    this.#set(UP, Math.log(raised / share));
    this.#set(DOWN, Math.log((1 - raised) / (1 - share)));
    this.#isStale = false;
  }

  #get(place: number): number {
    return this.#numbers[this.#at + place]!;
  }

  #set(place: number, value: number): void {
    this.#numbers[this.#at + place] = value;
  }

  /** How far the rise must reach, in shares, to be more than a poor day. */
  isFar(leastRise: number, spreads: number): boolean {
    const rise = this.runHits / Math.max(1, this.runCount) - this.usual;
    // As long as few days are known, nobody knows how much they differ, nor much of few records.
    const caution = this.baseline.days < 3 ? 1.6 : 1;
    const least = leastRise + 0.8 / Math.sqrt(this.baseline.count);
    return rise >= Math.max(least, caution * spreads * Math.sqrt(this.#betweenDays()));
  }

  /** The usual share with what chance and days that differ may add to it. */
  raisedBaseline(): number {
    const { weightCap, margin } = this.#tuning;
    const { count, hits } = this.baseline;
    const share = (hits + 0.5) / (count + 1);
    return share + margin * Math.sqrt((share * (1 - share)) / Math.min(count, weightCap) + this.#betweenDays());
  }

  /** Variance of the share between days, as far as it is known. */
  #betweenDays(): number {
    const { priorSpread, priorDays } = this.#tuning;
    const { count, hits, days } = this.baseline;
    const share = (hits + 0.5) / (count + 1);
    const prior = priorSpread * share * (1 - share);
    return Math.max(0, (priorDays * prior + days * this.baseline.varianceBetweenDays()) / (priorDays + days));
  }
}
