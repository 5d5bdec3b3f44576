import type { FailoverConfig, TierIdentity, TokenBudget } from '../../core/config.js';
import { TOKEN_BUDGET } from '../../core/kinds.js';
import { pause } from '../../core/tier/transitions/operator.js';
import { recordExternalTrigger } from '../../core/tier/transitions/record-external-trigger.js';
import { restSpentTier } from '../../core/tier/transitions/rest-spent-tier.js';
import { standingPause } from '../../core/tier/rests/standing-pauses.js';
import { selectTier } from '../../core/tier/select-tier.js';
import type { Usage } from '../../core/usage/usage.js';
import type { BudgetEvent, BudgetStatus, EventTier } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { Instance } from '../instance/instance.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { Estimates } from './estimates.js';
import { MissingUsage } from './missing-usage.js';
import { Pricing, type Price } from './pricing.js';
import type { Spend, SpendWindow } from './spend-window.js';
import { SpendWindows } from './spend-windows.js';

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
  /** Those that have counted what the store may not have yet: this one joins them with its first report. */
  counting: Set<UsageBudget>;
}

/** What is held of a budget for a call under way. */
export interface Hold {
  readonly spend: Spend;
  readonly amount: number;
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
  readonly #windows: SpendWindows;
  readonly #estimates: Estimates;
  /** Says where nothing is reported. */
  readonly missing: MissingUsage;

  /** @param before that of the chain before, whose warnings are not repeated */
  constructor(facts: UsageBudgetFacts, before?: UsageBudget) {
    this.#facts = facts;
    const { count = 'total', softLimit = 0.8, onExceeded = 'step' } = facts.budget;
    this.#pricing = new Pricing(count, facts.budget.limit, { ...facts, chain: facts.config.chain });
    this.#softShare = softLimit;
    this.#onExceeded = onExceeded;
    this.#estimates = new Estimates(facts.identities.length);
    this.#windows = new SpendWindows(facts);
    this.missing = new MissingUsage(facts, before?.missing);
  }

  /** Holds what a call at a tier is likely to use. */
  reserve(instance: Instance, group: string, index: number): Hold {
    const spend = this.#windows.of(instance, group).tiers[index]!;
    const amount = this.#estimates.of(index);
    spend.reserved += amount;
    return { spend, amount };
  }

  /** How much of the budget an answer uses; `undefined` for dollars that nobody knows. */
  amount(instance: Instance, index: number, usage: Usage): number | undefined {
    this.missing.reported();
    return this.#pricing.amount(instance.name, index, usage);
  }

