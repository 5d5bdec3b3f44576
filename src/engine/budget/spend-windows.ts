import { isSamePair, type TierIdentity, type TokenBudget } from '../../core/config.js';
import type { Instance } from '../instance/instance.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { type Count, SpendWindow } from './spend-window.js';

/** What is counted here goes to the store once in this time at most, in milliseconds. */
const WRITE_EVERY_MS = 1000;
/** Budgets kept in memory; of more, those that began their window first are dropped once the store has them. */
const MAX_WINDOWS = 10_000;

export interface SpendWindowsFacts {
  budget: TokenBudget;
  identities: readonly TierIdentity[];
  clock: EngineClock;
  store: StoreClient;
}

/** The present windows of all budgets: what was counted here, and what all processes have counted in the store. */
export class SpendWindows {
  readonly #facts: SpendWindowsFacts;
  readonly #windows = new Map<string, SpendWindow>();
  /** For each tier the first that is the same model: its keys are counted together. */
  readonly models: readonly number[];
  /** What each tier is called in the store. */
  readonly #buckets: readonly string[];
  #writtenAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #timer: unknown;

  constructor(facts: SpendWindowsFacts) {
    this.#facts = facts;
    const { identities } = facts;
    this.models = identities.map((own) => identities.findIndex((other) => isSamePair(other, own)));
    this.#buckets = this.models.map((first) => {
      const { provider, model, credential } = identities[first]!;
      return JSON.stringify([provider, model, credential]);
    });
  }

  /** The window of the budget that a call of an instance and a group counts against. */
  of(instance: Instance, group: string): SpendWindow {
    const { clock, budget } = this.#facts;
    const key = this.#keyOf(instance, group);
    const known = this.#windows.get(key);
    const startAt = Math.floor(clock.now() / budget.windowMs) * budget.windowMs;
    if (known?.startAt === startAt) return known;
    const facts = { startAt, endAt: startAt + budget.windowMs, models: this.models, before: known };
    const window = new SpendWindow(key, facts);
    this.#windows.delete(key);
    this.#windows.set(key, window);
    if (this.#windows.size > MAX_WINDOWS) this.#dropIdle();
    return window;
  }

  /** The windows that an operator lifts for an instance: its own, and those that moved or paused it. */
  over(instance: Instance): SpendWindow[] {
    const own = this.of(instance, instance.group);
    return [...this.#windows.values()].filter((window) => window === own || window.limited.has(instance));
  }

  /** What a tier in a window is called in the store: by the tier, not by its place, since the chain may be changed. */
  bucket(window: SpendWindow, index: number): string {
    return `${window.startAt}|${this.#buckets[index]}`;
  }

  /** What the tiers of a window have used together is called in the store. */
  #bucketOfAll({ startAt }: SpendWindow): string {
    return `${startAt}|all`;
  }

  /** Adds to a count beside the window's own, e.g. of how often something was announced. Resolves to the new count. */
  increment(window: SpendWindow, bucket: string, by = 1): Promise<number> {
    const ttlMs = this.#facts.budget.windowMs * 2;
    return this.#facts.store.ask('increment', window.key, (store) => store.increment(window.key, bucket, by, ttlMs));
  }

  sum(window: SpendWindow, bucket: string): Promise<number> {
    return this.#facts.store.ask('sum', window.key, (store) => store.sum(window.key, [bucket]));
  }

  /** Reads what all processes have counted, and calls `known` with each model whose total that gave. Never rejects. */
  async read(window: SpendWindow, known: (index: number) => Promise<void>): Promise<void> {
    window.readAt = this.#facts.clock.elapsed();
    const reads = [...new Set(this.models)].map(async (index) => {
      learn(window.tiers[index]!, await this.sum(window, this.bucket(window, index)));
      await known(index);
    });
    const readAll = this.sum(window, this.#bucketOfAll(window)).then((total) => learn(window.all, total));
    // What fails the store client has reported.
    await Promise.allSettled([...reads, readAll]);
  }

  /** Nothing waits to be written. */
  get areStored(): boolean {
    return this.#writing === undefined && [...this.#windows.values()].every((window) => window.isStored);
  }

  /** Writes at once, or once a second; `undefined`: later. */
  write(): Promise<void> | undefined {
    const { clock } = this.#facts;
    const elapsed = clock.elapsed();
    if (this.#writing) return this.#later(WRITE_EVERY_MS);
    const waitMs = this.#writtenAt + WRITE_EVERY_MS - elapsed;
    if (waitMs > 0) return this.#later(waitMs);
    this.#writtenAt = elapsed;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Writes what the store does not have yet. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#facts.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const writing = this.#writing;
    await writing;
    // A store that has just failed is not asked a second time: the process waits to end.
    if (!writing || !this.#facts.store.failing) await this.#writeAll();
  }

  #keyOf(instance: Instance, group: string): string {
    const { scope = 'instance' } = this.#facts.budget;
    if (scope === 'failover') return 'budget:failover';
    return scope === 'group' ? `budget:group:${group}` : `budget:instance:${instance.name}`;
  }

  #dropIdle(): void {
    for (const [key, window] of this.#windows) {
      if (this.#windows.size <= MAX_WINDOWS / 2) break;
      if (window.isStored && window.tiers.every(({ reserved }) => reserved === 0)) this.#windows.delete(key);
    }
  }

  #later(delayMs: number): undefined {
    this.#timer ??= this.#facts.clock.setTimeout(() => {
      this.#timer = undefined;
      void this.write();
    }, delayMs);
    return undefined;
  }

  async #writeAll(): Promise<void> {
    const writes = [...this.#windows.values()].flatMap((window) => [
      ...window.tiers.map((spend, index) => this.#writeOne(window, spend, this.bucket(window, index))),
      this.#writeOne(window, window.all, this.#bucketOfAll(window)),
    ]);
    await Promise.all(writes);
  }

  async #writeOne(window: SpendWindow, count: Count, bucket: string): Promise<void> {
    const by = count.pending;
    if (by === 0) return;
    count.pending = 0;
    count.stored += by;
    try {
      learn(count, await this.increment(window, bucket, by));
    } catch {
      count.stored -= by;
      count.pending += by;
    }
  }
}

/** What the store has counted. One that has forgotten must not lift a budget: what this process counted still holds. */
function learn(count: Count, total: number): void {
  if (Number.isFinite(total)) count.stored = Math.max(count.stored, total);
}
