import type { Clock } from '../ports/clock.js';
import type { StoreLink } from './store-link.js';

/** How long a probe of the whole fleet may take before another process may try, in milliseconds. */
const LEASE_MS = 60_000;

/** The leases of a fleet that sends one probe: asked for in the background, one a record of shared rests. */
export class ProbeLeases {
  readonly #link: StoreLink;
  readonly #clock: Clock;
  readonly #holder: string;
  /** Until when this process may probe, by record; `asking` while the store has not answered, 0 while a call has it. */
  readonly #leases = new Map<string, number | 'asking'>();

  constructor(facts: { link: StoreLink; clock: Clock; holder: string }) {
    this.#link = facts.link;
    this.#clock = facts.clock;
    this.#holder = facts.holder;
  }

  /** One call a lease: true takes it up, and it comes back with `giveBack`. Where there is none it is asked for. */
  take(key: string): boolean {
    const lease = this.#leases.get(key);
    if (typeof lease === 'number' && lease > this.#clock.now()) {
      this.#leases.set(key, 0);
      return true;
    }
    if (lease !== 'asking') void this.#ask(key);
    return false;
  }

  giveBack(key: string): void {
    if (this.#leases.get(key) !== 0) return;
    this.#leases.delete(key);
    const name = `rest:${key}`;
    this.#link.ask('release', name, (store) => store.release(name, this.#holder)).catch(() => undefined);
  }

  async #ask(key: string): Promise<void> {
    this.#leases.set(key, 'asking');
    const name = `rest:${key}`;
    const now = this.#clock.now();
    try {
      const granted = await this.#link.ask('acquire', name, (store) => store.acquire(name, this.#holder, LEASE_MS));
      if (granted) this.#leases.set(key, now + LEASE_MS);
      else this.#leases.delete(key);
    } catch {
      // Without a store there is no fleet to agree with: this process tries by itself.
      this.#leases.set(key, now + LEASE_MS);
    }
  }
}
