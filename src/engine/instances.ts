import type { Instance } from './instance/instance.js';

/** After so many new instances those nobody has used meanwhile are let go. */
const SWEEP_AFTER = 10_000;

/** The instances of one failover, by name. One that is idle is let go: its state is in the store. */
export class Instances {
  readonly #byName = new Map<string, Instance>();
  readonly #isIdle: (instance: Instance) => boolean;
  /** Instances added so far. */
  #added = 0;

  constructor(facts: {
    /** Nothing would be lost if this instance were let go. */
    isIdle: (instance: Instance) => boolean;
  }) {
    this.#isIdle = facts.isIdle;
  }

  /** The instance of this name, if there is one in memory. */
  get(name: string): Instance | undefined {
    return this.#byName.get(name);
  }

  add(instance: Instance): void {
    if (++this.#added % SWEEP_AFTER === 0) this.#letIdleGo();
    this.#byName.set(instance.name, instance);
  }

  values(): Iterable<Instance> {
    return this.#byName.values();
  }

  clear(): void {
    this.#byName.clear();
  }

  /** Lets go of the instances that nobody has used since the last sweep. */
  #letIdleGo(): void {
    for (const instance of this.#byName.values()) {
      if (!instance.used && this.#isIdle(instance)) this.#byName.delete(instance.name);
      instance.used = false;
    }
  }
}
