import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.js';

const options = {
  store: { type: 'string' },
  by: { type: 'string' },
  reason: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  wait: { type: 'string' },
  config: { type: 'string' },
  provider: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export type OptionName = keyof typeof options;

/** What the user typed. */
export interface Arguments {
  readonly command: string | undefined;
  readonly positionals: readonly string[];
  readonly values: {
    readonly [K in OptionName]?: (typeof options)[K]['type'] extends 'boolean' ? boolean : string;
  };
}

/** @throws {UsageError} an option nobody knows, or one without its value */
export function readArguments(argv: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [command, ...rest] = positionals;
    return { command, positionals: rest, values };
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ', 1)[0]);
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `+15m`, `+2h`, or a time as ISO 8601 has it, as epoch milliseconds. Without a zone it is a time of this computer's
 * zone, and a day alone is the midnight it begins with. @throws {UsageError} it is neither, or has passed
 */
export function readUntil(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const [, amount = '', unit = ''] = /^\+(\d{1,6})([smhd])$/u.exec(text) ?? [];
  const until = amount === '' ? readTime(text) : now + Number(amount) * UNITS[unit]!;
  if (Number.isNaN(until))
    throw new UsageError(`--until ${text}: expected +15m, +2h, +1d or a time such as 2026-05-01T08:00`);
  if (until <= now) throw new UsageError(`--until ${text}: it has passed`);
  return until;
}

/** NaN where it is none. */
function readTime(text: string): number {
  const found = /^(\d{4})-(\d{2})-(\d{2})([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/u.exec(text);
  if (!found) return Number.NaN;
  const [, year, month, day, time] = found;
  // 31 February would be taken for a day in March.
  if (Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return Number.NaN;
  // A day alone would be taken for midnight UTC.
  return Date.parse(time === undefined ? `${text}T00:00` : text);
}

/** A whole number of an option. @throws {UsageError} it is none, or out of range */
export function readNumber(
  name: OptionName,
  text: string | undefined,
  range: { least: number; most: number; otherwise: number },
): number {
  if (text === undefined) return range.otherwise;
  const value = /^\d{1,9}$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= range.least && value <= range.most) return value;
  throw new UsageError(`--${name} ${text}: expected a whole number from ${range.least} to ${range.most}`);
}
