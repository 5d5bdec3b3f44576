import type { Tier } from '../core/config.js';
import { applyOutcome } from '../core/tier/apply-outcome.js';
import { restEnd } from '../core/tier/rest.js';
import type { Outcome, State } from '../core/tier/state.js';
import type { TierName } from '../ports/failover.js';
import { announceLocal, announceRemote } from './announce.js';
import type { Engine } from './engine.js';
import type { Ledger, LedgerListener } from './ledger.js';

/** How long one caller may keep the probe of a tier that has not answered yet; then another may try. */
const PROBE_LAPSE_MS = 60_000;

/** One instance as this process knows it: its ledger, the way a healthy call takes, and who is probing. */
export class Instance<T extends Tier = Tier> {
  readonly name: string;
  readonly ledger: Ledger;
  readonly names: readonly TierName[];
  readonly ids: readonly string[];
  readonly #engine: Engine<T>;
  /** Until when calls can go straight to `directIndex`, and its success changes nothing. */
  directUntil = 0;
  directIndex = 0;
  usedAt = 0;
  readonly #probes = new Map<number, number>();
  #exhausted = false;
  #tokens = { startAt: 0, count: 0 };

  constructor(name: string, engine: Engine<T>, makeLedger: (listener: LedgerListener) => Ledger) {
    this.name = name;
    this.#engine = engine;
    this.names = engine.tierNames;
    this.ids = engine.ids;
    this.ledger = makeLedger({
      onLocal: (_ledger, _before, events, session) => {
        this.changed();
        for (const event of events) {
          if (event.type === 'tier-recovered' || event.type === 'reset') this.#exhausted = false;
          announceLocal(engine.emitter, name, this.names, event, session);
        }
      },
      onRemote: (ledger, before) => {
        this.changed();
        announceRemote(engine.emitter, name, this.names, before, ledger.state, engine.clock.now());
      },
    });
    this.changed();
  }

  /** Works out anew whether calls can take the direct way. Called after every change of what it depends on. */
  changed(): void {
    const { state } = this.ledger;
    this.directIndex = state.tier;
    this.directUntil = this.#engine.paused || this.#engine.rests ? 0 : directUntil(state);
  }

  record(outcome: Outcome, now: number, session?: string): void {
    this.ledger.apply((state) => applyOutcome(state, outcome, this.#engine.config, now), session);
  }

  /** Takes the one place at a tier that has yet to answer. */
  claimProbe(index: number, now: number): boolean {
    if ((this.#probes.get(index) ?? 0) > now) return false;
    this.#probes.set(index, now + PROBE_LAPSE_MS);
    return true;
  }

  releaseProbe(index: number): void {
    this.#probes.delete(index);
  }

  /** Tokens this process counted in the window that began at `startAt`, these included. */
  countTokens(startAt: number, tokens: number): number {
    const before = this.#tokens.startAt === startAt ? this.#tokens.count : 0;
    this.#tokens = { startAt, count: before + tokens };
    return this.#tokens.count;
  }

  /** True once per time the chain is used up, until a tier has answered again. */
  becameExhausted(): boolean {
    if (this.#exhausted) return false;
    this.#exhausted = true;
    return true;
  }

  /** Nothing would be lost if it were let go: the store has it, or (a private store) nothing ever happened. */
  isIdle(privateStore: boolean): boolean {
    return privateStore ? this.ledger.isPristine : !this.ledger.hasPending;
  }
}

function directUntil(state: State): number {
  const tier = state.tiers[state.tier];
  if (!tier || state.paused || state.returnedFrom !== null) return 0;
  if (tier.failures > 0 || tier.restUntil !== null || tier.retryAfterUntil !== null || tier.heldUntil !== null)
    return 0;
  let until = Number.POSITIVE_INFINITY;
  for (const better of state.tiers.slice(0, state.tier)) until = Math.min(until, restEnd(better));
  return until;
}
