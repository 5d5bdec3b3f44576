import type { StoredRecord } from '../store/pending-change.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { within } from '../time/waits.js';

interface FreshnessFacts {
  store: StoreClient;
  clock: EngineClock;
  /** What every call goes by, whatever its instance: pauses and shared rests. */
  common: readonly StoredRecord[];
  stalenessMs: number;
  loadTimeoutMs: number;
  /** Every record in memory. */
  records: () => readonly StoredRecord[];
  onChange: () => void;
  /** What has to be known before anything is read. Never rejects. */
  beforeReading: () => Promise<void>;
  /** Called with each key the store says has changed, and where it can the version that made. */
  onCommit: (key: string, version: number | undefined) => void;
}

/** How old what this process knows may be, and when a call has to wait for the store. */
export class SnapshotFreshness {
  readonly #facts: FreshnessFacts;
  /** What every call goes by, whatever its instance. */
  #common: readonly StoredRecord[];
  /** The store reports every commit by itself. */
  #live = false;
  /** An answer took too long; no call waits until it has come, or a read has succeeded. */
  #slow = false;
  /** That it is slow has been reported, and no read was in time since: a store that is always slow is reported once. */
  #slowReported = false;
  #unwatch: (() => void) | undefined;

  constructor(facts: FreshnessFacts) {
    this.#facts = facts;
    this.#common = facts.common;
  }

  /** Until when a call may go on from this record and what is common to all, on the clock's `elapsed`. */
  until(record: StoredRecord): number {
    const common = this.#common;
    const { stalenessMs } = this.#facts;
    if (!record.isTrusted || !common.every((each) => each.isTrusted)) return Number.NEGATIVE_INFINITY;
    if (this.#live) return Number.POSITIVE_INFINITY;
    return common.reduce((soonest, { readAt }) => Math.min(soonest, readAt), record.readAt) + stalenessMs;
  }

  /**
   * Reads what is not fresh, then calls `onRead`. A call waits for it at most `loadTimeoutMs`; after one timeout no
   * call waits until a read has succeeded, and none waits for a store that can only be read. Never rejects.
   */
  async refresh(record: StoredRecord, onRead: () => void): Promise<void> {
    const { store, clock, stalenessMs, onChange } = this.#facts;
    const now = clock.elapsed();
    if (!store.isReadable || now < this.until(record)) return;
    const stale = [record, ...this.#common].filter(
      (each) => !each.isTrusted || (!this.#live && each.readAt <= now - stalenessMs),
    );
    const loading = this.#facts
      .beforeReading()
      .then(async () => Promise.all(stale.map((each) => each.load())))
      .then(() => {
        this.#slow = store.failing;
        // What is common concerns every instance.
        if (stale.some((each) => each !== record)) onChange();
        onRead();
      });
    await this.waitFor(loading);
  }

  /** Lets a call wait for the store at most `loadTimeoutMs`, and not at all while the store is known to be slow. */
  async waitFor(answer: Promise<void>): Promise<void> {
    const { store, clock, loadTimeoutMs } = this.#facts;
    if (this.#slow || store.failing) return;
    await within(clock, answer, loadTimeoutMs, () => undefined).then(
      () => {
        this.#slowReported = false;
      },
      () => {
        this.#slow = true;
        // Where the store reports commits by itself there may be no read for days.
        const answered = () => void (this.#slow = store.failing);
        answer.then(answered, answered);
        // A host that does not let calls wait at all knows that they go on from memory.
        if (!this.#slowReported && loadTimeoutMs > 0) store.late(loadTimeoutMs);
        this.#slowReported = true;
      },
    );
  }

  /** The store works again: calls wait for it as before. */
  storeRecovered(): void {
    this.#slow = false;
  }

  /** Nobody else writes to a private store, so there is nothing to be read from it. */
  trustMemory(): void {
    this.#live = true;
    for (const record of this.#common) record.trustMemory();
  }

  /** The chain was changed: these are common to all from now on. */
  follow(common: readonly StoredRecord[]): void {
    this.#common = common;
  }

  /** Subscribes to the store's notifications, where it has them. */
  watch(): void {
    const { store } = this.#facts.store;
    if (!store.watch) return;
    this.#live = true;
    // A failover that is dropped without `close` must not be kept by a store that outlives it.
    const reference = new WeakRef(this);
    let unwatch: (() => void) | undefined;
    const withThis = (action: (freshness: SnapshotFreshness) => void) => {
      const freshness = reference.deref();
      if (freshness) action(freshness);
      else unwatch?.();
    };
    try {
      unwatch = store.watch(
        (key, version) => withThis((freshness) => freshness.#facts.onCommit(key, version)),
        (live) => withThis((freshness) => freshness.#setLive(live)),
        { instances: 'asked' },
      );
      this.#unwatch = unwatch;
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
