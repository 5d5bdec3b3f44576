import type { FailoverConfig } from '../../core/config.js';
import { isSpread, nextTier, poolOf } from '../../core/tier/pool.js';
import { coveringRest } from '../../core/tier/rests/rest.js';
import type { LedgerEvent, SharedRests, State } from '../../core/tier/state.js';
import type { Random } from '../../ports/clock.js';
import type { Place } from './place.js';
import { Probes } from './probes.js';
import { isReturn, ReturnPacing } from './return-pacing.js';
import type { SlowStart } from './slow-start.js';

/**
 * How the calls of one instance come back to better tiers. Most instances never need one. Times are on the clock's
 * `elapsed`: what was chosen by a wall clock that is set back afterwards would hold for as long as it was set back.
 */
export class Recovery {
  readonly #config: FailoverConfig;
  readonly #random: Random;
  readonly #probes: Probes;
  readonly #pacing: ReturnPacing;
  /** Tiers that rests of the fleet keep this instance off, and the kind of trouble. */
  #covered: ReadonlyMap<number, string> = new Map();
  /** Places of work a host runs elsewhere, by tier, until it reports an end. */
  readonly #reserved = new Map<number, Place[]>();

  constructor(facts: {
    config: FailoverConfig;
    ids: readonly string[];
    random: Random;
    /** Called when the trial of a tier has ended. */
    onProbeReleased: (index: number) => void;
  }) {
    this.#config = facts.config;
    this.#random = facts.random;
    this.#probes = new Probes(facts.onProbeReleased);
    this.#pacing = new ReturnPacing(facts.ids);
  }

  /** True for events that need a `Recovery` to follow them. */
  static isNeededFor(events: readonly LedgerEvent[]): boolean {
    return events.some(isReturn);
  }

  /** A return to a better tier that is under way. */
  get slowStart(): SlowStart | undefined {
    return this.#pacing.slowStart;
  }

  endSlowStart(): void {
    this.#pacing.end();
  }

  /** An operator has reset the instance: nothing holds it back any more. */
  reset(): void {
    this.#covered = new Map();
    this.#pacing.reset();
  }

  follow(events: readonly LedgerEvent[], now: number): void {
    this.#pacing.follow(events, now);
  }

  /**
   * Compares what rests of the fleet cover now with what they covered before.
   *
   * @param ended what ended at a tier since the last time, also if it began after that
   */
  followFleet(
    rests: SharedRests | undefined,
    state: State,
    now: number,
    ended: (index: number) => { kind: string; at: number } | undefined,
  ): void {
    const { chain } = this.#config;
    const before = this.#covered;
    const end = isSpread(chain[state.tier]) ? poolOf(chain, state.tier).to : state.tier + 1;
    const after = new Map<number, string>();
    for (let index = 0; index < end; index++) {
      const tier = chain[index];
      const rest = tier && coveringRest(tier, rests);
      if (rest) after.set(index, rest.kind);
    }
    this.#covered = after;
    for (const [index, kind] of after) if (!before.has(index)) this.#pacing.covered(index, kind, now);
    for (let index = 0; index < end; index++) {
      const missed = before.has(index) || after.has(index) ? undefined : ended(index);
      if (missed)
        this.#pacing.uncovered({ index, ...missed, otherwise: undefined, chance: this.#random(), now: missed.at });
    }
    for (const [index, kind] of before) {
      if (after.has(index)) continue;
      const next = nextTier(chain, index, () => true);
      // To a key of a pool in which none is better nobody returns from another one.
      const otherwise = index === state.tier && next >= 0 && !isSpread(chain[index]) ? next : undefined;
      this.#pacing.uncovered({ index, otherwise, kind, chance: this.#random(), now });
    }
  }

  /** True while this instance leaves a tier that another one of the fleet found to work to those that come first. */
  waitsToJoin(index: number, now: number): boolean {
    return this.#pacing.joinsAt(index) > now;
  }

  /** This instance itself found that the tier works. */
  joined(index: number): void {
    this.#pacing.joined(index);
  }

  /** True when a failure of the tier now comes before its return has lasted long enough to count as one. */
  isRelapse(index: number, kind: string): boolean {
    return this.#pacing.isRelapse(index, kind);
  }

  /** @param isKnownToWork another instance of the fleet has had an answer: more than one call may try */
  isProbeTaken(index: number, now: number, isKnownToWork: boolean): boolean {
    return this.#probes.isTaken(index, now, isKnownToWork ? this.#pacing.places(index, now) : 1);
  }

  takeProbe(index: number, now: number): Place {
    return this.#probes.take(index, now);
  }

  /** Keeps the place of work that a host runs elsewhere: only the host knows when it ends. */
  reserve(place: Place, isProbe: boolean): void {
    // A tier has one trial at a time: an earlier one that was never reported has lapsed.
    const places = isProbe ? [] : (this.#reserved.get(place.index) ?? []);
    this.#reserved.set(place.index, [...places, place]);
  }

  /** A host reports an end: gives back one place at the tier. Work that was begun without one gives none back. */
  release(index: number, answered: boolean, now: number): void {
    const place = this.#reserved.get(index)?.shift();
    if (answered) place?.answered(now);
    else place?.end(now);
  }
}
