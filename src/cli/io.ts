/** What the command reads and writes, handed in so that it can be run in a test. */
export interface CliIo {
  /** Arguments after `tierfall`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True where colours are wanted: a terminal, without `NO_COLOR`. */
  readonly hasColours: boolean;
  now(): number;
  out(text: string): void;
  error(text: string): void;
  readInput(): Promise<string>;
  sleep(ms: number): Promise<void>;
}

const colours = { red: 31, yellow: 33, green: 32, grey: 90, bold: 1 } as const;
export type Colour = keyof typeof colours;

/** Colours a text for a terminal. */
export function paint({ hasColours }: Pick<CliIo, 'hasColours'>, colour: Colour, text: string): string {
  return hasColours ? `\u001B[${colours[colour]}m${text}\u001B[0m` : text;
}

/** A text from outside on one line, with nothing in it that a terminal would act on. */
export function plain(text: string, longest = 200): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return safe.length > longest ? `${safe.slice(0, longest - 1)}…` : safe;
}

/** Rows with their columns aligned, without trailing spaces. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, width(cell))));
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat(Math.max(0, widths[at]! - width(cell))))
      .join('  ')
      .trimEnd(),
  );
}

/** How wide a text is on a terminal, colours aside. */
function width(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the codes that `paint` puts in
  return Array.from(text.replaceAll(/\u001B\[\d+m/gu, '')).length;
}
