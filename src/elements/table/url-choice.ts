import { filters, type Filter } from './table-model.js';

const FILTER = 'agents';
const SEARCH = 'q';

/** The filter and the search that the address holds. */
export function readChoice(): { filter: Filter; search: string } {
  const query = new URLSearchParams(location.search);
  const filter = filters.find(({ key }) => key === query.get(FILTER))?.key ?? 'all';
  return { filter, search: (query.get(SEARCH) ?? '').slice(0, 200) };
}

/** Keeps them in the address, so that it can be sent to somebody. */
export function writeChoice(filter: Filter, search: string): void {
  const url = new URL(location.href);
  if (filter === 'all') url.searchParams.delete(FILTER);
  else url.searchParams.set(FILTER, filter);
  if (search === '') url.searchParams.delete(SEARCH);
  else url.searchParams.set(SEARCH, search);
  if (url.href !== location.href) history.replaceState(history.state, '', url);
}
