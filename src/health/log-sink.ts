import { MAX_LINE, matchesLine, type ParsedHealthRule } from '../core/health/rule.js';

/** A record as pino and the like give it, or one made of a console call. */
export interface LogRecord {
  /** pino's number, or a word: `warn`, `error`, `fatal`. */
  readonly level: number | string;
  /** The line, as pino names it. */
  readonly msg?: unknown;
  /** The line, as others name it. */
  readonly message?: unknown;
  /** The logger's name. */
  readonly name?: unknown;
}

/** pino's `warn`. */
const WARN = 40;
const warnings: ReadonlySet<string> = new Set([
  'warn',
  'warning',
  'error',
  'err',
  'fatal',
  'critical',
  'crit',
  'alert',
  'emerg',
  'emergency',
  'panic',
]);

/** What our own parts begin their lines with, and how they are named. */
const OURS = /^\W{0,8}(?:\(\w+:\d+\) )?(?:\[\w+\] )?tierfall/iu;

/** The rules that count a record: one at `warn` or above, and none that our own parts wrote. */
export function matchingRules(rules: readonly ParsedHealthRule[], record: LogRecord): ParsedHealthRule[] {
  if (typeof record !== 'object' || record === null || !isWarning(record.level)) return [];
  const { msg, message, name } = record;
  const text = typeof msg === 'string' ? msg : typeof message === 'string' ? message : '';
  // What follows costs nothing, however long it is.
  const line = text.slice(0, MAX_LINE);
  if (line === '' || OURS.test(line) || (typeof name === 'string' && OURS.test(name))) return [];
  const lower = line.toLowerCase();
  return rules.filter((rule) => matchesLine(rule, line, lower));
}

function isWarning(level: unknown): boolean {
  if (typeof level === 'number') return level >= WARN;
  return typeof level === 'string' && warnings.has(level.toLowerCase());
}
