import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One measured figure and the bar it must not exceed; without one it is told to explain the others. */
export interface Figure {
  name: string;
  value: number;
  bar?: number;
  unit: string;
}

/** Prints figures as a table. True: every one is within its bar. */
export function report(figures: readonly Figure[]): boolean {
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, bar, unit } of figures) {
    const shown = value >= 100 ? value.toFixed(0) : value.toFixed(3);
    const verdict = bar === undefined ? '    ' : value <= bar ? 'ok  ' : 'MISS';
    const limit = bar === undefined ? '' : ` (at most ${bar})`;
    console.log(`${verdict}  ${name.padEnd(width)}  ${shown.padStart(8)} ${unit}${limit}`);
  }
  return figures.every(({ value, bar }) => bar === undefined || value <= bar);
}

/**
 * The median of what a script prints that is asked for one figure, in so many processes, each afresh: compilers have
 * good and bad luck too.
 */
export function inFreshProcesses(script: string, name: string, processes = 9): number {
  const values = Array.from({ length: processes }, () => {
    const parameters = [...process.execArgv, fileURLToPath(script), name];
    const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
    if (status !== 0 || stdout.trim() === '') throw new Error(`no figure for ${name}: ${stderr}`);
    return Number(stdout);
  });
  return values.sort((one, other) => one - other)[Math.floor(processes / 2)]!;
}
