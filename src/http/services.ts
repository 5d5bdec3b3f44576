import type { ActivitySource } from '../ports/activity.js';
import type { PauseTarget } from '../ports/failover.js';

/** What somebody asks of the health monitor. */
export interface HealthRequest {
  readonly by: string;
  readonly target?: PauseTarget | undefined;
}

/** Of the health monitor what the routes call; `createHealthMonitor` of `tierfall/health` makes one. */
export interface OperatorHealth {
  status(): unknown;
  pause(request: HealthRequest & { readonly reason: string }): unknown;
  resume(request: HealthRequest & { readonly reason?: string }): unknown;
  alert(request: { readonly rule: string; readonly reason: string; readonly by: string }): unknown;
}

/** Which alerts to give. */
export interface AlertFilter {
  severity?: 'critical' | 'warning' | 'info';
  category?: 'health' | 'quality' | 'throughput' | 'failure_pattern';
  instance?: string;
  domain?: string;
}

/** Of the book of alerts what the routes call; `createAlertBook` of `tierfall/checks` makes one. */
export interface OperatorAlertBook {
  update(result: never): Promise<unknown>;
  active(filter?: AlertFilter): Promise<unknown[]>;
  /** When the newest run was, by any process; a book without it knows of this process's runs only. */
  checkedAt?(): Promise<number | null>;
}

/** What the checks read, and where their alerts are kept. */
export interface OperatorChecks {
  /** A source of `tierfall/checks`: of an activity log, or one that is read only. */
  readonly source: ActivitySource;
  readonly book: OperatorAlertBook;
}
