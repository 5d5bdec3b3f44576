/** What is known of one tier's use of a budget in the present window. */
export interface Spend {
  /** As the store had it last, over all processes. */
  stored: number;
  /** Counted here, and not in the store yet. */
  pending: number;
  /** Held for calls under way. */
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
  readonly tiers: readonly Spend[];
  /** When the store was last read, on the clock's `elapsed`; `-Infinity` before the first time. */
  readAt = Number.NEGATIVE_INFINITY;

  constructor(
    key: string,
    facts: { startAt: number; endAt: number; tierCount: number; before: SpendWindow | undefined },
  ) {
    this.key = key;
    this.startAt = facts.startAt;
    this.endAt = facts.endAt;
    this.tiers = Array.from({ length: facts.tierCount }, (_, index) => ({
      stored: 0,
      pending: 0,
      // Calls that began in the window before are still under way.
      reserved: facts.before?.tiers[index]?.reserved ?? 0,
      isWarned: false,
      isExceeded: false,
    }));
  }

  /** What a tier has used, as far as is known here. */
  used(index: number): number {
    const { stored, pending } = this.tiers[index]!;
    return stored + pending;
  }

  /** What all tiers have used. */
  get total(): number {
    return this.tiers.reduce((sum, _, index) => sum + this.used(index), 0);
  }

  get reserved(): number {
    return this.tiers.reduce((sum, { reserved }) => sum + reserved, 0);
  }
}
