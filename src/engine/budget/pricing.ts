import type { Tier } from '../../core/config.js';
import { amountOf, type CountedUnit, type Usage } from '../../core/usage/usage.js';
import type { EventTier } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { EngineClock } from '../time/clock.js';

/** A price is kept in parts of a dollar, so that counters stay whole numbers. */
const PARTS_OF_A_DOLLAR = 1e9;

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
    this.limit = unit === 'costUsd' ? limit * PARTS_OF_A_DOLLAR : limit;
    this.#facts = facts;
  }

  /** `undefined` for dollars that nobody knows: that is announced once per tier. */
  amount(instance: string, index: number, usage: Usage): number | undefined {
    const known = amountOf(usage, this.unit);
    if (this.unit !== 'costUsd') return known;
    const dollars = known ?? this.#priceOf(usage, index);
    if (dollars !== undefined) return Math.round(dollars * PARTS_OF_A_DOLLAR);
    if (this.#unpriced.has(index)) return undefined;
    this.#unpriced.add(index);
    const { emitter, clock, names } = this.#facts;
    emitter.emit('budget-unpriced', { instance, tier: names[index]!, at: clock.now(), origin: 'local' });
    return undefined;
  }

  /** In the unit of the budget. */
  shown(amount: number): number {
    return this.unit === 'costUsd' ? amount / PARTS_OF_A_DOLLAR : amount;
  }

  /** `used/limit`, for lines of a log and reasons. */
  share(amount: number): string {
    if (this.unit === 'costUsd') return `${this.shown(amount).toFixed(4)}/${this.shown(this.limit)} USD`;
    return `${amount}/${this.limit} ${this.unit === 'total' ? 'tokens' : `${this.unit} tokens`}`;
  }

  #priceOf(usage: Usage, index: number): number | undefined {
    const { price, chain, logger } = this.#facts;
    try {
      const dollars = price?.(usage, chain[index]!);
      return Number.isFinite(dollars) && dollars! >= 0 ? dollars : undefined;
    } catch {
      logger?.warn('tierfall: `price` failed; the answer is not counted');
      return undefined;
    }
  }
}
