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
