import { ConfigError, type ConfigIssue, configError } from '../core/errors.js';
import {
  defaultHealthRules,
  type HealthRule,
  type ParsedHealthRule,
  type ShortHealthRule,
} from '../core/health/rule.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { compileHealthRule, hash, parseHealthRules } from '../schema/health-rules.js';
import type { StatusPageSource } from './status-page.js';

/** What `createHealthMonitor` takes. */
export interface HealthMonitorOptions {
  /** Rules, in code or as JSON text. Default: `defaultHealthRules`. */
  readonly rules?: readonly (HealthRule | ShortHealthRule)[] | string | undefined;
  /** `false`: counts nothing, pauses nothing, lifts nothing. Default true. */
  readonly enabled?: boolean | undefined;
  /**
   * Time between two evaluations, in milliseconds, above 0. Default 60,000. A local count that trips is judged at
   * once.
   */
  readonly intervalMs?: number | undefined;
  /** How long all rules have to be clear before a call is let through, in milliseconds above 0. Default 300,000. */
  readonly resumeAfterMs?: number | undefined;
  /** How long no rule pauses what a person has resumed, in milliseconds, 0 or more. Default 600,000. */
  readonly graceMs?: number | undefined;
  /**
   * While the store cannot be read: `'open'` (default) lets calls through, and a local trip still pauses here;
   * `'closed'` refuses every call of this process.
   */
  readonly onStoreFailure?: 'open' | 'closed' | undefined;
  /** Status pages to read while something is half tripped or paused. Default: none. */
  readonly statusPages?: readonly StatusPageSource[] | undefined;
  /** Default: the failover's. */
  readonly clock?: Clock | undefined;
  /** Gets a line for each pause and resume, and warnings. Default: nobody. */
  readonly logger?: Logger | undefined;
}

/** The same, with every default filled in. */
export interface MonitorConfig {
  readonly rules: readonly ParsedHealthRule[];
  /** Tells monitors with other rules apart. */
  readonly ruleset: string;
  readonly enabled: boolean;
  readonly intervalMs: number;
  readonly resumeAfterMs: number;
  readonly graceMs: number;
  readonly onStoreFailure: 'open' | 'closed';
  readonly statusPages: readonly StatusPageSource[];
  readonly clock: Clock | undefined;
  readonly logger: Logger | undefined;
}

const names = [
  'rules',
  'enabled',
  'intervalMs',
  'resumeAfterMs',
  'graceMs',
  'onStoreFailure',
  'statusPages',
  'clock',
  'logger',
];

/** Checks what a monitor is made with. @throws {ConfigError} naming every field that is wrong */
export function readMonitorOptions(options: HealthMonitorOptions, chainNames: readonly string[]): MonitorConfig {
  if (typeof options !== 'object' || options === null) throw configError('options', 'expected an object, or nothing');
  const issues: ConfigIssue[] = unknownOptions(options, names);
  const complain = (path: string, message: string) => issues.push({ path, message });
  const { enabled = true, intervalMs = 60_000, resumeAfterMs = 300_000, graceMs = 600_000 } = options;
  const { onStoreFailure = 'open', statusPages = [], clock, logger } = options;
  if (typeof enabled !== 'boolean') complain('enabled', 'expected true or false');
  const isDuration = (value: unknown, least: number) => Number.isFinite(value) && (value as number) >= least;
  if (!isDuration(intervalMs, 1)) complain('intervalMs', 'expected a finite number of milliseconds, 1 or more');
  if (!isDuration(resumeAfterMs, 1)) complain('resumeAfterMs', 'expected a finite number of milliseconds, 1 or more');
  if (!isDuration(graceMs, 0)) complain('graceMs', 'expected a finite number of milliseconds, 0 or more');
  if (onStoreFailure !== 'open' && onStoreFailure !== 'closed')
    complain('onStoreFailure', "expected 'open' or 'closed'");
  if (clock !== undefined && !has(clock, 'now', 'setTimeout', 'clearTimeout')) {
    complain('clock', 'expected an object with now(), setTimeout() and clearTimeout()');
  }
  if (logger !== undefined && !has(logger, 'info', 'warn')) complain('logger', 'expected an object with info and warn');
  if (!Array.isArray(statusPages) || !statusPages.every((source) => has(source, 'read'))) {
    complain('statusPages', 'expected a list of what createStatusPageSource returned');
  }
  let rules: readonly HealthRule[] = [];
  try {
    rules = parseHealthRules(options.rules ?? defaultHealthRules, chainNames);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    issues.push(...error.issues);
  }
  if (issues.length > 0) throw new ConfigError(issues);
  const parsed = rules.map(compileHealthRule);
  const ruleset = hash(
    JSON.stringify(parsed.map(({ name, series, scope, windows }) => [name, series, scope, windows])),
  );
  return {
    rules: parsed,
    ruleset,
    enabled,
    intervalMs,
    resumeAfterMs,
    graceMs,
    onStoreFailure,
    statusPages,
    clock,
    logger,
  };
}

function has(value: unknown, ...methods: string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}
