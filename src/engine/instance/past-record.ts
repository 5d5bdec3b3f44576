import { alignState } from '../../core/tier/align-state.js';
import { applyOutcome } from '../../core/tier/apply-outcome.js';
import type { Outcome, State, TierState } from '../../core/tier/state.js';
import { StateRecord, type StateListener } from '../store/state-record.js';
import type { InstanceHost, PresentInstance } from './instance-host.js';

/**
 * The state of an instance for calls that began before the chain was changed: the present one, mapped to their chain.
 * What they find out goes to the present one; of tiers that the chain in force lacks only they themselves know.
 */
export class PastRecord extends StateRecord {
  readonly #host: InstanceHost;
  readonly #of: { readonly name: string; changed(): void };
  readonly #next: PresentInstance;
  /** What was found out about tiers that the chain in force lacks. */
  readonly #own = new Map<number, TierState>();
  #mapped: { from: State; state: State } | undefined = undefined;

  /** @param of whose state it is @param next the instance in the chain that took its place */
  constructor(
    host: InstanceHost,
    of: StateListener & { readonly name: string; readonly stateRecord: StateRecord; changed(): void },
    next: PresentInstance,
  ) {
    const { config, store, clock } = host;
    super(`instance:${of.name}`, { config, store, clock, initial: of.stateRecord.state, listener: of });
    this.#host = host;
    this.#of = of;
    this.#next = next;
  }

  get #present(): PresentInstance {
    return this.#host.presentOf(this.#of) ?? this.#next;
  }

  override get state(): State {
    const from = this.#present.stateRecord.state;
    if (this.#mapped?.from !== from) this.#mapped = { from, state: this.#map(from) };
    return this.#mapped.state;
  }

  /** Nothing but the outcome of a call changes it. */
  override apply(): undefined {
    return undefined;
  }

  /** Takes in how an attempt ended that began under this chain. */
  record(outcome: Outcome & { tier: number }, now: number, session: string | undefined): void {
    const { config } = this.#host;
    const place = this.#host.placeNow(outcome.tier);
    if (place >= 0) return this.#present.record({ ...outcome, tier: place }, now, session);
    const { state } = applyOutcome(this.state, outcome, config, now);
    state.tiers.forEach((tier, index) => {
      if (this.#host.placeNow(index) < 0) this.#own.set(index, tier);
    });
    this.#mapped = undefined;
  }

  #map(from: State): State {
    const { config, clock } = this.#host;
    const { state } = alignState(from, config, clock.now());
    return { ...state, tiers: state.tiers.map((tier, index) => this.#own.get(index) ?? tier) };
  }
}
