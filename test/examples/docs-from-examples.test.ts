import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/packed-package.js';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
/** Indentation depends on where a piece of code stands. */
const flat = (code: string) => code.replaceAll(/^\s+/gmu, '');

describe.each([
  ['docs/runtime.md', 4],
  ['docs/sdks.md', 1],
  ['docs/configuration.md', 1],
  ['docs/frameworks.md', 7],
])('%s', (path, count) => {
  const page = read(path);
  const samples = [...page.matchAll(/<!-- from (\S+) -->\n```ts\n(.*?)```/gsu)];

  it.each(samples.map(([, file, code]) => [file!, code!]))('shows what stands in %s', (file, code) => {
    expect(flat(read(file))).toContain(flat(code));
  });

  it('has such samples, and names files that are there', () => {
    expect(samples.length).toBeGreaterThanOrEqual(count);
    const named = [...page.matchAll(/`((?:examples|test)\/[\w./-]+\.ts)`|\]\(([\w.-]+\.md)\)/gu)];
    expect(named.length).toBeGreaterThanOrEqual(count);
    for (const [, file, link] of named) expect(read(file ?? join('docs', link!))).not.toBe('');
  });
});
