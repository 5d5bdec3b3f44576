import type { Tier } from '../core/config.js';
import { ConfigError, configError, StoreError } from '../core/errors.js';
import type { ParsedHealthRule } from '../core/health/rule.js';
import { MONITOR_ACCESS } from '../core/monitor-access-key.js';
import { isDotName } from '../core/dot-name.js';
import { redact } from '../core/redact.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { Failover, PauseTarget } from '../ports/failover.js';
import type { Logger } from '../ports/logger.js';
import type { MonitorAccess } from '../ports/monitor-access.js';
import { matchingRules, type LogRecord } from './log-sink.js';
import { Monitor } from './monitor.js';
import { readMonitorOptions, type HealthMonitorOptions } from './options.js';
import { statusOf, type HealthStatus } from './status.js';
import { keyOf, nameOf, targetOf } from './targets.js';

/** What is known of a failure that a host saw itself. */
export interface RecordedError {
  /** When it happened, epoch milliseconds. Default: now. */
  readonly at?: number | undefined;
  /** How many. Default 1. */
  readonly count?: number | undefined;
  /** For a rule of scope `provider` that names several, or none. */
  readonly provider?: string | undefined;
  /** For a rule of scope `instance`. */
  readonly instance?: string | undefined;
}

/** Watches a failover. Every method throws or rejects with `ConfigError` where an argument is wrong. */
export interface HealthMonitor {
  /** Counts a failure for one rule, by its name. */
  recordError(rule: string, error?: RecordedError): void;
  /**
   * A function for a logger's records, as pino gives them or made of a console's: those at `warn` and above are
   * counted.
   */
  logSink(): (record: LogRecord) => void;
  /** Evaluates every target now. */
  evaluate(): Promise<HealthStatus>;
  status(): HealthStatus;
  /** Pauses a target (default: everything) with source `alert`, until it is clear or somebody resumes it. */
  alert(alert: { rule: string; reason: string; by: string; target?: PauseTarget | undefined }): Promise<void>;
  /** An operator's pause of a target (default: everything). Rejects with `StoreError` when it was not stored. */
  pause(request: { by: string; reason: string; target?: PauseTarget | undefined }): Promise<void>;
  /**
   * An operator's resume: for `graceMs` no rule pauses the target again. Without a target it lifts every pause of
   * sources `health` and `alert`, and that of everything. Rejects with `StoreError` when it was not stored.
   */
  resume(request: { by: string; reason?: string | undefined; target?: PauseTarget | undefined }): Promise<void>;
  /** Stops watching. Pauses stay as they are. */
  close(): Promise<void>;
}

const MAX_TEXT = 500;
const MAX_COUNT = 1_000_000;

/**
 * Watches what happens to a failover's calls: pauses a provider (or an instance, or everything) whose failures trip a
 * rule, in all processes of its store, and lets it return once a call has shown that it works. A person is never
 * overruled.
 *
 * @throws {ConfigError} naming every option that is wrong
 */
export function createHealthMonitor<T extends Tier>(
  failover: Failover<T>,
  options: HealthMonitorOptions = {},
): HealthMonitor {
  const access = (failover as unknown as { [MONITOR_ACCESS]?: MonitorAccess } | undefined)?.[MONITOR_ACCESS];
  if (!access) throw configError('failover', 'expected what createFailover returned');
  const given = readMonitorOptions(options, [...access.providers, ...access.models]);
  const config = { ...given, logger: guarded(given.logger) };
  const monitor = new Monitor(access, config);
  const { rules, enabled } = config;
  warnOfUnknown(rules, access.providers, config.logger);
  const subscriptions: (() => void)[] = [];
  let isClosed = false;

  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    for (const unsubscribe of subscriptions.splice(0)) unsubscribe();
    await monitor.close();
  };

  if (enabled) {
    subscriptions.push(
      access.onFailure((failure) => monitor.observe(failure)),
      failover.on('resumed', ({ target, source, origin }) => {
        if (origin === 'remote') monitor.follow(target);
        else if (source === 'operator') void monitor.resumed(target);
      }),
      failover.on('paused', ({ target, source, origin }) => {
        if (origin === 'remote' && (source === 'health' || source === 'alert')) monitor.follow(target);
      }),
      failover.on('store-error', ({ state }) => monitor.storeChanged(state === 'failing')),
    );
    access.onClose(() => void close());
    if (!access.storeOk()) monitor.storeChanged(true);
    monitor.start();
  }

  const count = (rule: ParsedHealthRule, target: PauseTarget, at: number, by: number) => {
    if (!enabled || isClosed) return;
    monitor.counting.recorded(rule, keyOf(target), at, by);
    monitor.judgeLocally(keyOf(target), monitor.clock.now());
  };

  return {
    recordError(name, error = {}) {
      const { rule, target, at, by } = readRecorded(rules, name, error, monitor.clock.now());
      count(rule, target, at, by);
    },

    logSink() {
      return (record) => {
        if (!enabled || isClosed) return;
        for (const rule of matchingRules(rules, record)) {
          const [provider] = rule.providers ?? [];
          count(rule, rule.scope === 'all' ? { all: true } : { provider: provider! }, monitor.clock.now(), 1);
        }
      };
    },

    async evaluate() {
      if (enabled && !isClosed) await monitor.evaluate();
      return statusOf(monitor);
    },

    status: () => statusOf(monitor),

    async alert(alert) {
      checkFields(alert, ['rule', 'reason', 'by', 'target'], 'alert');
      const text = (field: 'rule' | 'reason' | 'by') => redact(checkText(alert[field], field));
      const facts = { rule: text('rule'), reason: text('reason'), by: text('by') };
      const target = checkTarget(alert.target ?? { all: true });
      if (enabled && !isClosed) await monitor.alert(target, facts);
    },

    async pause(request) {
      checkFields(request, ['by', 'reason', 'target'], 'request');
      const { by, reason, target = { all: true } } = request;
      await failover.pause(target, { by, reason });
    },

    async resume(request) {
      checkFields(request, ['by', 'reason', 'target'], 'request');
      const { by, target } = request;
      checkText(by, 'by');
      const reason = request.reason === undefined ? undefined : checkText(request.reason, 'reason');
      const action = reason === undefined ? { by } : { by, reason };
      if (target !== undefined) {
        if (enabled) await monitor.resumed(checkTarget(target));
        return failover.resume(target, action);
      }
      const keys = (await monitor.paused()).filter((key) => key !== 'all');
      const unstored: string[] = [];
      for (const key of keys) {
        if (enabled) await monitor.resumed(targetOf(key));
        if (!(await access.lift(targetOf(key), by, reason))) unstored.push(key);
      }
      if (enabled) await monitor.resumed({ all: true });
      await failover.resume({ all: true }, action);
      const [key] = unstored;
      if (key === undefined) return;
      const message = `the resume of ${unstored.map(nameOf).join(', ')} was not stored; it holds in this process`;
      throw new StoreError({ operation: 'commit', key, message });
    },

    close,
  };
}

