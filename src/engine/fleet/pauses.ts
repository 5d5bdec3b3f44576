import { isMonitors, pauseEnd, standingPause, standingPauses } from '../../core/tier/rests/standing-pauses.js';
import { FOREVER, type Pause, type SharedRests, type State } from '../../core/tier/state.js';
import type { Clock } from '../../ports/clock.js';
import { announceLocal, announceRemote, type NamedTiers } from '../events/tier-events.js';
import type { FailoverEmitter } from '../events/emitter.js';
import { Availability, losesCalls } from '../recovery/availability.js';
import type { StateListener, StateRecord } from '../store/state-record.js';

type Target = { provider: string } | { all: true };

const NO_TIERS: NamedTiers = { ids: [], names: [] };

/**
 * The pauses over everything and over providers: states of their own, without tiers. Those of the chain's providers are
 * followed; any other provider is known only from when an operator names it.
 */
export class Pauses {
  readonly all: StateRecord;
  #providers: ReadonlyMap<string, StateRecord>;
  readonly #others = new Map<string, StateRecord>();
  readonly #make: (provider: string) => StateRecord;
  readonly #clock: Clock;
  /** Paused providers as rests; `undefined` while none is. */
  rests: SharedRests | undefined;

  constructor(facts: {
    providers: Iterable<string>;
    clock: Clock;
    emitter: FailoverEmitter;
    /** What cannot be called at present. */
    lost: Set<Availability>;
    makeRecord: (key: string, listener: StateListener) => StateRecord;
    onChange: () => void;
  }) {
    const { clock, emitter, makeRecord } = facts;
    const everything = new Availability({
      host: facts,
      target: { all: true },
      availableAt: (now) => this.pausedUntil(now),
    });
    const pausable = (key: string, target: Target, availability?: Availability) => {
      /** What is read first is no change to the record. */
      let known: State | undefined;
      return makeRecord(key, {
        onLocal: (events) => {
          this.#changed();
          emitter.inOrder(() => {
            for (const event of events) announceLocal(emitter, target, NO_TIERS, event, undefined);
            if (events.some(({ type }) => type === 'paused')) availability?.lose('local');
            if (availability) known = this.all.state;
            availability?.check('local');
            facts.onChange();
          });
        },
        onRemote: (before, record) => {
          this.#changed();
          emitter.inOrder(() => {
            announceRemote(emitter, target, [], before, record.state, clock.now());
            if (losesCalls(known, record.state)) availability?.lose('remote');
            known = record.state;
            availability?.check('remote');
            facts.onChange();
          });
        },
      });
    };
    this.#clock = clock;
    this.#make = (provider) => pausable(`provider:${provider}`, { provider });
    this.all = pausable('all', { all: true }, everything);
    this.#providers = new Map([...new Set(facts.providers)].map((provider) => [provider, this.#make(provider)]));
  }

  /** The chain was changed: these are its providers from now on. */
  follow(providers: Iterable<string>): void {
    const before = this.#providers;
    this.#providers = new Map([...new Set(providers)].map((provider) => [provider, this.of({ provider })]));
    for (const provider of this.#providers.keys()) this.#others.delete(provider);
    for (const [provider, record] of before) {
      if (!this.#providers.has(provider)) this.#others.set(provider, record);
    }
    this.#changed();
  }

  /** The pause over everything. */
  get paused(): Pause | null {
    return standingPause(this.all.state, this.#clock.now());
  }

  /** Keys of the chain's providers. */
  get providerKeys(): string[] {
    return [...this.#providers.values()].map(({ key }) => key);
  }

  /** The standing pauses of the chain's providers. */
  get pausedProviders(): { provider: string; pause: Pause }[] {
    const now = this.#clock.now();
    return [...this.#providers].flatMap(([provider, { state }]) => {
      const pause = standingPause(state, now);
      return pause ? [{ provider, pause }] : [];
    });
  }

  /** Every provider of the chain is paused by a health monitor: nothing is left to ask. One of these pauses. */
  get everywhere(): Pause | undefined {
    if (!this.rests) return undefined;
    const pauses = [...this.#providers.keys()].map((provider) => this.standingOf({ provider }));
    return pauses.every((each) => each.length > 0 && each.every(isMonitors)) ? pauses[0]?.[0] : undefined;
  }

  /** Every pause of everything that stands. */
  get standing(): Pause[] {
    const { state } = this.all;
    return state.paused ? standingPauses(state, this.#clock.now()) : [];
  }

  /** Every pause of a target that stands. */
  standingOf(target: Target): Pause[] {
    return standingPauses(this.of(target).state, this.#clock.now());
  }

  /** When the pauses over everything end; `now` where there is none, `null` where nobody knows. */
  pausedUntil(now: number): number | null {
    const standing = standingPauses(this.all.state, now);
    return standing.length === 0 ? now : pauseEnd(standing);
  }

  /** Of everything and of the chain's providers. */
  get records(): StateRecord[] {
    return [this.all, ...this.#providers.values()];
  }

  /** Of providers that only an operator has named. */
  get others(): Iterable<StateRecord> {
    return this.#others.values();
  }

  /** The record of a target. An operator need not know the chain: the provider may be one that it lacks. */
  of(target: Target): StateRecord {
    if ('all' in target) return this.all;
    const { provider } = target;
    const known = this.#providers.get(provider) ?? this.#others.get(provider);
    if (known) return known;
    const record = this.#make(provider);
    this.#others.set(provider, record);
    return record;
  }

  /** The record stored under `key`, if it is one of these. */
  find(key: string): StateRecord | undefined {
    return [...this.records, ...this.#others.values()].find((record) => record.key === key);
  }

  #changed(): void {
    const now = this.#clock.now();
    // A call that began under another chain may still come to a provider that the present one lacks.
    const rests = [...this.#providers, ...this.#others].flatMap(([name, { state }]) => {
      const standing = state.paused ? standingPauses(state, now) : [];
      if (standing.length === 0) return [];
      const until = pauseEnd(standing) ?? FOREVER;
      return [[`provider:${name}`, { until, firm: true, kind: 'paused' }] as const];
    });
    this.rests = rests.length === 0 ? undefined : Object.fromEntries(rests);
  }
}
