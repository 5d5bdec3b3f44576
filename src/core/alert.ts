/** What a check looks after. */
export type AlertCategory = 'health' | 'quality' | 'throughput' | 'failure_pattern';

/** How soon a person should look, most urgent first. */
export const alertSeverities = ['critical', 'warning', 'info'] as const;
/** How soon a person should look: `critical`, `warning` or `info`. */
export type AlertSeverity = (typeof alertSeverities)[number];

/** Every check there is. */
export const checkNames = [
  'dormant-agent',
  'quality-regression',
  'throughput-anomaly',
  'rejection-spike',
  'stuck-loop',
  'cost-spike',
  'domain-rejection-pattern',
  'constantly-failing-primary',
  'flapping-chain',
] as const;
/** The name of a check, e.g. `dormant-agent`; docs/checks.md describes each. */
export type CheckName = (typeof checkNames)[number];

/** One thing that is wrong, as a check found it in the records. */
export interface Alert {
  /** The same for the same check, instance and domain, in every run and process. */
  id: string;
  check: CheckName;
  category: AlertCategory;
  severity: AlertSeverity;
  /** The agent; `null` where several share the trouble. */
  instance: string | null;
  /** `null` where it is about no domain. */
  domain: string | null;
  /** One line: what is wrong with whom. */
  title: string;
  /** A sentence or two with the figures. */
  detail: string;
  /** The figures behind it, by name; times are epoch milliseconds, shares from 0 to 1. */
  evidence: Record<string, string | number | boolean | null>;
  /** When the condition began in the records, epoch milliseconds. */
  firstSeenAt: number;
  /** The newest record that shows it, or, where silence does, the time of the run. Epoch milliseconds. */
  lastSeenAt: number;
}
