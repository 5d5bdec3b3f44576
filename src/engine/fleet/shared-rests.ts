import type { FailoverConfig, Tier } from '../../core/config.js';
import { needsPerson } from '../../core/disposition.js';
import { cooldownMs, honouredRetryAfterMs } from '../../core/tier/rests/ladder.js';
import { LOOK_INTERVAL_MS, restKeysOf } from '../../core/tier/rests/rest.js';
import { sharedRestKey } from '../../core/tier/rests/shared-rest.js';
import type { ResetTarget } from '../../core/tier/rests/reset-names.js';
import { hasCounted } from '../../core/tier/threshold.js';
import {
  concernsFleet,
  isMuchLonger,
  withFailure,
  withoutTroubles,
  type SharedTrouble,
  type SharedTroubles,
} from '../../core/tier/rests/shared-trouble.js';
import type { FailedOutcome, SharedRest, SharedRests as RestsByKey, TierState } from '../../core/tier/state.js';
import type { StoreClient } from '../store/store-client.js';
import { StoreClock } from '../store/store-clock.js';
import type { EngineClock } from '../time/clock.js';
import { ProbeLeases } from './probe-leases.js';
import { isCovered, type ResetRecord } from './reset-counts.js';
import { TroubleTable } from './trouble-times.js';
import { TroublesRecord } from './troubles-record.js';

/** The wall clock was set when it differs by so much from what the other one says, in milliseconds. */
const CLOCK_STEP_MS = 1000;

/** A time before all others. */
const NEVER = Number.NEGATIVE_INFINITY;

/** What the fleet knows of one credential, provider or model. */
interface Entry {
  readonly key: string;
  /** A tier that it concerns: whose provider and, unless it is about all of them, credential it is. */
  readonly concerns: Pick<Tier, 'provider' | 'credential'>;
  readonly record: TroublesRecord;
  readonly table: TroubleTable;
  /** The kind of trouble that an answer ended last, and when, on the clock's `elapsed`. */
  ended: { kind: string; at: number } | undefined;
}

/**
 * What an operator's reset of one instance has ended for it: all that this process knew in an `edition`, or, where
 * another one made the reset and this one read it later, what had failed by the time of the reset.
 */
export type Ended = { readonly edition: number } | { readonly at: number };

/** A trouble that a tier has answered since. */
export interface EndedTrouble {
  kind: string;
  /** On the clock's `elapsed`. */
  at: number;
}

/**
 * What the instances of a fleet know of credentials, providers and models together: one record each in the store, read
 * in the background, and passed to the selection beside an instance's own state.
 */
export class SharedRests {
  #config: FailoverConfig;
  readonly #clock: EngineClock;
  readonly #storeClock: StoreClock;
  readonly #resets: ResetRecord;
  readonly #onChange: (hasEnded: boolean) => void;
  readonly #store: StoreClient;
  #entries: Map<string, Entry> = new Map();
  #byTier: readonly (readonly Entry[])[] = [];
  readonly #leases: ProbeLeases;
  /** Counts the changes. */
  edition = 0;
  /** When an answer last ended a trouble, on the clock's `elapsed`. */
  lastEndAt = NEVER;
  #rests: RestsByKey | undefined;
  /** The wall clock's lead over `elapsed` when `#rests` was made. */
  #wallLead = 0;

  constructor(facts: {
    config: FailoverConfig;
    store: StoreClient;
    clock: EngineClock;
    resets: ResetRecord;
    /** Names this process among the holders of leases. */
    holder: string;
    /** How long a call waits for a lease at most, in milliseconds. */
    patienceMs: number;
    /** Called after every change; `hasEnded`: something that kept calls off a tier no longer does. */
    onChange: (hasEnded: boolean) => void;
  }) {
    const { config, store, clock } = facts;
    this.#config = config;
    this.#store = store;
    this.#clock = clock;
    this.#resets = facts.resets;
    this.#storeClock = new StoreClock({ store: store.store, clock });
    this.#leases = new ProbeLeases(facts);
    this.#onChange = facts.onChange;
    this.#setChain(config);
  }

