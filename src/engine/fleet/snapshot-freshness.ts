import type { StateRecord } from '../store/state-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { within } from '../time/waits.js';
import type { Pauses } from './pauses.js';
import type { SharedRests } from './shared-rests.js';

interface FreshnessFacts {
  store: StoreClient;
  clock: EngineClock;
  pauses: Pauses;
  sharedRests: SharedRests | undefined;
  stalenessMs: number;
  loadTimeoutMs: number;
  /** Every record in memory. */
  records: () => readonly StateRecord[];
  onChange: () => void;
  /** Called with each key the store says has changed, and where it can the version that made. */
  onCommit: (key: string, version: number | undefined) => void;
}

/** How old what this process knows may be, and when a call has to wait for the store. */
export class SnapshotFreshness {
  readonly #facts: FreshnessFacts;
  /** The store reports every commit by itself. */
  #live = false;
  /** A read took too long; no call waits until one has succeeded. */
  #slow = false;
  /** That it is slow has been reported, and no read was in time since: a store that is always slow is reported once. */
  #slowReported = false;
  #unwatch: (() => void) | undefined;

  constructor(facts: FreshnessFacts) {
    this.#facts = facts;
  }

  /** Until when a call may go on from this record and the pauses over it, on the clock's `elapsed`. */
  until(record: StateRecord): number {
    const { pauses, stalenessMs } = this.#facts;
    if (!record.isTrusted || !pauses.areTrusted) return Number.NEGATIVE_INFINITY;
    if (this.#live) return Number.POSITIVE_INFINITY;
    return Math.min(record.readAt, pauses.readAt) + stalenessMs;
  }

  /**
   * Reads what is not fresh, then calls `onRead`. A call waits for it at most `loadTimeoutMs`; after one timeout no call
   * waits until a read has succeeded. Never rejects.
   */
  async refresh(record: StateRecord, onRead: () => void): Promise<void> {
    const { store, clock, pauses, sharedRests, stalenessMs, loadTimeoutMs, onChange } = this.#facts;
    const now = clock.elapsed();
    if (store.failing || now < this.until(record)) return;
    const stale = [record, ...pauses.records].filter(
      (each) => !each.isTrusted || (!this.#live && each.readAt <= now - stalenessMs),
    );
    const loading = Promise.all([sharedRests?.load(), ...stale.map((each) => each.load())]).then(() => {
      this.#slow = store.failing;
      // A pause over everything concerns every instance; they are not to be walked through for a change of one.
      if (stale.some((each) => each !== record)) onChange();
      else onRead();
    });
    if (this.#slow) return;
    await within(clock, loading, loadTimeoutMs, () => undefined).then(
      () => {
        this.#slowReported = false;
      },
      () => {
        this.#slow = true;
        // A host that does not let calls wait at all knows that they go on from memory.
        if (!this.#slowReported && loadTimeoutMs > 0) store.late(loadTimeoutMs);
        this.#slowReported = true;
      },
    );
  }

  /** Nobody else writes to a private store, so there is nothing to be read from it. */
  trustMemory(): void {
    this.#live = true;
    for (const record of this.#facts.pauses.records) record.trustMemory();
  }

  /** Subscribes to the store's notifications, where it has them. */
  watch(): void {
    const { store } = this.#facts.store;
    if (!store.watch) return;
    this.#live = true;
    try {
      this.#unwatch = store.watch(this.#facts.onCommit, (live) => this.#setLive(live));
    } catch {
      this.#live = false;
    }
  }

  stop(): void {
    try {
      this.#unwatch?.();
    } catch {
      // A store of the host's may return anything here, or throw.
    }
  }

  /** Everything may have changed: it is read again before it is trusted. */
  distrustAll(): void {
    const { records, onChange } = this.#facts;
    for (const record of records()) record.distrust();
    onChange();
  }

  #setLive(live: boolean): void {
    const wasBroken = !this.#live;
    this.#live = live;
    if (live && wasBroken) this.distrustAll();
    else this.#facts.onChange();
  }
}
