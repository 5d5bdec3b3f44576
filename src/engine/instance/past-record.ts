import { isSamePair } from '../../core/config.js';
import { alignState } from '../../core/tier/transitions/align-state.js';
import { failAbsent } from '../../core/tier/transitions/fail-absent.js';
import type { FailedOutcome, Outcome, State } from '../../core/tier/state.js';
import { StateRecord, type StateListener } from '../store/state-record.js';
import type { InstanceHost, PresentInstance } from './instance-host.js';

/**
 * The state of an instance for calls that began before the chain was changed: the present one, mapped to their chain.
 * What they find out goes to the present one, which keeps what it learns of tiers that the chain in force lacks.
 */
export class PastRecord extends StateRecord {
  readonly #host: InstanceHost;
  readonly #of: { readonly name: string; changed(): void };
  readonly #next: PresentInstance;
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
    const place = this.#host.placeNow(outcome.tier);
    if (place >= 0) this.#present.record({ ...outcome, tier: place }, now, session);
    else if (!outcome.ok) this.#recordAbsent(outcome, now, session);
  }

  /** The chain in force lacks the tier that failed. */
  #recordAbsent(outcome: FailedOutcome, now: number, session: string | undefined): void {
    const { chain } = this.#host.config;
    const { config, sharedRests } = this.#host.latest;
    const tier = chain[outcome.tier]!;
    const lacking = chain.filter((_, index) => this.#host.placeNow(index) < 0);
    const failed = { ...outcome, tier: config.chain.length + lacking.indexOf(tier) };
    const { stateRecord } = this.#present;
    const changed = stateRecord.apply((state) => failAbsent(state, failed, lacking, config, now), session);
    const own = changed?.value.absent.find((each) => isSamePair(each, tier) && each.lastFailureAt === now);
    if (own) sharedRests?.learn(this.#of.name, outcome, tier, now, own);
  }

  #map(from: State): State {
    const { config, clock } = this.#host;
    return alignState(from, config, clock.now()).state;
  }
}
