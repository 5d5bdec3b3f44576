import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, matchesGlob, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { repository } from '../test/support/packed-package.ts';

/**
 * Changes src/core in thousands of small ways, one at a time, and runs the tests that reach the place: `npm run mutants`,
 * or `npm run mutants -- tier view` for some rooms. A change that no test notices has survived; test/mutation/survivors.json
 * says of each why that is right. Fails when fewer are noticed than promised, when one survives without a reason,
 * and when one with a reason is noticed now. The tester is installed by `npm ci --prefix test/mutation`.
 */

const promised = 92;
const folder = join(repository, 'test', 'mutation');
const core = 'src/core';

/** Of Stryker, which is installed apart, what is used here. */
interface StrykerModule {
  readonly Stryker: new (options: object) => { runMutationTest(): Promise<readonly Mutant[]> };
}

interface Mutant {
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Ignored' | 'CompileError' | 'RuntimeError';
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

/** A change that no test can or need notice. */
interface Survivor {
  readonly file: string;
  /** The text of the line it begins in: line numbers move. */
  readonly line: string;
  readonly mutator: string;
  readonly replacement: string;
  readonly reason: string;
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Tests everything again, not just what has changed since the last run. */
    force: { type: 'boolean', default: false },
    /** Files instead of rooms. */
    file: { type: 'string', multiple: true, default: [] },
  },
});

// A table that the process makes once is made in each test here, by a file that stands for this one.
const left = [`!${core}/once.ts`];
const mutate = [
  ...(positionals.length === 0 && options.file.length === 0 ? [`${core}/**/*.ts`] : []),
  ...positionals.map((room) => (room === 'core' ? `${core}/*.ts` : `${core}/${room}/**/*.ts`)),
  ...options.file,
];

const location = createRequire(join(folder, 'package.json')).resolve('@stryker-mutator/core');
const { Stryker } = (await import(pathToFileURL(location).href)) as StrykerModule;
const mutants = await new Stryker({
  mutate: [...mutate, ...left],
  plugins: [join(folder, 'in-process-runner.ts')],
  testRunner: 'in-process',
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // Stryker reads TypeScript's own parser here, which TypeScript 7 has no more.
  tsconfigFile: 'none.json',
  tempDirName: join('.mutants', 'sandbox'),
  cleanTempDir: 'always',
  ignorePatterns: ['*', '!src/**', '!test/**', '!docs/**', '!scripts/**', '!package.json', 'test/mutation'],
  incremental: true,
  incrementalFile: join('.mutants', 'last-run.json'),
  force: options.force,
  reporters: process.stdout.isTTY ? ['progress'] : ['progress-append-only'],
  fileLogLevel: 'off',
  allowConsoleColors: false,
}).runMutationTest();

// Stryker also hands over what earlier runs found in other files.
const isAsked = ({ fileName }: Mutant) =>
  mutate.some((pattern) => matchesGlob(relative(repository, fileName), pattern));
const tested = mutants.filter((mutant) => mutant.status !== 'Ignored' && isAsked(mutant));
const explained = JSON.parse(readFileSync(join(folder, 'survivors.json'), 'utf8')) as Survivor[];
const lines = new Map<string, string[]>();
const survivors = tested.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');

const rooms = Map.groupBy(tested, roomOf);
const width = Math.max(...[...rooms.keys()].map((room) => room.length));
console.log(`\n${'room'.padEnd(width)}  mutants  killed  survived   score`);
for (const [room, inRoom] of [...rooms].sort(([a], [b]) => (a < b ? -1 : 1))) row(room, inRoom);
const score = row('all', tested);

const keys = new Set(survivors.map((mutant) => keyOf(describe(mutant))));
const reasons = new Set(explained.map(keyOf));
const unexplained = survivors.filter((mutant) => !reasons.has(keyOf(describe(mutant))));
const files = new Set(tested.map(({ fileName }) => relative(repository, fileName)));
const gone = explained.filter(
  (one) => (files.has(one.file) || !existsSync(join(repository, one.file))) && !keys.has(keyOf(one)),
);

for (const mutant of unexplained) {
  const { file, line, mutator, replacement } = describe(mutant);
  const { start } = mutant.location;
  console.log(`\n${file}:${start.line}:${start.column} ${mutator} (${mutant.status})\n- ${line}\n+ ${replacement}`);
}
for (const { file, line, replacement } of gone)
  console.log(`\nnoticed now, or gone: ${file}\n- ${line}\n+ ${replacement}`);

const failures = [
  ...(score < promised ? [`${score.toFixed(1)} % are noticed, ${promised} % are promised`] : []),
  ...(unexplained.length > 0 ? [`${unexplained.length} survive without a reason in survivors.json`] : []),
  ...(gone.length > 0 ? [`${gone.length} in survivors.json do not survive any more`] : []),
];
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

function row(name: string, of: readonly Mutant[]): number {
  const survived = of.filter((mutant) => survivors.includes(mutant)).length;
  const percent = (100 * (of.length - survived)) / of.length;
  const cells = [String(of.length).padStart(7), String(of.length - survived).padStart(6), String(survived).padStart(8)];
  console.log(`${name.padEnd(width)}  ${cells.join('  ')}  ${percent.toFixed(1).padStart(5)} %`);
  return percent;
}

function roomOf({ fileName }: Mutant): string {
  const room = relative(join(repository, core), dirname(fileName));
  const [first, second] = room.split('/');
  if (first === undefined || first === '') return 'core';
  return first === 'tier' && second !== undefined ? `${first}/${second}` : first;
}

function describe({ fileName, mutatorName, replacement, location: { start } }: Mutant): Omit<Survivor, 'reason'> {
  const text = lines.get(fileName) ?? readFileSync(fileName, 'utf8').split('\n');
  lines.set(fileName, text);
  return {
    file: relative(repository, fileName),
    line: text[start.line - 1]!.trim(),
    mutator: mutatorName,
    replacement: replacement.replaceAll(/\s+/g, ' '),
  };
}

function keyOf({ file, line, mutator, replacement }: Omit<Survivor, 'reason'>): string {
  return JSON.stringify([file, line, mutator, replacement]);
}
