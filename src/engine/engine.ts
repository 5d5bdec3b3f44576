import { identityOf, printedIds, type FailoverConfig, type Tier, type TierIdentity } from '../core/config.js';
import { type Attempt, ClosedError, configError, PausedError } from '../core/errors.js';
import { isSpent } from '../core/tier/is-spent.js';
import { recordStartup } from '../core/tier/record-startup.js';
import { resetTiers } from '../core/tier/reset-tiers.js';
import { selectTier } from '../core/tier/select-tier.js';
import { standingPause } from '../core/tier/standing-pauses.js';
import { initialState, type Pause, type SharedRests as RestsByKey, type State } from '../core/tier/state.js';
import type { Random } from '../ports/clock.js';
import type { EventTier } from '../ports/failover.js';
import type { Logger } from '../ports/logger.js';
import type { StateStore } from '../ports/state-store.js';
import { AnswerTimes } from './call/answer-times.js';
import type { Availability } from './recovery/availability.js';
import { Looks } from './recovery/looks.js';
import { Budget } from './retry-budget.js';
import type { FailoverEmitter } from './events/emitter.js';
import { eventTier, type TiersById } from './events/tier-events.js';
import { Pauses } from './fleet/pauses.js';
import { SharedRests } from './fleet/shared-rests.js';
import { SnapshotFreshness } from './fleet/snapshot-freshness.js';
import { NO_PATH } from './instance/direct-path.js';
import { Instance, type InstanceHost } from './instance/instance.js';
import type { Classify } from './call/judge.js';
import { isCovered, ResetRecord, type ResetTarget } from './fleet/reset-counts.js';
import { Instances } from './instances.js';
import type { StoredRecord } from './store/pending-change.js';
import { StateRecord, type StateListener } from './store/state-record.js';
import { StoreClient } from './store/store-client.js';
import type { EngineClock } from './time/clock.js';

/** Whose state a call means that names no instance. */
export const DEFAULT_INSTANCE = 'default';

