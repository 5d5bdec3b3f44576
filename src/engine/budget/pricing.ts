import type { Tier } from '../../core/config.js';
import { dollarText } from '../../core/usage/dollars.js';
import { amountOf, type CountedUnit, type Usage } from '../../core/usage/usage.js';
import type { EventTier } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import { catchRejection } from '../events/catch-rejection.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { EngineClock } from '../time/clock.js';

/** A price is kept in parts of a dollar, so that counters stay whole numbers. */
const PARTS_OF_A_DOLLAR = 1e9;

/** What one answer counts at most. The counters of a store hold whole numbers up to about 9e18, and no infinity. */
const MOST = 1e15;

/** Turns usage into US dollars; `undefined` where nobody knows the price. */
export type Price<T extends Tier = Tier> = (usage: Usage, tier: T) => number | undefined;

export interface PricingFacts {
  readonly chain: readonly Tier[];
  readonly names: readonly EventTier[];
  readonly clock: EngineClock;
  readonly emitter: FailoverEmitter;
  readonly logger: Logger | undefined;
  readonly price: Price | undefined;
}

/**
 * What a budget counts of an answer, and how that is shown. Amounts are whole numbers: tokens, or parts of a dollar.
 */
export class Pricing {
  readonly unit: CountedUnit;
  readonly limit: number;
  readonly #facts: PricingFacts;
  readonly #unpriced = new Set<number>();

  constructor(unit: CountedUnit, limit: number, facts: PricingFacts) {
    this.unit = unit;
    // A product of fractions may be a hair above the whole number that the parts add up to.
    this.limit = unit === 'costUsd' ? Math.max(1, Math.round(limit * PARTS_OF_A_DOLLAR)) : limit;
    this.#facts = facts;
  }

  /** `undefined` for dollars that nobody knows: that is announced once per tier. */
  amount(instance: string, index: number, usage: Usage): number | undefined {
    const isPrice = this.unit === 'costUsd';
    const known = amountOf(usage, this.unit) ?? this.#priceOf(usage, index);
    if (known !== undefined) return Math.min(MOST, Math.round(isPrice ? known * PARTS_OF_A_DOLLAR : known));
    if (this.#unpriced.has(index)) return undefined;
    this.#unpriced.add(index);
    const { emitter, clock, names } = this.#facts;
    emitter.emit('budget-unpriced', { instance, tier: names[index]!, at: clock.now(), origin: 'local' });
    return undefined;
  }

  /** A share of the limit, in the unit of the budget, without the tail that a product of fractions has. */
  softLimit(share: number): number {
    return Number((this.shown(this.limit) * share).toPrecision(12));
  }

  /** In the unit of the budget. */
  shown(amount: number): number {
    return this.unit === 'costUsd' ? amount / PARTS_OF_A_DOLLAR : amount;
  }

  /** `used/limit`, for lines of a log and reasons. */
  share(amount: number): string {
    if (this.unit === 'costUsd') {
      const limit = this.shown(this.limit);
      return `${dollarText(this.shown(amount), limit)}/${dollarText(limit, limit)} USD`;
    }
    return `${amount}/${this.limit} ${this.unit === 'total' ? 'tokens' : `${this.unit} tokens`}`;
  }

  #priceOf(usage: Usage, index: number): number | undefined {
    const { price, chain, logger } = this.#facts;
    try {
      const dollars = price?.(usage, chain[index]!);
      if (Number.isFinite(dollars) && dollars! >= 0) return dollars;
      // Nobody waits for an asynchronous price, which may reject.
      catchRejection(dollars);
      return undefined;
    } catch {
      logger?.warn('tierfall: `price` failed; the answer is not counted');
      return undefined;
    }
  }
}
