import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashOfSources } from '../../scripts/operator-sources.js';
import { findEdges, renderDiagram, withDiagram } from '../../scripts/state-diagram.js';
import { repository } from '../support/packed-package.js';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const docs = readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
const pages = ['README.md', ...docs.filter((path) => path.endsWith('.md'))];
const pictures = docs.filter((path) => /\.(?:svg|png)$/u.test(path));
const shown = pages.flatMap((page) =>
  [...read(page).matchAll(/!\[([^\]]*)\]\(([^)\s]+)\)/gu)].map(([, alt, target]) => ({
    page,
    alt: alt!,
    picture: join(page, '..', target!),
  })),
);

describe('pictures of the docs', () => {
  it('are all shown, and there is none that is not there', () => {
    expect([...new Set(shown.map(({ picture }) => picture))].toSorted()).toEqual(pictures.toSorted());
  });

  it.each(shown)('$picture in $page has a text that says what is to be seen', ({ alt }) => {
    expect(alt.split(' ').length).toBeGreaterThanOrEqual(12);
  });

  it.each(pictures.filter((path) => path.endsWith('.svg')))('%s names and describes itself', (path) => {
    const svg = read(path);
    expect(svg).toContain('role="img" aria-labelledby="title description"');
    expect(/<title id="title">([^<]+)<\/title>/u.exec(svg)?.[1]).toMatch(/\w/u);
    expect(/<desc id="description">([^<]+)<\/desc>/u.exec(svg)?.[1]?.split(' ').length).toBeGreaterThanOrEqual(12);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('of the operator page are of its present sources (npm run docs:operator takes them anew)', () => {
    expect(hashOfSources()).toBe(read('test/docs/operator-pictures.sha256').trim());
  });
});

describe('the diagram of docs/state-machine.md', () => {
  it('is what the state machine does today (npm run docs:states draws it anew)', () => {
    const page = read('docs/state-machine.md');
    expect(page).toBe(withDiagram(page));
  });

  it('draws what it finds: under on-success an answer begins the trial, under probe the end of the rest', () => {
    const intoTrial = (policy: Parameters<typeof findEdges>[0]) =>
      findEdges(policy)
        .filter(({ from, to }) => to === 'trial' && from !== 'trial' && from !== 'paused')
        .map(({ from, what }) => `${from}: ${what}`)
        .toSorted();
    expect(intoTrial({ recovery: 'probe' })).toEqual(['tier2: the rest of tier 1 is over']);
    expect(intoTrial({ recovery: 'on-success' })).toEqual(['waiting: tier 2 answers', 'waiting: tier 2 fails']);
  });

  it('refuses to say that a pause pauses or a reset begins anew where that is not so', () => {
    const edges = findEdges();
    expect(() => renderDiagram(edges)).not.toThrow();
    for (const [what, message] of [
      ['pause', /a pause does not pause/u],
      ['reset', /a reset does not begin anew/u],
    ] as const) {
      const wrong = edges.map((edge) => (edge.what === what ? { ...edge, to: 'usedUp' as const } : edge));
      expect(() => renderDiagram(wrong)).toThrow(message);
    }
  });
});
