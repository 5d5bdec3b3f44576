import type { FailoverConfig, Tier } from '../core/config.js';
import type { State } from '../core/tier/state.js';
import type { UsageBudget } from './budget/usage-budget.js';
import { ConfigControl } from './chain-update/config-control.js';
import type { EngineOptions } from './engine-options.js';
import { CommonRecords } from './fleet/common-records.js';
import { SnapshotFreshness } from './fleet/snapshot-freshness.js';
import type { Instance } from './instance/instance.js';
import { Monitoring } from './monitoring.js';
import type { Availability } from './recovery/availability.js';
import { Looks } from './recovery/looks.js';
import { RetryAllowance } from './retry-allowance.js';
import type { StoredRecord } from './store/pending-change.js';
import { StateRecord, type StateListener } from './store/state-record.js';
import { StoreClient } from './store/store-client.js';
import type { EngineClock } from './time/clock.js';

/** The engine of one chain, as far as it is called back. */
export interface PresentEngine {
  readonly usageBudget: UsageBudget | undefined;
  readonly config: FailoverConfig;
  /** The records of all instances in memory. */
  instanceRecords(): StateRecord[];
  known(name: string): { readonly stateRecord: StateRecord } | undefined;
  /** What all instances go by has changed. */
  commonChanged(wakes: boolean): void;
  /** Goes on with another chain. */
  succeed(config: FailoverConfig): void;
}

/** What outlasts a change of the chain: the store and all that is known from it, and who waits for what. */
export class Lineage {
  /** The engine of the chain in force. Calls that began under another chain end in theirs. */
  current: PresentEngine;
  closed = false;
  readonly store: StoreClient;
  readonly retryAllowance: RetryAllowance;
  readonly looks = new Looks();
  /** What it keeps for a health monitor. */
  readonly monitoring: Monitoring;
  /** Names this process among the holders of leases. */
  readonly holder: string;
  /** Budgets, of earlier chains too, that have counted what the store may not have yet. */
  readonly counting = new Set<UsageBudget>();
  readonly waiting = new Set<Instance>();
  readonly lost = new Set<Availability>();
  readonly records: CommonRecords;
  readonly freshness: SnapshotFreshness;
  readonly control: ConfigControl;
  readonly #clock: EngineClock;

  constructor(engine: PresentEngine, options: Omit<EngineOptions<Tier>, 'price'>) {
    const { config, clock, emitter } = options;
    this.current = engine;
    this.#clock = clock;
    this.retryAllowance = new RetryAllowance(config.policy.retryBudget);
    this.holder = `process-${Math.floor(options.random() * 2 ** 52).toString(36)}-${clock.now().toString(36)}`;
    const { holder, lost } = this;
    this.monitoring = new Monitoring({ clock, onChange: () => this.current.commonChanged(true) });
    this.store = new StoreClient({
      store: options.store,
      clock,
      emitter,
      timeoutMs: options.storeTimeoutMs,
      onRetry: () => this.#catchUp(),
      // Also what came after the request that found it back.
      onRecovered: () => {
        this.freshness.storeRecovered();
        void this.#commitPending();
        for (const budget of this.counting) budget.catchUp();
      },
    });
    const { store } = this;
    this.control = new ConfigControl({
      ...options,
      store,
      inForce: () => this.current.config,
      adopt: (next) => this.current.succeed(next),
      onServing: () => this.current.commonChanged(false),
      isClosed: () => this.closed,
    });
    this.records = new CommonRecords({
      ...options,
      store,
      holder,
      lost,
      storedConfig: this.control.record,
      patienceMs: options.loadTimeoutMs,
      makeRecord: (key, gate, initial, listener) => this.record(key, gate, initial, listener),
      onChange: (wakes) => this.current.commonChanged(wakes),
    });
    this.freshness = new SnapshotFreshness({
      store,
      clock,
      common: this.records.shared,
      stalenessMs: options.stalenessMs,
      loadTimeoutMs: options.loadTimeoutMs,
      records: () => this.stored(),
      beforeReading: async () => this.records.sharedRests?.measureClock(),
      onChange: () => this.current.commonChanged(false),
      onCommit: (key, version) => this.#changedInStore(key, version),
    });
    if (options.privateStore) this.freshness.trustMemory();
    else this.freshness.watch();
    emitter.onListener = (event) => {
      if (event === 'available') for (const each of this.lost) each.watch();
    };
  }

  /** The chain was changed, and `engine` is the engine of the new one. */
  follow(engine: PresentEngine): void {
    const { config } = engine;
    this.current = engine;
    for (const budget of this.counting) if (budget.isStored) this.counting.delete(budget);
    this.retryAllowance.follow(config.policy.retryBudget);
    this.records.follow(config);
    this.freshness.follow(this.records.shared);
  }

  record(key: string, config: FailoverConfig, initial: State, listener: StateListener): StateRecord {
    return new StateRecord(key, { config, initial, store: this.store, clock: this.#clock, listener });
  }

  /** Every record in memory. */
  stored(): StoredRecord[] {
    return [...this.records.made, ...this.current.instanceRecords()];
  }

  /** @param budget of the chain in force */
  async close(budget: UsageBudget | undefined): Promise<void> {
    this.closed = true;
    for (const listener of this.monitoring.closeListeners) listener();
    this.freshness.stop();
    await Promise.all(this.stored().map((record) => record.stored().catch(() => undefined)));
    await Promise.all(Array.from(new Set([budget ?? [], ...this.counting].flat()), (each) => each.close()));
    this.store.close();
    for (const each of this.lost) each.forget();
    // Calls of `ready` that wait reject: the failover is closed.
    for (const instance of this.waiting) instance.changed();
  }

  #changedInStore(key: string, version: number | undefined): void {
    if (this.closed) return;
    // A store of the host's that does not say what has changed.
    if (typeof key !== 'string') return this.freshness.distrustAll();
    void this.#find(key)?.reload(version);
  }

  /** The record in memory that is stored under `key`. */
  #find(key: string): StoredRecord | undefined {
    if (key.startsWith('instance:')) return this.current.known(key.slice('instance:'.length))?.stateRecord;
    return this.records.find(key);
  }

  /** Tries the store again: by storing what can be stored, or with what failed before where there is nothing. */
  #catchUp(): void {
    if (!this.#commitPending()) this.store.check(this.holder, () => this.records.pauses.all.load());
  }

  /** False: there is nothing to store. */
  #commitPending(): boolean {
    const waiting = this.stored().filter((record) => record.canCommit);
    for (const record of waiting) record.commit();
    return waiting.length > 0;
  }
}
