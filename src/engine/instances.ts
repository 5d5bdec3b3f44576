import type { Instance } from './instance/instance.js';

/** After so many new instances those nobody has used meanwhile are dropped. */
const SWEEP_AFTER = 10_000;

/** The instances of one failover, by name. One that is idle is dropped: its state is in the store. */
export class Instances {
  readonly #byName = new Map<string, Instance>();
  readonly #canDrop: (instance: Instance) => boolean;
  readonly #onDropped: (instance: Instance) => void;
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

  /** Drops one instance, used or not. */
  drop(instance: Instance): void {
    if (this.#byName.get(instance.name) === instance) this.#byName.delete(instance.name);
    instance.isDropped = true;
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
