import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitCounts, fitLine, spreadOf } from '../../scripts/performance/figures.ts';
import {
  endMark,
  entries,
  peers,
  phases,
  PROCESSES,
  renderTable,
  startMark,
  tables,
  type Table,
  type TableName,
} from '../../scripts/performance/tables.ts';
import { ANSWER_MS, FAILURE_MS, SECONDS_BETWEEN_CALLS } from '../../scripts/performance/worker.ts';
import { entryLimits } from '../../scripts/size.ts';
import { entriesOf, repository, type Manifest } from '../support/packed-package.js';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const page = read('docs/performance.md');
const names = Object.keys(tables) as TableName[];

/** The cells of a table of the page, by row. */
function written(name: TableName): Map<string, string[]> {
  const part = page.slice(page.indexOf(startMark(name)), page.indexOf(endMark(name)));
  const [, , ...rows] = part.split('\n').filter((line) => line.startsWith('|'));
  return new Map(
    rows.map((line) => {
      const [row = '', ...cells] = line.split('|').slice(1, -1);
      return [row.trim(), cells.map((cell) => cell.trim())];
    }),
  );
}

/** A figure that `npm run docs:performance` writes: a ratio or bytes with their spread, a number, a fit, or a version. */
const NUMBER = String.raw`\d[\d,.]*(?:e[+-]\d+)?`;
const SPREAD = String.raw`\(${NUMBER}\.\.${NUMBER}\)`;
const figure = new RegExp(
  String.raw`^(?:${NUMBER}(?: x)?(?: ${SPREAD})?|–|-?${NUMBER}(?: [+-] ${NUMBER})?(?: (?:/ )?n)?|` +
    String.raw`(?:all )?commits(?: for all)? x .+|${NUMBER} B x .+|${NUMBER} \(a commit: .+\))$`,
  'u',
);

describe('docs/performance.md, which `npm run docs:performance` writes', () => {
  it.each(names)('has the marks of %s once, and between them what the command writes', (name) => {
    expect(page.split(startMark(name))).toHaveLength(2);
    expect(page.split(endMark(name))).toHaveLength(2);
    const [from, to] = [page.indexOf(startMark(name)), page.indexOf(endMark(name)) + endMark(name).length];
    // The very text, spaces included: no table was written or changed by hand without its rows.
    expect(page.slice(from, to)).toBe(renderTable(name, Object.fromEntries(written(name))));
  });

  it.each(names)('has every row of %s, in their order, each with all its figures', (name) => {
    const { rows, columns }: Table = tables[name];
    const found = written(name);
    expect([...found.keys()]).toEqual([...rows]);
    for (const [row, cells] of found) {
      expect(cells, row).toHaveLength(columns.length);
      for (const cell of cells) expect(cell, row).toMatch(figure);
    }
  });

  it('has no marks of a table that is not written any more', () => {
    const marks = [...page.matchAll(/<!-- figures: (\w+),/gu)].map(([, name]) => name);
    expect(new Set(marks)).toEqual(new Set<string | undefined>(names));
    expect(marks).toHaveLength(2 * names.length);
  });

  it('tells the limits that `npm run size` holds, and no size above them', () => {
    const numberOf = (cell = '') => Number(cell.replaceAll(',', ''));
    const sizes = written('entries');
    expect(Object.fromEntries([...sizes].map(([name, [, limit]]) => [name, numberOf(limit)]))).toEqual(entryLimits);
    for (const [name, [bytes]] of sizes) expect(numberOf(bytes), name).toBeLessThanOrEqual(entryLimits[name]!);
  });

  it('says in words what the fleet is measured with', () => {
    expect(page).toContain(`a call every ${SECONDS_BETWEEN_CALLS} seconds`);
    expect(page).toMatch(new RegExp(`answer takes\\s+${ANSWER_MS / 1000} s, a failure ${FAILURE_MS / 1000} s`, 'u'));
    expect(page).toContain(`is overloaded for ${(phases.finding + phases.outage) / 1000} seconds`);
    expect(page).toContain(`with ${PROCESSES} processes in real time`);
  });

  it('tells the versions that test/peers has installed', () => {
    const found = Object.fromEntries([...written('versions')].map(([row, [version]]) => [row, version]));
    expect(found).toMatchObject(peers);
    expect(Object.values(peers).every((version) => /^\d+\.\d+\.\d+$/u.test(version))).toBe(true);
  });
});

describe('what is measured', () => {
  const manifest = JSON.parse(read('package.json')) as Manifest;

  it('has a limit for every entry of the package, and for nothing else', () => {
    expect(entries.toSorted()).toEqual(entriesOf(manifest).toSorted());
  });

  it('measures the AI SDK with which the project is tested', () => {
    expect(peers['`ai`']).toBe(manifest.devDependencies['ai']);
    expect(peers['`p-retry`']).toBe(manifest.dependencies['p-retry']);
  });

  it('refuses a table with a row or a figure missing', () => {
    expect(() => renderTable('watchers', {})).toThrow('watchers: no figures, or not all, for 0 processes watch');
    const cells = Object.fromEntries(tables.works.rows.map((row) => [row, ['1 x (1..1)']]));
    expect(() => renderTable('works', cells)).toThrow('works: no figures, or not all');
  });
});

describe('the arithmetic of the figures', () => {
  it('takes median, least and most', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
    expect(() => spreadOf([])).toThrow('nothing was measured');
  });

  it('fits a line by least squares', () => {
    expect(
      fitLine([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toEqual({ a: 1, b: 2 });
  });

  it('takes what grows with the fleet for a line', () => {
    const fit = fitCounts([
      [8, 26],
      [32, 98],
      [128, 386],
    ]);
    expect(fit.at(10_000)).toBeCloseTo(30_002, 3);
    expect(fit.text).toBe('2 + 3 n');
  });

  it('lets what comes to an end come to an end', () => {
    const fit = fitCounts([
      [8, 6],
      [32, 7.5],
      [128, 7.875],
      [512, 7.96875],
    ]);
    expect(fit.at(10_000)).toBeCloseTo(8, 2);
    expect(fit.text).toBe('8 - 16 / n');
  });

  it('knows what does not change', () => {
    const fit = fitCounts([
      [8, 1],
      [32, 1],
      [128, 1],
    ]);
    expect([fit.at(10_000), fit.text]).toEqual([1, '1']);
  });
});
