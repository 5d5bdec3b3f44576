import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { SdkCaseName } from './sdk-cases.ts';
import type { Expectation, SdkName } from './sdk-expectations.ts';
import { packagesOf, sdks } from './sdk-expectations.ts';

/**
 * What each SDK threw, kept as a row of the corpus, so that the classifier is held to it without the SDK, also as plain
 * JSON. `SDK_RECORD=1 vitest run test/integration/sdk` writes the rows anew, one for each shape an SDK throws.
 */
const folder = new URL('../fixtures/errors/sdk/', import.meta.url);
const recording = process.env['SDK_RECORD'] === '1';
const seen = new Set<string>();

/** Writes the row, or holds that this SDK still throws an error with the properties of its row. */
export async function holdRecording(
  sdk: SdkName,
  name: SdkCaseName,
  error: unknown,
  expectation: Expectation,
): Promise<void> {
  const id = `sdk-${slug(sdk)}-${slug(name)}`;
  const file = new URL(`${id.slice('sdk-'.length)}.json`, folder);
  if (recording) return record(file, id, sdk, error, expectation);
  const row = await readRow(file);
  if (row !== undefined) expect(namesIn(error), `${id} is out of date: record it again`).toEqual(namesIn(row.error));
}

async function record(file: URL, id: string, sdk: SdkName, error: unknown, expectation: Expectation): Promise<void> {
  const shape = JSON.stringify(error);
  if (seen.has(shape) || !('kind' in expectation)) return;
  seen.add(shape);
  const row = {
    id,
    source: 'error',
    provider: sdks[sdk].provider,
    error,
    expect: { kind: expectation.kind, retryAfterMs: expectation.retryAfterMs ?? null },
    provenance: `${packagesOf(sdk).join(' with ')} against the loopback provider`,
  };
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${JSON.stringify(row, null, 2)}\n`);
}

async function readRow(file: URL): Promise<{ error: unknown } | undefined> {
  try {
    const row: { error: unknown } = JSON.parse(await readFile(file, 'utf8'));
    return row;
  } catch (error) {
    // No row: this SDK throws the same in a case that has one.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function namesIn(error: unknown): string[] {
  return typeof error === 'object' && error !== null ? Object.keys(error).toSorted() : [];
}

function slug(words: string): string {
  return words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-|-$/gu, '');
}
