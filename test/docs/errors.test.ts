import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/index.js';
import { repository } from '../support/packed-package.js';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const page = read('docs/errors.md');
const source = read('src/core/errors.ts');

/** The compiler keeps this list complete. */
const codes = Object.keys({
  TIERFALL_CONFIG: true,
  TIERFALL_CHAIN_EXHAUSTED: true,
  TIERFALL_PAUSED: true,
  TIERFALL_PINNED_TIER: true,
  TIERFALL_STORE: true,
  TIERFALL_STREAM_CUT: true,
  TIERFALL_STREAM_STALLED: true,
  TIERFALL_ANSWER_REJECTED: true,
  TIERFALL_ATTEMPT_TIMEOUT: true,
  TIERFALL_DEADLINE: true,
  TIERFALL_CLOSED: true,
  TIERFALL_CONFIG_CONFLICT: true,
  TIERFALL_NOTIFIER: true,
} satisfies Record<ErrorCode, true>);

const sections = new Map(
  page
    .split(/^## /mu)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

describe('docs/errors.md', () => {
  it('has a heading for every code, and none for a code that does not exist', () => {
    const headings = [...sections.keys()].filter((heading) => heading.startsWith('TIERFALL_'));
    expect(headings.toSorted()).toEqual(codes.toSorted());
  });

  it('is about every error class of every entry: none has a code of its own elsewhere', () => {
    const files = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' });
    const withClasses = files.filter(
      (name) => name.endsWith('.ts') && read(join('src', name)).includes('extends TierfallError'),
    );
    expect(withClasses).toEqual([join('core', 'errors.ts')]);
  });

  it('names no code that does not exist', () => {
    const named = new Set(page.match(/\bTIERFALL_[A-Z_]+/gu));
    expect([...named].filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('begins with a row for every code', () => {
    const rows = [...page.matchAll(/^\| \[`(TIERFALL_\w+)`\]\(#(\w+)\)/gmu)];
    expect(rows.map(([, code]) => code!).toSorted()).toEqual(codes.toSorted());
    for (const [, code, anchor] of rows) expect(anchor).toBe(code!.toLowerCase());
  });

  it.each(codes)('%s: names its class, lists exactly its fields, says when to try again, and has a sample', (code) => {
    const [, name, body] = new RegExp(`class (\\w+) extends TierfallError<'${code}'> \\{(.*?)\\n\\}`, 'su').exec(
      source,
    )!;
    const section = sections.get(code)!;
    expect(section.split('\n')[2]).toMatch(new RegExp(`^\`${name}\`\\. `, 'u'));
    const fields = [...body!.matchAll(/^ {2}readonly (\w+):/gmu)].map(([, field]) => field!);
    const listed = [...section.matchAll(/^\| `(\w+)` \|/gmu)].map(([, field]) => field!);
    expect(listed.filter((field) => field !== 'cause').toSorted()).toEqual(fields.toSorted());
    expect(section).toMatch(/\bagain\b/u);
    expect(section).toContain('```ts\n');
  });
});
