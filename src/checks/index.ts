export { createActivityLog } from './log/activity-log.js';
export { runChecks } from './run-checks.js';
export { failureReport } from './report/failure-report.js';
