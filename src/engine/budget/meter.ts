import { isUsage, largerUsage, type Usage } from '../../core/usage/usage.js';
import type { UsageReader } from '../../core/usage/usage-of.js';
import { catchRejection } from '../events/catch-rejection.js';
import type { Instance } from '../instance/instance.js';
import type { Hold, UsageBudget } from './usage-budget.js';

/** Counts what one call uses: holds an estimate while it is under way, and puts the real figure in its place. */
export class Meter {
  readonly #budget: UsageBudget;
  readonly #instance: Instance;
  /** That of the call: the instance may have another one under way. */
  readonly #group: string;
  readonly #read: UsageReader;
  #held: Hold | undefined;
  #seen: Usage | undefined;
  /** The tier that was asked last. */
  #index = 0;
  /** What was read was no usage; that was said. */
  #isWrong = false;

  constructor(budget: UsageBudget, instance: Instance, group: string, read: UsageReader) {
    this.#budget = budget;
    this.#instance = instance;
    this.#group = group;
    this.#read = read;
  }

  /**
   * Before the call begins: what other processes have used, where that is not known; then the step, where there is no
   * room.
   */
  prepare(): Promise<void> | undefined {
    return this.#budget.refresh(this.#instance, this.#group);
  }

  /** @param named the tiers at which the call would begin rather than at the one in use */
  makeRoom(named: readonly number[]): void {
    for (const index of named) this.#budget.actElsewhere(this.#instance, this.#group, index, true);
    this.#budget.act(this.#instance, this.#group, true);
  }

  /** An attempt begins. */
  begin(index: number): void {
    this.release();
    this.#held = this.#budget.reserve(this.#instance, this.#group, index);
    this.#seen = undefined;
    this.#index = index;
    this.#isWrong = false;
  }

  /** The attempt gave nothing that costs: gives back what was held. */
  release(): void {
    if (this.#held) this.#held.spend.reserved -= this.#held.amount;
    this.#held = undefined;
  }

  answer(index: number, value: unknown): void {
    const usage = this.#usageIn(value);
    if (!usage && !this.#isWrong) this.#budget.missing.unread(index, 'none');
    this.#settle(index, usage, 0);
  }

  /** An answer that reports a failure: it may cost something, and need not say so. */
  failedAnswer(index: number, value: unknown): void {
    this.#settle(index, this.#usageIn(value), 0);
  }

  chunk(value: unknown): void {
    const usage = this.#usageIn(value);
    if (usage) this.#seen = largerUsage(this.#seen, usage);
  }

  /** The stream has come to its good end. */
  complete(index: number): void {
    if (!this.#seen && !this.#isWrong) this.#budget.missing.unread(index, 'none-in-stream');
    this.end(index);
  }

  /** The stream has broken: what it reported until then counts. */
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
    if (amount > 0) this.#budget.count(this.#instance, this.#group, index, amount).catch(() => undefined);
  }

  #usageIn(value: unknown): Usage | undefined {
    try {
      const usage: unknown = this.#read(value);
      if (usage === undefined || usage === null) return undefined;
      if (isUsage(usage)) return usage;
      // Nobody waits for an asynchronous reader, which may reject.
      catchRejection(usage);
    } catch {
      // Said below.
    }
    this.#isWrong = true;
    this.#budget.missing.unread(this.#index, 'wrong');
    return undefined;
  }
}
