import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  createCoverageMap,
  type CoverageMap,
  type CoverageMapData,
  type FileCoverageData,
} from '@vitest/istanbul-lib-coverage';
import { convert } from 'ast-v8-to-istanbul';
import { parseAstAsync } from 'vitest/node';

/**
 * Which branches of `src` the tests run, room by room: `npm run coverage`, or `npm run coverage -- test/http` for the tests
 * of one folder. Scripts of the status page count as they ran in Chromium and in Node. `--missing` lists each branch that
 * did not run. Exits 1 where all rooms but the core are below the bar together; of the core `npm run mutants` asks more.
 */

const BAR = 95;
const root = fileURLToPath(new URL('..', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { missing: { type: 'boolean', default: false } },
});

const folder = await mkdtemp(join(tmpdir(), 'tierfall-coverage-'));
const inBrowser = join(folder, 'browser');
await mkdir(inBrowser);
const run = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...positionals,
    '--coverage.enabled',
    '--coverage.include=src/**/*.ts',
    '--coverage.reporter=json',
    `--coverage.reportsDirectory=${folder}/node`,
    '--coverage.reportOnFailure',
    '--typecheck.enabled=false',
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, BROWSER_COVERAGE: inBrowser } },
);

const browser = await browserCoverage();
const all = createCoverageMap(await nodeCoverage());
for (const file of browser.files()) addBranches(all.fileCoverageFor(file).data, browser.fileCoverageFor(file).data);
await rm(folder, { recursive: true });
report();
if (run.status !== 0) {
  console.log('tests failed: the figures are not those of a good run');
  process.exitCode = 1;
}

async function nodeCoverage(): Promise<CoverageMapData> {
  return JSON.parse(await readFile(join(folder, 'node/coverage-final.json'), 'utf8')) as CoverageMapData;
}

/** What ran in Chromium, as `test/elements/support/browser-coverage.ts` left it. */
async function browserCoverage(): Promise<CoverageMap> {
  type Given = Parameters<typeof convert>[0];
  type Script = Given['coverage'] & { source: string };
  const map = createCoverageMap();
  for (const name of await readdir(inBrowser)) {
    const scripts = JSON.parse(await readFile(join(inBrowser, name), 'utf8')) as Script[];
    for (const { source, ...coverage } of scripts) {
      const [, encoded] = /sourceMappingURL=data:application\/json;base64,(\S+)/u.exec(source)!;
      const sourceMap = JSON.parse(Buffer.from(encoded!, 'base64').toString()) as { sources: string[] };
      sourceMap.sources = sourceMap.sources.map((path) => join(root, path.replace(/^(\.\.\/)+/u, '')));
      const converted = await convert({
        ast: parseAstAsync(source),
        code: source,
        coverage: { ...coverage, url: `file://${root}page/${name}` },
        sourceMap: sourceMap as NonNullable<Given['sourceMap']>,
        wrapperLength: 0,
      });
      for (const [path, data] of Object.entries(converted)) {
        if (path.startsWith(join(root, 'src/elements/'))) map.addFileCoverage(data);
      }
    }
  }
  return map;
}

/**
 * Adds what ran of a file in Chromium to what ran of it in Node. Both come from one syntax tree, branch by branch; the
 * source map of the bundle puts an `else if` a line away, so they cannot be told by their places.
 */
function addBranches(data: FileCoverageData, other: FileCoverageData): void {
  const branches = Object.keys(data.branchMap);
  const others = Object.keys(other.branchMap);
  const shape = ({ branchMap, b }: FileCoverageData, ids: string[]) =>
    ids.map((id) => `${branchMap[id]!.type} ${b[id]!.length}`).join(', ');
  if (shape(data, branches) !== shape(other, others)) {
    throw new Error(`${relative(root, data.path)} has other branches in the bundle of the page than in its module`);
  }
  for (const [at, id] of branches.entries()) {
    const added = other.b[others[at]!]!;
    data.b[id] = data.b[id]!.map((count, index) => count + added[index]!);
  }
}

function roomOf(file: string): string {
  const [room, ...inside] = relative(join(root, 'src'), file).split('/');
  return inside.length > 0 ? room! : '(files of src itself)';
}

function report(): void {
  const rooms = new Map<string, { covered: number; total: number }>();
  for (const file of all.files()) {
    const coverage = all.fileCoverageFor(file);
    const { covered, total } = coverage.toSummary().branches;
    const room = rooms.get(roomOf(file)) ?? { covered: 0, total: 0 };
    rooms.set(roomOf(file), { covered: room.covered + covered, total: room.total + total });
    if (!values.missing) continue;
    for (const [id, branch] of Object.entries(coverage.branchMap)) {
      for (const [index, { start }] of branch.locations.entries()) {
        const line = start.line ?? branch.loc.start.line;
        if (coverage.b[id]![index] === 0) console.log(`${relative(root, file)}:${line} ${branch.type} ${index}`);
      }
    }
  }
  const rest = { covered: 0, total: 0 };
  for (const [room, { covered, total }] of [...rooms].toSorted(([one], [other]) => one.localeCompare(other))) {
    console.log(`${room.padEnd(24)}${row(covered, total)}`);
    if (room === 'core') continue;
    rest.covered += covered;
    rest.total += total;
  }
  const share = (100 * rest.covered) / rest.total;
  console.log(`${'all but core'.padEnd(24)}${row(rest.covered, rest.total)} (at least ${BAR} %)`);
  if (share < BAR) process.exitCode = 1;
}

function row(covered: number, total: number): string {
  const share = total === 0 ? '' : `${((100 * covered) / total).toFixed(1)} %`;
  return `${share.padStart(7)} of ${total} branches`;
}
