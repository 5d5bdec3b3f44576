import type { StoredActivity } from '../../ports/activity.js';

/** Records that wait to be written. */
export interface Queue {
  readonly length: number;
  push(row: StoredActivity): void;
  /** The oldest rows, and the place behind the last of them. */
  first(limit: number): { rows: StoredActivity[]; end: number };
  /** Removes what stands before a place, as far as it is still there. */
  removeUpTo(end: number): void;
  dropOldest(count: number): number;
  removeAll(unwanted: (row: StoredActivity) => boolean): void;
}

/** First in, first out, by places that keep their number while others go. */
export function createQueue(): Queue {
  let rows: StoredActivity[] = [];
  /** Rows at the front that are gone, and the place of the first one of `rows`. */
  let gone = 0;
  let place = 0;
  const compact = (): void => {
    if (gone < 10_000 && gone * 2 < rows.length) return;
    rows = rows.slice(gone);
    place += gone;
    gone = 0;
  };
  return {
    get length() {
      return rows.length - gone;
    },
    push: (row) => void rows.push(row),
    first(limit) {
      const batch = rows.slice(gone, gone + limit);
      return { rows: batch, end: place + gone + batch.length };
    },
    removeUpTo(end) {
      gone = Math.max(gone, Math.min(rows.length, end - place));
      compact();
    },
    dropOldest(count) {
      gone += count;
      compact();
      return count;
    },
    removeAll(unwanted) {
      rows = rows.slice(gone).filter((row) => !unwanted(row));
      // Every place is a new one, so that a batch under way removes none of the rows that are left twice.
      place += gone + 1_000_000_000;
      gone = 0;
    },
  };
}
