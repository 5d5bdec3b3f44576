import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fullFleet, measureFleet, type FleetEffort } from './performance/fleet.ts';
import { redisUrl, redisVersion } from './performance/redis.ts';
import { measureMemory, measureModules, measureTimes, type Effort } from './performance/side-by-side.ts';
import { endMark, peers, renderTable, startMark, tables, type Cells, type TableName } from './performance/tables.ts';

/**
 * Measures what docs/performance.md tells, prints it, and writes it between the marks of the page, whose text is written by
 * hand: `npm run docs:performance`, on a machine that does nothing else, with Redis at REDIS_URL and after
 * `npm ci --prefix test/peers`. Takes about five minutes.
 *
 * `-- --only times,memory,modules,fleet` measures and writes a part. `-- --try` measures as little as it can, to see that
 * everything works, and writes nothing.
 */

const full: Effort = { processes: 3, imports: 15 };
const least: Effort = { processes: 1, imports: 1 };
const leastFleet: FleetEffort = { sizes: [2, 4, 8], inMemory: 16, processes: 4, pace: 10, rounds: 1 };

type Part = 'times' | 'memory' | 'modules' | 'fleet';
const parts: readonly Part[] = ['times', 'memory', 'modules', 'fleet'];

const parameters = process.argv.slice(2);
const isTry = parameters.includes('--try');
const only = parameters[parameters.indexOf('--only') + 1]?.split(',') as Part[] | undefined;
const asked = parameters.includes('--only') && only ? only : parts;
const unknown = asked.filter((part) => !parts.includes(part));
if (unknown.length > 0) throw new Error(`no part is called ${unknown.join(', ')}; there are ${parts.join(', ')}`);

const effort = isTry ? least : full;
const measurements: Readonly<Record<Part, () => Promise<Partial<Record<TableName, Cells>>>>> = {
  times: () => measureTimes(effort),
  memory: async () => ({ memory: await measureMemory() }),
  modules: () => measureModules(effort),
  fleet: () => measureFleet(isTry ? leastFleet : fullFleet),
};

const redis = await redisVersion();
if (redis === undefined && !(isTry && process.env['CI'] !== 'true')) {
  throw new Error(`no Redis at ${new URL(redisUrl).host}; start one, or name it in REDIS_URL`);
}
const page = new URL('../docs/performance.md', import.meta.url);
finish({ versions: versionCells(redis ?? 'none') });
for (const part of asked) {
  if (part === 'fleet' && redis === undefined) {
    console.log(`SKIPPED: the fleet, as there is no Redis at ${new URL(redisUrl).host}`);
    continue;
  }
  const begun = Date.now();
  const measured = await measurements[part]();
  console.log(`\n== ${part}: ${Math.round((Date.now() - begun) / 1000)} s`);
  finish(measured);
}
if (isTry) console.log('\ntried; nothing is written');
// Timers of the libraries that were measured are no reason to stay.
process.exit();

/** Prints the tables of a part, and writes them. */
function finish(measured: Partial<Record<TableName, Cells>>): void {
  let text = readFileSync(page, 'utf8');
  for (const [name, cells] of Object.entries(measured) as [TableName, Cells][]) {
    print(name, cells);
    text = withTable(text, name, cells);
  }
  if (!isTry) writeFileSync(page, text);
}

function versionCells(server: string): Cells {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const ours = { 'Node.js': process.versions.node, processors: `${availableParallelism()}`, Redis: server };
  const all = { ...ours, tierfall: version, ...peers };
  return Object.fromEntries(Object.entries(all).map(([row, value]) => [row, [value]]));
}

/** The page with this table in the place of the one that is there. */
function withTable(text: string, name: TableName, cells: Cells): string {
  const [from, to] = [text.indexOf(startMark(name)), text.indexOf(endMark(name))];
  if (from < 0 || to < from) throw new Error(`docs/performance.md lacks the marks of ${name}`);
  return text.slice(0, from) + renderTable(name, cells) + text.slice(to + endMark(name).length);
}

function print(name: TableName, cells: Cells): void {
  const { rows, columns } = tables[name];
  const width = Math.max(...rows.map((row) => row.length));
  console.log(`\n${name}: ${columns.join(' | ')}`);
  for (const row of rows) console.log(`  ${row.padEnd(width)}  ${cells[row]!.join(' | ')}`);
}
