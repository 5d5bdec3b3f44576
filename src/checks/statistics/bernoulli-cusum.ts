import { DayShares } from './day-shares.js';

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

/**
 * A cumulative sum chart for a share (Bernoulli CUSUM; Reynolds and Stoumbos, 1999). Each event adds the logarithm of
 * the likelihood ratio between the raised and the usual share; below 0 it starts over. Unlike a test repeated after
 * each event, its false alarms do not add up with the number of looks. The sum is capped at twice the threshold, so
 * that recovery does not take as long as the trouble did.
 */
export class BernoulliCusum {
  readonly baseline = new DayShares();
  /** The evidence. */
  sum = 0;
  /** Whether the rise counts at present. */
  isRaised = false;
  /** When the present rise began: the event that took the sum off 0. */
  begunAt = 0;
  /** The newest hit while it was raised. */
  lastHitAt = 0;
  /** Events since the rise began, and hits among them. */
  runCount = 0;
  runHits = 0;
  /** Share the rise is measured against, as it was when the rise began. */
  usual = 0;
  readonly #tuning: CusumTuning;
  /** Events the baseline does not have yet, oldest first, from `#from` on: 2 x day, and 1 for a hit. A thousand agents
   * have tens of thousands of charts, so that each number counts. */
  #held: number[] = [];
  #from = 0;
  #up = 0;
  #down = 0;
  #isStale = true;

  constructor(tuning: CusumTuning) {
    this.#tuning = tuning;
  }

  add(isHit: boolean, at: number, day: number): void {
    const { threshold, minBaseline } = this.#tuning;
    if (this.baseline.count >= minBaseline) {
      if (this.#isStale && this.sum === 0) this.#weigh();
      const before = this.sum;
      this.sum = Math.min(2 * threshold, Math.max(0, before + (isHit ? this.#up : this.#down)));
      if (before === 0 && this.sum > 0) {
        this.begunAt = at;
        this.runCount = 0;
        this.runHits = 0;
        this.usual = this.baseline.hits / this.baseline.count;
      }
      this.runCount += 1;
      if (isHit) this.runHits += 1;
      if (this.sum >= threshold) this.isRaised = true;
      else if (this.sum <= this.#tuning.clearAt) this.isRaised = false;
      if (this.isRaised && isHit) this.lastHitAt = at;
    }
    this.#held.push(2 * day + (isHit ? 1 : 0));
    this.#settle();
  }

  /** Moves events into the baseline: all but the newest, and but those of the present rise. */
  #settle(): void {
    const { lag, acceptAfter } = this.#tuning;
    // Of few records nobody knows whether they were the usual ones.
    const accepted = Math.min(acceptAfter, Math.max(acceptAfter / 4, 3 * this.baseline.count));
    if (this.sum > 0 && this.runCount >= accepted) {
      this.sum = 0;
      this.isRaised = false;
    }
    const keep = this.sum > 0 ? Math.max(lag, this.runCount) : lag;
    while (this.#held.length - this.#from > keep) {
      const event = this.#held[this.#from++] ?? 0;
      this.baseline.add(event % 2 === 1, Math.floor(event / 2));
      this.#isStale = true;
    }
    if (this.#from >= 16 && this.#from * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#from);
      this.#from = 0;
    }
  }

  /** What one hit and one miss say, against the baseline as it is now. */
  #weigh(): void {
    const { oddsFactor, minShare } = this.#tuning;
    const share = Math.min(0.9, Math.max(minShare, this.raisedBaseline()));
    const odds = (oddsFactor * share) / (1 - share);
    const raised = odds / (1 + odds);
    this.#up = Math.log(raised / share);
    this.#down = Math.log((1 - raised) / (1 - share));
    this.#isStale = false;
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
