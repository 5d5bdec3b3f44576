import { keyOf, tierOf, type Tier, type TierIdentity } from '../core/config.js';
import { needsPerson } from '../core/disposition.js';
import { isTierfallError } from '../core/errors.js';
import { resetsOf } from '../core/tier/rests/reset-names.js';
import { LOOK_INTERVAL_MS, restKeysOf } from '../core/tier/rests/rest.js';
import {
  concernsFleet,
  leftOf,
  NO_TROUBLES,
  type SharedTrouble,
  type SharedTroubles,
  type Span,
} from '../core/tier/rests/shared-trouble.js';
import type { SharedRest, SharedRests } from '../core/tier/state.js';
import type { StateStore } from '../ports/state-store.js';
import { parseResetCounts, parseSharedTroubles } from '../schema/stored/parse-shared-rest.js';

/** What the processes of a fleet have learnt together, as the store has it. Each record is read once. */
export class StoredRests {
  readonly #store: StateStore;
  readonly #now: () => number;
  readonly #troubles = new Map<string, Promise<SharedTroubles>>();
  #resets: Promise<Readonly<Record<string, number>>> | undefined;
  #storeNow: Promise<number | undefined> | undefined;

  constructor(store: StateStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The rests that cover tiers of an instance, by key. After a reset of it, what was known before is the others'. */
  async of(tiers: readonly TierIdentity[], resetAt = Number.NEGATIVE_INFINITY): Promise<SharedRests> {
    const rests: Record<string, SharedRest[]> = {};
    for (const identity of tiers) {
      const tier = tierOf(identity);
      for (const key of restKeysOf(tier)) {
        if (Object.hasOwn(rests, key)) continue;
        const troubles = await this.#troublesOf(key, tier, identity.fingerprint);
        const standing = troubles.filter(({ failedAt }) => failedAt > resetAt);
        rests[key] = (await Promise.all(standing.map((trouble) => this.#restsOf(trouble)))).flat();
      }
    }
    return rests;
  }

  /** What concerns all, and no reset of its provider or key has ended. */
  async #troublesOf(key: string, tier: Tier, fingerprint: string | undefined): Promise<SharedTrouble[]> {
    // What is a key's own fault is stored under its fingerprint, of which a state holds the hash.
    const isKeys = key === keyOf(tier) && fingerprint !== undefined;
    const names = isKeys ? [key, `fingerprint:${fingerprint}|${key}`] : [key];
    const found = await Promise.all(names.map((name) => this.#read(name)));
    const known = found.flatMap(({ troubles }) => troubles.filter(concernsFleet));
    if (known.length === 0) return known;
    const resets = await this.#resetsOf(key, tier);
    return known.filter((trouble) => trouble.resets >= resets);
  }

  async #restsOf({ kind, failedAt, rest, wait }: SharedTrouble): Promise<SharedRest[]> {
    const now = this.#now();
    const storeNow = await (this.#storeNow ??= this.#readClock());
    const end = (span: Span) => now + leftOf(span, now, storeNow);
    const look = needsPerson(kind) ? { nextLookAt: failedAt + LOOK_INTERVAL_MS } : {};
    const chosen: SharedRest = { until: end(rest), firm: false, kind, ...look };
    return wait ? [chosen, { until: end(wait), firm: true, kind }] : [chosen];
  }

  #read(key: string): Promise<SharedTroubles> {
    const known = this.#troubles.get(key) ?? this.#parsed(`rest:${key}`, parseSharedTroubles, NO_TROUBLES);
    this.#troubles.set(key, known);
    return known;
  }

  async #resetsOf(key: string, { provider, credential }: Tier): Promise<number> {
    this.#resets ??= this.#parsed('rest:resets', (stored, name) => parseResetCounts(stored, name).counts, {});
    const isAnyKey = key.startsWith('provider:') || key.startsWith('model:');
    return resetsOf(await this.#resets, isAnyKey || credential === undefined ? { provider } : { provider, credential });
  }

  /** What cannot be read says nothing, to a failover neither. */
  async #parsed<T>(key: string, parse: (stored: unknown, key: string) => T, none: T): Promise<T> {
    try {
      const stored = await this.#store.load(key);
      return stored ? parse(stored.state, key) : none;
    } catch (error) {
      if (isTierfallError(error, 'TIERFALL_STORE') && error.scope === 'record') return none;
      throw error;
    }
  }

  async #readClock(): Promise<number | undefined> {
    // Some servers let nobody ask for the time.
    return this.#store.now?.().catch(() => undefined);
  }
}
