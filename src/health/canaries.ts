import type { Admission, MonitorAccess, TrialEnd } from '../ports/monitor-access.js';
import { targetOf } from './targets.js';

/** How long a process keeps the lease of a canary that no call of it has been, in milliseconds. */
const IDLE_MS = 20_000;
/** How long the lease lasts without that: a process that died gives it up. */
const LEASE_MS = 90_000;

interface Canary {
  readonly admission: Admission;
  readonly openedAt: number;
}

/**
 * Lets one call of one process of the fleet through a pause. The lease is asked for in the background; a process that has
 * no call for a while hands it on.
 */
export class Canaries {
  readonly #access: MonitorAccess;
  readonly #onEnd: (key: string, end: 'answered' | 'failed') => void;
  readonly #open = new Map<string, Canary>();
  /** Until when this process leaves the lease to others. */
  readonly #restsUntil = new Map<string, number>();

  constructor(access: MonitorAccess, onEnd: (key: string, end: 'answered' | 'failed') => void) {
    this.#access = access;
    this.#onEnd = onEnd;
  }

  /** When to look again at a canary that is open or wanted, in milliseconds from now. */
  readonly checkMs = IDLE_MS / 2;

  /** Opens a canary where this process can have its lease, and hands on one that is not used. Never rejects. */
  async follow(key: string, isWanted: boolean, by: string): Promise<void> {
    const { clock } = this.#access;
    const open = this.#open.get(key);
    const now = clock.now();
    if (!isWanted) return this.close(key);
    if (open) {
      // A process without calls would keep it from those that have some.
      if (!open.admission.isTaken && now - open.openedAt >= IDLE_MS) {
        this.#restsUntil.set(key, now + IDLE_MS);
        return this.close(key);
      }
      await this.#acquire(key);
      return;
    }
    if (now < (this.#restsUntil.get(key) ?? now) || !(await this.#acquire(key))) return;
    if (this.#open.has(key) || this.#access.isClosed) return;
    const admission = this.#access.admit(targetOf(key), by, (end) => this.#ended(key, end));
    this.#open.set(key, { admission, openedAt: now });
  }

  /** Lets no call through any more. */
  close(key: string): void {
    const open = this.#open.get(key);
    if (!open) return;
    open.admission.close();
    this.#open.delete(key);
    this.#release(key);
  }

  closeAll(): void {
    for (const key of this.#open.keys()) this.close(key);
  }

  /** Without the store nobody can be asked: then each process tries by itself. */
  async #acquire(key: string): Promise<boolean> {
    const { holder } = this.#access;
    try {
      const lease = leaseOf(key);
      return await this.#access.ask('acquire', lease, (store) => store.acquire(lease, holder, LEASE_MS));
    } catch {
      return true;
    }
  }

  #release(key: string): void {
    const { holder } = this.#access;
    const lease = leaseOf(key);
    this.#access.ask('release', lease, (store) => store.release(lease, holder)).catch(() => undefined);
  }

  #ended(key: string, end: TrialEnd): void {
    if (end === 'unreached') return;
    this.#open.delete(key);
    this.#release(key);
    this.#onEnd(key, end);
  }
}

function leaseOf(key: string): string {
  return `health:canary:${key}`;
}
