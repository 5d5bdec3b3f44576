import { openRow } from '../../core/tier/draft.js';
import type { LedgerEvent, State } from '../../core/tier/state.js';
import type { HistoryOptions, HistoryQuery } from '../../ports/state-store.js';

/** Rows read at once when most may not match. */
const PAGE = 200;

/**
 * The newest rows of a record, with the row that its ledger still lacks on top: what events that are only counted have
 * done since the last row. It has the `seq` of the next row, which will stand for it.
 */
export async function readNewest(
  read: (options: HistoryOptions) => Promise<LedgerEvent[]>,
  state: State,
  limit: number,
): Promise<LedgerEvent[]> {
  const rows = await read({ limit });
  const open = openRow(state);
  return open ? [{ ...open, seq: (rows[0]?.seq ?? 0) + 1 }, ...rows].slice(0, limit) : rows;
}

/**
 * Rows that match, newest first, read page by page until there are enough. The last row's `seq` is the next page's
 * `before`; fewer rows than `limit` means that there are no more.
 */
export async function readHistory(
  read: (options: HistoryOptions) => Promise<LedgerEvent[]>,
  query: HistoryQuery,
): Promise<LedgerEvent[]> {
  const { limit, before } = query;
  const options = before === undefined ? { limit } : { limit, before };
  if (!isFiltered(query)) return read(options);
  const found: LedgerEvent[] = [];
  let page = await read({ ...options, limit: PAGE });
  while (page.length > 0) {
    for (const event of page) {
      if (matches(event, query)) found.push(event);
      if (found.length >= limit) return found;
    }
    const last = page.at(-1)?.seq;
    page = last === undefined ? [] : await read({ limit: PAGE, before: last });
  }
  return found;
}

function isFiltered({ type, kind, since, until }: HistoryQuery): boolean {
  return type !== undefined || kind !== undefined || since !== undefined || until !== undefined;
}

/** A tier's change names its failure in `reason`, everything else in `kind`. */
function matches(event: LedgerEvent, { type, kind, since, until }: HistoryQuery): boolean {
  if (since !== undefined && event.at < since) return false;
  if (until !== undefined && event.at > until) return false;
  if (type !== undefined && ![type].flat().includes(event.type)) return false;
  if (kind === undefined) return true;
  const kinds = [kind].flat();
  return [event.kind, event.type === 'tier-change' ? event.reason : undefined].some(
    (named) => named !== undefined && kinds.includes(named),
  );
}