export interface EngineOptions<T extends Tier> {
  config: FailoverConfig<T>;
  store: StateStore;
  /** The store is this failover's own: what is not in memory was never stored. */
  privateStore: boolean;
  share: boolean;
  clock: EngineClock;
  random: Random;
  emitter: FailoverEmitter;
  classify: Classify | undefined;
  logger: Logger | undefined;
  startup: readonly Attempt[];
  stalenessMs: number;
  loadTimeoutMs: number;
  storeTimeoutMs: number;
}

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
  readonly looks = new Looks();
  readonly pauses: Pauses;
  readonly sharedRests: SharedRests | undefined;
  readonly tierNames: readonly EventTier[];
  readonly tiersById: TiersById;
  /** Printed id of each tier. */
  readonly ids: readonly string[];
  readonly identities: readonly TierIdentity[];
  /** True when the policy puts no limit on attempts: then a call needs no timer. */
  readonly isUnlimited: boolean;
  closed = false;
  epoch = 0;
  readonly waiting = new Set<Instance>();
  readonly lost = new Set<Availability>();
  readonly #options: EngineOptions<T>;
  readonly #instances: Instances;
  readonly #resets: ResetRecord;
  /** The instance of calls that name none, from the first of them on. */
  defaultInstance: Instance | undefined = undefined;
  readonly #startup: Attempt[];
  readonly #freshness: SnapshotFreshness;
  readonly #initial: State;

  constructor(options: EngineOptions<T>) {
    const { config, clock, emitter } = options;
    this.#options = options;
    this.#startup = [...options.startup];
    this.#initial = initialState(config);
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
    this.identities = config.chain.map(identityOf);
    this.tierNames = config.chain.map(eventTier);
    this.tiersById = new Map(this.tierNames.map((tier, index) => [this.ids[index]!, tier]));
    this.isUnlimited = config.policy.attemptTimeoutMs === undefined && config.policy.deadlineMs === undefined;
    this.budget = new Budget(config.policy.retryBudget);
    this.answerTimes = config.chain.map(() => new AnswerTimes());
    this.store = new StoreClient({
      store: options.store,
      clock,
      emitter,
      timeoutMs: options.storeTimeoutMs,
      onRetry: () => this.#catchUp(),
      // Also what came after the request that found it back.
      onRecovered: () => void this.#commitPending(),
    });
    const gate: FailoverConfig = { chain: [], policy: config.policy };
    this.pauses = new Pauses({
      providers: config.chain.map((tier) => tier.provider),
      clock,
      emitter,
      lost: this.lost,
      makeRecord: (key, listener) => this.#record(key, gate, initialState(gate), listener),
      onChange: () => this.#commonChanged(true),
    });
    this.#resets = new ResetRecord({ store: this.store, clock, onChange: () => this.sharedRests?.followResets() });
    if (options.share) {
      const holder = `process-${Math.floor(options.random() * 2 ** 52).toString(36)}-${clock.now().toString(36)}`;
      const onChange = (hasEnded: boolean) => this.#commonChanged(hasEnded);
      const facts = { config, store: this.store, clock, resets: this.#resets, holder, onChange };
      this.sharedRests = new SharedRests({ ...facts, patienceMs: options.loadTimeoutMs });
    }
    this.#freshness = new SnapshotFreshness({
      store: this.store,
      clock,
      common: [...this.pauses.records, ...(this.sharedRests ? [...this.sharedRests.records, this.#resets] : [])],
      stalenessMs: options.stalenessMs,
      loadTimeoutMs: options.loadTimeoutMs,
      records: () => this.#records(),
      beforeReading: async () => this.sharedRests?.measureClock(),
      onChange: () => this.#commonChanged(false),
      onCommit: (key, version) => this.#changedInStore(key, version),
    });
    if (options.privateStore) this.#freshness.trustMemory();
    else this.#freshness.watch();
    emitter.onListener = (event) => {
      if (event === 'available') for (const each of this.lost) each.watch();
    };
  }

  /**
   * Rests from outside an instance, paused providers among them, without those of the fleet that were known in this
   * edition of them; `undefined` while there is none.
   */
  restsSince(since: number): RestsByKey | undefined {
    const shared = this.sharedRests?.restsSince(since);
    const paused = this.pauses.rests;
    if (!shared || !paused) return shared ?? paused;
    const both = Object.entries(paused).map(([key, rest]) => [key, [shared[key] ?? [], rest].flat()] as const);
    return { ...shared, ...Object.fromEntries(both) };
  }

  /** True when the fleet's rest of a tier is over and one of it has yet to try. */
  isUnproven(index: number): boolean {
    return (
      this.sharedRests !== undefined && this.config.policy.recovery === 'probe' && this.sharedRests.isUnproven(index)
    );
  }

  pausedUntil(now: number): number | null {
    return this.pauses.pausedUntil(now);
  }

  get paused(): boolean {
    return this.pauses.paused !== null;
  }

  /** The record of an instance, made when it is first asked for. */
  instance(name: string): Instance {
    return this.#instances.get(name) ?? this.#make(name);
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

  /**
   * Before a call that may be the trial of a tier for the whole fleet: asks for the lease of that, and lets the call
   * wait for the answer as long as it may wait for the store. `undefined`: there is nothing to ask.
   */
  prepareTrial(instance: Instance): Promise<void> | undefined {
    const { sharedRests, config, clock } = this;
    if (!sharedRests || config.policy.recovery !== 'probe') return undefined;
    const now = clock.now();
    const selection = selectTier(instance.stateRecord.state, config, now, instance.rests);
    if (!selection.ok || (!selection.probe && !sharedRests.isUnproven(selection.index))) return undefined;
    const { index, otherwise } = selection;
    if ((otherwise !== null && instance.joinsAt(index) > now) || instance.isProbeTaken(index, now)) return undefined;
    const answer = sharedRests.prepareTrial(index);
    return answer && this.#freshness.waitFor(answer);
  }

  /** An operator's reset beyond one instance. Resolves once it is stored. */
  async resetShared(target: ResetTarget, request: { by: string; reason?: string | undefined }): Promise<void> {
    const change = this.#resets.add(target);
    this.sharedRests?.reset(target);
    const now = this.clock.now();
    const concerns = (tier: TierIdentity) => isCovered(tier, target);
    for (const tier of this.config.chain) if (concerns(identityOf(tier))) this.looks.clear(tier);
    // What the instances in memory have learnt themselves ends as well.
    for (const { stateRecord } of this.#instances.values()) {
      stateRecord.apply((state) => resetTiers(state, { ...request, concerns }, now));
    }
    await this.#resets.stored(change);
  }

  /** Drops what is kept of an instance, here and in the store. */
  async forget(name: string): Promise<void> {
    const instance = this.instance(name);
    await instance.stateRecord.forget();
    // What its tasks were, too, where the store keeps that.
    await this.store.ask('forget', instance.stateRecord.key, async (store) => store.forgetActivity?.(name));
    this.#instances.drop(instance);
    if (this.defaultInstance === instance) this.defaultInstance = undefined;
  }

  /** Reads all that concerns an instance, for as long as the store may take. Never rejects. */
  async readAll(instance: Instance): Promise<void> {
    const common = [...this.pauses.records, ...(this.sharedRests ? [...this.sharedRests.records, this.#resets] : [])];
    await Promise.all([instance.stateRecord, ...common].map((record) => record.load()));
  }

  /** The pause that keeps calls of an instance off every tier now. */
  pauseOf(instance: Instance): Pause | null {
    return this.pauses.paused ?? standingPause(instance.stateRecord.state, this.clock.now());
  }

  /** @throws {PausedError} when the instance or everything is paused */
  refusePaused(instance: Instance): void {
    const pause = this.pauseOf(instance);
    if (pause) throw new PausedError({ instance: instance.name, ...pause });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.#freshness.stop();
    await Promise.all(this.#records().map((record) => record.stored().catch(() => undefined)));
    this.store.close();
    for (const each of this.lost) each.forget();
    // Whoever waits in `ready` finds the failover closed.
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
    const shared = [...(this.sharedRests?.records ?? []), this.#resets];
    const instances = Array.from(this.#instances.values(), (each) => each.stateRecord);
    return [...this.pauses.records, ...this.pauses.others, ...shared, ...instances];
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
  #commonChanged(wakes: boolean): void {
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
    if (key === this.#resets.key) return this.sharedRests && this.#resets;
    return key.startsWith('rest:') ? this.sharedRests?.find(key) : this.pauses.find(key);
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
