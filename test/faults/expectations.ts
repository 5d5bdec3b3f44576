import { BrokenRule } from './broken-rule.ts';
import type { Member } from './member.ts';

interface Wait {
  tier: string;
  /** When the provider named it, on the one true clock. */
  at: number;
  ms: number;
  /** How far the process' clock had been set forward by then. */
  forwardMs: number;
}

/** What is known of one instance from outside: what providers said, and what persons reset. Tiers go by their ids. */
export class Expectations {
  readonly #waits = new Map<Member, Wait[]>();
  readonly #answers: { tier: string; at: number }[] = [];
  readonly #failedAt = new Map<string, number>();
  /** Failures that processes were told of, by tier; an upper bound of what may be counted. */
  readonly #failures = new Map<string, number>();
  /** Resets that are under way or may be stored later. */
  #resetting = 0;

  failuresOf(tier: string): number {
    return this.#failures.get(tier) ?? 0;
  }

  /** A provider named a wait. */
  wait(process: Member, tier: string, ms: number, at: number): void {
    const waits = this.#waits.get(process) ?? [];
    waits.push({ tier, at, ms: Math.max(ms, 1000), forwardMs: process.forwardMs });
    this.#waits.set(process, waits);
  }

  failed(process: Member, tier: string, at: number): void {
    this.#failures.set(tier, this.failuresOf(tier) + 1);
    this.#failedAt.set(`${process.id} ${tier}`, at);
  }

  answered(tier: string, at: number): void {
    this.#answers.push({ tier, at });
  }

  /** A person resets. Returns what is to be called when that has ended. */
  reset(): (isStored: boolean) => void {
    this.#resetting += 1;
    this.#waits.clear();
    return (isStored) => {
      // What was not stored is stored when the store is back, whatever comes first.
      if (isStored) this.#resetting -= 1;
      this.#waits.clear();
    };
  }

  /** All that was pending is stored. */
  settle(): void {
    this.#resetting = 0;
  }

  /**
   * A process asks a tier. `leewayMs`: how much too early it may do so, for the wait itself and for each failure that
   * the instance has recorded.
   */
  checkAsk(process: Member, tier: string, now: number, leewayMs: number): void {
    const failures = [...this.#failures.values()].reduce((sum, count) => sum + count, 0);
    for (const { at, ms, forwardMs, tier: waiting } of this.#waits.get(process) ?? []) {
      const leftMs = at + ms - now - (process.forwardMs - forwardMs) - leewayMs * (1 + failures);
      if (waiting === tier && now > at && leftMs > 0 && this.#resetting === 0)
        throw new BrokenRule('a wait that the provider named is obeyed', `${tier} asked ${leftMs} ms too early`);
    }
  }

  checkUp(process: Member, to: string, now: number): void {
    const failedAt = this.#failedAt.get(`${process.id} ${to}`) ?? 0;
    const isProven = this.#answers.some(({ tier, at }) => tier === to && at >= failedAt && at <= now);
    if (!isProven) throw new BrokenRule('up is told after an answer', `${to} has not answered since it failed`);
  }
}
