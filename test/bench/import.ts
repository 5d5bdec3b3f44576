import { spawnSync } from 'node:child_process';

/**
 * What importing the root entry costs a process that starts cold: `npm run bench:import`. Whole processes, in turns with
 * one that imports nothing; medians. Exits 1 when the difference is above the bar.
 */

const ROUNDS = 31;
const BAR_MS = 15;

const sources = {
  empty: '',
  root: "import 'tierfall';",
  testing: "import 'tierfall/testing';",
  notifiers: "import 'tierfall/notifiers';",
};

function timeOf(source: string): number {
  const start = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', source]);
  if (status !== 0) throw new Error(`a process ended with ${status}: ${source}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

const times = new Map(Object.keys(sources).map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, source] of Object.entries(sources)) times.get(name)!.push(timeOf(source));
}
const floor = median(times.get('empty')!);
console.log(`      an empty process                    ${floor.toFixed(1)} ms`);
for (const [name, values] of times) {
  if (name === 'empty') continue;
  const added = median(values) - floor;
  const judged = name === 'root' ? ` (at most ${BAR_MS})` : '';
  const verdict = name !== 'root' ? '    ' : added > BAR_MS ? 'MISS' : 'ok  ';
  console.log(`${verdict}  importing ${name.padEnd(26)}+ ${added.toFixed(1)} ms${judged}`);
  if (name === 'root' && added > BAR_MS) process.exitCode = 1;
}
