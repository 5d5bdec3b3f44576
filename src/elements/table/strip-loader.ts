import type { Live } from '../data/live.js';

/** Rows rest in view for so long before their day is read, in milliseconds. */
const REST_MS = 150;
/** Days that are read at the same time. */
const AT_ONCE = 6;
/** One that could not be read is read again after this time, in milliseconds. */
const AGAIN_MS = 10_000;

/** Reads the ledger rows behind the strips that are seen, and no others. */
export class StripLoader {
  #names: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #reading = new Set<string>();
  /** When it could not be read. */
  readonly #failedAt = new Map<string, number>();

  /** These agents are seen now. */
  want(live: Live, names: readonly string[]): void {
    const now = Date.now();
    const isWaiting = (name: string) => now - (this.#failedAt.get(name) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS;
    const missing = names.filter((name) => !live.rows.has(name) && !this.#reading.has(name) && !isWaiting(name));
    if (missing.join('\n') === this.#names.join('\n')) return;
    this.#names = missing;
    clearTimeout(this.#timer);
    if (missing.length > 0) this.#timer = setTimeout(() => this.#read(live), REST_MS);
  }

  #read(live: Live): void {
    if (!live.isOnline) {
      // They are wanted again with the next drawing.
      this.#names = [];
      return;
    }
    while (this.#reading.size < AT_ONCE) {
      const name = this.#names.shift();
      if (name === undefined) return;
      this.#reading.add(name);
      void live
        .loadRows(name)
        .then(
          () => this.#failedAt.delete(name),
          () => this.#failedAt.set(name, Date.now()),
        )
        .finally(() => {
          this.#reading.delete(name);
          this.#read(live);
        });
    }
  }
}
