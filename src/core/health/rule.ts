import type { Kind } from '../kinds.js';

/** What a rule counts. All fields that are given must match. */
export interface HealthMatch {
  /** Failure kinds. Default, where `codes` is not given either: overloaded, server_error, timeout, network. */
  readonly kinds?: readonly Kind[] | undefined;
  /** The providers' own codes, e.g. `overloaded_error`. */
  readonly codes?: readonly string[] | undefined;
  /** Providers, as the chain names them. Default: every one, each counted by itself. */
  readonly providers?: readonly string[] | undefined;
  /** Texts that a log line must hold one of, in any letter case. Makes it a rule about lines. */
  readonly phrases?: readonly string[] | undefined;
  /** Regular expressions, one of which a log line must match. Makes it a rule about lines. */
  readonly patterns?: readonly (RegExp | string)[] | undefined;
}

/** One limit of a rule. It trips when all that is given is reached. */
export interface HealthWindow {
  /** How far it looks back, in milliseconds, 1,000 up to 30 days. */
  readonly windowMs: number;
  /** Failures, or lines, in the window: at least so many. */
  readonly count?: number | undefined;
  /** Share of failures among the calls of the window, above 0 up to 1. */
  readonly ratio?: number | undefined;
  /** With fewer calls than this in the window it does not trip. Default with `ratio`: 5, else none. */
  readonly minimumCalls?: number | undefined;
}

/** What a tripped rule pauses. */
export type HealthScope = 'provider' | 'all' | 'instance';

/** A rule: it trips when every one of its windows does. */
export interface HealthRule {
  /** Names it in pauses, the status and `recordError`. */
  readonly name: string;
  /** What it counts. Default: failures of kind overloaded, server_error, timeout and network. */
  readonly match?: HealthMatch | undefined;
  /** What it pauses, and so what it counts together. Default `'provider'`. */
  readonly scope?: HealthScope | undefined;
  /** One or more; the rule trips when all of them do. */
  readonly windows: readonly HealthWindow[];
}

/** A rule with one window and a count. */
export interface ShortHealthRule extends Pick<HealthRule, 'name' | 'match' | 'scope'> {
  /** Failures, or lines, in the window: at least so many. */
  readonly threshold: number;
  /** How far it looks back, in milliseconds. */
  readonly windowMs: number;
}

/** A validated rule, with every default filled in. */
export interface ParsedHealthRule {
  readonly name: string;
  readonly scope: HealthScope;
  /** What it counts: failures of attempts, or lines of a log. */
  readonly counts: 'failures' | 'lines';
  readonly kinds: ReadonlySet<string> | undefined;
  readonly codes: ReadonlySet<string> | undefined;
  readonly providers: ReadonlySet<string> | undefined;
  /** In lower case. */
  readonly phrases: readonly string[];
  readonly patterns: readonly RegExp[];
  readonly windows: readonly HealthWindow[];
  /** What tells rules that count the same apart from others: their counters are shared. */
  readonly series: string;
}

/** Kinds that say something of the service and not of a key, a quota or one request. */
export const serviceKinds = ['overloaded', 'server_error', 'timeout', 'network'] as const satisfies readonly Kind[];

/** With fewer calls than this nobody knows what a share means. */
export const FEWEST_CALLS = 5;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * Rules of a monitor that is given none: any of them pauses a provider. The short windows see a total outage within
 * seconds, the long ones a partial one. `npm run evaluate:health` prints what they find, and what they find by mistake.
 */
export const defaultHealthRules: readonly HealthRule[] = [
  { name: 'outage-15s', windows: [{ windowMs: 15 * SECOND, ratio: 0.8, minimumCalls: 75 }] },
  { name: 'outage-90s', windows: [{ windowMs: 90 * SECOND, ratio: 0.75, minimumCalls: 30 }] },
  { name: 'errors-4min', windows: [{ windowMs: 4 * MINUTE, ratio: 0.3, minimumCalls: 40 }] },
  { name: 'errors-10min', windows: [{ windowMs: 10 * MINUTE, ratio: 0.5, minimumCalls: 8 }] },
  { name: 'errors-30min', windows: [{ windowMs: 30 * MINUTE, ratio: 0.3, minimumCalls: 20 }] },
  { name: 'dry', windows: [{ windowMs: 60 * MINUTE, ratio: 1, minimumCalls: 5 }] },
];

/** A failed attempt, as far as rules look at it. */
export interface CountedFailure {
  readonly kind: string;
  readonly code?: string | undefined;
  readonly provider: string;
}

/** True when a rule counts this failure. */
export function matchesFailure(rule: ParsedHealthRule, { kind, code, provider }: CountedFailure): boolean {
  if (rule.counts !== 'failures') return false;
  if (rule.kinds && !rule.kinds.has(kind)) return false;
  if (rule.codes && (code === undefined || !rule.codes.has(code))) return false;
  return !rule.providers || rule.providers.has(provider);
}

/** Characters of a line that rules look at: what follows costs nothing. */
export const MAX_LINE = 1000;

/** True when a rule counts this line. `lower`: the same in lower case; both at most `MAX_LINE` long. */
export function matchesLine(rule: ParsedHealthRule, line: string, lower: string): boolean {
  if (rule.counts !== 'lines') return false;
  const { phrases, patterns } = rule;
  if (phrases.length > 0 && !phrases.some((phrase) => lower.includes(phrase))) return false;
  return patterns.length === 0 || patterns.some((pattern) => pattern.test(line));
}