  /** The chain was changed. What is known of keys, providers and models that it shares with the old one stays. */
  follow(config: FailoverConfig): void {
    this.#setChain(config);
    this.#changed();
  }

  #setChain(config: FailoverConfig): void {
    this.#config = config;
    const before = this.#entries;
    const entries = new Map<string, Entry>();
    const entryOf = (key: string, tier: Tier): Entry => {
      const entry = entries.get(key) ?? before.get(key) ?? this.#entry(key, tier);
      entries.set(key, entry);
      return entry;
    };
    // Narrowest first: the lease of a trial is that of the narrowest trouble.
    this.#byTier = config.chain.map((tier) =>
      restKeysOf(tier)
        .toReversed()
        .map((key) => entryOf(key, tier)),
    );
    // What keeps calls off tiers that the chain lacks counts again when they are back.
    for (const [key, entry] of before) if (this.#isAtRest(entry)) entries.set(key, entry);
    this.#entries = entries;
  }

  #entry(key: string, { provider, credential }: Tier): Entry {
    const isAnyCredential = key.startsWith('provider:') || key.startsWith('model:');
    const entry: Entry = {
      key,
      concerns: isAnyCredential ? { provider } : { provider, credential },
      record: new TroublesRecord(key, {
        store: this.#store,
        clock: this.#clock,
        onLocal: () => this.#changed(),
        onRemote: (before) => this.#followRemote(entry, before),
      }),
      table: new TroubleTable(this.#clock, this.#storeClock),
      ended: undefined,
    };
    return entry;
  }

  /** What counts for everybody; also what is over and has yet to be tried. `undefined`: nothing. */
  get rests(): RestsByKey | undefined {
    if (this.#rests && Math.abs(this.#lead() - this.#wallLead) > CLOCK_STEP_MS) this.#rests = this.#compute();
    return this.#rests;
  }

  /** The same without what a reset has ended. */
  restsSince(ended: Ended | undefined): RestsByKey | undefined {
    return !ended || !this.#rests ? this.rests : this.#compute(ended);
  }

  get records(): readonly TroublesRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
  }

  /** Asks for the store's time where that is due: what is read after that is measured by it. Never rejects. */
  async measureClock(): Promise<void> {
    await this.#storeClock.measure();
  }

  /** The record stored under `key`, if it is one of these. */
  find(key: string): TroublesRecord | undefined {
    return this.#entries.get(key.slice('rest:'.length))?.record;
  }

  /**
   * Takes in a failure that an instance has just recorded, where it concerns others too.
   *
   * @param tier of this chain, or of an earlier one
   * @param at the time it was recorded with, epoch milliseconds: listeners may have taken theirs since
   */
  learn(instance: string, outcome: FailedOutcome, tier: Tier, at: number, own: TierState): void {
    const key = sharedRestKey(tier, outcome.scope, outcome.kind);
    const entry = this.#entries.get(key) ?? this.#entry(key, tier);
    this.#entries.set(key, entry);
    const { policy } = this.#config;
    const { kind } = outcome;
    const now = this.#clock.elapsed();
    const waitMs = honouredRetryAfterMs(outcome.retryAfterMs, policy);
    // It rests nobody here either.
    if (hasCounted(own) && waitMs === null) return;
    const isCounted = own.failures > 0 && own.lastFailureAt === at && (waitMs === null || own.failures > 1);
    const ownRestMs = isCounted ? cooldownMs(kind, own.failures, policy, own.penalty) : 0;
    const storeAt = this.#storeClock.latestAt(now) ?? null;
    const resets = this.#resets.countFor(entry.concerns);
    const failure = { instance, kind, waitMs, ownRestMs, at, storeAt, resets };
    // For the next one: the store's clock may have been set.
    void this.#storeClock.measure();
    const timesOf = (trouble: SharedTrouble) => entry.table.timesOf(trouble);
    entry.record.change((before) => {
      const { known, matters } = withFailure(this.#valid(entry, before), failure, policy, timesOf, now);
      const waits = !matters && !isMuchLonger(entry.record.base, known);
      return known === before ? undefined : { value: known, events: [], waits };
    });
  }

  /** A tier has answered a call begun at `startedAt`: what it failed of before is over, but for a wait it named. */
  confirm(index: number, startedAt: number): void {
    const now = this.#clock.elapsed();
    const began = now - (this.#clock.now() - startedAt);
    for (const entry of this.#byTier[index] ?? []) {
      if (entry.record.value.troubles.length === 0) continue;
      const ends = (trouble: SharedTrouble) => {
        const { failedAt, waitEnd } = entry.table.timesOf(trouble);
        return failedAt <= began && waitEnd <= now;
      };
      this.#end(entry, ends, true);
    }
  }

  /** An operator's reset ends what it names. */
  reset(target: ResetTarget): void {
    for (const entry of this.#entries.values()) {
      if (isCovered(entry.concerns, target)) this.#end(entry, () => true, false);
    }
  }

  /** True when what covered the tier is over and nobody has tried it since. */
  isUnproven(index: number): boolean {
    return this.#unproven(index) !== undefined;
  }

  /** When, and after what trouble, the fleet found that a tier works again; `undefined`: not since `since`. */
  endedSince(index: number, since: number): EndedTrouble | undefined {
    let last: EndedTrouble | undefined;
    for (const { ended } of this.#byTier[index] ?? []) {
      if (ended && ended.at > since && ended.at > (last?.at ?? NEVER)) last = ended;
    }
    return last;
  }

  /** True when an instance has had an answer of the tier since the fleet last heard of a failure there. */
  hasAnswered(index: number): boolean {
    const entries = this.#byTier[index] ?? [];
    return !this.#unproven(index) && entries.some(({ record }) => record.value.answered);
  }

  /** Asks for the lease of a trial of this tier, where that is needed and not yet known to be here or elsewhere. */
  prepareTrial(index: number): Promise<void> | undefined {
    const key = this.#leaseKey(index);
    // Another process may have failed there between its release of the lease and this one's answer.
    return key === undefined ? undefined : this.#leases.ask(key)?.then(() => this.#giveBackAtRest(key));
  }

  /** May a call of this process try the tier now? True gives it the trial, until `release`. */
  claim(index: number): boolean {
    const key = this.#leaseKey(index);
    return key === undefined || this.#leases.take(key);
  }

  release(index: number): void {
    for (const { key } of this.#byTier[index] ?? []) this.#leases.release(key);
  }

  /** `undefined`: no lease is needed. */
  #leaseKey(index: number): string | undefined {
    const unproven = this.#unproven(index);
    if (unproven) return unproven.key;
    // Once one of the fleet has had an answer there is nothing left to find out for the others.
    return this.hasAnswered(index) ? undefined : this.#byTier[index]?.[0]?.key;
  }

  #unproven(index: number): Entry | undefined {
    const now = this.#clock.elapsed();
    return this.#byTier[index]?.find((entry) =>
      this.#counting(entry).some((trouble) => {
        const { restEnd, waitEnd } = entry.table.timesOf(trouble);
        return Math.max(restEnd, waitEnd) <= now;
      }),
    );
  }

  /** Gives back the lease of a trial that is not due any more. */
  #giveBackAtRest(key: string): void {
    const entry = this.#entries.get(key);
    if (entry && this.#isAtRest(entry)) this.#leases.giveBack(key);
  }

  #isAtRest(entry: Entry): boolean {
    const now = this.#clock.elapsed();
    return this.#counting(entry).some((trouble) => {
      const { restEnd, waitEnd } = entry.table.timesOf(trouble);
      return Math.max(restEnd, waitEnd) > now;
    });
  }

  /** Troubles that concern everybody, and that no reset has ended. */
  #counting(entry: Entry): SharedTrouble[] {
    return this.#valid(entry, entry.record.value).troubles.filter(concernsFleet);
  }

  #valid({ concerns }: Entry, known: SharedTroubles): SharedTroubles {
    if (known.troubles.length === 0) return known;
    const resets = this.#resets.countFor(concerns);
    return withoutTroubles(known, (trouble) => trouble.resets < resets, false);
  }

  #end(entry: Entry, ends: (trouble: SharedTrouble) => boolean, answered: boolean): void {
    const { value } = entry.record;
    this.#change(entry, (known) => withoutTroubles(known, ends, answered));
    if (entry.record.value !== value) this.#noteEnd(entry, value, answered);
  }

  #followRemote(entry: Entry, before: SharedTroubles): void {
    const { troubles, answered } = entry.record.value;
    const hasEnded = before.troubles.length > 0 && troubles.length < before.troubles.length;
    if (hasEnded) this.#noteEnd(entry, before, answered);
    else this.#changed();
  }

  /** Remembers what an answer has ended: instances come back later one by one. */
  #noteEnd(entry: Entry, before: SharedTroubles, answered: boolean): void {
    const [trouble] = before.troubles.filter(
      (each) => concernsFleet(each) && !entry.record.value.troubles.some(({ kind }) => kind === each.kind),
    );
    if (trouble && answered) {
      this.lastEndAt = this.#clock.elapsed();
      entry.ended = { kind: trouble.kind, at: this.lastEndAt };
    }
    this.#changed(true);
  }

  /** Changes a record here and now; the store follows in the background. */
  #change({ record }: Entry, change: (known: SharedTroubles) => SharedTroubles): void {
    record.change((known) => {
      const value = change(known);
      return value === known ? undefined : { value, events: [] };
    });
  }

  /** Something has changed, here or in the store. */
  #changed(hasEnded = false): void {
    this.edition++;
    for (const { key, table, record } of this.#entries.values()) {
      table.keep(record.value.troubles, this.edition);
      this.#giveBackAtRest(key);
    }
    this.#rests = this.#compute();
    this.#onChange(hasEnded);
  }

  /** An operator has reset something: rests that were written before are over. */
  followResets(): void {
    this.#changed(true);
  }

  #lead(): number {
    return this.#clock.now() - this.#clock.elapsed();
  }

  #compute(ended?: Ended): RestsByKey | undefined {
    const lead = this.#lead();
    if (!ended) this.#wallLead = lead;
    const rests: [string, SharedRest[]][] = [];
    for (const entry of this.#entries.values()) {
      const found = this.#counting(entry).flatMap((trouble) => this.#restsOf(entry, trouble, ended, lead));
      if (found.length > 0) rests.push([entry.key, found]);
    }
    return rests.length > 0 ? Object.fromEntries(rests) : undefined;
  }

  #restsOf(entry: Entry, trouble: SharedTrouble, ended: Ended | undefined, lead: number): SharedRest[] {
    const { kind } = trouble;
    const { failedAt, restEnd, waitEnd } = entry.table.timesOf(trouble);
    if (ended && ('at' in ended ? trouble.failedAt <= ended.at : entry.table.editionOf(trouble) <= ended.edition)) {
      return [];
    }
    const look = needsPerson(kind) ? { nextLookAt: Math.ceil(failedAt + lead + LOOK_INTERVAL_MS) } : {};
    const rest: SharedRest = { until: Math.ceil(restEnd + lead), firm: false, kind, ...look };
    return waitEnd === NEVER ? [rest] : [rest, { until: Math.ceil(waitEnd + lead), firm: true, kind }];
  }
}
