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
  /** When an instance was last seen to be used, by the clock of who asked. */
  readonly #servedAt = new WeakMap<Instance, number>();
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
  served(now: number, limit: number): string[] {
    const names: string[] = [];
    for (const instance of this.#byName.values()) {
      if (instance.used) this.#servedAt.set(instance, now);
      if (names.length < limit && this.#wasServed(instance, now - SERVED_LATELY_MS)) names.push(instance.name);
      // The sweep is told by `#servedAt`.
      instance.used = false;
    }
    return names;
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

  #wasServed(instance: Instance, since: number): boolean {
    const at = this.#servedAt.get(instance);
    return at !== undefined && at >= since;
  }

  /** Drops the instances that nobody has used since the last sweep. */
  #dropIdle(): void {
    for (const instance of this.#byName.values()) {
      if (!instance.used && !this.#servedAt.has(instance) && this.#canDrop(instance)) this.drop(instance);
      this.#servedAt.delete(instance);
      instance.used = false;
    }
  }
}
