/** Median, least and most of what was measured. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((one, other) => one - other);
  return { median: sorted[Math.floor(sorted.length / 2)]!, least: sorted[0]!, most: sorted.at(-1)! };
}

/** Three digits at most, and none that the spread makes worthless. */
export function shown(value: number): string {
  if (Number.isNaN(value)) throw new Error('a figure is no number');
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return grouped(Number(value.toFixed(digits)).toString());
}

/** A whole number, in groups of three digits. */
export function whole(value: number): string {
  return grouped(Math.round(value).toString());
}

function grouped(text: string): string {
  const [integer = '', fraction] = text.split('.');
  const groups = integer.replaceAll(/\B(?=(\d{3})+$)/gu, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

/** `median (least..most)`, as ratios. */
export function ratioCell(values: readonly number[]): string {
  const { median, least, most } = spreadOf(values);
  return `${shown(median)} x (${shown(least)}..${shown(most)})`;
}

/** The same in bytes. */
export function bytesCell(values: readonly number[]): string {
  const { median, least, most } = spreadOf(values);
  return `${whole(median)} (${whole(least)}..${whole(most)})`;
}

/** `a + b * x` by least squares. */
export interface Line {
  a: number;
  b: number;
}

export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const count = points.length;
  const sum = (of: (point: readonly [number, number]) => number) => points.reduce((all, point) => all + of(point), 0);
  const [x, y] = [sum((point) => point[0]), sum((point) => point[1])];
  const b = (count * sum(([px, py]) => px * py) - x * y) / (count * sum(([px]) => px * px) - x * x);
  return { a: (y - b * x) / count, b };
}

export function at({ a, b }: Line, x: number): number {
  return Math.max(0, a + b * x);
}

/** The line as text. */
export function lineText({ a, b }: Line, x: string): string {
  const [one, other] = [a, Math.abs(b)].map((value) => `${Number(value.toPrecision(2))}`);
  if (Math.abs(a) < Math.abs(b) / 100) return `${other} ${x}`;
  return `${one} ${b < 0 ? '-' : '+'} ${other} ${x}`;
}

/** What a quantity is for any number of workers, and how that is written. */
export interface Fit {
  at: (n: number) => number;
  text: string;
}

/**
 * Of `a + b n` and `a + b / n` the one that is nearer to what was counted: a quantity grows with the fleet, or it comes to
 * an end that the outage sets.
 */
export function fitCounts(points: readonly (readonly [n: number, count: number])[]): Fit {
  const grows = fitLine(points);
  const ends = fitLine(points.map(([n, count]) => [1 / n, count]));
  const missOf = (of: (n: number) => number) => points.reduce((sum, [n, count]) => sum + (of(n) - count) ** 2, 0);
  const miss = missOf((n) => at(grows, n));
  const isFlat = Math.abs(grows.b) < 1e-9;
  if (isFlat) return { at: () => grows.a, text: shown(grows.a) };
  if (grows.b > 0 && miss <= missOf((n) => at(ends, 1 / n)))
    return { at: (n) => at(grows, n), text: lineText(grows, 'n') };
  return { at: (n) => at(ends, 1 / n), text: lineText(ends, '/ n') };
}
