import { tierId, type FailoverConfig, type Tier } from '../core/config.js';
import { ClosedError, ConfigError, PausedError, type Attempt } from '../core/errors.js';
import { recordStartup } from '../core/tier/record-startup.js';
import { initialState, type SharedRests, type State } from '../core/tier/state.js';
import type { Random } from '../ports/clock.js';
import type { TierName } from '../ports/failover.js';
import type { Logger } from '../ports/logger.js';
import type { StateStore } from '../ports/state-store.js';
import { Budget } from './retry-budget.js';
import type { FailoverEmitter } from './events/emitter.js';
import { Freshness } from './fleet/snapshot-freshness.js';
import { Gates } from './fleet/pauses.js';
import { Instance, type InstanceHost } from './instance/instance.js';
import type { Classify } from './call/judge.js';
import { Ledger, type LedgerListener } from './store/state-record.js';
import { RestBoard } from './fleet/shared-rests.js';
import { StoreLink } from './store/store-client.js';
import type { EngineClock } from './time/clock.js';

/** After so many new instances those nobody has used meanwhile are let go; the store still has their states. */
const MAX_IDLE_INSTANCES = 10_000;

/** How long an instance counts as served lately, in milliseconds. */
export const SERVED_LATELY_MS = 3_600_000;

/** A time before all others. */
const NEVER = Number.NEGATIVE_INFINITY;

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
  readonly link: StoreLink;
  readonly budget: Budget;
  readonly gates: Gates;
  readonly board: RestBoard | undefined;
  readonly tierNames: readonly TierName[];
  /** `provider/model` of each tier. */
  readonly ids: readonly string[];
  /** True when the policy puts no limit on attempts: then a call needs no timer. */
  readonly isUnlimited: boolean;
  closed = false;
  readonly #options: EngineOptions<T>;
  readonly #instances = new Map<string, Instance>();
  /** The instance of calls that name none, from the first of them on. */
  home: Instance | undefined = undefined;
  readonly #startup: Attempt[];
  readonly #freshness: Freshness;
  readonly #initial: State;
  /** When an instance was last seen to be used. */
  readonly #servedAt = new WeakMap<Instance, number>();
  /** Instances made so far. */
  #met = 0;

  constructor(options: EngineOptions<T>) {
    const { config, clock, emitter } = options;
    this.#options = options;
    this.#startup = [...options.startup];
    this.#initial = initialState(config);
    this.config = config;
    this.clock = clock;
    this.random = options.random;
    this.emitter = emitter;
    this.classify = options.classify;
    this.logger = options.logger;
    this.tierNames = config.chain.map(({ provider, model }, index) => ({ index, provider, model }));
    this.ids = config.chain.map(tierId);
    this.isUnlimited = config.policy.attemptTimeoutMs === undefined && config.policy.deadlineMs === undefined;
    this.budget = new Budget(config.policy.retryBudget);
    this.link = new StoreLink({
      store: options.store,
      clock,
      emitter,
      timeoutMs: options.storeTimeoutMs,
      onRetry: () => this.#catchUp(),
      onRecovered: () => this.#recovered(),
    });
    const gate: FailoverConfig = { chain: [], policy: config.policy };
    this.gates = new Gates({
      providers: config.chain.map((tier) => tier.provider),
      clock,
      emitter,
      makeLedger: (key, listener) => this.#ledger(key, gate, initialState(gate), listener),
      onChange: () => this.#instancesChanged(),
    });
    if (options.share) {
      const holder = `process-${Math.floor(options.random() * 2 ** 52).toString(36)}-${clock.now().toString(36)}`;
      const onChange = () => this.#instancesChanged();
      this.board = new RestBoard({ config, link: this.link, clock, holder, onChange });
    }
    this.#freshness = new Freshness({
      link: this.link,
      clock,
      gates: this.gates,
      board: this.board,
      stalenessMs: options.stalenessMs,
      loadTimeoutMs: options.loadTimeoutMs,
      known: () => this.#ledgers(),
      onChange: () => this.#instancesChanged(),
      onCommit: (key) => this.#changedInStore(key),
    });
    if (options.privateStore) this.#freshness.trustMemory();
    else this.#freshness.watch();
  }

  /** Rests from outside an instance, paused providers among them; `undefined` while there is none. */
  get rests(): SharedRests | undefined {
    const shared = this.board?.rests;
    return shared && this.gates.rests ? { ...shared, ...this.gates.rests } : (shared ?? this.gates.rests);
  }

  /** True when the fleet's rest of a tier is over and one of it has yet to try. */
  isUnproven(index: number): boolean {
    return this.board !== undefined && this.config.policy.recovery === 'probe' && this.board.isUnproven(index);
  }

  get paused(): boolean {
    return this.gates.paused !== null;
  }

  /** The record of an instance, made when it is first asked for. */
  instance(name: string): Instance {
    return this.#instances.get(name) ?? this.#meet(name);
  }

  /** The record of an instance, where this process has one. */
  known(name: string): Instance | undefined {
    return this.#instances.get(name);
  }

  /**
   * Names of at most `limit` instances that this process has served in the last hour. An instance is seen to be used only
   * when somebody asks, so that a call has nothing to note: it may stay on the list for longer, never for less.
   */
  served(limit: number): string[] {
    const now = this.clock.now();
    const since = now - SERVED_LATELY_MS;
    const names: string[] = [];
    for (const instance of this.#instances.values()) {
      if (instance.used) this.#servedAt.set(instance, now);
      instance.used = false;
      if (names.length < limit && (this.#servedAt.get(instance) ?? NEVER) >= since) names.push(instance.name);
    }
    return names;
  }

  /** Reads the pauses over everything and over providers, and the fleet's rests, where they are stale. Never rejects. */
  async refreshShared(): Promise<void> {
    await this.#freshness.refreshShared(this.clock.now());
  }

  freshUntil(ledger: Ledger): number {
    return this.#freshness.until(ledger);
  }

  /** Reads what is not fresh, for a bounded time. Never rejects. */
  async refresh(instance: Instance, now: number): Promise<void> {
    await this.#freshness.refresh(instance.ledger, now, () => instance.lookAnew());
  }

  /** @throws {PausedError} when the instance or everything is paused */
  refusePaused(instance: Instance): void {
    const pause = this.gates.paused ?? instance.ledger.state.paused;
    if (pause) throw new PausedError({ instance: instance.name, ...pause });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.#freshness.stop();
    await Promise.all(this.#ledgers().map((ledger) => ledger.land().catch(() => undefined)));
    this.link.close();
    this.#instances.clear();
    this.home = undefined;
  }

  #meet(name: string): Instance {
    if (this.closed) throw new ClosedError();
    if (typeof name !== 'string' || name === '') {
      throw new ConfigError([{ path: 'instance', message: 'expected a name, a non-empty string' }]);
    }
    if (++this.#met % MAX_IDLE_INSTANCES === 0) this.#dropIdle();
    const makeLedger = (listener: LedgerListener) =>
      this.#ledger(`instance:${name}`, this.config, this.#initial, listener);
    const instance = new Instance(name, this, makeLedger);
    if (this.#options.privateStore) instance.ledger.loadedAt = this.clock.now();
    instance.lookAnew();
    this.#instances.set(name, instance);
    if (name === DEFAULT_INSTANCE) this.home = instance;
    this.#continueStartup(instance);
    return instance;
  }

  #ledger(key: string, config: FailoverConfig, initial: State, listener: LedgerListener): Ledger {
    return new Ledger(key, { config, initial, link: this.link, clock: this.clock, listener });
  }

  #ledgers(): Ledger[] {
    return [...this.gates.ledgers, ...[...this.#instances.values()].map((each) => each.ledger)];
  }

  #instancesChanged(): void {
    for (const instance of this.#instances.values()) instance.changed();
  }

  /** Puts what the startup tried into the ledger of the first instance, and lets it rest what failed there. */
  #continueStartup(instance: Instance): void {
    const attempts = this.#startup.splice(0);
    if (attempts.length === 0) return;
    const now = this.clock.now();
    instance.ledger.apply((state) => recordStartup(state, attempts, this.config, now));
  }

  /** Lets go of the instances that nobody has used since the last time and that have nothing left to store. */
  #dropIdle(): void {
    const lately = this.clock.now() - SERVED_LATELY_MS;
    for (const instance of this.#instances.values()) {
      const used = instance.used || (this.#servedAt.get(instance) ?? NEVER) >= lately;
      const idle = !used && instance !== this.home && instance.isIdle(this.#options.privateStore);
      if (idle) this.#instances.delete(instance.name);
      instance.used = false;
    }
  }

  #changedInStore(key: string): void {
    if (this.closed) return;
    // A store of the host's that does not say what has changed.
    if (typeof key !== 'string') return this.#freshness.distrustAll();
    const name = key.startsWith('instance:') ? key.slice('instance:'.length) : undefined;
    if (key.startsWith('rest:')) void this.board?.load(key);
    else void (name === undefined ? this.gates.find(key) : this.#instances.get(name)?.ledger)?.reload();
  }

  /** Tries the store again: with what can land, or with a read where nothing can. */
  #catchUp(): void {
    if (!this.#land()) void this.gates.all.load();
  }

  /** Stores what gathered while the store was away, also what came after the try that found it back. */
  #recovered(): void {
    this.#land();
    void this.board?.catchUp();
  }

  /** False: there is nothing to store. */
  #land(): boolean {
    const waiting = this.#ledgers().filter((ledger) => ledger.canLand);
    for (const ledger of waiting) void ledger.land().catch(() => undefined);
    return waiting.length > 0;
  }
}
