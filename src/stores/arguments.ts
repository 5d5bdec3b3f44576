import { ConfigError, StoreError } from '../core/errors.js';
import type { LedgerEvent } from '../core/tier/state.js';
import { redact } from '../core/redact.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { HistoryOptions } from '../ports/state-store.js';

/** Names that people try, and the option that they mean where a store has it. */
const aliases: readonly (readonly [tried: string, right: string])[] = [
  ['url', 'client'],
  ['connectionString', 'pool'],
  ['file', 'path'],
];

/** What a factory takes. @throws {ConfigError} naming each option that it does not know, and what is known */
export function checkOptionNames(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) return;
  const hints = Object.fromEntries(aliases.filter(([, right]) => known.includes(right)));
  const issues = unknownOptions(options, known, hints);
  const isSomethingElse = issues.length > 3 && known.every((name) => !Object.hasOwn(options, name));
  if (isSomethingElse) {
    throw new ConfigError([{ path: 'options', message: `expected { ${known[0]} }; known: ${known.join(', ')}` }]);
  }
  if (issues.length > 0) throw new ConfigError(issues);
}

/** What may be quoted of a message of a client: its beginning, without secrets, as it may name a connection string. */
export function shown(message: string): string {
  return redact(message.slice(0, 2000)).slice(0, 200);
}

/** Rows of one key that a store keeps: a whole number from 2 up, or `Infinity` for all. */
export function checkHistoryLimit(store: string, limit: number): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && limit >= 2)) return limit;
  throw refusal(store, 'create', undefined, `historyLimit must be a whole number from 2 up, or Infinity, not ${limit}`);
}

/** A timer of more milliseconds rings at once. */
const LONGEST_TIMER_MS = 2 ** 31;

/** A time between two pings, in milliseconds: above 0, and one that a timer can wait for. */
export function checkHeartbeat(store: string, heartbeatMs: number): void {
  if (heartbeatMs > 0 && heartbeatMs < LONGEST_TIMER_MS) return;
  const expected = `a number above 0 and below ${LONGEST_TIMER_MS}`;
  throw refusal(store, 'create', undefined, `heartbeatMs must be ${expected}, not ${String(heartbeatMs)}`);
}

/** What one commit asks for, checked and turned into text. */
export interface CommitText {
  version: number;
  state: string;
  events: string[];
  /** Time of the last event. */
  at: number;
}

/**
 * Checks a commit's arguments and makes their JSON. `undefined` and `null` count as version 0. Throws `StoreError`.
 */
export function commitText(
  store: string,
  key: string,
  expectedVersion: number | null | undefined,
  state: unknown,
  events: readonly LedgerEvent[],
): CommitText {
  checkKey(store, 'commit', key);
  const version = expectedVersion ?? 0;
  if (!Number.isSafeInteger(version) || version < 0) {
    throw refusal(store, 'commit', key, `expectedVersion must be a whole number from 0 up, not ${String(version)}`);
  }
  if (typeof state !== 'object' || state === null || Array.isArray(state)) {
    throw refusal(store, 'commit', key, 'state must be an object');
  }
  if (!Array.isArray(events) || !events.every(isLedgerEvent)) {
    throw refusal(store, 'commit', key, 'events must be an array of ledger events, each with a type and a time');
  }
  try {
    const at = events.at(-1)?.at ?? 0;
    return { version, state: jsonText(state), events: events.map(eventText), at };
  } catch (cause) {
    throw new StoreError({ operation: 'commit', key, message: `${store}: state and events must be plain JSON`, cause });
  }
}

/** An event without its `seq`: where it stands in the ledger is the store's to say. */
function eventText(event: LedgerEvent): string {
  return jsonText(event.seq === undefined ? event : { ...event, seq: undefined });
}

/** Also what JSON leaves out without a word is none. */
function jsonText(value: object): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError('toJSON() gave nothing');
  return text;
}

/** JSON as it was stored. A record that is no JSON is a `StoreError`, never overwritten and never a crash. */
export function parseStored(store: string, operation: string, key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fix = 'restore it from a backup or delete it';
    const message = `${store}: the record of ${quote(key)} is damaged (not JSON); ${fix}`;
    throw new StoreError({ operation, key, scope: 'record', message, cause });
  }
}

/** One stored row as a ledger event. */
export function parseEvent(store: string, key: string, seq: number, text: string): LedgerEvent {
  const event = parseStored(store, 'history', key, text);
  if (!isLedgerEvent(event)) {
    const message = `${store}: row ${seq} of the ledger of ${quote(key)} is damaged: no type or no time`;
    throw new StoreError({ operation: 'history', key, scope: 'record', message });
  }
  return { ...event, seq };
}

/** Deep enough to tell a ledger row from anything else; kinds of events we do not know yet are let through. */
function isLedgerEvent(value: unknown): value is LedgerEvent {
  if (typeof value !== 'object' || value === null || !('type' in value && 'at' in value)) return false;
  return typeof value.type === 'string' && Number.isFinite(value.at);
}

/** The row that stands first where older ones were trimmed away: the state as it was after row `seq`. */
export function snapshotText(at: number, state: string): string {
  return `{"type":"snapshot","at":${at},"state":${state}}`;
}

export function checkHistory(store: string, key: string, options: HistoryOptions): { limit: number; before: number } {
  checkKey(store, 'history', key);
  const { limit, before = Number.MAX_SAFE_INTEGER } = options ?? {};
  if (!Number.isFinite(limit) || limit < 1) {
    throw refusal(store, 'history', key, `limit must be a number from 1 up, not ${String(limit)}`);
  }
  if (typeof before !== 'number' || Number.isNaN(before)) {
    throw refusal(store, 'history', key, `before must be the seq of a row, not ${String(before)}`);
  }
  return {
    limit: Math.min(Math.floor(limit), 1_000_000),
    before: Math.max(0, Math.min(Math.ceil(before), Number.MAX_SAFE_INTEGER)),
  };
}

export function checkTtl(store: string, operation: string, key: string, ttlMs: number): number {
  checkKey(store, operation, key);
  if (!Number.isFinite(ttlMs) || ttlMs < 1) {
    throw refusal(store, operation, key, `ttlMs must be a number from 1 up, not ${String(ttlMs)}`);
  }
  return Math.min(Math.ceil(ttlMs), 1e12);
}

export function checkAmount(store: string, key: string, by: number): number {
  if (Number.isFinite(by)) return by;
  throw refusal(store, 'increment', key, `by must be a finite number, not ${String(by)}`);
}

/** A bucket's or holder's name: any text but the empty one. */
export function checkName(store: string, operation: string, key: string, what: string, name: string): string {
  if (typeof name === 'string' && name !== '') return name;
  throw refusal(store, operation, key, `${what} must be a text that is not empty`);
}

/** The names of a sum's buckets, each once. */
export function checkBuckets(store: string, key: string, buckets: readonly string[]): string[] {
  checkKey(store, 'sum', key);
  if (!Array.isArray(buckets)) throw refusal(store, 'sum', key, 'buckets must be an array of texts');
  return Array.from(new Set(buckets), (bucket) => checkName(store, 'sum', key, 'bucket', bucket));
}

export function checkKey(store: string, operation: string, key: string): string {
  if (typeof key === 'string' && key !== '') return key;
  throw refusal(store, operation, undefined, 'key must be a text that is not empty');
}

/** A key as messages show it: long ones shortened. */
export function quote(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
}

function refusal(store: string, operation: string, key: string | undefined, message: string): StoreError {
  return new StoreError({ operation, key, message: `${store}: ${message}` });
}
