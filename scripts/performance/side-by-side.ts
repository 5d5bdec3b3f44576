import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleSize, measureBundles } from '../size.ts';
import { bytesCell, ratioCell, shown, whole } from './figures.ts';
import type { Case, Measured } from './measure-times.ts';
import type { Memory } from './measure-memory.ts';
import { peersFolder } from './peers.ts';
import { entries, libraries, tables, type Cells } from './tables.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** How often each is measured. */
export interface Effort {
  /** Processes that time a case, each afresh: compilers have good and bad luck. */
  processes: number;
  /** Processes started with each import. */
  imports: number;
}

async function script<T>(name: string, ...parameters: string[]): Promise<T> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const { stdout } = await run(process.execPath, ['--expose-gc', file, ...parameters]);
  return JSON.parse(stdout) as T;
}

/** The rounds of all processes together. */
async function timesOf(name: Case | `model: ${Case}`, processes: number): Promise<Record<string, Measured>> {
  const all: Record<string, Measured> = {};
  for (let process = 0; process < processes; process++) {
    const measured = await script<Record<string, Measured>>('measure-times.ts', name);
    for (const [way, { ratios, asked }] of Object.entries(measured)) {
      all[way] = { ratios: [...(all[way]?.ratios ?? []), ...ratios], asked };
    }
  }
  return all;
}

function cellsOf(rows: readonly string[], cell: (row: string) => string[]): Cells {
  return Object.fromEntries(rows.map((row) => [row, cell(row)]));
}

export async function measureTimes({ processes }: Effort): Promise<Record<'works' | 'fails' | 'models', Cells>> {
  const ratio = (times: Record<string, Measured>, way: string) => ratioCell(times[way]!.ratios);
  const near = await timesOf('works', processes);
  const far = await timesOf('works, from afar', processes);
  const first = await timesOf('first failure', processes);
  const known = await timesOf('known failure', processes);
  const model = {
    works: await timesOf('model: works', processes),
    first: await timesOf('model: first failure', processes),
    known: await timesOf('model: known failure', processes),
  };
  return {
    works: cellsOf(tables.works.rows, (way) => [ratio(near, way), ratio(far, way)]),
    fails: cellsOf(tables.fails.rows, (way) => [ratio(first, way), ratio(known, way), shown(known[way]!.asked)]),
    models: cellsOf(tables.models.rows, (way) => [
      ...[model.works, model.first, model.known].map((times) => ratio(times, way)),
      shown(model.known[way]!.asked),
    ]),
  };
}

export async function measureMemory(): Promise<Cells> {
  const cells: Record<string, string[]> = {};
  for (const way of tables.memory.rows) {
    const { perCall, perObject } = await script<Memory>('measure-memory.ts', way);
    cells[way] = [bytesCell(perCall), bytesCell(perObject)];
  }
  return cells;
}

/** Modules that a user of these libraries has anyhow. */
const EXTERNAL = ['events', 'ai', '@ai-sdk/*', '@opentelemetry/*', 'zod', 'zod/*'];

/** What others are bundled to, what our entries are, and what it takes to import each. */
export async function measureModules({ imports }: Effort): Promise<Record<'libraries' | 'entries', Cells>> {
  const modules = [
    ...Object.entries(libraries).map(([name, { source, isOurs }]) => ({ name, source, isOurs })),
    ...entries.map((name) => ({ name: `entry ${name}`, source: `import '${name}'`, isOurs: true })),
  ];
  const times = await measureImports(modules, imports);
  const sizes = new Map((await measureBundles()).map((each) => [each.name, each]));
  const ours: Record<string, string[]> = {};
  for (const name of entries) {
    const { bytes, limit } = sizes.get(name)!;
    ours[name] = [whole(bytes), whole(limit), ratioCell(times.get(`entry ${name}`)!)];
  }
  const theirs: Record<string, string[]> = {};
  for (const [name, { source, isOurs }] of Object.entries(libraries)) {
    const bytes = await bundleSize(used(source), isOurs ? root : peersFolder, false, EXTERNAL);
    theirs[name] = [whole(bytes), ratioCell(times.get(name)!)];
  }
  return { libraries: theirs, entries: ours };
}

/** The same imports, with a use for every name, so that a bundler keeps them. */
function used(source: string): string {
  const names = [...source.matchAll(/import (?:\{([^}]*)\}|(\w+)) from/gu)].map(([, many, one]) => many ?? one);
  return `${source}; console.log(${names.join(',')});`;
}

/** Whole processes, in turns with one that imports nothing: the time of each as a ratio to that one's, one a round. */
async function measureImports(
  modules: readonly { name: string; source: string; isOurs: boolean }[],
  rounds: number,
): Promise<Map<string, number[]>> {
  const time = async (source: string, cwd: string): Promise<number> => {
    const start = process.hrtime.bigint();
    await run(process.execPath, ['--input-type=module', '--eval', source], { cwd });
    return Number(process.hrtime.bigint() - start);
  };
  const ratios = new Map<string, number[]>(modules.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    const floor = Math.min(await time('', root), await time('', peersFolder));
    for (const { name, source, isOurs } of modules) {
      const ratio = (await time(source, isOurs ? root : peersFolder)) / floor;
      // The first round reads the files from the disk.
      if (round >= 0) ratios.get(name)!.push(ratio);
    }
  }
  return ratios;
}
