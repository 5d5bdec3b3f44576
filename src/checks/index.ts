export { createAlertBook } from './book/alert-book.js';
export type { AlertBook, AlertBookOptions, AlertFilter } from './book/alert-book.js';
export type { ActivityTask, TaskOutcome } from '../core/activity/activity-task.js';
export type { ActivityRow } from '../core/activity/activity-row.js';
export type { Alert, AlertCategory, AlertSeverity, CheckName } from '../core/alert.js';
export type {
  ActivityCursor,
  ActivityLimits,
  ActivityPage,
  ActivityQuery,
  ActivitySource,
  ActivityStore,
  AgentQuery,
  AgentRows,
  InstanceLedger,
  StoredActivity,
} from '../ports/activity.js';
export { createPostgresActivitySource } from '../stores/postgres/activity-source.js';
export type { PostgresActivitySourceOptions } from '../stores/postgres/activity-source.js';
export { createRedisActivitySource } from '../stores/redis/activity-source.js';
export type { RedisActivitySourceOptions } from '../stores/redis/activity-source.js';
export { createSqliteActivitySource } from '../stores/sqlite/activity-source.js';
export type { SqliteActivitySourceOptions } from '../stores/sqlite/activity-source.js';
export type { CheckOptions, RunChecksOptions } from './check-options.js';
export type { ConstantlyFailingPrimaryOptions } from './checks/constantly-failing-primary.js';
export type { CostSpikeOptions } from './checks/cost-spike.js';
export type { DomainRejectionPatternOptions } from './checks/domain-rejection-pattern.js';
export type { DormantAgentOptions } from './checks/dormant-agent.js';
export type { FlappingChainOptions } from './checks/flapping-chain.js';
export type { ShareChartOptions } from './checks/rejection-spike.js';
export type { StuckLoopOptions } from './checks/stuck-loop.js';
export type { ThroughputAnomalyOptions } from './checks/throughput-anomaly.js';
export { createActivityLog } from './log/activity-log.js';
export type { ActivityLog, ActivityLogOptions, ActivityRetention } from './log/activity-log.js';
export type { QuietTime } from './quiet.js';
export { failureReport } from './report/failure-report.js';
export type { FailureReportOptions } from './report/failure-report.js';
export type { FailurePlace, FailureReason, FailureReport, FailureShare } from './report/report.js';
export { renderFailureReport } from './report/render-failure-report.js';
export type { RepeatedTask } from './report/repeated-task.js';
export { runChecks } from './run-checks.js';
export type { CheckResult } from './run-checks.js';
