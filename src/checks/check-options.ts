import { checkNames, type CheckName } from '../core/alert.js';
import { ConfigError, type ConfigIssue } from '../core/errors.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { ConstantlyFailingPrimaryOptions } from './checks/constantly-failing-primary.js';
import type { CostSpikeOptions } from './checks/cost-spike.js';
import type { DomainRejectionPatternOptions } from './checks/domain-rejection-pattern.js';
import type { DormantAgentOptions } from './checks/dormant-agent.js';
import type { FlappingChainOptions } from './checks/flapping-chain.js';
import type { ShareChartOptions } from './checks/rejection-spike.js';
import type { StuckLoopOptions } from './checks/stuck-loop.js';
import type { ThroughputAnomalyOptions } from './checks/throughput-anomaly.js';
import { parseQuiet, type QuietTime } from './quiet.js';

/**
 * How checks are tuned. Everything may be left out; the defaults are what the figures in docs/checks.md were measured
 * with.
 */
export interface CheckOptions {
  /** Days or hours without work, e.g. public holidays: they are no silence, and no past either. */
  quiet?: readonly QuietTime[] | undefined;
  /** IANA name of the time zone days and hours are read in, e.g. `Europe/Berlin`. Default `UTC`. */
  timeZone?: string | undefined;
  'dormant-agent'?: DormantAgentOptions | undefined;
  'quality-regression'?: ShareChartOptions | undefined;
  'throughput-anomaly'?: ThroughputAnomalyOptions | undefined;
  'rejection-spike'?: ShareChartOptions | undefined;
  'stuck-loop'?: StuckLoopOptions | undefined;
  'cost-spike'?: CostSpikeOptions | undefined;
  'domain-rejection-pattern'?: DomainRejectionPatternOptions | undefined;
  'constantly-failing-primary'?: ConstantlyFailingPrimaryOptions | undefined;
  'flapping-chain'?: FlappingChainOptions | undefined;
}

/** What `runChecks` may be told. */
export interface RunChecksOptions {
  /** The time to judge at, epoch milliseconds; later records are left out. Default: the present time. */
  now?: number | undefined;
  /** Which checks to run. Default: all nine. */
  checks?: readonly CheckName[] | undefined;
  /** Time without work, the time zone, and what tunes each check. */
  options?: CheckOptions | undefined;
}

/** Every option of every check. All are numbers above 0. */
const tunable: Readonly<Record<CheckName, readonly string[]>> = {
  'dormant-agent': ['factor', 'minSilenceMs', 'retiredAfterMs'],
  'quality-regression': ['threshold', 'oddsFactor'],
  'throughput-anomaly': ['pastFactor', 'minRatio', 'minExpected'],
  'rejection-spike': ['threshold', 'oddsFactor'],
  'stuck-loop': ['warnAt', 'criticalAt', 'withinMs', 'lingerMs'],
  'cost-spike': ['minRatio', 'pastFactor', 'hourlyFactor'],
  'domain-rejection-pattern': ['minRejections', 'minRatio', 'level'],
  'constantly-failing-primary': ['forMs', 'minFailures'],
  'flapping-chain': ['minSlots', 'windowMs'],
};

/** The options, checked. @throws {ConfigError} naming every one that is unknown or wrong, and what would be right */
export function parseRunOptions(
  given: RunChecksOptions,
): Required<{ [K in keyof RunChecksOptions]: NonNullable<RunChecksOptions[K]> }> {
  if (typeof given !== 'object' || given === null) {
    throw new ConfigError([{ path: 'options', message: 'must be an object, e.g. { now, checks, options }' }]);
  }
  const issues: ConfigIssue[] = [];
  const wrong = (path: string, message: string): void => void issues.push({ path, message });
  refuseUnknown(given, ['now', 'checks', 'options'], '', wrong);
  const { now = Date.now(), checks = checkNames, options = {} } = given;
  if (typeof now !== 'number' || !Number.isFinite(now) || Math.abs(now) > 8.64e15) {
    wrong('now', `must be epoch milliseconds, not ${String(now)}`);
  }
  const isList = Array.isArray(checks);
  if (!isList || checks.some((name) => !(checkNames as readonly unknown[]).includes(name))) {
    wrong('checks', `must be a list of ${checkNames.join(', ')}`);
  }
  if (typeof options !== 'object' || options === null) wrong('options', 'must be an object');
  else checkOptions(options, wrong);
  if (issues.length > 0) throw new ConfigError(issues);
  return { now, checks, options };
}

function checkOptions(options: CheckOptions, wrong: Wrong): void {
  refuseUnknown(options, ['quiet', 'timeZone', ...checkNames], 'options.', wrong);
  if (options.timeZone !== undefined && !isTimeZone(options.timeZone)) {
    wrong(
      'options.timeZone',
      `must be the name of a time zone, e.g. Europe/Berlin, not ${JSON.stringify(options.timeZone)}`,
    );
  } else {
    try {
      parseQuiet(options.quiet);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const { path, message } of error.issues) wrong(`options.${path}`, message);
    }
  }
  for (const name of checkNames) {
    const own: unknown = options[name];
    if (own === undefined) continue;
    if (typeof own !== 'object' || own === null) {
      wrong(`options.${name}`, `must be an object of ${tunable[name].join(', ')}`);
      continue;
    }
    refuseUnknown(own, tunable[name], `options.${name}.`, wrong);
    for (const [option, value] of Object.entries(own) as [string, unknown][]) {
      if (value === undefined || !tunable[name].includes(option)) continue;
      if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) {
        wrong(`options.${name}.${option}`, `must be a finite number above 0`);
      }
    }
  }
}

type Wrong = (path: string, message: string) => void;

function refuseUnknown(given: object, known: readonly string[], path: string, wrong: Wrong): void {
  for (const issue of unknownOptions(given, known)) wrong(`${path}${issue.path}`, issue.message);
}

function isTimeZone(name: unknown): boolean {
  if (typeof name !== 'string') return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
