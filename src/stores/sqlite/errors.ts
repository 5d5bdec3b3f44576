import { StoreError } from '../../core/errors.js';
import { shown } from '../arguments.js';

const STORE = 'SQLite store';

export function openError(what: string, cause?: unknown): StoreError {
  return new StoreError({ operation: 'open', message: `${STORE}: the file ${what}`, cause });
}

/** The path no longer leads to the file that is open here. */
export function replacedError(operation: string, key: string | undefined, path: string): StoreError {
  const what = 'the file was deleted or replaced while it was open, so other processes do not see this request';
  const message = `${STORE} (${path}): ${what}; the next one opens the path again. Stop every process before moving it`;
  return new StoreError({ operation, key, message });
}

const BUSY = 5;
const advice: Readonly<Record<number, string>> = {
  3: 'this user may not use the file; give it read and write permission on the file and its folder',
  6: 'another connection of this process holds the lock',
  8: 'the file is read-only; give this user write permission on the file and its folder',
  10: 'the disk reported an input/output error; check the disk and its free space',
  11: 'the file is damaged; restore it from a backup or move it away to start afresh',
  13: 'the disk is full; free some space',
  14: 'the file cannot be opened; create its folder and give this user write permission there',
  26: 'the file is no SQLite database; choose another path',
};

/** Whatever SQLite threw as an error that names the store and the fix. */
export function sqliteError(
  operation: string,
  key: string | undefined,
  { path, busyTimeoutMs }: { path: string; busyTimeoutMs: number },
  cause: unknown,
): StoreError {
  if (cause instanceof StoreError) return cause;
  const help = isBusy(cause)
    ? `another process held the lock for longer than busyTimeoutMs (${busyTimeoutMs} ms); raise it, ` +
      'or end long transactions elsewhere'
    : isTableMissing(cause)
      ? 'tables of ours were dropped while it was open; where all of them were, the next request makes them again'
      : (advice[resultCode(cause)] ??
        `${operation} failed: ${cause instanceof Error ? shown(cause.message) : 'unknown'}`);
  return new StoreError({ operation, key, message: `${STORE} (${path}): ${help}`, cause });
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/** One of our tables is not there any more: SQLite has no code of its own for that. */
function isTableMissing(error: unknown): boolean {
  return error instanceof Error && /^no such table: (main\.)?tierfall_/.test(error.message);
}

/**
 * Read-only, input/output, damaged, cannot open, no database: what is mended in its place (written over by a backup,
 * given the right to write) is not seen by a connection that is open, since it keeps its pages and its rights.
 */
const mendedByOpening: readonly number[] = [8, 10, 11, 14, 26];

/** Has the path to be opened again before it can work? */
export function isConnectionSpent(error: unknown): boolean {
  return isTableMissing(error) || mendedByOpening.includes(resultCode(error));
}

/** SQLite's primary result code: Node's `errcode` or Bun's `errno`, whose higher bits are details. */
function resultCode(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  const code = 'errcode' in error ? error.errcode : 'errno' in error ? error.errno : 0;
  return typeof code === 'number' ? code & 0xff : 0;
}
