import type { FailoverConfig } from '../../core/config.js';
import { StoreError } from '../../core/errors.js';
import { concernsAll, sharedRestKey, sharedRestKeys, witnessesNeeded } from '../../core/tier/shared-rest.js';
import type { Outcome, SharedRest, State } from '../../core/tier/state.js';
import type { Clock } from '../../ports/clock.js';
import { parseSharedRest, type StoredRest } from '../../schema/parse-shared-rest.js';
import { learntRest } from './rest-after-failure.js';
import { ProbeLeases } from './probe-leases.js';
import type { StoreLink } from '../store/store-client.js';

/** Lost races for one record before it is left to the others, who are writing the same. */
const MAX_CONFLICTS = 8;
/** Changes kept while the store is away; beyond it the oldest are let go, as the rests they are about end anyway. */
const MAX_UNLANDED = 200;

type Change = (rest: StoredRest | undefined) => StoredRest | undefined;

interface Unlanded {
  key: string;
  change: Change;
}

interface Known {
  /** As the store has it. */
  stored: StoredRest | undefined;
  /** The same with what has yet to be written: what holds here. */
  rest: StoredRest | undefined;
  version: number;
}

/**
 * What the instances of a fleet know of keys, providers and models together: one record each in the store, read in
 * the background, handed to the selection beside an instance's own state.
 */
export class RestBoard {
  readonly #config: FailoverConfig;
  readonly #link: StoreLink;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #known = new Map<string, Known>();
  readonly #leases: ProbeLeases;
  /** What the store has yet to take, under way or put off: it holds here whatever is read meanwhile. */
  #unlanded: Unlanded[] = [];
  #rests: Record<string, SharedRest> | undefined;

  constructor(facts: {
    config: FailoverConfig;
    link: StoreLink;
    clock: Clock;
    /** Names this process among the holders of leases. */
    holder: string;
    onChange: () => void;
  }) {
    this.#config = facts.config;
    this.#link = facts.link;
    this.#clock = facts.clock;
    this.#leases = new ProbeLeases(facts);
    this.#onChange = facts.onChange;
    for (const key of sharedRestKeys(facts.config.chain)) {
      this.#known.set(key, { stored: undefined, rest: undefined, version: 0 });
    }
  }

  /** What counts for everybody; also what is over and has yet to be tried out. `undefined`: nothing. */
  get rests(): Readonly<Record<string, SharedRest>> | undefined {
    return this.#rests;
  }

  /** Reads every record, or the one stored under `key`. Never rejects. */
  async load(key?: string): Promise<void> {
    const name = key?.slice('rest:'.length);
    const keys = name === undefined ? [...this.#known.keys()] : this.#known.has(name) ? [name] : [];
    await Promise.all(keys.map((each) => this.#read(each)));
  }

  /** The store is back: takes in what others wrote meanwhile, and writes what could not be. */
  async catchUp(): Promise<void> {
    // A copy: what comes meanwhile lands by itself.
    const unlanded = [...this.#unlanded];
    await this.load();
    for (const each of unlanded) await this.#land(each);
  }

  /** Takes in what an instance has just met, where it concerns others too. */
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
    return this.#keysOf(index).some((key) => this.#known.get(key)?.rest?.failures === 0);
  }

  #unproven(index: number): string[] {
    const now = this.#clock.now();
    return this.#keysOf(index).filter((key) => {
      const rest = this.#known.get(key)?.rest;
      return rest !== undefined && rest.failures > 0 && rest.until <= now && concernsAll(rest);
    });
  }

  #settle(index: number, ends: (rest: StoredRest) => boolean): void {
    for (const key of this.#keysOf(index)) {
      const rest = this.#known.get(key)?.rest;
      if (!rest || rest.failures === 0 || !ends(rest)) continue;
      this.#change(key, (known) =>
        known && ends(known) ? { ...known, until: 0, firm: false, failures: 0, seenBy: [] } : known,
      );
    }
  }

  /** Changes a record here and now, and in the store behind the caller's back. */
  #change(key: string, change: Change): void {
    if (!this.#known.has(key)) return;
    const unlanded = { key, change };
    this.#unlanded.push(unlanded);
    const oldest = this.#unlanded.length > MAX_UNLANDED ? this.#unlanded.shift() : undefined;
    const known = oldest && this.#known.get(oldest.key);
    if (known) known.stored = oldest.change(known.stored);
    this.#take(key, undefined, 0);
    void this.#land(unlanded);
  }

  async #land(unlanded: Unlanded): Promise<void> {
    const { key, change } = unlanded;
    const name = `rest:${key}`;
    const landed = (rest: StoredRest | undefined, version: number) => {
      this.#unlanded = this.#unlanded.filter((each) => each !== unlanded);
      this.#take(key, rest, version);
    };
    try {
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
        const stored = await this.#link.ask('load', name, (store) => store.load(name));
        const present = stored ? this.#parse(stored.state, name) : undefined;
        const next = change(present);
        const version = stored?.version ?? 0;
        if (!next || JSON.stringify(next) === JSON.stringify(present)) return landed(present, version);
        const result = await this.#link.ask('commit', name, (store) => store.commit(name, version, { ...next }, []));
        if (result.ok) return landed(next, result.version);
      }
      landed(undefined, 0);
    } catch {
      // The link has told; what is known here holds here, and is written when the store is back.
    }
  }

  async #read(key: string): Promise<void> {
    const name = `rest:${key}`;
    try {
      const before = this.#known.get(key);
      const stored = await this.#link.ask('load', name, (store) => store.load(name));
      // What was read before is not read again: what is wrong with it has been told.
      if (!before || !stored || stored.version === before.version) return;
      // A lower version is that of a record begun anew, unless this read was overtaken by another.
      if (this.#known.get(key) === before) before.version = 0;
      if (stored.version <= (this.#known.get(key)?.version ?? 0)) return;
      this.#take(key, this.#parse(stored.state, name), stored.version);
    } catch {
      // The link has told; what is known here holds here.
    }
  }

  /** Takes in a stored record, unless a later one is known, and adds what of our own is not in it. */
  #take(key: string, stored: StoredRest | undefined, version: number): void {
    const before = this.#known.get(key);
    if (!before) return;
    const known = version > before.version ? { stored, rest: stored, version } : before;
    const own = this.#unlanded.filter((each) => each.key === key);
    known.rest = own.reduce((rest, { change }) => change(rest), known.stored);
    this.#known.set(key, known);
    this.#changed();
  }

  #parse(state: unknown, name: string): StoredRest | undefined {
    try {
      return parseSharedRest(state, name);
    } catch (error) {
      if (error instanceof StoreError) this.#link.report(error);
      return undefined;
    }
  }

  #changed(): void {
    const counting = [...this.#known].flatMap(([key, { rest }]) =>
      rest && rest.failures > 0 && concernsAll(rest)
        ? [[key, { until: rest.until, firm: rest.firm, kind: rest.kind }] as const]
        : [],
    );
    this.#rests = counting.length > 0 ? Object.fromEntries(counting) : undefined;
    this.#onChange();
  }
}
