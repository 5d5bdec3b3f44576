import { StoreError } from '../../core/errors.js';
import type { Connection } from './connection.js';

/** A file that is opened at its first use, and again after it was left. */
export class Reopening {
  readonly #store: string;
  readonly #open: () => Promise<Connection>;
  #opening: Promise<Connection> | undefined;
  #isClosed = false;

  /** @param store how errors call it */
  constructor(store: string, open: () => Promise<Connection>) {
    this.#store = store;
    this.#open = open;
  }

  /** Opens once; a failure is not kept, so that the next use tries again. */
  async use(): Promise<Connection> {
    if (this.#isClosed) {
      throw new StoreError({ operation: 'open', message: `${this.#store}: it has been closed` });
    }
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** The next use opens the path again. */
  leave({ database }: Connection): void {
    // Two requests may find out together, and the second while the path is being opened again.
    if (!database.isOpen) return;
    this.#opening = undefined;
    database.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const open = await this.#opening?.catch(() => undefined);
    if (open) this.leave(open);
  }
}
