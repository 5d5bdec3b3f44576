import type { failureReport, renderFailureReport, runChecks } from './checks/index.js';

/** Of `tierfall/checks` what the operator's routes call. */
export interface CheckFunctions {
  readonly runChecks: typeof runChecks;
  readonly failureReport: typeof failureReport;
  readonly renderFailureReport: typeof renderFailureReport;
}

/** Loads the checks when they are first asked for: rooms at the edge do not import each other. */
export function loadChecks(): Promise<CheckFunctions> {
  return import('./checks/index.js');
}
