import type { FailoverConfig } from '../../core/config.js';
import { initialState, type SharedRests as RestsByKey, type State } from '../../core/tier/state.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { Availability } from '../recovery/availability.js';
import type { StoredRecord } from '../store/pending-change.js';
import type { StateListener, StateRecord } from '../store/state-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { Pauses } from './pauses.js';
import { ResetRecord } from './reset-counts.js';
import { SharedRests, type Ended } from './shared-rests.js';

interface Facts {
  config: FailoverConfig;
  clock: EngineClock;
  emitter: FailoverEmitter;
  store: StoreClient;
  /** Nobody else reads the store. */
  privateStore: boolean;
  share: boolean;
  /** Names this process among the holders of leases. */
  holder: string;
  /** How long a call may wait for a lease, in milliseconds. */
  patienceMs: number;
  /** The configuration that `update` has stored. */
  storedConfig: StoredRecord;
  /** What cannot be called at present. */
  lost: Set<Availability>;
  makeRecord: (key: string, config: FailoverConfig, initial: State, listener: StateListener) => StateRecord;
  /** Called after each change; with true where calls that wait may have to go on or to end. */
  onChange: (wakes: boolean) => void;
}

/**
 * What every call goes by, whatever its instance: the pauses over everything and over providers, what the fleet has
 * learnt, and what operators have reset. Pauses and resets are made when they are first needed.
 */
export class CommonRecords {
  /** What the fleet knows together, where it shares that. */
  readonly sharedRests: SharedRests | undefined;
  readonly #facts: Facts;
  #config: FailoverConfig;
  #pauses: Pauses | undefined = undefined;
  #resets: ResetRecord | undefined = undefined;

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#config = facts.config;
    const { config, clock, store, holder, patienceMs, onChange } = facts;
    if (facts.share) {
      this.sharedRests = new SharedRests({ config, store, clock, resets: this.resets, holder, patienceMs, onChange });
    }
  }

  /** The chain was changed. */
  follow(config: FailoverConfig): void {
    this.#config = config;
    this.#pauses?.follow(config.chain.map((tier) => tier.provider));
    this.sharedRests?.follow(config);
    if (this.#facts.privateStore) for (const record of this.made) record.trustMemory();
  }

  /** The pauses over everything and over providers. In a private store they are made when the first operator acts. */
  get pauses(): Pauses {
    this.#pauses ??= this.#makePauses();
    return this.#pauses;
  }

  /** The pauses, unless nobody has needed them yet: then there are none. */
  get knownPauses(): Pauses | undefined {
    return this.#pauses;
  }

  get resets(): ResetRecord {
    const { store, clock } = this.#facts;
    this.#resets ??= new ResetRecord({ store, clock, onChange: () => this.sharedRests?.followResets() });
    return this.#resets;
  }

  /** What another process may change. */
  get shared(): readonly StoredRecord[] {
    const rests = this.sharedRests ? [...this.sharedRests.records, this.resets] : [];
    return this.#facts.privateStore ? rests : [this.#facts.storedConfig, ...this.pauses.records, ...rests];
  }

  /** Every record that has been made. */
  get made(): StoredRecord[] {
    const pauses = this.#pauses ? [...this.#pauses.records, ...this.#pauses.others] : [];
    return [
      this.#facts.storedConfig,
      ...pauses,
      ...(this.sharedRests?.records ?? []),
      ...(this.#resets ? [this.#resets] : []),
    ];
  }

  /**
   * Rests from outside an instance, paused providers among them, without those of the fleet that a reset of the
   * instance has ended; `undefined` while there is none.
   */
  restsSince(ended: Ended | undefined): RestsByKey | undefined {
    const shared = this.sharedRests?.restsSince(ended);
    const paused = this.#pauses?.rests;
    if (!shared || !paused) return shared ?? paused;
    const both = Object.entries(paused).map(([key, rest]) => [key, [shared[key] ?? [], rest].flat()] as const);
    return { ...shared, ...Object.fromEntries(both) };
  }

  /** True when the fleet's rest of a tier is over and one of it has yet to try. */
  isUnproven(index: number): boolean {
    const { recovery } = this.#config.policy;
    return this.sharedRests !== undefined && recovery === 'probe' && this.sharedRests.isUnproven(index);
  }

  /** The record that is stored under `key`, if it is one of these. */
  find(key: string): StoredRecord | undefined {
    if (key === this.#facts.storedConfig.key) return this.#facts.privateStore ? undefined : this.#facts.storedConfig;
    if (key === this.#resets?.key) return this.sharedRests && this.#resets;
    return key.startsWith('rest:') ? this.sharedRests?.find(key) : this.pauses.find(key);
  }

  #makePauses(): Pauses {
    const config = this.#config;
    const { clock, emitter, lost, privateStore, makeRecord, onChange } = this.#facts;
    const gate: FailoverConfig = { chain: [], policy: config.policy };
    const unpaused = initialState(gate);
    const pauses = new Pauses({
      providers: config.chain.map((tier) => tier.provider),
      clock,
      emitter,
      lost,
      makeRecord: (key, listener) => makeRecord(key, gate, unpaused, listener),
      onChange: () => onChange(true),
    });
    if (privateStore) for (const record of pauses.records) record.trustMemory();
    return pauses;
  }
}
