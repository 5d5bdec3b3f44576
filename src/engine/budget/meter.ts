import { isUsage, largerUsage, type Usage } from '../../core/usage/usage.js';
import type { UsageReader } from '../../core/usage/usage-of.js';
import type { Logger } from '../../ports/logger.js';
import type { Instance } from '../instance/instance.js';
import type { UsageBudget } from './usage-budget.js';

/** Counts what one call uses: holds an estimate while it is under way, and puts the real figure in its place. */
export class Meter {
  readonly #budget: UsageBudget;
  readonly #instance: Instance;
  readonly #read: UsageReader;
  readonly #logger: Logger | undefined;
  #held: { index: number; amount: number } | undefined;
  #seen: Usage | undefined;

  constructor(budget: UsageBudget, instance: Instance, read: UsageReader, logger: Logger | undefined) {
    this.#budget = budget;
    this.#instance = instance;
    this.#read = read;
    this.#logger = logger;
  }

  /**
   * Before the call begins: what other processes have used, where that is not known; then the step, where there is no
   * room.
   */
  prepare(): Promise<void> | undefined {
    return this.#budget.refresh(this.#instance);
  }

  makeRoom(): void {
    this.#budget.act(this.#instance, true);
  }

  /** An attempt begins. */
  begin(index: number): void {
    this.release();
    const amount = this.#budget.estimate(index);
    this.#budget.reserve(this.#instance, index, amount);
    this.#held = { index, amount };
    this.#seen = undefined;
  }

  /** The attempt gave nothing that costs: gives back what was held. */
  release(): void {
    if (this.#held) this.#budget.release(this.#instance, this.#held.index, this.#held.amount);
    this.#held = undefined;
  }

  answer(index: number, value: unknown): void {
    this.#settle(index, this.#usageIn(value), 0);
  }

  chunk(value: unknown): void {
    const usage = this.#usageIn(value);
    if (usage) this.#seen = largerUsage(this.#seen, usage);
  }

  /** The stream has ended, or broken: what it reported until then counts. */
  end(index: number): void {
    this.#settle(index, this.#seen, 0);
  }

  /** The reader left before the end, where most providers say what it cost: at least the estimate counts. */
  leave(index: number): void {
    this.#settle(index, this.#seen, this.#held?.amount ?? 0);
  }

  #settle(index: number, usage: Usage | undefined, least: number): void {
    const known = usage && this.#budget.amount(this.#instance, index, usage);
    const amount = Math.max(known ?? 0, least);
    this.release();
    if (amount > 0) this.#budget.count(this.#instance, index, amount).catch(() => undefined);
  }

  #usageIn(value: unknown): Usage | undefined {
    try {
      const usage: unknown = this.#read(value);
      if (usage === undefined || usage === null) return undefined;
      if (isUsage(usage)) return usage;
    } catch {
      // Said below.
    }
    this.#logger?.warn('tierfall: `usage` failed, or gave no usage; the answer is not counted');
    return undefined;
  }
}
