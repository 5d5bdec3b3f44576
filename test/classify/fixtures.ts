import { readdirSync, readFileSync } from 'node:fs';
import type { Kind } from '../../src/core/kinds.js';

/** One recorded error and the verdict it calls for; `test/fixtures/README.md` describes the format. */
export interface Fixture {
  id: string;
  source: 'error' | 'http' | 'string';
  provider: string;
  http?: unknown;
  error?: unknown;
  string?: string;
  now?: number;
  expect: { kind: Kind; retryAfterMs?: number | null };
  alsoOk?: Kind[];
  provenance: string;
}

const folder = new URL('../fixtures/', import.meta.url);

/** Errors collected by others and labelled before any classifier saw them: the first collection, and one of a week later. */
export function readCorpus(name: 'fresh-2026-11-28' | 'provider-errors' = 'provider-errors'): Fixture[] {
  const lines = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Fixture);
}

/** All recorded errors. */
export function readFixtures(): Fixture[] {
  return [...readCorpus(), ...readCorpus('fresh-2026-11-28'), ...readOwnFixtures()];
}

/** Fixtures of our own: one folder a provider, a file a row or a list of them. */
export function readOwnFixtures(): Fixture[] {
  const fixtures: Fixture[] = [];
  for (const provider of readdirSync(new URL('errors/', folder))) {
    for (const file of readdirSync(new URL(`errors/${provider}/`, folder))) {
      const text = readFileSync(new URL(`errors/${provider}/${file}`, folder), 'utf8');
      fixtures.push(...([JSON.parse(text)].flat() as Fixture[]));
    }
  }
  return fixtures;
}

const errorKeys = new Set(['cause', 'lastError', 'errors']);

/** The thrown value as it was: objects with a message or a name become errors again, nested ones too. */
export function rebuild(fixture: Fixture): unknown {
  return fixture.source === 'error' ? rebuildError(fixture.error) : toPlain(fixture);
}

/** The same as it arrives after a worker, RPC or JSON boundary. */
export function toPlain(fixture: Fixture): unknown {
  const value: unknown = structuredClone(fixture[fixture.source]);
  if (fixture.source === 'error') delete (value as { className?: string }).className;
  return value;
}

function rebuildError(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rebuildError);
  if (typeof value !== 'object' || value === null || !('message' in value || 'name' in value)) return value;
  const { message, className, ...rest } = value as { message?: string; className?: string };
  const error = new Error(message ?? '');
  for (const [key, nested] of Object.entries(rest)) {
    Object.defineProperty(error, key, {
      value: errorKeys.has(key) ? rebuildError(nested) : nested,
      enumerable: key !== 'cause',
      configurable: true,
      writable: true,
    });
  }
  if (className !== undefined) {
    const named = { [className]: class extends Error {} }[className] as new () => Error;
    Object.setPrototypeOf(error, named.prototype as object);
  }
  return error;
}
