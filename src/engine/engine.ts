import { tierId, type FailoverConfig, type Tier } from '../core/config.js';
import type { Attempt } from '../core/errors.js';
import { ClosedError, ConfigError, PausedError } from '../core/errors.js';
import { FOREVER, type SharedRests } from '../core/tier/state.js';
import type { Clock, Random } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { TierName } from '../ports/failover.js';
import type { StateStore } from '../ports/state-store.js';
import { recordStartup } from '../core/tier/record-startup.js';
import { announceLocal, announceRemote } from './announce.js';
import type { FailoverEmitter } from './emitter.js';
import { Budget } from './budget.js';
import { Instance } from './instance.js';
import type { Classify } from './judge.js';
import { Ledger } from './ledger.js';
import { StoreLink } from './store-link.js';
import { within } from './system.js';

/** Instances kept in memory before those that have long been idle are let go; the store still has their states. */
const MAX_IDLE_INSTANCES = 10_000;

export interface EngineOptions<T extends Tier> {
  config: FailoverConfig<T>;
  store: StateStore;
  clock: Clock;
  random: Random;
  emitter: FailoverEmitter;
  classify: Classify | undefined;
  logger: Logger | undefined;
  stalenessMs: number;
  loadTimeoutMs: number;
  storeTimeoutMs: number;
  /** The store is this failover's own: what is not in memory was never stored. */
  privateStore: boolean;
  share: boolean;
  startup: readonly Attempt[];
}

/** What all calls of one failover share: the ledgers of its instances, of its providers and of everything. */
export class Engine<T extends Tier = Tier> {
  readonly config: FailoverConfig<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly emitter: FailoverEmitter;
  readonly classify: Classify | undefined;
  readonly logger: Logger | undefined;
  readonly link: StoreLink;
  readonly #options: EngineOptions<T>;
  readonly #instances = new Map<string, Instance<T>>();
  readonly #all: Ledger;
  readonly #providers: ReadonlyMap<string, Ledger>;
  readonly tierNames: readonly TierName[];
  /** `provider/model` of each tier. */
  readonly ids: readonly string[];
  /** True when the policy puts no limit on attempts: then a call needs no timer. */
  readonly isUnlimited: boolean;
  readonly budget: Budget;
  /** Rests from outside an instance, paused providers among them; `undefined` while there is none. */
  rests: SharedRests | undefined;
  /** When the pauses over everything and over the providers were last read. */
  #gatesReadAt = Number.NEGATIVE_INFINITY;
  #live = false;
  #slow = false;
  #unwatch: (() => void) | undefined;
  readonly #startup: Attempt[];
  closed = false;

