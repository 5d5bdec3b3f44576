import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relativeLinks } from '../support/markdown.js';
import { repository } from '../support/packed-package.js';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const filesIn = (folder: string, extension: string) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension) && !name.includes('node_modules'))
    .map((name) => name.replaceAll('\\', '/'));

/** The lines of a list of links: `- [title](path): what it is`. */
function entries(text: string): { path: string; about: string }[] {
  return [...text.matchAll(/^- \[[^\]]+\]\(([^)\s]+)\): (\S.*)$/gmu)].map(([, path, about]) => ({
    path: path!,
    about: about!,
  }));
}

describe('llms.txt', () => {
  const text = read('llms.txt');
  const listed = entries(text).map(({ path }) => path);

  it('has the form of the convention: one title, a summary in a quote, then sections of links and nothing else', () => {
    const [title, summary, ...rest] = text.split(/\n\n/u);
    expect(title).toBe('# tierfall');
    expect(summary!.split('\n').every((line) => line.startsWith('> '))).toBe(true);
    const sections = rest.join('\n\n').split(/^## /mu).slice(1);
    expect(sections.length).toBeGreaterThan(3);
    for (const section of sections) {
      const lines = section
        .split('\n')
        .slice(1)
        .filter((line) => line !== '');
      expect(lines.filter((line) => !/^- \[[^\]]+\]\([^)\s]+\): \S/u.test(line))).toEqual([]);
    }
    expect(text.match(/^# /gmu)).toHaveLength(1);
  });

  it('lists every page of docs once', () => {
    const pages = filesIn('docs', '.md').map((name) => `docs/${name}`);
    expect(listed.filter((path) => path.startsWith('docs/')).toSorted()).toEqual(pages.toSorted());
  });

  it.each(listed)('leads to %s, which is in the package', (path) => {
    expect(read(path)).not.toBe('');
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    // npm packs the README always.
    expect([...files, 'README.md'].some((each) => path === each || path.startsWith(`${each}/`))).toBe(true);
  });

  it('is in the package itself', () => {
    expect((JSON.parse(read('package.json')) as { files: string[] }).files).toContain('llms.txt');
  });
});

describe('examples/README.md', () => {
  const listed = entries(read('examples/README.md'));

  it('has one line for every example, and for nothing else', () => {
    const examples = filesIn('examples', '.ts').filter((name) => !/(^|\/)(?:support|tests)\//u.test(name));
    expect(listed.map(({ path }) => path).toSorted()).toEqual(examples.toSorted());
  });
});

describe('README.md', () => {
  it('links every page of docs', () => {
    const links = new Set(relativeLinks(read('README.md')).map((link) => link.split('#')[0]));
    const pages = readdirSync(join(repository, 'docs')).filter((name) => name.endsWith('.md'));
    expect(pages.filter((name) => !links.has(`docs/${name}`))).toEqual([]);
    expect(links).toContain('examples/README.md');
  });
});
