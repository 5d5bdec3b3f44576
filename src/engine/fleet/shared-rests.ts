import type { FailoverConfig } from '../../core/config.js';
import { concernsAll, sharedRestKey, sharedRestKeys, witnessesNeeded } from '../../core/tier/shared-rest.js';
import type { Outcome, SharedRest, State } from '../../core/tier/state.js';
import { NO_REST, parseSharedRest, type StoredRest } from '../../schema/parse-shared-rest.js';
import { ReplicatedRecord, type PendingChange } from '../store/replicated-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { ProbeLeases } from './probe-leases.js';
import { learntRest } from './rest-after-failure.js';

/**
 * What the instances of a fleet know of credentials, providers and models together: one record each in the store, read
 * in the background, and passed to the selection beside an instance's own state.
 */
export class SharedRests {
  readonly #config: FailoverConfig;
  readonly #clock: EngineClock;
  readonly #onChange: () => void;
  readonly #records: ReadonlyMap<string, ReplicatedRecord<StoredRest>>;
  readonly #leases: ProbeLeases;
  #rests: Record<string, SharedRest> | undefined;

  constructor(facts: {
    config: FailoverConfig;
    store: StoreClient;
    clock: EngineClock;
    /** Names this process among the holders of leases. */
    holder: string;
    onChange: () => void;
  }) {
    const { config, store, clock } = facts;
    this.#config = config;
    this.#clock = clock;
    this.#leases = new ProbeLeases(facts);
    this.#onChange = facts.onChange;
    const kind = {
      initial: NO_REST,
      parse: parseSharedRest,
      fold: foldChanges,
      onLocal: () => this.#changed(),
      onRemote: () => this.#changed(),
    };
    const makeRecord = (key: string) => new ReplicatedRecord(`rest:${key}`, { kind, store, clock });
    this.#records = new Map(sharedRestKeys(config.chain).map((key) => [key, makeRecord(key)]));
  }

  /** What counts for everybody; also what is over and has yet to be tried out. `undefined`: nothing. */
  get rests(): Readonly<Record<string, SharedRest>> | undefined {
    return this.#rests;
  }

  get records(): ReplicatedRecord<StoredRest>[] {
    return [...this.#records.values()];
  }

  /** Reads every record. Never rejects. */
  async load(): Promise<void> {
    await Promise.all(this.records.map((record) => record.load()));
  }

  /** The record stored under `key`, if it is one of these. */
  find(key: string): ReplicatedRecord<StoredRest> | undefined {
    return this.#records.get(key.slice('rest:'.length));
  }

  /** The store is back: takes in what others wrote meanwhile; what is pending is committed. */
  catchUp(): void {
    for (const record of this.records) void record.reload().then(() => record.commit());
  }

  /** Takes in a failure that an instance has just recorded, where it concerns others too. */
  learn(instance: string, outcome: Extract<Outcome, { ok: false }>, index: number, state: State): void {
    const tier = this.#config.chain[index];
    const failed = state.tiers[index];
    const wait = failed?.retryAfterUntil ?? 0;
    if (!tier || !failed?.restUntil || witnessesNeeded(outcome.kind, wait > 0) === null) return;
    const key = sharedRestKey(tier, outcome.scope, outcome.kind);
    const now = this.#clock.now();
    const { restUntil } = failed;
    const facts = { instance, kind: outcome.kind, restUntil, hasWait: wait > now, now };
    this.#change(key, (known) => learntRest(known, facts, this.#config.policy));
  }

  /** A tier has answered a call begun at `startedAt`: what it failed of before is over, but for a wait it named. */
  confirm(index: number, startedAt: number): void {
    const now = this.#clock.now();
    this.#settle(index, (rest) => rest.failedAt <= startedAt && !(rest.firm && rest.until > now));
  }

  /** An operator's reset ends every rest of the chain. */
  clear(): void {
    for (const index of this.#config.chain.keys()) this.#settle(index, () => true);
  }

  /** True when what covered the tier is over and nobody has tried it since. */
  isUnproven(index: number): boolean {
    return this.#unproven(index).length > 0;
  }

  /**
   * May this process try the tier now? The lease is asked for in the background, so the first to ask is told no; the
   * call after the grant goes. A lease that is not used lapses.
   */
  claim(index: number): boolean {
    const keys = this.#unproven(index);
    const key = keys[0] ?? this.#keysOf(index)[0];
    // Once one of the fleet has had an answer there is nothing left to find out for the others.
    if (key === undefined || (keys.length === 0 && this.#isProven(index))) return true;
    return this.#leases.take(key);
  }

  release(index: number): void {
    for (const key of this.#keysOf(index)) this.#leases.giveBack(key);
  }

  #keysOf(index: number): string[] {
    const tier = this.#config.chain[index];
    return tier ? sharedRestKeys([tier]).reverse() : [];
  }

  /** The fleet knew of trouble with the tier, and that it is over. */
  #isProven(index: number): boolean {
    return this.#keysOf(index).some((key) => {
      const rest = this.#records.get(key)?.value;
      return rest !== undefined && rest !== NO_REST && rest.failures === 0;
    });
  }

  #unproven(index: number): string[] {
    const now = this.#clock.now();
    return this.#keysOf(index).filter((key) => {
      const rest = this.#records.get(key)?.value;
      return rest !== undefined && rest.failures > 0 && rest.until <= now && concernsAll(rest);
    });
  }

  #settle(index: number, ends: (rest: StoredRest) => boolean): void {
    for (const key of this.#keysOf(index)) {
      this.#change(key, (rest) =>
        rest.failures > 0 && ends(rest) ? { ...rest, until: 0, firm: false, failures: 0, seenBy: [] } : rest,
      );
    }
  }

  /** Changes a record here and now; the store follows in the background. */
  #change(key: string, change: (rest: StoredRest) => StoredRest): void {
    this.#records.get(key)?.change((rest) => {
      const value = change(rest);
      return value === rest || JSON.stringify(value) === JSON.stringify(rest) ? undefined : { value, events: [] };
    });
  }

  #changed(): void {
    const counting = [...this.#records].flatMap(([key, { value }]) =>
      value.failures > 0 && concernsAll(value)
        ? [[key, { until: value.until, firm: value.firm, kind: value.kind }] as const]
        : [],
    );
    this.#rests = counting.length > 0 ? Object.fromEntries(counting) : undefined;
    this.#onChange();
  }
}

/** Many changes as one: each applied to what the one before it made. */
function foldChanges(_before: StoredRest, changes: readonly PendingChange<StoredRest>[]): PendingChange<StoredRest> {
  const apply = (rest: StoredRest) => {
    const value = changes.reduce((present, change) => change.apply(present)?.value ?? present, rest);
    return value === rest ? undefined : { value, events: [] };
  };
  return { apply, value: changes.at(-1)!.value, events: [] };
}