  constructor(options: EngineOptions<T>) {
    this.#options = options;
    this.config = options.config;
    this.#startup = [...options.startup];
    this.clock = options.clock;
    this.random = options.random;
    this.emitter = options.emitter;
    this.classify = options.classify;
    this.logger = options.logger;
    this.tierNames = options.config.chain.map(({ provider, model }, index) => ({ index, provider, model }));
    this.ids = options.config.chain.map(tierId);
    const { attemptTimeoutMs, deadlineMs } = options.config.policy;
    this.isUnlimited = attemptTimeoutMs === undefined && deadlineMs === undefined;
    this.budget = new Budget(options.config.policy.retryBudget);
    this.link = new StoreLink({
      store: options.store,
      clock: options.clock,
      emitter: options.emitter,
      timeoutMs: options.storeTimeoutMs,
      onRetry: () => this.#catchUp(),
    });
    this.#all = this.#gate('all', { all: true });
    const providers = new Set(options.config.chain.map((tier) => tier.provider));
    this.#providers = new Map(
      [...providers].map((provider) => [provider, this.#gate(`provider:${provider}`, { provider })]),
    );
    if (options.privateStore) {
      for (const ledger of this.#ledgers()) ledger.loadedAt = this.clock.now();
      this.#gatesReadAt = this.clock.now();
    }
    this.#watch();
  }

  get paused(): boolean {
    return this.#all.state.paused !== null;
  }

  /** The record of an instance, made when it is first asked for. */
  instance(name: string): Instance<T> {
    const known = this.#instances.get(name);
    if (known) return known;
    if (this.closed) throw new ClosedError();
    if (typeof name !== 'string' || name === '') {
      throw new ConfigError([{ path: 'instance', message: 'expected a name, a non-empty string' }]);
    }
    if (this.#instances.size >= MAX_IDLE_INSTANCES) this.#dropIdle();
    const instance = new Instance(name, this, (listener) => this.#ledger(`instance:${name}`, this.config, listener));
    if (this.#options.privateStore) instance.ledger.loadedAt = this.clock.now();
    this.#instances.set(name, instance);
    this.#continueStartup(instance);
    return instance;
  }

  /** The ledger that holds the pauses of a provider or of everything. */
  gate(target: { provider: string } | { all: true }): Ledger {
    if ('all' in target) return this.#all;
    const ledger = this.#providers.get(target.provider);
    if (ledger) return ledger;
    const known = [...this.#providers.keys()].join(', ');
    throw new ConfigError([{ path: 'target.provider', message: `no tier of this chain has it; known: ${known}` }]);
  }

  /** True when a call may go on from what is known here: of this ledger, and of the pauses over it. */
  isFresh(ledger: Ledger, now: number): boolean {
    const readAt = Math.min(ledger.loadedAt, this.#gatesReadAt);
    return this.#live ? readAt > 0 : now - readAt < this.#options.stalenessMs;
  }

  /**
   * Reads what is not fresh. A call waits for it at most `loadTimeoutMs`; after one time-out none waits until a read
   * has come through. Never rejects.
   */
  async refresh(ledger: Ledger, now: number): Promise<void> {
    if (this.link.failing) return;
    const known = [ledger, this.#all, ...this.#providers.values()];
    const oldest = this.#live ? 1 : now - this.#options.stalenessMs + 1;
    const loading = Promise.all(known.map((each) => (each.loadedAt < oldest ? each.load() : undefined))).then(() => {
      this.#gatesReadAt = Math.min(...known.slice(1).map((each) => each.loadedAt));
      this.#slow = this.link.failing;
    });
    if (this.#slow) return;
    await within(this.clock, loading, this.#options.loadTimeoutMs, () => 'late').catch(() => {
      this.#slow = true;
    });
  }

  /** Throws when the instance or everything is paused. */
  refusePaused(instance: Instance<T>): void {
    const pause = this.#all.state.paused ?? instance.ledger.state.paused;
    if (pause) throw new PausedError({ instance: instance.name, ...pause });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.#unwatch?.();
    await Promise.all(this.#ledgers().map((ledger) => ledger.land().catch(() => undefined)));
    this.link.close();
  }

  #ledgers(): Ledger[] {
    return [this.#all, ...this.#providers.values(), ...[...this.#instances.values()].map((each) => each.ledger)];
  }

  #ledger(key: string, config: FailoverConfig, listener: ConstructorParameters<typeof Ledger>[1]['listener']): Ledger {
    return new Ledger(key, { config, link: this.link, clock: this.clock, listener });
  }

  /** A provider's ledger, or that of everything: a state without tiers that holds only pauses. */
  #gate(key: string, target: { provider: string } | { all: true }): Ledger {
    return this.#ledger(
      key,
      { chain: [], policy: this.config.policy },
      {
        onLocal: (_ledger, _before, events) => {
          this.#gatesChanged();
          for (const event of events) announceLocal(this.emitter, target, [], event, undefined);
        },
        onRemote: (ledger, before) => {
          this.#gatesChanged();
          announceRemote(this.emitter, target, [], before, ledger.state, this.clock.now());
        },
      },
    );
  }

  #gatesChanged(): void {
    const paused = [...this.#providers].filter(([, ledger]) => ledger.state.paused);
    this.rests =
      paused.length === 0
        ? undefined
        : Object.fromEntries(
            paused.map(([name]) => [`provider:${name}`, { until: FOREVER, firm: true, kind: 'paused' }]),
          );
    for (const instance of this.#instances.values()) instance.changed();
  }

  /** Puts what the startup tried into the ledger of the first instance, and lets it rest what failed there. */
  #continueStartup(instance: Instance<T>): void {
    const attempts = this.#startup.splice(0);
    if (attempts.length === 0) return;
    const now = this.clock.now();
    instance.ledger.apply((state) => recordStartup(state, attempts, this.config, now));
  }

  /** Lets go of instances that have been idle longest and have nothing left to store. */
  #dropIdle(): void {
    const idle = [...this.#instances.values()].filter((each) => each.isIdle(this.#options.privateStore));
    idle.sort((one, other) => one.usedAt - other.usedAt);
    for (const instance of idle.slice(0, Math.ceil(idle.length / 2))) this.#instances.delete(instance.name);
  }

  #watch(): void {
    const { store } = this.link;
    if (!store.watch) return;
    this.#live = true;
    try {
      this.#unwatch = store.watch(
        (key) => this.#changedInStore(key),
        (live) => {
          if (live && !this.#live) this.#forgetLoads();
          this.#live = live;
        },
      );
    } catch {
      this.#live = false;
    }
  }

  #changedInStore(key: string): void {
    const ledger = key.startsWith('instance:')
      ? this.#instances.get(key.slice('instance:'.length))?.ledger
      : key === 'all'
        ? this.#all
        : key.startsWith('provider:')
          ? this.#providers.get(key.slice('provider:'.length))
          : undefined;
    if (ledger && !this.closed) void ledger.load();
  }

  #forgetLoads(): void {
    for (const ledger of this.#ledgers()) ledger.loadedAt = Math.min(ledger.loadedAt, 0);
    this.#gatesReadAt = Math.min(this.#gatesReadAt, 0);
  }

  /** Tries the store again: with what is pending, or with a read where nothing is. */
  #catchUp(): void {
    const ledgers = this.#ledgers();
    const pending = ledgers.filter((ledger) => ledger.hasPending);
    if (pending.length === 0) void this.#all.load();
    for (const ledger of pending) void ledger.land().catch(() => undefined);
  }
}
