import { identityOf, tierOf, type FailoverConfig, type Tier, type TierIdentity } from '../core/config.js';
import { isTierfallError } from '../core/errors.js';
import { strongestPause } from '../core/tier/rests/standing-pauses.js';
import { FOREVER, initialState, type Pause, type SharedRests, type State } from '../core/tier/state.js';
import { activePauses, viewInstance, type InstanceView } from '../core/view/instance-view.js';
import type { StateStore } from '../ports/state-store.js';
import { parseConfig } from '../schema/parse-config.js';
import { parseState } from '../schema/stored/parse-state.js';
import { StoredRests } from './stored-rests.js';

/** Stands for a chain where none is stored yet: the process that uses the instance brings its own. */
const NO_CHAIN: readonly Tier[] = [{ provider: 'unknown', model: 'unknown' }];
/** Instances that are read at the same time. */
const AT_ONCE = 16;
/** Instances that are looked through for a name. */
const MOST_READ = 1000;

/** What a store says of its instances, read without a chain: each state names the tiers it was made for. */
export class StoredInstances {
  readonly #store: StateStore;
  readonly #now: () => number;
  readonly #pauses = new Map<string, Pause[]>();
  readonly #shared: StoredRests;

  constructor(store: StateStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#shared = new StoredRests(store, now);
  }

  /** The stored state of an instance; `undefined`: nothing was ever stored of it. */
  async state(name: string): Promise<State | undefined> {
    const key = `instance:${name}`;
    const stored = await this.#store.load(key);
    return stored && parseState(stored.state, key);
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const name of this.#store.instances()) names.push(name);
    return names.sort((one, other) => (one < other ? -1 : 1));
  }

  /** What an operator sees of an instance; `undefined`: nothing was ever stored of it. */
  async view(name: string): Promise<InstanceView | undefined> {
    const state = await this.#readable(name);
    if (!state) return undefined;
    const config = configOf(chainOf(state));
    const now = this.#now();
    const pausedAll = await this.pauses('all');
    return viewInstance({ name, state, config, now, pausedAll, rests: await this.#rests(state, config) });
  }

  async views(): Promise<InstanceView[]> {
    const names = await this.names();
    const views: InstanceView[] = [];
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const group = await Promise.all(names.slice(start, start + AT_ONCE).map((name) => this.view(name)));
      views.push(...group.filter((view) => view !== undefined));
    }
    return views;
  }

  /** Pauses stored under `all` or `provider:<name>`. */
  async pauses(key: string): Promise<Pause[]> {
    const known = this.#pauses.get(key);
    if (known) return known;
    const stored = await this.#store.load(key);
    const pauses = stored ? parseState(stored.state, key).pauses : [];
    this.#pauses.set(key, pauses);
    return pauses;
  }

  /** A chain to operate an instance with: the one its state was made for, else that of any other. */
  async chainFor(name: string): Promise<readonly Tier[]> {
    const state = await this.state(name).catch(() => undefined);
    if (state) return chainOf(state);
    for await (const other of this.#store.instances()) {
      const known = await this.state(other).catch(() => undefined);
      if (known) return chainOf(known);
    }
    return NO_CHAIN;
  }

  /** Providers of the instances read so far that are paused, with the strongest pause of each. */
  pausedProviders(): { provider: string; pause: Pause }[] {
    const paused: { provider: string; pause: Pause }[] = [];
    for (const [key, pauses] of this.#pauses) {
      const pause = strongestPause(activePauses(pauses, this.#now()));
      if (pause && key.startsWith('provider:')) paused.push({ provider: key.slice('provider:'.length), pause });
    }
    return paused;
  }

  /** False when instances are stored, and none of the first thousand has a tier of this provider. */
  async mayHaveProvider(provider: string): Promise<boolean> {
    let count = 0;
    for await (const name of this.#store.instances()) {
      const state = await this.state(name).catch(() => undefined);
      if (!state || count++ >= MOST_READ) return true;
      if (chainOf(state).some((tier) => tier.provider === provider)) return true;
    }
    return count === 0;
  }

  /** A stored state, or one that says that it cannot be read: the others are to be shown all the same. */
  async #readable(name: string): Promise<State | undefined> {
    const key = `instance:${name}`;
    try {
      const stored = await this.#store.load(key);
      return stored && parseState(stored.state, key);
    } catch (error) {
      if (isTierfallError(error, 'TIERFALL_STORE') && error.scope !== 'record') throw error;
      return { ...initialState({ chain: NO_CHAIN }), lastFailureKind: 'unreadable' };
    }
  }

  /** Rests from outside the instance: what the fleet has learnt, and paused providers. */
  async #rests(state: State, config: FailoverConfig): Promise<SharedRests> {
    const now = this.#now();
    const rests: Record<string, SharedRests[string]> = await this.#shared.of(identitiesOf(state), state.resetAt);
    for (const provider of new Set(config.chain.map((tier) => tier.provider))) {
      const pauses = activePauses(await this.pauses(`provider:${provider}`), now);
      if (pauses.length === 0) continue;
      const until = Math.max(...pauses.map((pause: Pause & { until?: number }) => pause.until ?? FOREVER));
      const key = `provider:${provider}`;
      rests[key] = [rests[key] ?? [], { until, firm: true, kind: 'paused' }].flat();
    }
    return rests;
  }
}

/** The tiers a state was made for. */
export function chainOf(state: State): readonly Tier[] {
  const { identities } = state as { identities?: TierIdentity[] };
  if (identities && identities.length > 0) return identities.map(tierOf);
  const chain = state.ids.map((id) => {
    const slash = id.indexOf('/');
    return { provider: id.slice(0, slash), model: id.slice(slash + 1) };
  });
  return chain.length > 0 ? chain : NO_CHAIN;
}

function identitiesOf(state: State): readonly TierIdentity[] {
  const { identities = [] } = state as { identities?: TierIdentity[] };
  return identities.length > 0 ? identities : chainOf(state).map(identityOf);
}

function configOf(chain: readonly Tier[]): FailoverConfig {
  return parseConfig({ chain }).config;
}
