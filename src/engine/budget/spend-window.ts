import type { Instance } from '../instance/instance.js';

/** A count that all processes add to. */
export interface Count {
  /** As the store had it last, over all processes. */
  stored: number;
  /** Counted here, and not in the store yet. */
  pending: number;
}

/** What is known of one tier's use of a budget in the present window. */
export interface Spend extends Count {
  /** Held for calls that began in this window and are under way. */
  reserved: number;
  /** The crossing of the soft limit, and of the limit, has been noticed here. */
  isWarned: boolean;
  isExceeded: boolean;
}

/** The present window of one budget: of an instance, a group, or the whole failover. */
export class SpendWindow {
  /** Its key in the store. */
  readonly key: string;
  readonly startAt: number;
  readonly endAt: number;
  /** By tier; the keys of one model share one. */
  readonly tiers: readonly Spend[];
  /** Of all tiers together, those that an update has taken out of the chain included. */
  readonly all: Count = { stored: 0, pending: 0 };
  /** When the store was last read, on the clock's `elapsed`; `-Infinity` before the first time. */
  readAt = Number.NEGATIVE_INFINITY;
  /** The first reading, while it is under way. */
  reading: Promise<void> | undefined;
  /** Limits that an operator has lifted for an instance, as they are called in the store. */
  readonly waivers = new Set<string>();
  /** Instances whose waivers were read. */
  readonly readers = new WeakSet<Instance>();
  /** Instances that were moved or paused for a limit of it. */
  readonly limited = new WeakSet<Instance>();
  /** Calls that began in it may still be under way. Those of a window before that hold nothing any more. */
  #before: SpendWindow | undefined;

  constructor(
    key: string,
    facts: { startAt: number; endAt: number; models: readonly number[]; before: SpendWindow | undefined },
  ) {
    this.key = key;
    this.startAt = facts.startAt;
    this.endAt = facts.endAt;
    this.#before = facts.before;
    if (this.#before) this.#before.#before = undefined;
    const spends = facts.models.map(() => ({ stored: 0, pending: 0, reserved: 0, isWarned: false, isExceeded: false }));
    this.tiers = facts.models.map((first) => spends[first]!);
  }

  /** Counts what an answer of a tier used. */
  add(index: number, amount: number): void {
    this.tiers[index]!.pending += amount;
    this.all.pending += amount;
  }

  /** Nothing of it waits to be written. */
  get isStored(): boolean {
    return this.all.pending === 0 && this.tiers.every(({ pending }) => pending === 0);
  }

  /** What a tier has used, as far as is known here. */
  used(index: number): number {
    const { stored, pending } = this.tiers[index]!;
    return stored + pending;
  }

  /** What all tiers have used together. A process that ends between two writes may leave either count behind. */
  get total(): number {
    const used = (sum: number, { stored, pending }: Count) => sum + stored + pending;
    return Math.max(used(0, this.all), [...new Set(this.tiers)].reduce(used, 0));
  }

  /** What is held at a tier for calls under way. */
  held(index: number): number {
    return this.tiers[index]!.reserved + (this.#before?.tiers[index]!.reserved ?? 0);
  }

  /** What is held at all tiers together. */
  get reserved(): number {
    const own = [...new Set(this.tiers)].reduce((sum, { reserved }) => sum + reserved, 0);
    return own + (this.#before?.reserved ?? 0);
  }
}
