import { alertSeverities, checkNames, type Alert } from '../../core/alert.js';
import type { CheckResult } from '../run-checks.js';

/** Layout of what is stored; raised when an old one could be misread. */
const BOOK_SCHEMA = 1;

/** An alert that is active, and in how many of the last runs it was absent. */
interface Entry {
  alert: Alert;
  missed: number;
}

/** What an alert book keeps: plain JSON. */
export interface BookState {
  schema: typeof BOOK_SCHEMA;
  /** Time of the newest run that was taken in, epoch milliseconds; 0 before the first. */
  checkedAt: number;
  entries: Entry[];
}

/** Runs an alert has to be absent from to be resolved: one may have been cut short. */
const RUNS_TO_RESOLVE = 2;

/** Clocks of two machines may differ by so much, in milliseconds. */
const CLOCK_SKEW_MS = 10 * 60_000;

/**
 * Takes in a run. Changes nothing that it is given.
 *
 * @param now epoch milliseconds, by the clock of who takes it in
 */
export function applyResult(
  state: BookState,
  { alerts, checkedAt }: CheckResult,
  now: number,
): { state: BookState; raised: Alert[]; resolved: Alert[] } {
  // A machine whose clock was far ahead ran the last one: nothing would be raised until that time comes.
  const wasAhead = state.checkedAt > now + CLOCK_SKEW_MS && checkedAt <= now + CLOCK_SKEW_MS;
  if (checkedAt < state.checkedAt && !wasAhead) return { state, raised: [], resolved: [] };
  const known = new Map(state.entries.map((entry) => [entry.alert.id, entry]));
  const raised: Alert[] = [];
  const entries: Entry[] = [];
  const present = new Set<string>();
  for (const alert of alerts) {
    if (present.has(alert.id)) continue;
    present.add(alert.id);
    const before = known.get(alert.id);
    if (!before) raised.push(alert);
    entries.push({ alert, missed: 0 });
  }
  const resolved: Alert[] = [];
  for (const { alert, missed } of state.entries) {
    if (present.has(alert.id)) continue;
    if (missed + 1 >= RUNS_TO_RESOLVE) resolved.push(alert);
    else entries.push({ alert, missed: missed + 1 });
  }
  return { state: { schema: BOOK_SCHEMA, checkedAt, entries }, raised, resolved };
}

/** What is stored as a book; an empty one where there is none, or none that can be read: a book is written anew. */
export function parseBook(stored: unknown): BookState {
  const empty: BookState = { schema: BOOK_SCHEMA, checkedAt: 0, entries: [] };
  if (typeof stored !== 'object' || stored === null) return empty;
  const { schema, checkedAt, entries } = stored as Partial<Record<keyof BookState, unknown>>;
  if (schema !== BOOK_SCHEMA || typeof checkedAt !== 'number' || !Array.isArray(entries)) return empty;
  return { schema, checkedAt, entries: entries.filter(isEntry) };
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null || !('alert' in value) || !('missed' in value)) return false;
  const alert = value.alert as Partial<Alert> | null;
  return (
    typeof value.missed === 'number' &&
    typeof alert === 'object' &&
    alert !== null &&
    typeof alert.id === 'string' &&
    typeof alert.title === 'string' &&
    typeof alert.detail === 'string' &&
    typeof alert.category === 'string' &&
    [alert.instance, alert.domain].every((name) => name === null || typeof name === 'string') &&
    typeof alert.evidence === 'object' &&
    alert.evidence !== null &&
    alertSeverities.some((severity) => severity === alert.severity) &&
    checkNames.some((check) => check === alert.check)
  );
}
