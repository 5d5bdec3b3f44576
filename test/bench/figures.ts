/** One measured figure and the bar it must not exceed. */
export interface Figure {
  name: string;
  value: number;
  bar: number;
  unit: string;
}

/** Prints figures as a table. True: every one is within its bar. */
export function report(figures: readonly Figure[]): boolean {
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, bar, unit } of figures) {
    const shown = value >= 100 ? value.toFixed(0) : value.toFixed(3);
    console.log(
      `${value <= bar ? 'ok  ' : 'MISS'}  ${name.padEnd(width)}  ${shown.padStart(8)} ${unit} (at most ${bar})`,
    );
  }
  return figures.every(({ value, bar }) => value <= bar);
}
