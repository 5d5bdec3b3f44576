import type { Clock } from '../../ports/clock.js';
import type { Gates } from './pauses.js';
import type { Ledger } from '../store/state-record.js';
import type { RestBoard } from './shared-rests.js';
import type { StoreLink } from '../store/store-client.js';
import { within } from '../time/clock.js';

interface FreshnessFacts {
  link: StoreLink;
  clock: Clock;
  gates: Gates;
  board: RestBoard | undefined;
  stalenessMs: number;
  loadTimeoutMs: number;
  /** Every ledger in memory. */
  known: () => readonly Ledger[];
  onChange: () => void;
  /** Told of each key the store says has changed. */
  onCommit: (key: string) => void;
}

/** How old what this process knows may be, and when a call has to wait for the store. */
export class Freshness {
  readonly #facts: FreshnessFacts;
  /** The store tells of every commit by itself. */
  #live = false;
  /** A read took too long; no call waits until one has come through. */
  #slow = false;
  /** That it is slow has been told, and no read was in time since: a store that is always slow is told of once. */
  #toldSlow = false;
  #unwatch: (() => void) | undefined;

  constructor(facts: FreshnessFacts) {
    this.#facts = facts;
  }

  /** Until when a call may go on from what is known here: of this ledger, and of the pauses over it. */
  until(ledger: Ledger): number {
    const { gates, stalenessMs } = this.#facts;
    if (!this.#live) return Math.min(ledger.loadedAt, gates.readAt) + stalenessMs;
    return ledger.isTrusted && gates.areTrusted ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /**
   * Reads what is not fresh and tells who asked. A call waits for it at most `loadTimeoutMs`; after one time-out none waits until a read
   * has come through. Never rejects.
   */
  async refresh(ledger: Ledger, now: number, onRead: () => void): Promise<void> {
    const { link, clock, gates, board, stalenessMs, loadTimeoutMs, onChange } = this.#facts;
    if (link.failing || now < this.until(ledger)) return;
    const stale = [ledger, ...gates.ledgers].filter((each) =>
      this.#live ? !each.isTrusted : each.loadedAt <= now - stalenessMs,
    );
    const loading = Promise.all([board?.load(), ...stale.map((each) => each.load())]).then(() => {
      this.#slow = link.failing;
      // What is over everything concerns every instance; that must not be gone through for each of them.
      if (stale.some((each) => each !== ledger)) onChange();
      else onRead();
    });
    if (this.#slow) return;
    await within(clock, loading, loadTimeoutMs, () => undefined).then(
      () => {
        this.#toldSlow = false;
      },
      () => {
        this.#slow = true;
        // A host that does not let calls wait at all knows that they go on from memory.
        if (!this.#toldSlow && loadTimeoutMs > 0) link.late(loadTimeoutMs);
        this.#toldSlow = true;
      },
    );
  }

  /** Reads what covers more than one instance, where it is stale, and waits for it. Never rejects. */
  async refreshShared(now: number): Promise<void> {
    const { gates, board, stalenessMs, onChange } = this.#facts;
    const stale = gates.ledgers.filter((each) => (this.#live ? !each.isTrusted : each.loadedAt <= now - stalenessMs));
    if (stale.length === 0) return;
    await Promise.all([board?.load(), ...stale.map((each) => each.load())]);
    onChange();
  }

  /** Nobody else writes to a private store, so there is nothing to be read from it. */
  trustMemory(): void {
    const { clock, gates } = this.#facts;
    this.#live = true;
    for (const ledger of gates.ledgers) ledger.loadedAt = clock.now();
  }

  /** Lets the store tell of changes, where it can. */
  watch(): void {
    const { store } = this.#facts.link;
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
      // What a store of the host's does when it is left is its own affair.
    }
  }

  /** Everything may have changed: it is read again before it is trusted. */
  distrustAll(): void {
    const { known, onChange } = this.#facts;
    for (const ledger of known()) ledger.distrust();
    onChange();
  }

  #setLive(live: boolean): void {
    const wasBroken = !this.#live;
    this.#live = live;
    if (live && wasBroken) this.distrustAll();
    else this.#facts.onChange();
  }
}
