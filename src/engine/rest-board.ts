import type { FailoverConfig } from '../core/config.js';
import { StoreError } from '../core/errors.js';
import { clampTime, cooldownMs } from '../core/tier/ladder.js';
import { concernsAll, sharedRestKey, sharedRestKeys, witnessesNeeded } from '../core/tier/shared-rest.js';
import type { Outcome, SharedRest, State } from '../core/tier/state.js';
import type { Clock } from '../ports/clock.js';
import { SHARED_REST_SCHEMA, parseSharedRest, type StoredRest } from '../schema/parse-shared-rest.js';
import type { StoreLink } from './store-link.js';

/** How long a probe of the whole fleet may take before another process may try, in milliseconds. */
const LEASE_MS = 60_000;
/** Lost races for one record before it is left to the others, who are writing the same. */
const MAX_CONFLICTS = 8;
/** Changes kept while the store is away; beyond it the oldest are let go, as the rests they are about end anyway. */
const MAX_UNLANDED = 200;

type Change = (rest: StoredRest | undefined) => StoredRest | undefined;

interface Known {
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
  readonly #holder: string;
  readonly #onChange: () => void;
  readonly #known = new Map<string, Known>();
  /** Until when this process may probe, by record; `asking` while the store has not answered. */
  readonly #leases = new Map<string, number | 'asking'>();
  #unlanded: { key: string; change: Change }[] = [];
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
    this.#holder = facts.holder;
    this.#onChange = facts.onChange;
    for (const key of sharedRestKeys(facts.config.chain)) this.#known.set(key, { rest: undefined, version: 0 });
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
    const unlanded = this.#unlanded.splice(0);
    await this.load();
    for (const { key, change } of unlanded) await this.#land(key, change);
  }

  /** Takes in what an instance has just met, where it concerns others too. */
  learn(instance: string, outcome: Extract<Outcome, { ok: false }>, index: number, state: State): void {
    const tier = this.#config.chain[index];
    const failed = state.tiers[index];
    const wait = failed?.retryAfterUntil ?? 0;
    if (!tier || !failed?.restUntil || witnessesNeeded(outcome.kind, wait > 0) === null) return;
    const key = sharedRestKey(tier, outcome.scope);
    const now = this.#clock.now();
    const { restUntil } = failed;
    this.#change(key, (known) => {
      const running = known && known.failures > 0 ? known : undefined;
      // Those who failed together saw one failure; a later one climbs the ladder for all.
      const failures = running && running.until > now ? running.failures : (running?.failures ?? 0) + 1;
      const rung = failures > 1 ? clampTime(now + cooldownMs(outcome.kind, failures, this.#config.policy)) : 0;
      const seenBy = [...new Set([...(running?.seenBy ?? []), instance])].slice(0, 2);
      const until = Math.max(running?.until ?? 0, restUntil, rung);
      const firm = wait > now || (running?.firm === true && running.until > now);
      return { schema: SHARED_REST_SCHEMA, until, firm, kind: outcome.kind, failedAt: now, failures, seenBy };
    });
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
    const now = this.#clock.now();
    const keys = this.#unproven(index);
    const key = keys[0] ?? this.#keysOf(index)[0];
    // Once one of the fleet has had an answer there is nothing left to find out for the others.
    if (key === undefined || (keys.length === 0 && this.#isProven(index))) return true;
    const lease = this.#leases.get(key);
    if (typeof lease === 'number' && lease > now) {
      // One call a lease: it is taken up here and comes back with `release`.
      this.#leases.set(key, 0);
      return true;
    }
    if (lease !== 'asking') void this.#ask(key);
    return false;
  }

  release(index: number): void {
    for (const key of this.#keysOf(index)) {
      if (this.#leases.get(key) !== 0) continue;
      this.#leases.delete(key);
      const name = `rest:${key}`;
      this.#link.ask('release', name, (store) => store.release(name, this.#holder)).catch(() => undefined);
    }
  }

  async #ask(key: string): Promise<void> {
    this.#leases.set(key, 'asking');
    const name = `rest:${key}`;
    const now = this.#clock.now();
    try {
      const granted = await this.#link.ask('acquire', name, (store) => store.acquire(name, this.#holder, LEASE_MS));
      if (granted) this.#leases.set(key, now + LEASE_MS);
      else this.#leases.delete(key);
    } catch {
      // Without a store there is no fleet to agree with: this process tries by itself.
      this.#leases.set(key, now + LEASE_MS);
    }
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
    const known = this.#known.get(key);
    if (!known) return;
    known.rest = change(known.rest);
    this.#changed();
    void this.#land(key, change);
  }

  async #land(key: string, change: Change): Promise<void> {
    const name = `rest:${key}`;
    try {
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
        const stored = await this.#link.ask('load', name, (store) => store.load(name));
        const present = stored ? this.#parse(stored.state, name) : undefined;
        const next = change(present);
        if (!next || JSON.stringify(next) === JSON.stringify(present)) return;
        const version = stored?.version ?? 0;
        const result = await this.#link.ask('commit', name, (store) => store.commit(name, version, { ...next }, []));
        if (result.ok) return this.#take(key, { rest: next, version: result.version });
      }
    } catch {
      // The link has told; what is known here holds here, and is written when the store is back.
      this.#unlanded = [...this.#unlanded, { key, change }].slice(-MAX_UNLANDED);
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
      this.#take(key, { rest: this.#parse(stored.state, name), version: stored.version });
    } catch {
      // The link has told; what is known here holds here.
    }
  }

  #take(key: string, known: Known): void {
    if (known.version <= (this.#known.get(key)?.version ?? 0)) return;
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
