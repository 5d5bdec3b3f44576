import { printedIds, type FailoverConfig, type HeadroomPolicy, type Tier, type TierIdentity } from '../core/config.js';
import { type Attempt, ClosedError, configError } from '../core/errors.js';
import { isSpent } from '../core/tier/stored/is-spent.js';
import { recordStartup } from '../core/tier/record-startup.js';
import { standingPause } from '../core/tier/rests/standing-pauses.js';
import { initialState, type Pause, type SharedRests as RestsByKey, type State } from '../core/tier/state.js';
import type { Random } from '../ports/clock.js';
import type { EventTier } from '../ports/failover.js';
import type { Logger } from '../ports/logger.js';
import { AnswerTimes } from './call/attempt/answer-times.js';
import type { Availability } from './recovery/availability.js';
import { keyPoolsOf, type KeyPools } from './pools/key-pools.js';
import { Looks } from './recovery/looks.js';
import { Budget } from './retry-budget.js';
import { createUsageBudget, type UsageBudget } from './budget/usage-budget.js';
import type { FailoverEmitter } from './events/emitter.js';
import { eventTier } from './events/tier-events.js';
import { CommonRecords } from './fleet/common-records.js';
import type { Pauses } from './fleet/pauses.js';
import type { SharedRests } from './fleet/shared-rests.js';
import { SnapshotFreshness } from './fleet/snapshot-freshness.js';
import { Monitoring } from './monitoring.js';
import { NO_PATH } from './instance/direct-path.js';
import { Instance } from './instance/instance.js';
import type { InstanceHost } from './instance/instance-host.js';
import type { Classify } from './call/verdict/judge.js';
import type { ResetTarget } from './fleet/reset-counts.js';
import { resetInMemory } from './fleet/reset-shared.js';
import type { EngineOptions } from './engine-options.js';
import { Headroom } from './headroom.js';
import { Instances } from './instances.js';
import { Sessions } from './sessions.js';
import type { StoredRecord } from './store/pending-change.js';
import { StateRecord, type StateListener } from './store/state-record.js';
import { StoreClient } from './store/store-client.js';
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
  readonly budget: Budget;
  /** How long each tier took for its last answers. */
  readonly answerTimes: readonly AnswerTimes[];
  /** What it keeps for a health monitor. */
  readonly monitoring: Monitoring;
  /** Names this process among the holders of leases. */
  readonly holder: string;
  /** Where a budget is set. */
  readonly usageBudget: UsageBudget | undefined;
  readonly looks = new Looks();
  readonly headroom: Headroom | undefined;
  readonly sessions: Sessions | undefined;
  readonly sharedRests: SharedRests | undefined;
  #tierNames: readonly EventTier[] | undefined = undefined;
  /** Printed id of each tier. */
  readonly ids: readonly string[];
  readonly pools: KeyPools | undefined;
  /** True when the policy puts no limit on attempts: then a call needs no timer. */
  readonly isUnlimited: boolean;
  closed = false;
  /** Calls that were not let through at once; the budget alone counts those that were. */
  preparedCalls = 0;
  epoch = 0;
  readonly waiting = new Set<Instance>();
  readonly lost = new Set<Availability>();
  readonly #options: EngineOptions<T>;
  readonly #instances: Instances;
  readonly #common: CommonRecords;
  /** The instance of calls that name none, from the first of them on. */
  defaultInstance: Instance | undefined = undefined;
  readonly #startup: Attempt[];
  readonly #freshness: SnapshotFreshness;
  #initialState: State | undefined = undefined;

  constructor(options: EngineOptions<T>) {
    const { config, clock, emitter } = options;
    this.#options = options;
    this.#startup = [...options.startup];
    this.#instances = new Instances({
      canDrop: (instance) => this.#canDrop(instance),
      onDropped: (instance) => this.#dropped(instance),
    });
    this.config = config;
    this.clock = clock;
    this.random = options.random;
    this.emitter = emitter;
    this.classify = options.classify;
    this.logger = options.logger;
    this.ids = printedIds(config.chain);
    this.pools = keyPoolsOf(config.chain);
    this.isUnlimited = config.policy.attemptTimeoutMs === undefined && config.policy.deadlineMs === undefined;
    this.budget = new Budget(config.policy.retryBudget);
    this.headroom = config.policy.headroom && this.#makeHeadroom(config.policy.headroom);
    this.sessions = config.policy.stickySessions && new Sessions(config.policy.stickySessions);
    this.answerTimes = config.chain.map(() => new AnswerTimes());
    this.holder = `process-${Math.floor(options.random() * 2 ** 52).toString(36)}-${clock.now().toString(36)}`;
    const { answerTimes, holder } = this;
    this.monitoring = new Monitoring({ answerTimes, clock, onChange: () => this.commonChanged(true) });
    this.store = new StoreClient({
      store: options.store,
      clock,
      emitter,
      timeoutMs: options.storeTimeoutMs,
      onRetry: () => this.#catchUp(),
      // Also what came after the request that found it back.
      onRecovered: () => void this.#commitPending(),
    });
    this.usageBudget = config.policy.tokenBudget && this.#makeUsageBudget();
    this.#common = new CommonRecords({
      ...options,
      store: this.store,
      holder,
      patienceMs: options.loadTimeoutMs,
      lost: this.lost,
      makeRecord: (key, gate, initial, listener) => this.#record(key, gate, initial, listener),
      onChange: (wakes) => this.commonChanged(wakes),
    });
    this.sharedRests = this.#common.sharedRests;
    this.#freshness = new SnapshotFreshness({
      store: this.store,
      clock,
      common: this.#common.shared,
      stalenessMs: options.stalenessMs,
      loadTimeoutMs: options.loadTimeoutMs,
      records: () => this.#records(),
      beforeReading: async () => this.sharedRests?.measureClock(),
      onChange: () => this.commonChanged(false),
      onCommit: (key, version) => this.#changedInStore(key, version),
    });
    if (options.privateStore) this.#freshness.trustMemory();
    else this.#freshness.watch();
    emitter.onListener = (event) => {
      if (event === 'available') for (const each of this.lost) each.watch();
    };
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

  #makeHeadroom({ share }: HeadroomPolicy): Headroom {
    const { config, clock } = this;
    return new Headroom({ config, share, clock, onChange: () => this.commonChanged(false) });
  }

  #makeUsageBudget(): UsageBudget | undefined {
    const { identities, tierNames: names } = this;
    const spending = { store: this.store, identities, names, isPaused: () => this.paused };
    return createUsageBudget({ ...this.#options, ...spending });
  }

  restsSince(since: number): RestsByKey | undefined {
    return this.#common.restsSince(since);
  }

  /** True when the fleet's rest of a tier is over and one of it has yet to try. */
  isUnproven(index: number): boolean {
    return this.#common.isUnproven(index);
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
    return this.#instances.served(this.clock.now(), limit);
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
    return instance.isDropped && !this.closed ? this.instance(instance.name) : instance;
  }

  /** Until when a call may go on from what is known of an instance, on the clock's `elapsed`. */
  freshUntil(record: StateRecord): number {
    return this.#freshness.until(record);
  }

  /** True when a call of this instance has to read the store first. */
  isStale(instance: Instance): boolean {
    return this.isRecordStale(instance.stateRecord);
  }

  isRecordStale(record: StateRecord): boolean {
    return this.clock.elapsed() >= this.#freshness.until(record);
  }

  /** Reads what is not fresh, for a bounded time. Never rejects. */
  async refresh(instance: Instance): Promise<void> {
    await this.#freshness.refresh(instance.stateRecord, () => instance.refreshDirectPath());
  }

  /** Waits for an answer of the store as long as a call may. Never rejects. */
  waitForStore(answer: Promise<void>): Promise<void> {
    return this.#freshness.waitFor(answer);
  }

  /** An operator's reset beyond one instance. Resolves once it is stored. */
  async resetShared(target: ResetTarget, request: { by: string; reason?: string | undefined }): Promise<void> {
    const { resets } = this.#common;
    const change = resets.add(target);
    this.sharedRests?.reset(target);
    this.headroom?.clear();
    const records = Array.from(this.#instances.values(), ({ stateRecord }) => stateRecord);
    resetInMemory({ chain: this.config.chain, clock: this.clock, looks: this.looks, records }, target, request);
    await resets.stored(change);
  }

  /** Drops what is kept of an instance, here and in the store. */
  async forget(name: string): Promise<void> {
    const instance = this.instance(name);
    await instance.stateRecord.forget();
    // What its tasks were, too, where the store keeps that.
    await this.store.ask('forget', instance.stateRecord.key, async (store) => store.forgetActivity?.(name));
    this.#instances.drop(instance);
    this.sessions?.forget(name);
    if (this.defaultInstance === instance) this.defaultInstance = undefined;
  }

  /** Reads all that concerns an instance, for as long as the store may take. Never rejects. */
  async readAll(instance: Instance): Promise<void> {
    await Promise.all([instance.stateRecord, ...this.#common.shared].map((record) => record.load()));
  }

  /** The pause that keeps calls of an instance off every tier now. */
  pauseOf(instance: Instance): Pause | null {
    const { knownPauses: pauses } = this.#common;
    return (
      this.monitoring.refusal ??
      pauses?.paused ??
      standingPause(instance.stateRecord.state, this.clock.now()) ??
      pauses?.everywhere ??
      null
    );
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
    this.closed = true;
    for (const listener of this.monitoring.closeListeners) listener();
    this.#freshness.stop();
    await Promise.all(this.#records().map((record) => record.stored().catch(() => undefined)));
    await this.usageBudget?.close();
    this.store.close();
    for (const each of this.lost) each.forget();
    // Calls of `ready` that wait reject: the failover is closed.
    for (const instance of this.waiting) instance.changed();
    this.#instances.clear();
    this.defaultInstance = undefined;
  }

  #make(name: string): Instance {
    if (this.closed) throw new ClosedError();
    if (typeof name !== 'string' || name === '') {
      throw configError('instance', 'expected a name, a non-empty string');
    }
    const makeRecord = (listener: StateListener) =>
      this.#record(`instance:${name}`, this.config, this.#initial, listener);
    const instance = new Instance(name, this, makeRecord);
    if (this.#options.privateStore) instance.stateRecord.trustMemory();
    instance.refreshDirectPath();
    this.#instances.add(instance);
    if (name === DEFAULT_INSTANCE) this.defaultInstance = instance;
    this.#continueStartup(instance);
    return instance;
  }

  #record(key: string, config: FailoverConfig, initial: State, listener: StateListener): StateRecord {
    return new StateRecord(key, { config, initial, store: this.store, clock: this.clock, listener });
  }

  #records(): StoredRecord[] {
    return [...this.#common.made, ...Array.from(this.#instances.values(), (each) => each.stateRecord)];
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
    this.epoch++;
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

  #changedInStore(key: string, version: number | undefined): void {
    if (this.closed) return;
    // A store of the host's that does not say what has changed.
    if (typeof key !== 'string') return this.#freshness.distrustAll();
    void this.#find(key)?.reload(version);
  }

  /** The record in memory that is stored under `key`. */
  #find(key: string): StoredRecord | undefined {
    if (key.startsWith('instance:')) return this.#instances.get(key.slice('instance:'.length))?.stateRecord;
    return this.#common.find(key);
  }

  /** Tries the store again: by storing what can be stored, or with a read where there is nothing. */
  #catchUp(): void {
    if (!this.#commitPending()) void this.pauses.all.load();
  }

  /** False: there is nothing to store. */
  #commitPending(): boolean {
    const waiting = this.#records().filter((record) => record.canCommit);
    for (const record of waiting) record.commit();
    return waiting.length > 0;
  }
}
