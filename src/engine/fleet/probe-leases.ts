import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';

/** How long a trial of the whole fleet may take before another process may try, in milliseconds. */
const LEASE_MS = 60_000;
/** After a refusal calls do not ask again for this long, in milliseconds. */
const REFUSED_MS = 1000;
const NEVER = Number.NEGATIVE_INFINITY;

interface Lease {
  /** Until when the store's last answer counts, on the clock's `elapsed`; `-Infinity`: there is none. */
  until: number;
  /** That answer: this process has the lease, or another one has it. */
  isOurs: boolean;
  /**
   * Until when a call of this process that is trying leaves no place for another one, of any instance; on the clock's
   * `elapsed`. It may never end, and work that a host runs elsewhere may never be reported.
   */
  takenUntil: number;
  asking: Promise<void> | undefined;
  /** When it was asked for last, on the clock's `elapsed`. */
  askedAt: number;
}

/** The leases of a fleet in which one process at a time tries a tier, one for each record of shared rests. */
export class ProbeLeases {
  readonly #store: StoreClient;
  readonly #clock: EngineClock;
  readonly #holder: string;
  readonly #patienceMs: number;
  readonly #leases = new Map<string, Lease>();

  constructor(facts: {
    store: StoreClient;
    clock: EngineClock;
    holder: string;
    /** How long an answer may take before a call goes on without it, in milliseconds. */
    patienceMs: number;
  }) {
    this.#store = facts.store;
    this.#clock = facts.clock;
    this.#holder = facts.holder;
    this.#patienceMs = facts.patienceMs;
  }

  /**
   * Asks for a lease that is not known to be here or elsewhere; the promise never rejects. `undefined`: it is known.
   */
  ask(key: string): Promise<void> | undefined {
    const lease = this.#of(key);
    if (this.#isTaken(lease) || lease.until > this.#clock.elapsed()) return undefined;
    if (lease.asking) return lease.asking;
    lease.askedAt = this.#clock.elapsed();
    lease.asking = this.#acquire(key, lease).finally(() => {
      lease.asking = undefined;
    });
    return lease.asking;
  }

  /**
   * One call at a time: true gives it the trial, until `release`. A lease is kept until a call has used it. Where the
   * answer does not come in time, a call that knows of no other holder is the trial too: a slow store must not keep
   * everybody off a tier that works.
   */
  take(key: string): boolean {
    const lease = this.#of(key);
    const now = this.#clock.elapsed();
    if (this.#isTaken(lease) || (lease.until > now && !lease.isOurs)) return false;
    const isAnswerDue = lease.asking !== undefined && now - lease.askedAt < this.#patienceMs;
    // One that was granted before and never used is as good as the answer.
    if (isAnswerDue && !lease.isOurs && !this.#store.failing) return false;
    lease.takenUntil = now + LEASE_MS;
    return true;
  }

  /** The trial has ended. */
  release(key: string): void {
    const lease = this.#leases.get(key);
    if (lease && this.#isTaken(lease)) this.#end(key, lease);
  }

  /** There is nothing to try now: a lease that was granted and not used must not keep the others away later. */
  giveBack(key: string): void {
    const lease = this.#leases.get(key);
    if (lease?.isOurs && !this.#isTaken(lease) && !lease.asking) this.#end(key, lease);
  }

  #isTaken({ takenUntil }: Lease): boolean {
    return takenUntil > this.#clock.elapsed();
  }

  #end(key: string, lease: Lease): void {
    this.#leases.delete(key);
    // One that is granted late belongs to this trial, too.
    const asked = lease.asking ?? Promise.resolve();
    void asked.then(() => {
      if (!lease.isOurs || this.#leases.get(key)?.isOurs) return;
      const name = nameOf(key);
      this.#store.ask('release', name, (store) => store.release(name, this.#holder)).catch(() => undefined);
    });
  }

  #of(key: string): Lease {
    const known = this.#leases.get(key);
    if (known) return known;
    const lease = { until: NEVER, isOurs: false, takenUntil: NEVER, asking: undefined, askedAt: 0 };
    this.#leases.set(key, lease);
    return lease;
  }

  async #acquire(key: string, lease: Lease): Promise<void> {
    const name = nameOf(key);
    const began = this.#clock.elapsed();
    try {
      lease.isOurs = await this.#store.ask('acquire', name, (store) => store.acquire(name, this.#holder, LEASE_MS));
      lease.until = lease.isOurs ? began + LEASE_MS : this.#clock.elapsed() + REFUSED_MS;
    } catch {
      // Without a store there is no fleet to agree with: this process tries by itself.
      lease.isOurs = false;
      lease.until = NEVER;
    }
  }
}

function nameOf(key: string): string {
  return `rest:${key}`;
}