  /** Counts what an answer of a tier used, then acts where a limit is reached. Resolves when that is done. */
  async count(instance: Instance, group: string, index: number, amount: number): Promise<void> {
    const window = this.#windows.of(instance, group);
    this.#facts.counting.add(this);
    this.#estimates.add(index, amount);
    window.add(index, amount);
    const written = this.#windows.write();
    this.#notice(window, instance, group);
    // What other processes have used comes back with the write.
    if (!this.#facts.store.failing) await written;
    this.act(instance, group);
    this.actElsewhere(instance, group, index);
  }

  /**
   * Before a call, and after a report: while the tier in use is at its limit, takes the next step. `withReserved`: what
   * is held for calls under way counts too, where there is another tier to go to.
   */
  act(instance: Instance, group: string, withReserved = false): void {
    const window = this.#windows.of(instance, group);
    const { config } = this.#facts;
    for (let steps = 0; steps < config.chain.length; steps++) {
      const index = this.#tierInUse(instance);
      const { stateRecord } = instance;
      if (index === undefined || this.#isPaused(instance) || this.#isWaived(window, instance, index)) return;
      const isAtLimit = this.#isAtLimit(window, index);
      const isFull = withReserved && this.#isFull(window, index);
      if (!isAtLimit && !isFull) return;
      const before = stateRecord.state;
      window.limited.add(instance);
      if (this.#onExceeded === 'step' && this.#hasOther(window, instance, index)) this.#step(window, instance, index);
      else if (isAtLimit && this.#pauses) this.#pause(window, instance, index);
      if (stateRecord.state === before) return;
    }
  }

  /**
   * The same for a tier that need not be the one in use: a call named it, or its session stays there. It is left alone
   * until the window ends, and nobody else is moved.
   */
  actElsewhere(instance: Instance, group: string, index: number, withReserved = false): void {
    const window = this.#windows.of(instance, group);
    const { config, clock } = this.#facts;
    const { stateRecord } = instance;
    if (this.#isPaused(instance) || this.#isWaived(window, instance, index)) return;
    const isAtLimit = this.#isAtLimit(window, index);
    const isFull = withReserved && this.#isFull(window, index) && this.#hasOther(window, instance, index);
    if ((!isAtLimit && !isFull) || this.#wasLeft(window, instance, index)) return;
    window.limited.add(instance);
    if (this.#onExceeded === 'pause' && isAtLimit) this.#pause(window, instance, index);
    if (this.#onExceeded !== 'step') return;
    const spent = { tier: index, detail: this.#share(window, index), until: window.endAt };
    stateRecord.apply((state) => restSpentTier(state, spent, config, clock.now()));
  }

  /**
   * Reads what other processes have counted, where that is not known or stale; `undefined`: it is known well enough.
   */
  refresh(instance: Instance, group: string): Promise<void> | undefined {
    const { clock, store, stalenessMs } = this.#facts;
    const window = this.#windows.of(instance, group);
    if (!store.isReadable) return undefined;
    // No call waits for a store that can only be read.
    const mayWait = !store.failing;
    if (window.reading) return mayWait ? window.reading.then(() => this.refresh(instance, group)) : undefined;
    const isUnread = window.readAt === Number.NEGATIVE_INFINITY;
    // Before an instance is moved or paused: a limit that it shares with others may be waived for this one.
    const isLimited = !window.readers.has(instance) && window.tiers.some((_, index) => this.#isAtLimit(window, index));
    if (!isUnread && !isLimited && clock.elapsed() - window.readAt < stalenessMs) return undefined;
    const read = this.#read(window, instance);
    if (isUnread) {
      window.reading = read.then(() => {
        window.reading = undefined;
      });
    }
    // Later a call goes on from what is known: it is no older than the store's staleness.
    return mayWait && (isUnread || isLimited) ? read : undefined;
  }

  /** An operator has lifted what the budget did to an instance: its limits are waived until the window ends. */
  waive(instance: Instance): void {
    for (const window of this.#windows.over(instance)) {
      const note = () => {
        for (const index of new Set(this.#windows.models)) {
          if (!this.#isAtLimit(window, index) || this.#isWaived(window, instance, index)) continue;
          const waiver = this.#waiver(window, instance, index);
          window.waivers.add(waiver);
          this.#windows.increment(window, waiver).catch(() => undefined);
        }
      };
      note();
      if (window.readAt === Number.NEGATIVE_INFINITY && this.#facts.store.isReadable)
        void this.#read(window, instance).then(note);
    }
  }

  async status(instance: Instance): Promise<BudgetStatus> {
    const window = this.#windows.of(instance, instance.group);
    await this.#windows.write();
    if (this.#facts.store.isReadable) await this.#read(window, instance);
    const inUse = this.#tierInUse(instance);
    return {
      used: this.#pricing.shown(window.total),
      reserved: this.#pricing.shown(window.reserved),
      limit: this.#facts.budget.limit,
      softLimit: this.#pricing.softLimit(this.#softShare),
      windowStartAt: window.startAt,
      windowEndAt: window.endAt,
      exceeded: this.#isAtLimit(window, inUse ?? instance.stateRecord.state.tier),
    };
  }

  /** The store has all that was counted here. */
  get isStored(): boolean {
    return this.#windows.areStored;
  }

  /** The store works again: what was counted meanwhile is written, also where nobody calls any more. */
  catchUp(): void {
    void this.#windows.write();
  }

  /** Writes what the store does not have yet. */
  async close(): Promise<void> {
    this.missing.close();
    await this.#windows.close();
  }

  /** A pause whose time has passed may still be in the state. */
  #isPaused(instance: Instance): boolean {
    const { clock, isPaused } = this.#facts;
    return isPaused() || standingPause(instance.stateRecord.state, clock.now()) !== null;
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

  /** No room is left beside what is held for calls under way. */
  #isFull(window: SpendWindow, index: number): boolean {
    return window.used(index) + window.held(index) >= this.#pricing.limit;
  }

  #isWaived(window: SpendWindow, instance: Instance, index: number): boolean {
    return window.waivers.has(this.#waiver(window, instance, index));
  }

  /** What the limit of a tier, lifted for an instance, is called in the store. */
  #waiver(window: SpendWindow, instance: Instance, index: number): string {
    return `waived|${instance.name}|${this.#windows.bucket(window, index)}`;
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
    return this.#windows.models.some((model, other) => {
      if (model === this.#windows.models[index] || this.#wasLeft(window, instance, other)) return false;
      return !this.#isAtLimit(window, other) || this.#isWaived(window, instance, other);
    });
  }

  /** The tier was left because its limit was reached. */
  #wasLeft(window: SpendWindow, instance: Instance, index: number): boolean {
    const tier = instance.stateRecord.state.tiers[index];
    return tier?.lastFailureKind === TOKEN_BUDGET && (tier.restUntil ?? 0) >= window.endAt;
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
  #notice(window: SpendWindow, instance: Instance, group: string): void {
    window.tiers.forEach((spend, index) => {
      const used = window.used(index);
      if (!spend.isWarned && used >= this.#pricing.limit * this.#softShare && used > 0) {
        spend.isWarned = true;
        // Where both are crossed at once, one message says it.
        if (used < this.#pricing.limit) void this.#announce('budget-warning', window, instance, group, index);
      }
      if (spend.isExceeded || used < this.#pricing.limit) return;
      spend.isExceeded = true;
      void this.#announce('budget-exceeded', window, instance, group, index);
    });
  }

  async #announce(
    event: 'budget-warning' | 'budget-exceeded',
    window: SpendWindow,
    instance: Instance,
    group: string,
    index: number,
  ): Promise<void> {
    const { store, emitter, logger, clock, names, budget } = this.#facts;
    const share = this.#share(window, index);
    const payload: BudgetEvent = {
      instance: instance.name,
      ...(budget.scope === 'group' ? { group } : {}),
      scope: budget.scope ?? 'instance',
      tier: names[index]!,
      used: this.#pricing.shown(window.used(index)),
      limit: budget.limit,
      softLimit: this.#pricing.softLimit(this.#softShare),
      count: this.#pricing.unit,
      windowEndAt: window.endAt,
      at: clock.now(),
      origin: 'local',
    };
    if (!store.failing) {
      const bucket = `told|${event}|${this.#windows.bucket(window, index)}`;
      const nth = await this.#windows.increment(window, bucket).catch(() => 1);
      if (nth !== 1) return;
    }
    const { provider, model } = names[index]!;
    logger?.info(`tierfall: budget of ${whoseBudget(payload)}: usage=${share} at ${provider}/${model}`);
    emitter.emit(event, payload);
  }

  /** Reads what all processes have counted, and whether an operator has waived it. Never rejects. */
  async #read(window: SpendWindow, instance: Instance): Promise<void> {
    await this.#windows.read(window, async (index) => {
      if (!this.#isAtLimit(window, index)) return;
      const waiver = this.#waiver(window, instance, index);
      if ((await this.#windows.sum(window, waiver)) > 0) window.waivers.add(waiver);
    });
    if (!this.#facts.store.failing) window.readers.add(instance);
  }
}

function whoseBudget({ scope, instance, group }: BudgetEvent): string {
  if (scope === 'failover') return 'all agents together';
  return group === undefined ? instance : `group ${group}`;
}

/**
 * The budget of a failover, where its policy sets one.
 *
 * @param chain its tiers, which are looked at only where there is a budget
 */
export function createUsageBudget(
  facts: Omit<UsageBudgetFacts, 'budget' | 'names' | 'identities'>,
  chain: { readonly tierNames: readonly EventTier[]; readonly identities: readonly TierIdentity[] },
  before: UsageBudget | undefined,
): UsageBudget | undefined {
  const { tokenBudget } = facts.config.policy;
  if (!tokenBudget) return undefined;
  const { tierNames: names, identities } = chain;
  return new UsageBudget({ ...facts, names, identities, budget: tokenBudget }, before);
}
