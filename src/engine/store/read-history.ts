import type { LedgerEvent } from '../../core/tier/state.js';
import type { HistoryOptions, HistoryQuery } from '../../ports/state-store.js';

/** Rows read at once when most may not match. */
const PAGE = 200;

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
