import type { Admission, MonitorAccess } from '../ports/monitor-access.js';
import { targetOf } from './targets.js';

/**
 * Lets one call of one process of the fleet through a pause. The first call of a process that could be it asks for the
 * lease.
 */
export class Canaries {
  readonly #access: MonitorAccess;
  readonly #onEnd: (key: string, end: 'answered' | 'failed') => void;
  readonly #open = new Map<string, Admission>();

  constructor(access: MonitorAccess, onEnd: (key: string, end: 'answered' | 'failed') => void) {
    this.#access = access;
    this.#onEnd = onEnd;
  }

  /** Opens or closes the way for a canary. */
  follow(key: string, isWanted: boolean, by: string): void {
    if (!isWanted) return this.close(key);
    if (this.#open.has(key) || this.#access.isClosed) return;
    const admission = this.#access.admit(targetOf(key), by, {
      acquire: (ttlMs) => this.#acquire(key, ttlMs),
      release: () => this.#release(key),
      onEnd: (end) => {
        if (end === 'unreached') return;
        this.#open.delete(key);
        this.#onEnd(key, end);
      },
    });
    this.#open.set(key, admission);
  }

  /** Lets no call through any more. */
  close(key: string): void {
    this.#open.get(key)?.close();
    this.#open.delete(key);
  }

  closeAll(): void {
    for (const key of this.#open.keys()) this.close(key);
  }

  /** Without the store nobody can be asked: then each process tries by itself. */
  async #acquire(key: string, ttlMs: number): Promise<boolean> {
    const { holder } = this.#access;
    const lease = leaseOf(key);
    try {
      return await this.#access.ask('acquire', lease, (store) => store.acquire(lease, holder, ttlMs));
    } catch {
      return true;
    }
  }

  #release(key: string): void {
    if (this.#access.isClosed) return;
    const { holder } = this.#access;
    const lease = leaseOf(key);
    this.#access.ask('release', lease, (store) => store.release(lease, holder)).catch(() => undefined);
  }
}

function leaseOf(key: string): string {
  return `health:canary:${key}`;
}
