import type { Alert, AlertSeverity, CheckName } from '../core/alert.js';
import type { ActivitySource } from '../ports/activity.js';
import { answersOf, createRecords, type Records } from './agent/records.js';
import { checkSource } from './check-source.js';
import { parseRunOptions, type CheckOptions, type RunChecksOptions } from './check-options.js';
import { constantlyFailingPrimary } from './checks/constantly-failing-primary.js';
import { judgeDomains, type DomainState, type RisingPart } from './checks/domain-rejection-pattern.js';
import { flappingChain } from './checks/flapping-chain.js';
import { inUrgency, makeAlert } from './make-alert.js';
import { failureReport } from './report/failure-report.js';
import type { FailureReport } from './report/report.js';

/** What a run of the checks found. */
export interface CheckResult {
  /** The time it judged at, epoch milliseconds. */
  checkedAt: number;
  counts: Record<AlertSeverity, number>;
  /** Most urgent first. */
  alerts: Alert[];
  /** Of agents that are stuck in a loop. */
  failureReports: FailureReport[];
}

/** Ledger rows looked at per instance: three hours of a chain that flaps every few seconds. */
const LEDGER_ROWS = 2000;

/** What earlier runs of a source have read, by what they were asked for. Only ever a shortcut: see `Records`. */
const caches = new WeakMap<ActivitySource, Map<string, Records>>();
const CACHES_PER_SOURCE = 4;

/**
 * Runs the checks over what a source holds. Changes nothing, and answers as if nothing had been asked before: what a
 * source or an earlier run remembers saves time only.
 *
 * @throws {ConfigError} an option is unknown or wrong
 * @throws {StoreError} the source cannot be read
 */
export async function runChecks(source: ActivitySource, options: RunChecksOptions = {}): Promise<CheckResult> {
  checkSource(source);
  const { now, checks, options: tuning } = parseRunOptions(options);
  const records = recordsOf(source, checks, tuning);
  const alerts: Alert[] = [];
  await records.read(now, (agents) => {
    const rising: RisingPart[] = [];
    for (const agent of agents) {
      for (const { check, finding } of agent.find(now)) {
        alerts.push(makeAlert(check.name, check.category, agent.instance, finding));
      }
      const domains = agent.stateOf('domain-rejection-pattern') as DomainState | undefined;
      if (domains) rising.push(...domains.rising(agent.instance));
    }
    for (const { instance, finding } of judgeDomains(rising, tuning['domain-rejection-pattern'])) {
      alerts.push(makeAlert('domain-rejection-pattern', 'failure_pattern', instance, finding));
    }
  });
  await addFromLedgers(source, checks, tuning, now, alerts);
  inUrgency(alerts);
  return {
    checkedAt: now,
    counts: {
      critical: alerts.filter(({ severity }) => severity === 'critical').length,
      warning: alerts.filter(({ severity }) => severity === 'warning').length,
      info: alerts.filter(({ severity }) => severity === 'info').length,
    },
    alerts,
    failureReports: await reportLoops(source, alerts, now),
  };
}

async function addFromLedgers(
  source: ActivitySource,
  checks: readonly CheckName[],
  tuning: CheckOptions,
  now: number,
  alerts: Alert[],
): Promise<void> {
  const failing = checks.includes('constantly-failing-primary');
  const flapping = checks.includes('flapping-chain');
  if (!failing && !flapping) return;
  for await (const ledger of source.readLedgers(LEDGER_ROWS)) {
    if (failing) {
      let found = constantlyFailingPrimary(ledger, Number.NEGATIVE_INFINITY, now, tuning['constantly-failing-primary']);
      if (found) {
        // Records of the agent itself may say that the tier works: asked for only where its ledger says that it does
        // not.
        const answeredAt = await answersOf(source, ledger, found.firstSeenAt, now);
        found = constantlyFailingPrimary(ledger, answeredAt, now, tuning['constantly-failing-primary']);
      }
      if (found) alerts.push(makeAlert('constantly-failing-primary', 'health', ledger.instance, found));
    }
    const found = flapping ? flappingChain(ledger, now, tuning['flapping-chain']) : undefined;
    if (found) alerts.push(makeAlert('flapping-chain', 'health', ledger.instance, found));
  }
}

async function reportLoops(source: ActivitySource, alerts: readonly Alert[], now: number): Promise<FailureReport[]> {
  const reports: FailureReport[] = [];
  for (const { check, instance } of alerts) {
    if (check !== 'stuck-loop' || instance === null) continue;
    const report = await failureReport(source, { instance, now });
    if (report) reports.push(report);
  }
  return reports;
}

function recordsOf(source: ActivitySource, checks: readonly CheckName[], tuning: CheckOptions): Records {
  const key = JSON.stringify([checks.toSorted(), tuning]);
  let known = caches.get(source);
  if (!known) caches.set(source, (known = new Map()));
  let records = known.get(key);
  if (!records) {
    records = createRecords(source, checks, tuning);
    known.set(key, records);
    for (const oldest of known.keys()) if (known.size > CACHES_PER_SOURCE) known.delete(oldest);
  }
  return records;
}
