import { placesIn, printedIds, type FailoverConfig, type Tier, type TierIdentity } from '../core/config.js';
import { type Attempt, ClosedError, configError } from '../core/errors.js';
import { isSpent } from '../core/tier/stored/is-spent.js';
import { recordStartup } from '../core/tier/transitions/record-startup.js';
import { isMonitors, standingPause, strongestPause } from '../core/tier/rests/standing-pauses.js';
import { initialState, type Pause, type SharedRests as RestsByKey, type State } from '../core/tier/state.js';
import type { Random } from '../ports/clock.js';
import type { EventTier } from '../ports/failover.js';
import type { Logger } from '../ports/logger.js';
import { AttemptCounts } from './attempt-counts.js';
import { answerTimesOf, type AnswerTimes } from './call/attempt/answer-times.js';
import type { Availability } from './recovery/availability.js';
import { keyPoolsOf, type KeyPools } from './pools/key-pools.js';
import type { Looks } from './recovery/looks.js';
import type { RetryAllowance } from './retry-allowance.js';
import { createUsageBudget, type UsageBudget } from './budget/usage-budget.js';
import type { FailoverEmitter } from './events/emitter.js';
import { eventTier } from './events/tier-events.js';
import type { Canary } from './fleet/canary.js';
import type { CommonRecords } from './fleet/common-records.js';
import type { Pauses } from './fleet/pauses.js';
import type { Ended, SharedRests } from './fleet/shared-rests.js';
import type { SnapshotFreshness } from './fleet/snapshot-freshness.js';
import type { Monitoring } from './monitoring.js';
import { NO_PATH } from './instance/direct-path.js';
import { Instance } from './instance/instance.js';
import type { InstanceHost } from './instance/instance-host.js';
import type { Classify } from './call/verdict/judge.js';
import type { ResetTarget } from '../core/tier/rests/reset-names.js';
import { resetInMemory, resetInStore } from './fleet/reset-shared.js';
import type { EngineOptions } from './engine-options.js';
import { Lineage } from './lineage.js';
import { headroomOf, type Headroom } from './headroom.js';
import { Instances } from './instances.js';
import { sessionsOf, type Sessions } from './sessions.js';
import type { StateRecord, StateListener } from './store/state-record.js';
import type { StoreClient } from './store/store-client.js';
import type { EngineClock } from './time/clock.js';

/** Whose state a call means that names no instance. */
export const DEFAULT_INSTANCE = 'default';

/** What all calls of one failover share: its instances, the pauses over them, the store behind them. */
export class Engine<T extends Tier = Tier> implements InstanceHost {
  readonly config: FailoverConfig<T>;
  readonly clock: EngineClock;
  readonly random: Random;
  readonly emitter: FailoverEmitter;
  readonly classify: Classify | undefined;
  readonly logger: Logger | undefined;
  readonly store: StoreClient;
  readonly retryAllowance: RetryAllowance;
  /** How long each tier took for its last answers. */
  readonly answerTimes: readonly AnswerTimes[];
  /** What the end of a call needs of each tier, side by side: it is on the way of every call. */
  readonly entries: readonly { readonly tier: T; readonly id: string; readonly answerTimes: AnswerTimes }[];
  /** Attempts at each tier. */
  readonly counts: AttemptCounts;
  /** What it keeps for a health monitor. */
  readonly monitoring: Monitoring;
  /** Where a budget is set. */
  readonly usageBudget: UsageBudget | undefined;
  readonly looks: Looks;
  readonly headroom: Headroom | undefined;
  readonly sessions: Sessions | undefined;
  /** Of the chain in force; calls that began under another one leave the fleet's rests alone. */
  sharedRests: SharedRests | undefined;
  #tierNames: readonly EventTier[] | undefined = undefined;
  /** Printed id of each tier. */
  readonly ids: readonly string[];
  readonly pools: KeyPools | undefined;
  /** True when the policy puts no limit on attempts: then a call needs no timer. */
  readonly isUnlimited: boolean;
  /** Calls that were not let through at once; `retryAllowance` alone counts those that were. */
  preparedCalls = 0;
  commonVersion = 0;
  readonly waiting: Set<Instance>;
  readonly lost: Set<Availability>;
  readonly #options: EngineOptions<T>;
  readonly #instances: Instances;
  /** What it has in common with the engines of earlier chains. */
  readonly lineage: Lineage;
  readonly #common: CommonRecords;
  /** The instance of calls that name none, from the first of them on. */
  defaultInstance: Instance | undefined = undefined;
  readonly #startup: Attempt[];
  readonly #freshness: SnapshotFreshness;
  #initialState: State | undefined = undefined;