function readRecorded(rules: readonly ParsedHealthRule[], name: string, error: RecordedError, now: number) {
  const rule = rules.find((each) => each.name === name);
  if (!rule)
    throw configError(
      'rule',
      `no rule has this name; known: ${rules
        .map((each) => each.name)
        .join(', ')
        .slice(0, MAX_TEXT)}`,
    );
  checkFields(error, ['at', 'count', 'provider', 'instance'], 'error');
  const { at = now, count = 1, provider, instance } = error;
  if (!Number.isFinite(at)) throw configError('error.at', 'expected epoch milliseconds');
  if (!(Number.isInteger(count) && count >= 1 && count <= MAX_COUNT)) {
    throw configError('error.count', `expected a whole number from 1 to ${MAX_COUNT}`);
  }
  // One from the future would be counted when its time comes, and never end.
  return { rule, target: targetFor(rule, provider, instance), at: Math.min(at, now), by: count };
}

function targetFor(rule: ParsedHealthRule, provider: string | undefined, instance: string | undefined): PauseTarget {
  if (rule.scope === 'all') return { all: true };
  if (rule.scope === 'instance') return checkInstance(instance, 'error.instance');
  const named = [...(rule.providers ?? [])];
  const meant = provider ?? (named.length === 1 ? named[0] : undefined);
  if (meant === undefined)
    throw configError('error.provider', 'which provider failed? The rule does not name a single one');
  if (rule.providers && !rule.providers.has(meant)) {
    throw configError('error.provider', `the rule is about ${named.join(', ')}`);
  }
  return { provider: checkName(meant, 'error.provider') };
}

function checkFields(value: unknown, known: readonly string[], path: string): void {
  if (typeof value !== 'object' || value === null) throw configError(path, `expected { ${known.join(', ')} }`);
  const issues = unknownOptions(value, known);
  if (issues.length > 0) throw new ConfigError(issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` })));
}

/** A name is kept whole: shortened, it would be another one's. */
function checkName(value: unknown, path: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw configError(path, 'expected a non-empty string');
  return value;
}

function checkInstance(value: unknown, path: string): string {
  const name = checkName(value, path);
  if (isDotName(name)) throw configError(path, `an instance cannot be called ${name}`);
  return name;
}

function checkText(value: unknown, path: string): string {
  return checkName(value, path).slice(0, MAX_TEXT);
}

function checkTarget(target: PauseTarget): PauseTarget {
  const expected = 'expected an instance name, { provider } or { all: true }';
  if (typeof target === 'string') return checkInstance(target, 'target');
  if (typeof target !== 'object' || target === null) throw configError('target', expected);
  checkFields(target, ['provider', 'all'], 'target');
  const { all, provider } = target as { all?: unknown; provider?: unknown };
  if (all === true && provider === undefined) return { all: true };
  if (!all && typeof provider === 'string' && provider.trim() !== '') return { provider };
  throw configError('target', expected);
}

/** A misspelt provider would make a rule that never trips. It is no error: an update may bring the provider. */
function warnOfUnknown(
  rules: readonly ParsedHealthRule[],
  providers: readonly string[],
  logger: Logger | undefined,
): void {
  for (const { name, providers: named = [] } of rules) {
    for (const provider of named) {
      if (providers.includes(provider)) continue;
      logger?.warn(`tierfall: health: rule ${name} names ${provider}, which is no provider of the chain`);
    }
  }
}

/** A logger that throws, or rejects, must not stop an evaluation. */
function guarded(logger: Logger | undefined): Logger | undefined {
  if (!logger) return undefined;
  const write = (level: 'info' | 'warn') => (message: string) => {
    try {
      const written: unknown = logger[level](message);
      if (written instanceof Promise) written.catch(() => undefined);
    } catch {
      // There is nowhere left to report it.
    }
  };
  return { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('warn') };
}
