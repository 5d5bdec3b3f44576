import type { Live } from '../data/live.js';

/** Rows rest in view for so long before their day is read, in milliseconds. */
const REST_MS = 150;
/** Days that are read at the same time. */
const AT_ONCE = 6;

/** Reads the ledger rows behind the strips that are seen, and no others. */
export class StripLoader {
  #names: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #reading = new Set<string>();
  readonly #failed = new Set<string>();

  /** These agents are seen now. */
  want(live: Live, names: readonly string[]): void {
    const missing = names.filter((name) => !live.rows.has(name) && !this.#reading.has(name) && !this.#failed.has(name));
    if (missing.join('\n') === this.#names.join('\n')) return;
    this.#names = missing;
    clearTimeout(this.#timer);
    if (missing.length > 0) this.#timer = setTimeout(() => this.#read(live), REST_MS);
  }

  #read(live: Live): void {
    if (!live.isOnline) return;
    while (this.#reading.size < AT_ONCE) {
      const name = this.#names.shift();
      if (name === undefined) return;
      this.#reading.add(name);
      void live
        .loadRows(name)
        .catch(() => this.#failed.add(name))
        .finally(() => {
          this.#reading.delete(name);
          this.#read(live);
        });
    }
  }
}
