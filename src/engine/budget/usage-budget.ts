import { isSamePair, type FailoverConfig, type TierIdentity, type TokenBudget } from '../../core/config.js';
import { TOKEN_BUDGET } from '../../core/kinds.js';
import { pause } from '../../core/tier/operator.js';
import { recordExternalTrigger } from '../../core/tier/record-external-trigger.js';
import { selectTier } from '../../core/tier/select-tier.js';
import type { Usage } from '../../core/usage/usage.js';
import type { BudgetEvent, BudgetStatus, EventTier } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { Instance } from '../instance/instance.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { Estimates } from './estimates.js';
import { Pricing, type Price } from './pricing.js';
import { SpendWindow } from './spend-window.js';
import { noteWaiver } from './note-waiver.js';

/** What is counted here goes to the store once in this time at most, in milliseconds. */
const WRITE_EVERY_MS = 1000;
/** Budgets that are kept in memory; of more, the one that was used longest ago is dropped once the store has it. */
const MAX_WINDOWS = 10_000;

export interface UsageBudgetFacts {
  budget: TokenBudget;
  config: FailoverConfig;
  identities: readonly TierIdentity[];
  names: readonly EventTier[];
  clock: EngineClock;
  store: StoreClient;
  emitter: FailoverEmitter;
  logger: Logger | undefined;
  price: Price | undefined;
  stalenessMs: number;
  /** Everything is paused. */
  isPaused: () => boolean;
}

/**
 * Counts what answers use against `policy.tokenBudget`, per model and window, in the store together with all processes.
 * The next report or call acts on a limit that was reached, in whatever process it was crossed.
 */
export class UsageBudget {
  readonly #facts: UsageBudgetFacts;
  readonly #pricing: Pricing;
  readonly #softShare: number;
  readonly #onExceeded: 'step' | 'pause' | 'warn';
  readonly #windows = new Map<string, SpendWindow>();
  readonly #estimates: Estimates;
  /** For each tier the first that is the same model: its keys are counted together. */
  readonly #models: readonly number[];
  /** What each tier is called in the store. */
  readonly #buckets: readonly string[];
  #writtenAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #timer: unknown;

