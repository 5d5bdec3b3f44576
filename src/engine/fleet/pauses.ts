import { ConfigError } from '../../core/errors.js';
import { FOREVER, type Pause, type SharedRests } from '../../core/tier/state.js';
import type { Clock } from '../../ports/clock.js';
import { announceLocal, announceRemote } from '../events/tier-events.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { Ledger, LedgerListener } from '../store/state-record.js';

type Target = { provider: string } | { all: true };

/** The pauses over everything and over the providers of a chain: states of their own, without tiers. */
export class Gates {
  readonly all: Ledger;
  readonly #providers: ReadonlyMap<string, Ledger>;
  /** Paused providers as rests; `undefined` while none is. */
  rests: SharedRests | undefined;

  constructor(facts: {
    providers: Iterable<string>;
    clock: Clock;
    emitter: FailoverEmitter;
    makeLedger: (key: string, listener: LedgerListener) => Ledger;
    onChange: () => void;
  }) {
    const { clock, emitter, makeLedger } = facts;
    const gate = (key: string, target: Target) =>
      makeLedger(key, {
        onLocal: (events) => {
          this.#changed();
          facts.onChange();
          for (const event of events) announceLocal(emitter, target, [], event, undefined);
        },
        onRemote: (before, ledger) => {
          this.#changed();
          facts.onChange();
          announceRemote(emitter, target, [], before, ledger.state, clock.now());
        },
      });
    this.all = gate('all', { all: true });
    this.#providers = new Map(
      [...new Set(facts.providers)].map((provider) => [provider, gate(`provider:${provider}`, { provider })]),
    );
  }

  /** The pause over everything. */
  get paused(): Pause | null {
    return this.all.state.paused;
  }

  /** The provider of each of them with its ledger. */
  get providers(): [provider: string, ledger: Ledger][] {
    return [...this.#providers];
  }

  get ledgers(): Ledger[] {
    return [this.all, ...this.#providers.values()];
  }

  get areTrusted(): boolean {
    return this.ledgers.every((ledger) => ledger.isTrusted);
  }

  /** Since when none of them has been read, by the clock. */
  get readAt(): number {
    return Math.min(...this.ledgers.map((ledger) => ledger.loadedAt));
  }

  /** The ledger of a target. @throws {ConfigError} the chain has no such provider */
  of(target: Target): Ledger {
    if ('all' in target) return this.all;
    const ledger = this.#providers.get(target.provider);
    if (ledger) return ledger;
    const known = [...this.#providers.keys()].join(', ');
    throw new ConfigError([{ path: 'target.provider', message: `no tier of this chain has it; known: ${known}` }]);
  }

  /** The ledger stored under `key`, if it is one of these. */
  find(key: string): Ledger | undefined {
    return this.ledgers.find((ledger) => ledger.key === key);
  }

  #changed(): void {
    const paused = [...this.#providers].filter(([, ledger]) => ledger.state.paused);
    this.rests =
      paused.length === 0
        ? undefined
        : Object.fromEntries(
            paused.map(([name]) => [`provider:${name}`, { until: FOREVER, firm: true, kind: 'paused' }]),
          );
  }
}
