import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classifyError } from '../../../src/core/classify/classify-error.js';

const folder = new URL('../../fixtures/errors/sdk/', import.meta.url);

interface Row {
  id: string;
  error: unknown;
  expect: { kind: string; retryAfterMs: number | null };
}

const rows = readdirSync(folder).map((name): Row => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));

// What was thrown in a worker or behind an RPC arrives as JSON: no prototype, no class, no Headers.
describe('an SDK error that has become JSON is judged like the error itself', () => {
  test.each(rows)('$id', ({ error, expect: expected }) => {
    const { kind, retryAfterMs = null } = classifyError(error, { now: 0 });
    expect({ kind, retryAfterMs }).toEqual(expected);
  });
});