  constructor(facts: UsageBudgetFacts) {
    this.#facts = facts;
    const { count = 'total', softLimit = 0.8, onExceeded = 'step' } = facts.budget;
    this.#pricing = new Pricing(count, facts.budget.limit, { ...facts, chain: facts.config.chain });
    this.#softShare = softLimit;
    this.#onExceeded = onExceeded;
    this.#estimates = new Estimates(facts.identities.length);
    const { identities } = facts;
    this.#models = identities.map((own) => identities.findIndex((other) => isSamePair(other, own)));
    this.#buckets = this.#models.map((first) => {
      const { provider, model, credential } = identities[first]!;
      return JSON.stringify([provider, model, credential]);
    });
  }

  /** What is likely to be used by a call at a tier. */
  estimate(index: number): number {
    return this.#estimates.of(index);
  }

  reserve(instance: Instance, index: number, amount: number): SpendWindow {
    const window = this.#window(instance);
    window.tiers[index]!.reserved += amount;
    return window;
  }

  /** Gives back what was reserved for a call. */
  release(instance: Instance, index: number, amount: number): void {
    const spend = this.#window(instance).tiers[index]!;
    spend.reserved = Math.max(0, spend.reserved - amount);
  }

  /** How much of the budget an answer uses; `undefined` for dollars that nobody knows. */
  amount(instance: Instance, index: number, usage: Usage): number | undefined {
    return this.#pricing.amount(instance.name, index, usage);
  }

  /** Counts what an answer of a tier used, then acts where a limit is reached. Resolves when that is done. */
  async count(instance: Instance, index: number, amount: number): Promise<void> {
    const window = this.#window(instance);
    this.#estimates.add(index, amount);
    window.tiers[index]!.pending += Math.max(0, Math.round(amount));
    const written = this.#write();
    this.#notice(window, instance);
    if (this.#facts.store.failing) this.act(instance);
    else await written?.then(() => this.act(instance));
    this.act(instance);
  }

  /**
   * Before a call, and after a report: while the tier in use is at its limit, takes the next step. `withReserved`: what
   * is held for calls under way counts too, where there is another tier to go to.
   */
  act(instance: Instance, withReserved = false): void {
    const window = this.#window(instance);
    const { config, isPaused } = this.#facts;
    if (isPaused()) return;
    for (let steps = 0; steps < config.chain.length; steps++) {
      const index = this.#tierInUse(instance);
      const { stateRecord } = instance;
      if (index === undefined || stateRecord.state.paused || this.#isWaived(window, instance, index)) return;
      const isAtLimit = this.#isAtLimit(window, index);
      const isFull = withReserved && window.used(index) + window.tiers[index]!.reserved >= this.#pricing.limit;
      if (!isAtLimit && !isFull) return;
      const before = stateRecord.state;
      if (this.#onExceeded === 'step' && this.#hasOther(window, instance, index)) this.#step(window, instance, index);
      else if (isAtLimit && this.#pauses) this.#pause(window, instance, index);
      if (stateRecord.state === before) return;
    }
  }

  /**
   * Reads what other processes have counted, where that is not known or stale; `undefined`: it is known well enough.
   */
  refresh(instance: Instance): Promise<void> | undefined {
    const { clock, store, stalenessMs } = this.#facts;
    const window = this.#window(instance);
    if (store.failing || clock.elapsed() - window.readAt < stalenessMs) return undefined;
    const isFirst = window.readAt === Number.NEGATIVE_INFINITY;
    const read = this.#read(window, instance);
    // Later a call goes on from what is known: it is no older than the store's staleness.
    return isFirst ? read : undefined;
  }

  /** An operator has lifted what the budget did to an instance: its limits are waived until the window ends. */
  waive(instance: Instance): void {
    const window = this.#window(instance);
    const note = () => {
      for (const index of new Set(this.#models)) {
        if (!this.#isAtLimit(window, index) || this.#isWaived(window, instance, index)) continue;
        noteWaiver(instance, window, this.#waiver(window, index));
        const bucket = `waived|${instance.name}|${this.#waiver(window, index)}`;
        this.#ask('increment', window, bucket).catch(() => undefined);
      }
    };
    note();
    if (window.readAt === Number.NEGATIVE_INFINITY && !this.#facts.store.failing)
      void this.#read(window, instance).then(note);
  }

  async status(instance: Instance): Promise<BudgetStatus> {
    const window = this.#window(instance);
    await this.#write();
    if (!this.#facts.store.failing) await this.#read(window, instance);
    const inUse = this.#tierInUse(instance);
    return {
      used: this.#pricing.shown(window.total),
      reserved: this.#pricing.shown(window.reserved),
      limit: this.#facts.budget.limit,
      softLimit: this.#facts.budget.limit * this.#softShare,
      windowStartAt: window.startAt,
      windowEndAt: window.endAt,
      exceeded: this.#isAtLimit(window, inUse ?? instance.stateRecord.state.tier),
    };
  }

  /** The store works again: what was counted meanwhile is written, also where nobody calls any more. */
  catchUp(): void {
    void this.#write();
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

  /** With one tier a step is not possible, and the budget only reports. */
  get #pauses(): boolean {
    return (
      this.#onExceeded === 'pause' ||
      (this.#onExceeded === 'step' && this.#facts.config.chain.length > 1 && this.#isTrigger)
    );
  }

  get #isTrigger(): boolean {
    return this.#facts.config.policy.triggers.includes(TOKEN_BUDGET);
  }

  #isAtLimit(window: SpendWindow, index: number): boolean {
    return window.used(index) >= this.#pricing.limit;
  }

  #isWaived(window: SpendWindow, instance: Instance, index: number): boolean {
    return instance.waivers.has(this.#waiver(window, index));
  }

  /** Where calls of an instance go now that are no trial. */
  #tierInUse(instance: Instance): number | undefined {
    const { config, clock } = this.#facts;
    const { state } = instance.stateRecord;
    const unpaused = state.paused ? { ...state, paused: null, pauses: [] } : state;
    const selection = selectTier(unpaused, config, clock.now(), instance.rests);
    if (!selection.ok) return undefined;
    return selection.probe && selection.otherwise !== null ? selection.otherwise : selection.index;
  }

  /** Another tier has something left of this window: it is not at its limit, and was not left for that. */
  #hasOther(window: SpendWindow, instance: Instance, index: number): boolean {
    const { tiers } = instance.stateRecord.state;
    return tiers.some((tier, other) => {
      if (this.#models[other] === this.#models[index]) return false;
      const wasLeft = tier.lastFailureKind === TOKEN_BUDGET && (tier.restUntil ?? 0) >= window.endAt;
      return !wasLeft && (!this.#isAtLimit(window, other) || this.#isWaived(window, instance, other));
    });
  }

  #step(window: SpendWindow, instance: Instance, index: number): void {
    const { config, clock } = this.#facts;
    const trigger = { kind: TOKEN_BUDGET, detail: this.#share(window, index), tier: index, until: window.endAt };
    instance.stateRecord.apply((state) => recordExternalTrigger(state, trigger, config, clock.now()));
  }

  #pause(window: SpendWindow, instance: Instance, index: number): void {
    const { clock } = this.#facts;
    const reason = `the budget is used up: usage=${this.#share(window, index)}`;
    const request = { source: 'budget' as const, by: 'token-budget', reason, until: window.endAt };
    instance.stateRecord.apply((state) => pause(state, request, clock.now()));
  }

  #share(window: SpendWindow, index: number): string {
    return this.#pricing.share(window.used(index));
  }

  /** Announces each crossing of a limit, once in the fleet. */
  #notice(window: SpendWindow, instance: Instance): void {
    window.tiers.forEach((spend, index) => {
      const used = window.used(index);
      if (!spend.isWarned && used >= this.#pricing.limit * this.#softShare && used > 0) {
        spend.isWarned = true;
        // Where both are crossed at once, one message says it.
        if (used < this.#pricing.limit) void this.#announce('budget-warning', window, instance, index);
      }
      if (spend.isExceeded || used < this.#pricing.limit) return;
      spend.isExceeded = true;
      void this.#announce('budget-exceeded', window, instance, index);
    });
  }

  async #announce(
    event: 'budget-warning' | 'budget-exceeded',
    window: SpendWindow,
    instance: Instance,
    index: number,
  ): Promise<void> {
    const { store, emitter, logger, clock, names, budget } = this.#facts;
    const share = this.#share(window, index);
    const payload: BudgetEvent = {
      instance: instance.name,
      ...(budget.scope === 'group' && instance.group !== undefined ? { group: instance.group } : {}),
      scope: budget.scope ?? 'instance',
      tier: names[index]!,
      used: this.#pricing.shown(window.used(index)),
      limit: budget.limit,
      softLimit: budget.limit * this.#softShare,
      count: this.#pricing.unit,
      windowEndAt: window.endAt,
      at: clock.now(),
      origin: 'local',
    };
    if (!store.failing) {
      const bucket = `told|${event}|${window.startAt}|${this.#buckets[index]}`;
      const nth = await this.#ask('increment', window, bucket).catch(() => 1);
      if (nth !== 1) return;
    }
    logger?.info(
      `tierfall: budget of ${instance.name}: usage=${share} at ${names[index]!.provider}/${names[index]!.model}`,
    );
    emitter.emit(event, payload);
  }

  #keyOf(instance: Instance): string {
    const { scope = 'instance' } = this.#facts.budget;
    if (scope === 'failover') return 'budget:failover';
    return scope === 'group' ? `budget:group:${instance.group ?? 'default'}` : `budget:instance:${instance.name}`;
  }

  #window(instance: Instance): SpendWindow {
    const { clock, budget } = this.#facts;
    const key = this.#keyOf(instance);
    const now = clock.now();
    const known = this.#windows.get(key);
    if (known && now >= known.startAt && now < known.endAt) return known;
    const startAt = Math.floor(now / budget.windowMs) * budget.windowMs;
    const facts = { startAt, endAt: startAt + budget.windowMs, models: this.#models, before: known };
    const window = new SpendWindow(key, facts);
    this.#windows.delete(key);
    this.#windows.set(key, window);
    if (this.#windows.size > MAX_WINDOWS) this.#dropIdle();
    return window;
  }

  #dropIdle(): void {
    for (const [key, { tiers }] of this.#windows) {
      if (this.#windows.size <= MAX_WINDOWS / 2) break;
      if (tiers.every(({ pending, reserved }) => pending === 0 && reserved === 0)) this.#windows.delete(key);
    }
  }

  /** Writes at once, or once a second; `undefined`: later. */
  #write(): Promise<void> | undefined {
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

  #later(delayMs: number): undefined {
    this.#timer ??= this.#facts.clock.setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
    }, delayMs);
    return undefined;
  }

  async #writeAll(): Promise<void> {
    const writes = [...this.#windows.values()].flatMap((window) =>
      window.tiers.flatMap((spend, index) => (spend.pending > 0 ? [this.#writeOne(window, spend, index)] : [])),
    );
    await Promise.all(writes);
  }

  async #writeOne(window: SpendWindow, spend: SpendWindow['tiers'][number], index: number): Promise<void> {
    const by = spend.pending;
    spend.pending = 0;
    spend.stored += by;
    try {
      const total = await this.#ask('increment', window, `${window.startAt}|${this.#buckets[index]}`, by);
      // A store that has forgotten must not lift a budget: what this process counted still holds.
      if (Number.isFinite(total)) spend.stored = Math.max(spend.stored, total);
    } catch {
      spend.stored -= by;
      spend.pending += by;
    }
  }

  /** Reads what all processes have counted, and whether an operator has waived it. Never rejects. */
  async #read(window: SpendWindow, instance: Instance): Promise<void> {
    const { store, clock } = this.#facts;
    window.readAt = clock.elapsed();
    const sum = (bucket: string) => store.ask('sum', window.key, (asked) => asked.sum(window.key, [bucket]));
    await Promise.all(
      [...new Set(this.#models)].map(async (index) => {
        try {
          const bucket = this.#buckets[index];
          const total = await sum(`${window.startAt}|${bucket}`);
          const spend = window.tiers[index]!;
          if (Number.isFinite(total)) spend.stored = Math.max(spend.stored, total);
          if (!this.#isAtLimit(window, index)) return;
          const waived = await sum(`waived|${instance.name}|${this.#waiver(window, index)}`);
          if (waived > 0) noteWaiver(instance, window, this.#waiver(window, index));
        } catch {
          // The store client has reported it.
        }
      }),
    );
  }

  /** By the tier, not by its place: the chain may be changed. */
  #waiver(window: SpendWindow, index: number): string {
    return `${window.startAt}|${this.#buckets[index]}`;
  }

  #ask(operation: 'increment', window: SpendWindow, bucket: string, by = 1): Promise<number> {
    const ttlMs = this.#facts.budget.windowMs * 2;
    return this.#facts.store.ask(operation, window.key, (store) => store.increment(window.key, bucket, by, ttlMs));
  }
}

/** The budget of a failover, where its policy sets one. */
export function createUsageBudget(facts: Omit<UsageBudgetFacts, 'budget'>): UsageBudget | undefined {
  const { tokenBudget } = facts.config.policy;
  return tokenBudget && new UsageBudget({ ...facts, budget: tokenBudget });
}
