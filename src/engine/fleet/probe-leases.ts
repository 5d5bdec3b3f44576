import type { Clock } from '../../ports/clock.js';
import type { StoreClient } from '../store/store-client.js';

/** How long a probe of the whole fleet may take before another process may try, in milliseconds. */
const LEASE_MS = 60_000;

/** What the store granted this process. */
interface Lease {
  readonly until: number;
  /** One of its calls is probing: there is no place for another, of whichever instance. */
  isTaken: boolean;
}

/** The leases of a fleet that sends one probe: asked for in the background, one a record of shared rests. */
export class ProbeLeases {
  readonly #store: StoreClient;
  readonly #clock: Clock;
  readonly #holder: string;
  /** By record; `asking` while the store has not answered. */
  readonly #leases = new Map<string, Lease | 'asking'>();

  constructor(facts: { store: StoreClient; clock: Clock; holder: string }) {
    this.#store = facts.store;
    this.#clock = facts.clock;
    this.#holder = facts.holder;
  }

  /** One call a lease: true takes it up, and it comes back with `giveBack`. Where there is none it is asked for. */
  take(key: string): boolean {
    const lease = this.#leases.get(key);
    if (lease === 'asking') return false;
    if (!lease || lease.until <= this.#clock.now()) {
      void this.#ask(key);
      return false;
    }
    const isFree = !lease.isTaken;
    lease.isTaken = true;
    return isFree;
  }

  giveBack(key: string): void {
    const lease = this.#leases.get(key);
    if (lease === 'asking' || !lease?.isTaken) return;
    this.#leases.delete(key);
    const name = `rest:${key}`;
    this.#store.ask('release', name, (store) => store.release(name, this.#holder)).catch(() => undefined);
  }

  async #ask(key: string): Promise<void> {
    this.#leases.set(key, 'asking');
    const name = `rest:${key}`;
    const now = this.#clock.now();
    try {
      const granted = await this.#store.ask('acquire', name, (store) => store.acquire(name, this.#holder, LEASE_MS));
      if (granted) this.#leases.set(key, { until: now + LEASE_MS, isTaken: false });
      else this.#leases.delete(key);
    } catch {
      // Without a store there is no fleet to agree with: this process tries by itself.
      this.#leases.set(key, { until: now + LEASE_MS, isTaken: false });
    }
  }
}
