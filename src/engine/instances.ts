import type { Instance } from './instance/instance.js';

/** How long an instance counts as served lately, in milliseconds. */
const SERVED_LATELY_MS = 3_600_000;

/** After so many new instances those nobody has used meanwhile are dropped. */
const SWEEP_AFTER = 10_000;

/** The instances of one failover, by name. One that is idle is dropped: its state is in the store. */
export class Instances {
  readonly #byName = new Map<string, Instance>();
  readonly #canDrop: (instance: Instance) => boolean;
  readonly #onDropped: (instance: Instance) => void;
  /** How many uses were seen of an instance, and when there had last been more, on the clock's `elapsed`. */
  readonly #seen = new WeakMap<Instance, { uses: number; at: number }>();
  /** Instances added so far. */
  #added = 0;

  constructor(facts: {
    /** Nothing would be lost if this instance were dropped, and no call of it is under way. */
    canDrop: (instance: Instance) => boolean;
    onDropped: (instance: Instance) => void;
  }) {
    this.#canDrop = facts.canDrop;
    this.#onDropped = facts.onDropped;
  }

  /** The instance of this name, if there is one in memory. */
  get(name: string): Instance | undefined {
    return this.#byName.get(name);
  }

  add(instance: Instance): void {
    if (++this.#added % SWEEP_AFTER === 0) this.#dropIdle();
    this.#byName.set(instance.name, instance);
  }

  values(): Iterable<Instance> {
    return this.#byName.values();
  }

  /**
   * Names of at most `limit` instances that were used in the last hour. Use is seen only when somebody asks, so that a
   * call has nothing to note: an instance may stay on the list for longer, never for less.
   */
  served(elapsed: number, limit: number): string[] {
    const names: string[] = [];
    for (const instance of this.#byName.values()) {
      const before = this.#seen.get(instance);
      const seen = before?.uses === instance.uses ? before : { uses: instance.uses, at: elapsed };
      this.#seen.set(instance, seen);
      if (names.length < limit && seen.at >= elapsed - SERVED_LATELY_MS) names.push(instance.name);
    }
    return names;
  }

  /** Drops one instance, used or not. */
  drop(instance: Instance): void {
    if (this.#byName.get(instance.name) === instance) this.#byName.delete(instance.name);
    instance.drop();
    this.#onDropped(instance);
  }

  clear(): void {
    this.#byName.clear();
  }

  /** Drops the instances that nobody has used since the last sweep. */
  #dropIdle(): void {
    for (const instance of this.#byName.values()) {
      if (instance.uses === instance.usesBefore && this.#canDrop(instance)) this.drop(instance);
      instance.usesBefore = instance.uses;
    }
  }
}
