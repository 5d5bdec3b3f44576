/** Failed tries of one address before it is asked to wait. */
const MOST_FAILURES = 20;
/** One try comes back after this time. */
const REFILL_MS = 3000;
/** Addresses kept; beyond it the one heard of longest ago goes. */
const MOST_ADDRESSES = 10_000;

/** Counts failed authentications by address. A good token is never looked up here, so nobody can lock others out. */
export class FailedAttempts {
  readonly #now: () => number;
  /** When all tries of an address have come back; a map keeps the order in which they were last used. */
  readonly #freeAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes one; gives how long to wait in milliseconds where there have been too many, else 0. */
  note(address: string): number {
    const now = this.#now();
    const key = address.slice(0, 200);
    const freeAt = Math.max(now, this.#freeAt.get(key) ?? now);
    const waitMs = freeAt + REFILL_MS - now - MOST_FAILURES * REFILL_MS;
    this.#freeAt.delete(key);
    this.#freeAt.set(key, waitMs > 0 ? freeAt : freeAt + REFILL_MS);
    if (this.#freeAt.size > MOST_ADDRESSES) this.#freeAt.delete(this.#freeAt.keys().next().value!);
    return Math.max(0, waitMs);
  }
}