  /** @param before the engine of the chain that this one takes the place of */
  constructor(options: EngineOptions<T>, before?: Engine<T>) {
    const { config } = options;
    this.#options = options;
    this.#startup = [...options.startup];
    this.#instances = new Instances({
      canDrop: (instance) => this.#canDrop(instance),
      onDropped: (instance) => this.#dropped(instance),
    });
    this.config = config;
    this.clock = options.clock;
    this.random = options.random;
    this.emitter = options.emitter;
    this.classify = options.classify;
    this.logger = options.logger;
    this.ids = printedIds(config.chain);
    this.pools = keyPoolsOf(config.chain);
    this.isUnlimited = config.policy.attemptTimeoutMs === undefined && config.policy.deadlineMs === undefined;
    const places = before ? placesIn(before.identities, this.identities) : [];
    this.answerTimes = answerTimesOf(config.chain.length, before?.answerTimes, places);
    this.entries = config.chain.map((tier, index) => ({
      tier,
      id: this.ids[index]!,
      answerTimes: this.answerTimes[index]!,
    }));
    this.counts = new AttemptCounts(this.answerTimes, before && { counts: before.counts, places });
    this.lineage = before ? before.lineage : new Lineage(this, options);
    const { store, retryAllowance, monitoring, looks, waiting, lost, records, freshness } = this.lineage;
    this.store = store;
    this.retryAllowance = retryAllowance;
    this.monitoring = monitoring;
    this.looks = looks;
    this.waiting = waiting;
    this.lost = lost;
    this.#common = records;
    this.#freshness = freshness;
    this.sharedRests = records.sharedRests;
    this.sessions = sessionsOf(config.policy, before);
    const onChange = () => this.latest.commonChanged(false);
    this.headroom = headroomOf({ config, clock: this.clock, onChange, before: before?.headroom });
    const spending = { ...options, store, counting: this.lineage.counting, isPaused: () => this.paused };
    this.usageBudget = createUsageBudget(spending, this, before?.usageBudget);
    if (before) this.#takeOver(before);
  }

  get closed(): boolean {
    return this.lineage.closed;
  }

  /** The engine of the chain in force. */
  get latest(): Engine<T> {
    return this.lineage.current as unknown as Engine<T>;
  }

  /** Another chain is in force: only calls that began before that are left here. */
  get isPast(): boolean {
    return this.latest !== this;
  }

  /** False until the first call: until then it may have been made only to operate. */
  get isServing(): boolean {
    return this.lineage.control.isServing;
  }

  /** Goes on with another chain. Calls under way end on this one. */
  succeed(config: FailoverConfig<T>): void {
    const next = new Engine<T>({ ...this.#options, config, startup: [] }, this);
    next.preparedCalls = this.preparedCalls;
  }

  #takeOver(before: Engine<T>): void {
    before.sharedRests = undefined;
    this.lineage.follow(this);
    for (const instance of before.#instances.values()) {
      const next = new Instance(instance.name, this, () => instance.stateRecord);
      this.#instances.add(next);
      if (next.name === DEFAULT_INSTANCE) this.defaultInstance = next;
      next.takeOver(instance, this.#initial);
    }
    before.#instances.clear();
    before.defaultInstance = undefined;
  }

  presentOf({ name }: { readonly name: string }): Instance | undefined {
    return this.closed ? undefined : this.latest.instance(name);
  }

  releaseTrial(index: number): void {
    const at = this.placeNow(index);
    if (at >= 0) this.#common.sharedRests?.release(at);
  }

  /** Where a tier of this chain is in the one in force; -1: nowhere. */
  placeNow(index: number): number {
    const { latest } = this;
    return latest === this ? index : placesIn(latest.identities, [this.identities[index]!])[0]!;
  }

  /** The state of an instance that nothing has happened to. */
  get #initial(): State {
    return (this.#initialState ??= initialState(this.config));
  }

  get identities(): readonly TierIdentity[] {
    return this.#initial.identities;
  }

  /** What events call the tiers. */
  get tierNames(): readonly EventTier[] {
    return (this.#tierNames ??= this.config.chain.map(eventTier));
  }

  get pauses(): Pauses {
    return this.#common.pauses;
  }

  restsSince(ended: Ended | undefined): RestsByKey | undefined {
    return this.#common.restsSince(ended);
  }

  /** True when the fleet's rest of a tier is over and one of it has yet to try. */
  isUnproven(index: number): boolean {
    return !this.isPast && this.#common.isUnproven(index);
  }

  pausedUntil(now: number): number | null {
    if (this.monitoring.refusal !== undefined) return null;
    const { knownPauses } = this.#common;
    return knownPauses ? knownPauses.pausedUntil(now) : now;
  }

  get paused(): boolean {
    return this.monitoring.refusal !== undefined || (this.#common.knownPauses?.paused ?? null) !== null;
  }

  get isAdmitting(): boolean {
    return this.monitoring.admissions.isOpen;
  }

  /** The record of an instance, made when it is first asked for. */
  instance(name: string): Instance {
    return this.#instances.get(name) ?? this.#make(name);
  }

  /** The instance of this name, where it is in memory. */
  known(name: string): Instance | undefined {
    return this.#instances.get(name);
  }

  /** Names of at most `limit` instances that this process has served in the last hour. */
  served(limit: number): string[] {
    return this.#instances.served(this.clock.elapsed(), limit);
  }

  /** Reads the pauses and the fleet's rests where they are stale. Never rejects. */
  async refreshCommon(): Promise<void> {
    if (!this.closed) await this.#freshness.refresh(this.pauses.all, () => undefined);
  }

  /** States of all instances in memory. */
  states(): State[] {
    return Array.from(this.#instances.values(), ({ stateRecord }) => stateRecord.state);
  }

  /** The same instance as it is now: where it was dropped meanwhile, another object has its name. */
  current(instance: Instance): Instance {
    return instance.isDropped && !this.closed && !this.isPast ? this.instance(instance.name) : instance;
  }

  /** Until when a call may go on from what is known of an instance, on the clock's `elapsed`. */
  freshUntil(record: StateRecord): number {
    return this.#freshness.until(record);
  }

  /** True when a call of this instance has to read the store first. */
  isStale(instance: Instance): boolean {
    return this.clock.elapsed() >= this.#freshness.until(this.#present(instance).stateRecord);
  }

  /** Reads what is not fresh, for a bounded time. Never rejects. */
  async refresh(instance: Instance): Promise<void> {
    const present = this.#present(instance);
    await this.#freshness.refresh(present.stateRecord, () => present.refreshDirectPath());
  }

  /** The instance in the chain in force: what is stored is read for that one. */
  #present(instance: Instance): Instance {
    return (this.isPast ? this.presentOf(instance) : undefined) ?? instance;
  }

  /** Waits for an answer of the store as long as a call may. Never rejects. */
  waitForStore(answer: Promise<void>): Promise<void> {
    return this.#freshness.waitFor(answer);
  }

  /** An operator's reset beyond one instance. Resolves once it is stored. */
  async resetShared(target: ResetTarget, request: { by: string; reason?: string | undefined }): Promise<void> {
    const { resets } = this.#common;
    const change = resets.add(target);
    this.#common.sharedRests?.reset(target);
    this.headroom?.clear();
    const facts = { chain: this.config.chain, clock: this.clock, looks: this.looks, records: this.instanceRecords() };
    resetInMemory(facts, target, request);
    // Of the others more may be in the store; what comes into memory meanwhile is read as it was.
    const fresh = new Set([...this.#instances.values()].flatMap((each) => (this.isStale(each) ? [] : each.name)));
    await resets.stored(change);
    await resetInStore({ store: this.store, isKnown: (name) => fresh.has(name), clock: this.clock }, target, request);
  }

  /** Drops what is kept of an instance, here and in the store. */
  async forget(name: string): Promise<void> {
    const instance = this.instance(name);
    await instance.stateRecord.forget();
    // What its tasks were, too, where the store keeps that.
    await this.store.ask('forget', instance.stateRecord.key, async (store) => store.forgetActivity?.(name));
    this.sessions?.forget(name);
    // A call under way goes by what it learns of its tiers, and by pauses: both are noted in the object that is kept.
    if (!instance.isBusy) this.#instances.drop(instance);
    if (instance.isDropped && this.defaultInstance === instance) this.defaultInstance = undefined;
  }

  /** Reads all that concerns an instance, for as long as the store may take. Never rejects. */
  async readAll(instance: Instance): Promise<void> {
    await Promise.all([instance.stateRecord, ...this.#common.shared].map((record) => record.load()));
  }

  /** The pause that keeps calls off every tier now; a canary passes those of monitors it was let through. */
  pauseOf(instance: Instance, canary?: Canary): Pause | null {
    const { knownPauses: pauses } = this.#common;
    const standing = [pauses?.paused, standingPause(instance.stateRecord.state, this.clock.now())];
    // A person's says more than a monitor's: how long it lasts, and that nothing is let through.
    const keeps = strongestPause(
      standing.flatMap((pause) => (pause && !(canary?.ignoresPauses && isMonitors(pause)) ? pause : [])),
    );
    return this.monitoring.refusal ?? keeps ?? (canary ? null : (pauses?.everywhere ?? null));
  }

  budgetLifted(instance: Instance): void {
    this.usageBudget?.waive(instance);
  }

  /** When a pause may end, epoch milliseconds; `undefined` where nobody knows. */
  retryAtOf(instance: Instance, pause: Pause): number | undefined {
    return this.monitoring.retryAtOf(pause, instance.name, this.pauses);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    const closing = this.lineage.close(this.usageBudget);
    // Further calls are refused from now on, and not only once everything is stored.
    this.#instances.clear();
    this.defaultInstance = undefined;
    await closing;
  }

  #make(name: string): Instance {
    if (this.closed) throw new ClosedError();
    // The last two would be steps in the path of a URL, where an operator names it.
    if (typeof name !== 'string' || ['', '.', '..'].includes(name)) {
      throw configError('instance', "expected a name, a non-empty string other than '.' and '..'");
    }
    const makeRecord = (listener: StateListener) =>
      this.lineage.record(`instance:${name}`, this.config, this.#initial, listener);
    const instance = new Instance(name, this, makeRecord);
    if (this.#options.privateStore) instance.stateRecord.trustMemory();
    instance.refreshDirectPath();
    this.#instances.add(instance);
    if (name === DEFAULT_INSTANCE) this.defaultInstance = instance;
    this.#continueStartup(instance);
    return instance;
  }

  /** The records of all instances in memory. */
  instanceRecords(): StateRecord[] {
    return Array.from(this.#instances.values(), (each) => each.stateRecord);
  }

  /** The store has it all; in a private one, which nobody else reads, nothing is left that matters. */
  #canDrop(instance: Instance): boolean {
    if (instance === this.defaultInstance || instance.isBusy || instance.stateRecord.hasPending) return false;
    if (!this.#options.privateStore || instance.stateRecord.isPristine) return true;
    return isSpent(instance.stateRecord.state, this.clock.now());
  }

  #dropped({ stateRecord }: Instance): void {
    const { store } = this.store;
    if (!this.#options.privateStore || stateRecord.isPristine || !store.forget) return;
    this.store.ask('forget', stateRecord.key, async () => store.forget?.(stateRecord.key)).catch(() => undefined);
  }

  /**
   * What all instances go by has changed. Each notices at its next call; only calls that wait are woken, and those only
   * where they may have to go on or to end.
   */
  commonChanged(wakes: boolean): void {
    this.commonVersion++;
    // The calls that name no instance look at nothing else.
    if (this.defaultInstance) this.defaultInstance.direct = NO_PATH;
    if (!wakes) return;
    for (const instance of this.waiting) instance.changed();
    for (const each of this.lost) each.check();
  }

  /** Puts what the startup tried into the ledger of the first instance, and lets it rest what failed there. */
  #continueStartup(instance: Instance): void {
    const attempts = this.#startup.splice(0);
    if (attempts.length === 0) return;
    const now = this.clock.now();
    instance.stateRecord.apply((state) => recordStartup(state, attempts, this.config, now));
  }
}
